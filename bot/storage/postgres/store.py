"""The engine for several replicas as the bridge sees it."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Final

from bot.storage.postgres.connection import Link
from bot.storage.postgres.listener import Listener
from bot.storage.postgres.locks import AdvisoryLocks
from bot.storage.postgres.migrate import check_schema
from bot.storage.postgres.queue import PostgresQueues
from bot.storage.postgres.records import PostgresRecords
from bot.storage.postgres.transfer import PostgresTransfer
from bot.storage.values import identifier

POOL_SIZE: Final = 10


class PostgresStore(PostgresRecords, PostgresQueues, PostgresTransfer):
    """Implements `bot.storage.base.Store` in the schema that `dsn` leads to.

    Takes up to `pool_size` connections and two more, one for locks and one to hear of new jobs. Session locks and
    LISTEN need PostgreSQL itself: a proxy that shares sessions among transactions breaks them.
    """

    def __init__(self, dsn: str, pool_size: int = POOL_SIZE) -> None:
        """Raises `ValueError`, which does not repeat `dsn`, if it is no connection string."""
        link = Link(dsn, pool_size)
        PostgresRecords.__init__(self, link)
        PostgresQueues.__init__(self, link)
        PostgresTransfer.__init__(self, link)
        self._locks = AdvisoryLocks(dsn)
        self._listener = Listener(dsn)

    async def open(self) -> None:
        """Raises `StoreUnavailableError`, or `StoreOutdatedError` for a schema that needs `migrate` first."""
        await self._link.open()
        try:
            await check_schema(self._link)
            await self._listener.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        await self._listener.close()
        await self._locks.close()
        await self._link.close()

    async def ping(self) -> None:
        await self._link.run(self._records_sql["ping"])

    def lock(self, name: str, *, seconds: float = 10.0) -> AbstractAsyncContextManager[None]:
        return self._locks.hold(name, seconds)

    async def arrival(self, queue: str, *, seconds: float) -> None:
        await self._listener.arrival(identifier(queue), seconds)
