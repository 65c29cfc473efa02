"""The connection pool: runs each statement as a transaction of its own, and retries it until time is up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import psycopg
from psycopg.pq import PipelineStatus
from psycopg.rows import DictRow, dict_row
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.storage.base import StoreUnavailableError
from bot.storage.postgres.connection import (
    CALL_SECONDS,
    CONNECT_SECONDS,
    STATEMENT_SECONDS,
    Connection,
    configure,
    conninfo,
    hang_up,
)
from bot.storage.postgres.errors import lost_connection, may_retry, store_error

_MARGIN_SECONDS: Final = 0.1
"""The server gives up this much earlier than the caller."""

_NEWEST_SHARE: Final = 0.1
"""In the average of how long calls hold a connection."""
_SILENT_SECONDS: Final = 1.0
"""A server that has answered nothing for so long has stopped, and is not merely slow."""

_LIMIT: Final = b"SELECT set_config('statement_timeout', %s, true)"


@dataclass(frozen=True, slots=True)
class Answer:
    """The rows of a statement. `uncertain`: an earlier try lost its connection and may have been carried out."""

    rows: list[DictRow]
    uncertain: bool = False

    @property
    def one(self) -> DictRow | None:
        """The first row."""
        return self.rows[0] if self.rows else None

    @property
    def count(self) -> int:
        """The column `count` of the first row, 0 without a row."""
        return int(self.rows[0]["count"]) if self.rows else 0


class Pool:
    """Up to `size` connections, shared by all calls of this process."""

    def __init__(self, dsn: str, size: int) -> None:
        self._dsn, self._size = dsn, size
        self._pool = self._new_pool()
        self._answered = 0.0
        """When (monotonic) a statement was answered last."""
        self._connections: dict[asyncio.Task[Any] | None, Connection] = {}
        self._waiting: set[asyncio.Task[Any] | None] = set()
        self._hold_seconds = 0.0
        """How long calls hold a connection, on the average of the last ones that were answered."""
        self._returning: set[asyncio.Task[Any] | None] = set()
        self._abandoned: set[asyncio.Task[Answer]] = set()

    async def open(self) -> None:
        """Open the pool. Raises `StoreUnavailableError`."""
        self._pool = self._new_pool()  # one that was closed does not open again
        try:
            await self._pool.open(wait=True, timeout=CONNECT_SECONDS)
        except (psycopg.Error, PoolTimeout) as error:
            await self._pool.close()
            raise store_error(error) from error

    async def close(self) -> None:
        """Close all connections, after the calls under way have their answers."""
        if self._abandoned:
            await asyncio.wait(self._abandoned)
        await self._pool.close()

    def expected_wait(self) -> float:
        """Return for how many seconds a call that comes now would wait for a connection.

        0 if nothing was answered lately: then there is no connection to be had, however few ask.
        """
        if monotonic() - self._answered > _SILENT_SECONDS:
            return 0.0
        return len(self._waiting) * self._hold_seconds / self._size

    def _new_pool(self) -> AsyncConnectionPool[Connection]:
        return AsyncConnectionPool(
            conninfo(self._dsn),
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=self._size,
            open=False,
            configure=configure,
            reconnect_timeout=CONNECT_SECONDS,
            name="store",
        )

    async def run(
        self, query: bytes, values: Mapping[str, object] | None = None, *, seconds: float = CALL_SECONDS
    ) -> Answer:
        """Run one statement, and again while that may help.

        Raises `StoreUnavailableError` after `seconds`. The statement has been carried out then only if the network
        failed; what is merely slow is cancelled by the server first.
        """
        work = asyncio.create_task(self._retry(query, values, monotonic() + seconds))
        try:
            # Not `asyncio.timeout`: psycopg answers a cancellation when the server did, or seconds later.
            _, late = await asyncio.wait({work}, timeout=seconds)
            if late:
                self._hang_up(work)
                await asyncio.wait(late)
        except asyncio.CancelledError:
            self._abandon(work)
            raise
        if work.cancelled() or (late and work.exception() is not None):
            raise StoreUnavailableError("PostgreSQL did not answer in time.")
        return work.result()

    def _hang_up(self, work: asyncio.Task[Answer]) -> None:
        connection = self._connections.get(work)
        if connection is None:
            self._cancel(work)
            return
        hang_up(connection)

    def _cancel(self, work: asyncio.Task[Answer]) -> None:
        """Cancel a call, unless it is giving its connection back: the pool would never have that one again."""
        if work not in self._returning:
            work.cancel()

    def _abandon(self, work: asyncio.Task[Answer]) -> None:
        self._cancel(work)
        self._abandoned.add(work)
        work.add_done_callback(self._abandoned.discard)
        work.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _retry(self, query: bytes, values: Mapping[str, object] | None, deadline: float) -> Answer:
        uncertain = False
        while True:
            try:
                return Answer(await self._try(query, values, deadline - _MARGIN_SECONDS), uncertain)
            except (psycopg.Error, PoolTimeout) as error:
                is_over = monotonic() >= deadline - _MARGIN_SECONDS or asyncio.current_task() in self._abandoned
                if is_over or not may_retry(error):
                    raise store_error(error) from error
                uncertain = uncertain or lost_connection(error)
            await asyncio.sleep(random.uniform(0.02, 0.08))  # noqa: S311  # jitter is no secret

    async def _try(self, query: bytes, values: Mapping[str, object] | None, end: float) -> list[DictRow]:
        work = asyncio.current_task()
        self._waiting.add(work)
        try:
            async with self._pool.connection(timeout=max(0.05, end - monotonic())) as connection:
                self._waiting.discard(work)
                self._connections[work], began = connection, monotonic()
                try:
                    rows = await _execute(connection, query, values, end - monotonic())
                except psycopg.errors.ReadOnlySqlTransaction:
                    await connection.close()  # it leads to a former primary: the next one is looked up anew
                    raise
                finally:
                    del self._connections[work]
                    self._returning.add(work)
                    if connection.pgconn.pipeline_status != PipelineStatus.OFF:
                        # It was broken off with answers to come, which the next statement would take for its own.
                        await connection.close()
            self._note_answer(began)
            return rows
        finally:
            self._waiting.discard(work)
            self._returning.discard(work)

    def _note_answer(self, began: float) -> None:
        """Count a call that had a connection from `began` until now."""
        self._answered = monotonic()
        self._hold_seconds += _NEWEST_SHARE * (self._answered - began - self._hold_seconds)

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """Give a connection in one transaction, without retries and time limit, for long work by a person."""
        try:
            async with self._pool.connection(timeout=CONNECT_SECONDS) as connection, connection.transaction():
                await connection.execute("SET LOCAL statement_timeout = 0")
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            raise store_error(error) from error


async def _execute(
    connection: Connection, query: bytes, values: Mapping[str, object] | None, seconds: float
) -> list[DictRow]:
    """Run a statement that the server cancels after about `seconds`."""
    if STATEMENT_SECONDS <= seconds <= CALL_SECONDS:  # the limit that the connection has anyway
        cursor = await connection.execute(query, values)
        return await cursor.fetchall() if cursor.description else []
    async with connection.pipeline() as pipeline:  # one transaction and one round trip for both
        await connection.execute(_LIMIT, [f"{max(1.0, seconds * 1000):.0f}"])
        cursor = await connection.execute(query, values)
        await pipeline.sync()
        return await cursor.fetchall() if cursor.description else []
