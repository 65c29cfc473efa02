"""Finds the Entra person behind an activity: in the activity itself, or else in Teams' member list."""

from __future__ import annotations

import re
from dataclasses import dataclass

import structlog
from cachetools import LRUCache

from bot.chat.identity import Conversation, Person
from bot.chat.messages import DeliveryError
from bot.commands.errors import RoleNotKnownError
from bot.commands.permissions import Role
from bot.http.json import as_string
from bot.teams.activities import MICROSOFT_365, Json, TeamsActivity
from bot.teams.connector import Connector

MAX_REMEMBERED = 5000
_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Member:
    """A member of a conversation; empty for somebody who is not in it or is from another organisation."""

    oid: str = ""
    email: str = ""


class TeamsRoster:
    """Implements `bot.commands.permissions.Roster`, and identifies senders.

    Identity comes from the authenticated activity (`from.aadObjectId`), never from a card's data (T20).
    """

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._members: LRUCache[str, _Member] = LRUCache(MAX_REMEMBERED)
        self._teams_ids: LRUCache[str, str] = LRUCache(MAX_REMEMBERED)

    async def sender(self, activity: TeamsActivity) -> Person | None:
        """Return the sender, or None for somebody without an object id in this tenant (anonymous people)."""
        conversation, sender = activity.conversation, activity.sender
        oid = sender.oid
        is_in_teams = activity.channel_id != MICROSOFT_365
        if not oid and is_in_teams and activity.type in ("message", "invoke"):
            oid = await self.oid(conversation, sender.id)
        if not _GUID.fullmatch(oid):
            return None
        person = Person(conversation.tenant, oid)
        if is_in_teams:
            self._teams_ids[person.key] = sender.id
        return person

    async def oid(self, place: Conversation, teams_id: str) -> str:
        """Return a member's Entra object id; empty if Teams does not name one of this tenant."""
        return (await self._member(place, teams_id)).oid

    async def email(self, place: Conversation, teams_id: str) -> str:
        """Return a member's e-mail address; empty if Teams does not say it."""
        return (await self._member(place, teams_id)).email

    async def role(self, person: Person, place: Conversation) -> Role:
        """Return the person's role. Never cached: a guest of yesterday may be an owner today.

        Raises `RoleNotKnownError`: what cannot be checked is not allowed (T28).
        """
        teams_id = self._teams_ids.get(person.key) or person.oid
        try:
            member = await self._connector.member(place.service_url, place.team or place.id, teams_id)
        except DeliveryError as error:
            log.info("role not known", reason=str(error))
            raise RoleNotKnownError from None
        role = role_of(member, place.tenant)
        if role is Role.UNLISTED and not as_string(member.get("id")):
            log.info("role not known", reason="no member in the answer")
            raise RoleNotKnownError
        return role

    async def _member(self, place: Conversation, teams_id: str) -> _Member:
        key = f"{place.tenant}/{teams_id}"
        member = self._members.get(key)
        if member is not None:
            return member
        try:
            row = await self._connector.member(place.service_url, place.id, teams_id)
        except DeliveryError as error:
            log.info("member not known", reason=str(error))
            return _Member()
        member = self._members[key] = _read_member(row, place.tenant)
        return member


def _read_member(row: Json, tenant: str) -> _Member:
    home_tenant = as_string(row.get("tenantId")).lower()
    if home_tenant and home_tenant != tenant:
        return _Member()
    oid = as_string(row.get("aadObjectId")) or as_string(row.get("objectId"))
    return _Member(oid.lower(), as_string(row.get("email")))


def role_of(row: Json, tenant: str) -> Role:
    """Read a member's role from their row in the member list.

    `userRole` is "owner", "user", "guest" or "anonymous". For some guests Teams has been seen to say "user"
    (https://github.com/MicrosoftDocs/msteams-docs/issues/6381): `#EXT#` in their principal name, or another
    tenant, gives those away.
    """
    role, home_tenant = as_string(row.get("userRole")).lower(), as_string(row.get("tenantId")).lower()
    external = "#ext#" in as_string(row.get("userPrincipalName")).lower() or home_tenant not in ("", tenant)
    if external or role in ("guest", "anonymous"):
        return Role.GUEST
    return {"owner": Role.OWNER, "user": Role.MEMBER}.get(role, Role.UNLISTED)
