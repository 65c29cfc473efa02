"""Looks after grants that nobody uses: finishes broken-off refreshes, prevents disuse, announces the end."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, replace
from enum import Enum

import structlog

from bot.accounts.audit import Actor, AuditAction
from bot.accounts.grant_table import Grant
from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import Account, NotConnectedError, SignInUnavailableError
from bot.accounts.refresh import MAX_INTENT_SECONDS
from bot.storage.encryption import EncryptionError

log = structlog.get_logger(__name__)

DAY = 86400.0
IDLE_DAYS = 75
"""Atlassian ends a grant that was not used for 90 days. Ours are renewed between the 75th and the 85th."""
SPREAD_DAYS = 10
LIFE_DAYS = 365
NOTICE_DAYS = 14
"""How long before its end a link is announced to end."""
DEFAULT_ENDED_DAYS = 90
"""How long a grant that has ended is kept, unless set otherwise."""
RETRY_INTENTS_SECONDS = 30.0
MAINTENANCE_SECONDS = 6 * 3600.0
UNATTENDED_TOKEN_TIMEOUT = 30.0
"""Seconds that a token call may take when nobody waits for it."""
MAX_CONCURRENT_RENEWALS = 10


class Due(Enum):
    """What a grant needs now."""

    NOTHING = "nothing"
    RENEWAL = "renewal"
    NOTICE = "notice"
    REMOVAL = "removal"


def due(grant: Grant, now: float, *, ended_days: float = DEFAULT_ENDED_DAYS) -> Due:
    """Decide for one grant, which is kept for `ended_days` after its end.

    Renewals are spread over ten days, by a hash of the person.
    """
    if grant.ended:
        return Due.REMOVAL if now - grant.ended_at > ended_days * DAY else Due.NOTHING
    if not grant.renews:
        return Due.NOTHING
    is_near_end = now - grant.account.linked_at > (LIFE_DAYS - NOTICE_DAYS) * DAY
    # A Data Center knows no absolute end.
    if is_near_end and not grant.end_announced and not grant.account.site.is_data_center:
        return Due.NOTICE
    offset = zlib.crc32(grant.account.person.key.encode()) % (SPREAD_DAYS * 1440) * 60.0
    return Due.RENEWAL if now - grant.refreshed_at > IDLE_DAYS * DAY + offset else Due.NOTHING


def days_left(account: Account, now: float) -> int:
    """Return the days until the link's absolute end, rounded, at least 1."""
    return max(1, round((account.linked_at - now) / DAY + LIFE_DAYS))


@dataclass(frozen=True, slots=True)
class GrantMaintenance:
    """The periodic work on all grants. `clock` gives Unix seconds.

    `on_expiring` is called once for a grant, a fortnight before its absolute end, with the days that are left.
    Grants that have ended are kept for `ended_days`.
    """

    vault: GrantVault
    on_expiring: Callable[[Account, int], Awaitable[None]] | None = None
    clock: Callable[[], float] = time.time
    ended_days: float = DEFAULT_ENDED_DAYS

    async def retry_open_intents(self) -> int:
        """Repeat each refresh whose outcome is unknown and young enough; return how many were settled."""
        now = self.clock()
        grants = [g for g in await self.vault.table.with_open_intent() if now - g.intent_at < MAX_INTENT_SECONDS]
        gate = asyncio.Semaphore(MAX_CONCURRENT_RENEWALS)

        async def settle(grant: Grant) -> bool:
            async with gate:
                return await self._renew(grant)

        return sum(await asyncio.gather(*(settle(grant) for grant in grants)))

    async def maintain_grants(self) -> int:
        """Renew, announce and remove what is due, and index the rest; return how many were renewed."""
        renewed = 0
        async for grant in self.vault.table.scan():
            if not grant.ended:
                await self.vault.index(grant.account)
            match due(grant, self.clock(), ended_days=self.ended_days):
                case Due.RENEWAL:
                    renewed += await self._renew(grant)
                case Due.NOTICE:
                    await self._announce(grant)
                case Due.REMOVAL:
                    person = grant.account.person
                    await self.vault.disconnect(person, action=AuditAction.EXPIRED, by=Actor.BRIDGE)
                case Due.NOTHING:
                    pass
        return renewed

    async def _renew(self, grant: Grant) -> bool:
        try:
            await self.vault.renew(grant, seconds=UNATTENDED_TOKEN_TIMEOUT, wait=2 * UNATTENDED_TOKEN_TIMEOUT)
        except (SignInUnavailableError, NotConnectedError):
            return False  # counted and logged where it happened
        except EncryptionError:
            log.exception("a grant cannot be opened", person=grant.account.person.key)
            return False
        return True

    async def _announce(self, grant: Grant) -> None:
        """Announce the coming end, at most once: it is marked before."""
        person = grant.account.person
        marked = await self.vault.table.update(
            person, lambda g: replace(g, end_announced=True), generation=grant.generation
        )
        if marked is not None and self.on_expiring is not None:
            account = marked.account
            await self.on_expiring(account, days_left(account, self.clock()))
