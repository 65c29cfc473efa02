"""Opens the store for as long as the service runs, and retries while it cannot be reached."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import structlog

from bot.storage.base import Store, StoreUnavailableError
from bot.storage.encryption import Keyring, check_keys

RETRY_SECONDS = 2.0

log = structlog.get_logger(__name__)


@asynccontextmanager
async def open_store_with_retry(store: Store, keyring: Keyring, *, wait: bool = True) -> AsyncIterator[Store]:
    """Open the store, check its keys, and close it with the block.

    A store that cannot be reached yet is retried in the background while the block runs. If that fails for another
    reason, the block is cancelled and the error raised. Raises `StoreLockedError`, `StoreCorruptError`,
    `StoreOutdatedError`, `WrongKeyError`, and without `wait` `StoreUnavailableError`.
    """
    opener, retrying, block = _Opener(store, keyring), None, asyncio.current_task()

    def end_block(opening: asyncio.Task[None]) -> None:
        if block is not None and _error(opening) is not None:
            block.cancel()

    try:
        await opener.open()
    except StoreUnavailableError as error:
        if not wait:
            raise
        log.warning("store not reachable yet", reason=str(error))
        retrying = asyncio.create_task(opener.open_when_reachable())
        retrying.add_done_callback(end_block)
    try:
        yield store
    except asyncio.CancelledError:
        failure = _error(retrying)
        if block is None or failure is None:
            raise
        block.uncancel()
        raise failure from None
    finally:
        if retrying is not None:
            retrying.cancel()
            await asyncio.gather(retrying, return_exceptions=True)
        await opener.close()


class _Opener:
    """Opens a store and closes it as often as it was opened."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store, self._keyring = store, keyring
        self._may_be_open = False

    async def open(self) -> None:
        self._may_be_open = True
        await self._store.open()
        try:
            await check_keys(self._store, self._keyring)
        except BaseException:
            await self.close()
            raise

    async def open_when_reachable(self) -> None:
        while True:
            await asyncio.sleep(RETRY_SECONDS)
            try:
                await self.open()
            except StoreUnavailableError:
                continue
            log.info("store reached")
            return

    async def close(self) -> None:
        if self._may_be_open:
            self._may_be_open = False
            await self._store.close()


def _error(task: asyncio.Task[None] | None) -> BaseException | None:
    return task.exception() if task is not None and task.done() and not task.cancelled() else None
