"""Which Entra person sent an activity: from the activity, or from Teams' own roster when it does not say."""

from __future__ import annotations

import re
from collections import OrderedDict

import structlog

from bot.identity import Conversation, Person
from bot.outgoing import DeliveryError
from bot.teams.activities import Wire, section, text
from bot.teams.connector import Connector

_GUID = re.compile(r"[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}")
REMEMBERED = 5000

log = structlog.get_logger(__name__)


class People:
    """Identity comes from the authenticated activity (`from.aadObjectId`) and never from card data (T20)."""

    def __init__(self, connector: Connector) -> None:
        self._connector = connector
        self._looked_up: OrderedDict[str, str] = OrderedDict()

    async def sender(self, wire: Wire, place: Conversation) -> Person | None:
        """The sender, or None for somebody without an object id in this tenant (anonymous people)."""
        who = section(wire, "from")
        oid = text(who, "aadObjectId").lower()
        if not oid and text(wire, "type") in ("message", "invoke"):
            oid = await self.oid(place, text(who, "id"))
        return Person(place.tenant, oid) if _GUID.fullmatch(oid) else None

    async def oid(self, place: Conversation, teams_id: str) -> str:
        """The object id of a member of the conversation, from the roster; empty if there is none."""
        key = f"{place.tenant}/{teams_id}"
        known = self._looked_up.get(key)
        if known is not None:
            return known
        try:
            member = await self._connector.member(place.service_url, place.id, teams_id)
        except DeliveryError as error:
            log.info("roster.no_member", reason=str(error))
            return ""
        oid = (text(member, "aadObjectId") or text(member, "objectId")).lower()
        tenant = text(member, "tenantId").lower()
        if tenant and tenant != place.tenant:
            oid = ""
        self._looked_up[key] = oid
        if len(self._looked_up) > REMEMBERED:
            self._looked_up.popitem(last=False)
        return oid
