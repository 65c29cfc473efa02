"""Connections to PostgreSQL: how they are made, and how one statement is run until it worked or time is up."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import monotonic
from typing import Final

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


class Link:
    """The pool, and the way statements are run on it: each one alone is a transaction."""

    def __init__(self, dsn: str, pool_size: int) -> None:
        self._pool = AsyncConnectionPool[Connection](
            conninfo(dsn),
            kwargs={"autocommit": True, "row_factory": dict_row},
            min_size=1,
            max_size=pool_size,
            open=False,
            configure=prepare,
            reconnect_timeout=CONNECT_SECONDS,
            name="store",
        )

    async def open(self) -> None:
        """Raises `StoreUnavailableError`."""
        try:
            await self._pool.open(wait=True, timeout=CONNECT_SECONDS)
        except PoolTimeout as error:
            await self._pool.close()
            raise store_error(error) from error

    async def close(self) -> None:
        """Calls under way still get their answer."""
        await self._pool.close()

    async def run(
        self, query: bytes, values: Mapping[str, object] | None = None, *, patience: float = PATIENCE_SECONDS
    ) -> Answer:
        """The rows of one statement, tried again while that may help.

        Raises `StoreUnavailableError` after `patience` seconds; the statement may have been carried out then.
        """
        deadline = monotonic() + patience
        uncertain = False
        try:
            async with asyncio.timeout(patience):
                while True:
                    try:
                        return Answer(await self._once(query, values, deadline), uncertain)
                    except (psycopg.Error, PoolTimeout) as error:
                        if not may_retry(error) or monotonic() >= deadline:
                            raise store_error(error) from error
                        uncertain = uncertain or lost_connection(error)
                    await asyncio.sleep(random.uniform(0.02, 0.08))  # noqa: S311  # jitter is no secret
        except TimeoutError as error:
            raise StoreUnavailableError("PostgreSQL did not answer in time.") from error

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
        async with self._pool.connection(timeout=max(0.05, deadline - monotonic())) as connection:
            try:
                cursor = await connection.execute(query, values)
                return await cursor.fetchall() if cursor.description else []
            except psycopg.errors.ReadOnlySqlTransaction:
                await connection.close()  # it leads to a former primary: the next one is looked up anew
                raise
