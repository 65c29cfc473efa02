"""One connection to PostgreSQL: its settings, its time limits, and how to break it off."""

from __future__ import annotations

import os
import socket
from contextlib import suppress
from typing import Final

import orjson
import psycopg
from psycopg import AsyncConnection
from psycopg.conninfo import conninfo_to_dict, make_conninfo
from psycopg.rows import DictRow, dict_row
from psycopg.types.json import set_json_loads

CONNECT_SECONDS: Final = 3
CALL_SECONDS: Final = 2.0
"""How long one call is tried before it raises: a webhook must hear of it before Jira gives up."""

STATEMENT_SECONDS: Final = 1.7
"""When the server cancels a statement: before its caller gives up, so that nothing refused is done afterwards."""

_DEFAULTS: Final[dict[str, str | int | None]] = {
    "connect_timeout": CONNECT_SECONDS,
    "application_name": "teams-jira-bridge",
    "keepalives_idle": 15,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 10_000,  # milliseconds
}
Connection = AsyncConnection[DictRow]


def conninfo(dsn: str) -> str:
    """`dsn` with our time limits where it sets none. Raises `ValueError` that does not repeat it."""
    try:
        given = conninfo_to_dict(dsn)
    except psycopg.ProgrammingError:
        raise ValueError("STORE_URL is no valid PostgreSQL connection string.") from None
    return make_conninfo("", **(_DEFAULTS | given))


async def connect(dsn: str) -> Connection:
    """Open a connection outside the pool. Raises psycopg's errors."""
    connection: Connection = await AsyncConnection.connect(conninfo(dsn), autocommit=True, row_factory=dict_row)
    await configure(connection)
    return connection


async def configure(connection: Connection) -> None:
    """Set up a new connection: JSON by orjson, the limit for statements, and commits that are durable."""
    set_json_loads(orjson.loads, connection)
    await connection.execute(
        "SELECT set_config('statement_timeout', %s, false)", [f"{STATEMENT_SECONDS * 1000:.0f}"]
    )
    await connection.execute(
        "SELECT set_config('synchronous_commit', 'on', false) WHERE current_setting('synchronous_commit') = 'off'"
    )


def hang_up(connection: Connection) -> None:
    """End a connection whose other side is silent: every wait for an answer on it raises at once."""
    if not connection.closed:
        with socket.socket(fileno=os.dup(connection.fileno())) as line, suppress(OSError):
            line.shutdown(socket.SHUT_RDWR)
