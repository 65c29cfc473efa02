"""Connections to PostgreSQL: how they are made, and how one statement is run until it worked or time is up."""

from __future__ import annotations

import asyncio
import os
import random
import socket
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from time import monotonic
from typing import Any, Final

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads
from psycopg_pool import AsyncConnectionPool, PoolTimeout

from bot.storage.base import StoreUnavailableError
from bot.storage.postgres.errors import lost_connection, may_retry, store_error

CONNECT_SECONDS: Final = 3
STATEMENT_SECONDS: Final = 5
PATIENCE_SECONDS: Final = 2.0
"""How long one call is tried before it raises: a webhook must hear of it before Jira gives up."""

_DEFAULTS: Final[dict[str, str | int | None]] = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "teams-jira-bridge",
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
Connection = AsyncConnection[DictRow]


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


def conninfo(dsn: str) -> str:
    """`dsn` with our time limits where it sets none. Raises `ValueError` that does not repeat it."""
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise ValueError("STORE_URL is no valid PostgreSQL connection string.") from None
    return make_conninfo("", **(_DEFAULTS | given))


async def connect(dsn: str) -> Connection:
    """One connection beside the pool. Raises psycopg's errors."""
    connection: Connection = await AsyncConnection.connect(conninfo(dsn), autocommit=True, row_factory=dict_row)
    await prepare(connection)
    return connection


async def prepare(connection: Connection) -> None:
    """Every connection: JSON by orjson, a limit for statements, and commits that are durable."""
    set_json_loads(orjson.loads, connection)
    await connection.execute("SELECT set_config('statement_timeout', %s, false)", [f"{STATEMENT_SECONDS}s"])
    await connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )


def hang_up(connection: Connection) -> None:
    """End a connection whose other side is silent: whatever waits for an answer on it raises at once."""
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as line, suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)


class Link:
    """The pool, and the way statements are run on it: each one alone is a transaction."""

    def __init__(self, dsn: str, pool_size: int) -> None:
        self._dsn, self._pool_size = dsn, pool_size
        self._pool = self._new_pool()
        self._talking: dict[asyncio.Task[Any] | None, Connection] = {}
        self._abandoned: set[asyncio.Task[Answer]] = set()

    async def open(self) -> None:
        """Raises `StoreUnavailableError`."""
        try:
            first = await connect(self._dsn)  # the pool would try until its time is up, and not say why it failed
            await first.close()
            self._pool = self._new_pool()  # one that was closed does not open again
            await self._pool.open(wait=True, timeout=CONNECT_SECONDS)
        except (psycopg.Error, PoolTimeout) as error:
            await self._pool.close()
            raise store_error(error) from error

    async def close(self) -> None:
        """Calls under way still get their answer."""
        if self._abandoned:
            await asyncio.wait(self._abandoned)
        await self._pool.close()

    def _new_pool(self) -> AsyncConnectionPool[Connection]:
        return AsyncConnectionPool(
            conninfo(self._dsn),
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=self._pool_size,
            open=False,
            configure=prepare,
            reconnect_timeout=CONNECT_SECONDS,
            name="store",
        )

    async def run(
        self, query: bytes, values: Mapping[str, object] | None = None, *, patience: float = PATIENCE_SECONDS
    ) -> Answer:
        """The rows of one statement, tried again while that may help.

        Raises `StoreUnavailableError` after `patience` seconds; the statement may have been carried out then.
        """
        last_try = monotonic() + patience * 0.95  # a try that was hung up on is not followed by another
        work = asyncio.create_task(self._persist(query, values, last_try))
        try:
            # Not `asyncio.timeout`: psycopg answers a cancellation when the server did, or seconds later.
            _, late = await asyncio.wait({work}, timeout=patience)
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
        connection = self._talking.get(work)
        if connection is None:
            work.cancel()
            return
        hang_up(connection)

    def _abandon(self, work: asyncio.Task[Answer]) -> None:
        work.cancel()
        self._abandoned.add(work)
        work.add_done_callback(self._abandoned.discard)
        work.add_done_callback(lambda done: done.cancelled() or done.exception())

    async def _persist(self, query: bytes, values: Mapping[str, object] | None, deadline: float) -> Answer:
        uncertain = False
        while True:
            try:
                return Answer(await self._once(query, values, deadline), uncertain)
            except (psycopg.Error, PoolTimeout) as error:
                if not may_retry(error) or monotonic() >= deadline:
                    raise store_error(error) from error
                uncertain = uncertain or lost_connection(error)
            await asyncio.sleep(random.uniform(0.02, 0.08))  # noqa: S311  # jitter is no secret

    @asynccontextmanager
    async def transaction(self) -> AsyncIterator[Connection]:
        """A connection in one transaction, without a second try, for long work that a person started."""
        try:
            async with self._pool.connection(timeout=CONNECT_SECONDS) as connection, connection.transaction():
                await connection.execute("SET LOCAL statement_timeout = 0")
                yield connection
        except (psycopg.Error, PoolTimeout) as error:
            raise store_error(error) from error

    async def _once(self, query: bytes, values: Mapping[str, object] | None, deadline: float) -> list[DictRow]:
        work = asyncio.current_task()
        async with self._pool.connection(timeout=max(0.05, deadline - monotonic())) as connection:
            self._talking[work] = connection
            try:
                cursor = await connection.execute(query, values)
                return await cursor.fetchall() if cursor.description else []
            except psycopg.errors.ReadOnlySqlTransaction:
                await connection.close()  # it leads to a former primary: the next one is looked up anew
                raise
            finally:
                del self._talking[work]
