"""The PostgreSQL engine: records, queues, locks and transfer over one connection pool."""

from __future__ import annotations

from contextlib import AbstractAsyncContextManager
from typing import Final

from bot.storage.cache import RecordCache
from bot.storage.postgres.listener import Listener
from bot.storage.postgres.locks import AdvisoryLocks
from bot.storage.postgres.migrate import check_schema
from bot.storage.postgres.pool import Pool
from bot.storage.postgres.queue import PostgresQueues
from bot.storage.postgres.records import PostgresRecords
from bot.storage.postgres.sessions import check_sessions
from bot.storage.postgres.transfer import PostgresTransfer
from bot.storage.values import identifier

POOL_SIZE: Final = 4
"""More add no throughput, and ten replicas must fit into PostgreSQL's default of 100 connections."""


class PostgresStore(PostgresRecords, PostgresQueues, PostgresTransfer):
    """Implements `bot.storage.base.Store` in the schema that `dsn` leads to.

    Takes up to `pool_size` connections and two more, one for locks and one for notifications.
    """

    def __init__(self, dsn: str, pool_size: int = POOL_SIZE) -> None:
        """Prepare. Raises `ValueError`, which does not repeat `dsn`, if it is no connection string."""
        pool, cache = Pool(dsn, pool_size), RecordCache()
        PostgresRecords.__init__(self, pool, cache)
        PostgresQueues.__init__(self, pool)
        PostgresTransfer.__init__(self, pool)
        self._dsn = dsn
        self._locks = AdvisoryLocks(dsn)
        self._listener = Listener(dsn, cache)

    async def open(self) -> None:
        """Connect. Raises `StoreUnavailableError`, or `StoreProxyError` or `StoreOutdatedError`: see there."""
        await check_sessions(self._dsn)
        await self._pool.open()
        try:
            await check_schema(self._pool)
            await self._listener.open()
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        await self._listener.close()
        await self._locks.close()
        await self._pool.close()

    async def ping(self) -> None:
        await self._pool.run(self._records_sql["ping"])

    def expected_wait(self) -> float:
        return self._pool.expected_wait()

    async def sweep(self) -> int:
        await self.merge_counts()
        return await super().sweep()

    def lock(self, name: str, *, seconds: float = 10.0) -> AbstractAsyncContextManager[None]:
        return self._locks.hold(name, seconds)

    async def arrival(self, queue: str, *, seconds: float) -> None:
        await self._listener.arrival(identifier(queue), seconds)
