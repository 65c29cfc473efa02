"""Which Entra person sent an activity: from the activity, or from Teams' own roster when it does not say."""

from __future__ import annotations

import re
from collections import OrderedDict
from dataclasses import dataclass
from typing import TypeVar

import structlog

from bot.chat.identity import Conversation, Person
from bot.chat.messages import DeliveryError
from bot.commands.permissions import Role
from bot.teams.activities import Wire, section, text
from bot.teams.connector import Connector

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REMEMBERED = 5000

_ValueT = TypeVar("_ValueT")

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Member:
    """Somebody in a roster; empty for who is not in it, or is from another organisation."""

    oid: str = ""
    email: str = ""


class People:
    """Identity comes from the authenticated activity (`from.aadObjectId`) and never from card data (T20)."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._looked_up: OrderedDict[str, _Member] = OrderedDict()
        self._teams_ids: OrderedDict[str, str] = OrderedDict()

    async def sender(self, wire: Wire, place: Conversation) -> Person | None:
        """The sender, or None for somebody without an object id in this tenant (anonymous people)."""
        who = section(wire, "from")
        oid = text(who, "aadObjectId").lower()
        if not oid and text(wire, "type") in ("message", "invoke"):
            oid = await self.oid(place, text(who, "id"))
        if not _GUID.fullmatch(oid):
            return None
        person = Person(place.tenant, oid)
        _keep(self._teams_ids, person.key, text(who, "id"))
        return person

    async def oid(self, place: Conversation, teams_id: str) -> str:
        """The object id of a member of the conversation, from the roster; empty if there is none."""
        return (await self._member(place, teams_id)).oid

    async def email(self, place: Conversation, teams_id: str) -> str:
        """See `bot.commands.roles.Roster`."""
        return (await self._member(place, teams_id)).email

    async def _member(self, place: Conversation, teams_id: str) -> _Member:
        key = f"{place.tenant}/{teams_id}"
        known = self._looked_up.get(key)
        if known is not None:
            return known
        try:
            row = await self._connector.member(place.service_url, place.id, teams_id)
        except DeliveryError as error:
            log.info("roster.no_member", reason=str(error))
            return _Member()
        home = text(row, "tenantId").lower()
        member = _Member((text(row, "aadObjectId") or text(row, "objectId")).lower(), text(row, "email"))
        if home and home != place.tenant:
            member = _Member()
        _keep(self._looked_up, key, member)
        return member

    async def role(self, person: Person, place: Conversation) -> Role:
        """See `bot.commands.roles.Roster`. Asked anew each time: a guest of yesterday may be an owner today."""
        teams_id = self._teams_ids.get(person.key) or person.oid
        try:
            member = await self._connector.member(place.service_url, place.team or place.id, teams_id)
        except DeliveryError as error:
            log.info("roster.no_role", reason=str(error))
            return Role.UNKNOWN
        return role_of(member, place.tenant)


def role_of(member: Wire, tenant: str) -> Role:
    """From a roster row. Pure.

    `userRole` is "owner", "user", "guest" or "anonymous". For some guests Teams has been seen to say "user"
    (https://github.com/MicrosoftDocs/msteams-docs/issues/6381): `#EXT#` in their principal name, or another
    tenant, gives those away.
    """
    role = text(member, "userRole").lower()
    home = text(member, "tenantId").lower()
    outside = "#ext#" in text(member, "userPrincipalName").lower() or (home and home != tenant)
    if outside or role in ("guest", "anonymous"):
        return Role.GUEST
    return {"owner": Role.OWNER, "user": Role.MEMBER}.get(role, Role.UNKNOWN)


def _keep(known: OrderedDict[str, _ValueT], key: str, value: _ValueT) -> None:
    known[key] = value
    if len(known) > REMEMBERED:
        known.popitem(last=False)
