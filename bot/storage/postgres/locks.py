"""Named locks among replicas: PostgreSQL advisory locks of one session, outside the pool.

A session lock lives as long as its connection, so it is freed when its holder dies, and never by a timeout. One
connection carries all locks of a process: it polls instead of waiting in the server, so that waiting for one name
does not delay another. Among the tasks of the process, `NamedLocks` decides first. If the connection is lost, so
are its locks; then only the compare-and-set of `Store.replace` keeps writers apart.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager, suppress
from hashlib import blake2b
from time import monotonic
from typing import Final, TypeVar

import psycopg

from bot.storage.base import StoreError
from bot.storage.locks import NamedLocks
from bot.storage.postgres.connection import Connection, connect, hang_up
from bot.storage.postgres.errors import may_retry, store_error

T = TypeVar("T")

_TRY: Final = b"SELECT pg_try_advisory_lock(hashtextextended(current_schema(), %(key)s)) AS locked"
_FREE: Final = b"SELECT pg_advisory_unlock(hashtextextended(current_schema(), %(key)s)) AS locked"
_ANSWER_SECONDS: Final = 1.0
"""Neither statement waits for anything in the server."""


class AdvisoryLocks:
    """Connects when first used."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._local = NamedLocks()
        self._talking = asyncio.Lock()
        self._connection: Connection | None = None

    async def close(self) -> None:
        """Free all locks."""
        async with self._talking:
            if self._connection is not None:
                await self._connection.close()
                self._connection = None

    @asynccontextmanager
    async def hold(self, name: str, seconds: float) -> AsyncIterator[None]:
        """Hold the lock. Raises `TimeoutError` after `seconds`, or `StoreUnavailableError`."""
        deadline = monotonic() + seconds
        key = int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big", signed=True)
        async with self._local.hold(name, seconds):
            session = await self._acquire(key, deadline)
            try:
                yield
            finally:
                await _to_the_end(self._free(session, key))

    async def _acquire(self, key: int, deadline: float) -> Connection:
        while True:
            asked = asyncio.ensure_future(self._try(key, deadline))
            try:
                session = await asyncio.shield(asked)
            except asyncio.CancelledError:
                await _to_the_end(self._give_back(asked, key))
                raise
            if session is not None:
                return session
            if monotonic() >= deadline:
                raise TimeoutError("A lock was not free in time.")
            await asyncio.sleep(random.uniform(0.01, 0.04))  # noqa: S311  # jitter is no secret

    async def _give_back(self, asked: asyncio.Future[Connection | None], key: int) -> None:
        with suppress(StoreError, TimeoutError):  # its caller was cancelled
            session = await asked
            if session is not None:
                await self._free(session, key)

    @asynccontextmanager
    async def _turn(self, deadline: float) -> AsyncIterator[None]:
        """Take the connection, by `deadline`: a silent server may keep its present user for seconds."""
        async with asyncio.timeout(max(0.0, deadline - monotonic())):
            await self._talking.acquire()
        try:
            yield
        finally:
            self._talking.release()

    async def _try(self, key: int, deadline: float) -> Connection | None:
        async with self._turn(deadline):
            for last in (False, True):
                try:
                    if self._connection is None or self._connection.closed:
                        self._connection = await connect(self._dsn)
                    locked = await _ask(self._connection, _TRY, key)
                except psycopg.Error as error:
                    if last or not may_retry(error) or monotonic() >= deadline:
                        raise store_error(error) from error
                else:
                    return self._connection if locked else None
        return None

    async def _free(self, session: Connection, key: int) -> None:
        async with self._talking:
            try:
                await _ask(session, _FREE, key)
            except psycopg.Error:
                await session.close()  # and with it all its locks


async def _ask(session: Connection, query: bytes, key: int) -> bool:
    async def answer() -> bool:
        cursor = await session.execute(query, {"key": key})
        row = await cursor.fetchone()
        return row is not None and bool(row["locked"])

    asked = asyncio.ensure_future(answer())
    _, late = await asyncio.wait({asked}, timeout=_ANSWER_SECONDS)
    if late:
        hang_up(session)
        await asyncio.wait(late)
    return asked.result()


async def _to_the_end(work: Coroutine[None, None, T]) -> T:
    """Finish `work` even if the caller is cancelled meanwhile; the cancellation follows."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
    if cancelled is not None:
        raise cancelled
    return task.result()
