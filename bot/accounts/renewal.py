"""What grants need while nobody uses them: interrupted refreshes finished, disuse prevented, the end announced."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, replace
from enum import Enum

import structlog

from bot.accounts.grant_table import Grant
from bot.accounts.grants import GrantVault
from bot.accounts.model import Account, NotConnectedError, SignInUnavailableError
from bot.accounts.refresh import INTENT_SECONDS
from bot.storage.base import Store, StoreError
from bot.storage.encryption import EncryptionError

log = structlog.get_logger(__name__)

DAY = 86400.0
IDLE_DAYS = 75
"""Atlassian ends a grant that was not used for 90 days. Ours are renewed between the 75th and the 85th."""
SPREAD_DAYS = 10
LIFE_DAYS = 365
NOTICE_DAYS = 14
ENDED_KEPT_DAYS = 90
INTENT_EVERY = 30.0
IDLE_EVERY = 6 * 3600.0
PATIENCE = 30.0
"""Seconds that a token call may take when nobody waits for it."""
AT_ONCE = 10


class Due(Enum):
    """What a grant needs now."""

    NOTHING = "nothing"
    RENEWAL = "renewal"
    NOTICE = "notice"
    REMOVAL = "removal"


def due(grant: Grant, now: float) -> Due:
    """The decision for one grant. Renewals are spread over ten days, each person having their own."""
    if grant.ended:
        return Due.REMOVAL if now - grant.ended_at > ENDED_KEPT_DAYS * DAY else Due.NOTHING
    if not grant.end_announced and now - grant.account.linked_at > (LIFE_DAYS - NOTICE_DAYS) * DAY:
        return Due.NOTICE
    offset = zlib.crc32(grant.account.person.key.encode()) % (SPREAD_DAYS * 1440) * 60.0
    return Due.RENEWAL if now - grant.refreshed_at > IDLE_DAYS * DAY + offset else Due.NOTHING


@dataclass(frozen=True, slots=True)
class Upkeep:
    """`on_expiring` runs once for a grant, a fortnight before its absolute end."""

    vault: GrantVault
    store: Store
    on_expiring: Callable[[Account], Awaitable[None]] | None = None
    clock: Callable[[], float] = time.time

    async def run(self) -> None:
        """Until cancelled. The first rounds, at start, finish what a crash interrupted."""
        async with asyncio.TaskGroup() as group:
            group.create_task(_every(INTENT_EVERY, self.retry_open_intents))
            group.create_task(_every(IDLE_EVERY, self.renew_idle))

    async def retry_open_intents(self) -> int:
        """Ask again for each refresh of unknown outcome that is young enough; how many were settled."""
        now = self.clock()
        grants = [g for g in await self.vault.table.with_open_intent() if now - g.intent_at < INTENT_SECONDS]
        gate = asyncio.Semaphore(AT_ONCE)

        async def settle(grant: Grant) -> bool:
            async with gate:
                return await self._renew(grant)

        return sum(await asyncio.gather(*(settle(grant) for grant in grants)))

    async def renew_idle(self) -> int:
        """Renew, announce and remove what is due; how many were renewed. One replica does it at a time."""
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self.store.lock("grants:upkeep", seconds=0.1))
            except TimeoutError:
                return 0
            return await self._go_round()

    async def _go_round(self) -> int:
        renewed = 0
        async for grant in self.vault.table.all():
            match due(grant, self.clock()):
                case Due.RENEWAL:
                    renewed += await self._renew(grant)
                case Due.NOTICE:
                    await self._announce(grant)
                case Due.REMOVAL:
                    await self.vault.disconnect(grant.account.person)
                case Due.NOTHING:
                    pass
        return renewed

    async def _renew(self, grant: Grant) -> bool:
        try:
            await self.vault.renew(grant, seconds=PATIENCE, wait=2 * PATIENCE)
        except (SignInUnavailableError, NotConnectedError):
            return False  # counted and logged where it happened
        except EncryptionError:
            log.exception("a grant cannot be opened", person=grant.account.person.key)
            return False
        return True

    async def _announce(self, grant: Grant) -> None:
        """The mark comes first: a notice that a crash swallows is better than one that comes twice."""
        person = grant.account.person
        marked = await self.vault.table.update(
            person, lambda g: replace(g, end_announced=True), generation=grant.generation
        )
        if marked is not None and self.on_expiring is not None:
            await self.on_expiring(marked.grant.account)


async def _every(seconds: float, work: Callable[[], Awaitable[int]]) -> None:
    while True:
        try:
            await work()
        except StoreError as error:
            log.warning("upkeep of grants put off", error=type(error).__name__)
        except Exception:
            # Whatever it is, refreshes that were broken off must go on being finished: their time is short.
            log.exception("upkeep of grants failed")
        await asyncio.sleep(seconds)
