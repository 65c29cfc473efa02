"""Refuses a proxy that shares server sessions among transactions.

Behind one (PgBouncer with `pool_mode = transaction`) a lock is held by whichever client comes next, and is never
freed: two processes would refresh one grant. LISTEN and prepared statements break too.
"""

from __future__ import annotations

from typing import Final

import psycopg
from psycopg import errors

from bot.storage.base import StoreProxyError
from bot.storage.postgres.connection import Connection, connect
from bot.storage.postgres.errors import store_error

_ROUNDS: Final = 10
"""Other clients of a proxy may get in between and hide it, on a busy machine more than once in a row."""

_REFUSAL: Final = (
    "STORE_URL leads to a proxy that gives each transaction another session of PostgreSQL"
    " (PgBouncer with pool_mode = transaction, for example); locks do not hold there."
    " Give the address of PostgreSQL itself, or of a proxy in session mode."
)

_LOCK: Final = b"SELECT pg_backend_pid() AS pid, pg_advisory_lock_shared(hashtextextended('sessions', 0))"
_UNLOCK: Final = b"""
SELECT pg_backend_pid() AS pid, pg_advisory_unlock_shared(hashtextextended('sessions', 0)) AS freed
"""
_PID: Final = b"SELECT pg_backend_pid() AS pid"


async def check_sessions(dsn: str) -> None:
    """Raise `StoreProxyError` if connections share server sessions, and `StoreUnavailableError`."""
    try:
        async with await connect(dsn) as first, await connect(dsn) as second:
            for _ in range(_ROUNDS):
                if not await _keeps_its_session(first, second):
                    raise StoreProxyError(_REFUSAL)
    except (errors.InvalidSqlStatementName, errors.DuplicatePreparedStatement) as error:
        # A statement that `first` or `second` prepared is in another session now.
        raise StoreProxyError(_REFUSAL) from error
    except psycopg.Error as error:
        raise store_error(error) from error


async def _keeps_its_session(first: Connection, second: Connection) -> bool:
    """Whether `first` still has its session and lock after `second` could have been given that session."""
    before = await _row(first, _LOCK)
    if (await _row(second, _PID))["pid"] == before["pid"]:
        await _row(second, _UNLOCK)
        return False
    async with second.transaction():
        after = await _row(first, _UNLOCK)
    return bool(after["freed"]) and after["pid"] == before["pid"]


async def _row(connection: Connection, query: bytes) -> dict[str, object]:
    [row] = await (await connection.execute(query)).fetchall()
    return row
