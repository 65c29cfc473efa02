"""The schema: numbered steps of plain SQL, each applied once, by one process at a time.

A step only adds (expand); what an older release still reads is removed by a later release (contract), so that two
releases can run on one schema while replicas are updated one by one.
"""

from __future__ import annotations

import asyncio
from time import monotonic
from typing import Final

import psycopg

from bot.storage.base import StoreOutdatedError, StoreUnavailableError
from bot.storage.postgres.connection import Connection, connect
from bot.storage.postgres.errors import store_error
from bot.storage.postgres.pool import Answer, Pool
from bot.storage.postgres.sessions import check_sessions
from bot.storage.postgres.sql import Migration, migrations

WAIT_SECONDS: Final = 600.0
"""For a migration that another process runs."""

_POLL_SECONDS: Final = 0.2
_CREATE: Final = b"""
CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_LOCK: Final = b"SELECT pg_try_advisory_lock(hashtextextended('migrate ' || current_schema(), 0)) AS locked"
_LOCK_TIMEOUT: Final = b"SET LOCAL lock_timeout = '5s'"
"""While a step waits for a table, all later statements of the replicas wait behind it."""


async def migrate(dsn: str) -> list[str]:
    """Bring the schema up to date; return the names of the steps applied. Raises `StoreError`.

    A step that fails leaves the earlier ones applied; `migrate` goes on from there.
    """
    await check_sessions(dsn)
    try:
        async with await connect(dsn) as connection:
            await connection.execute("SET statement_timeout = 0")
            await _lock(connection)
            return await _apply_missing(connection)
    except psycopg.Error as error:
        raise store_error(error) from error


async def check_schema(pool: Pool) -> None:
    """Raise `StoreOutdatedError` if a step is missing. A newer schema is accepted: see above."""
    there = await pool.run(b"SELECT to_regclass('migrations') IS NOT NULL AS there")
    applied = Answer([])
    if there.one is not None and there.one["there"]:
        applied = await pool.run(b"SELECT number FROM migrations")
    missing = {step.number for step in migrations()} - {int(row["number"]) for row in applied.rows}
    if missing:
        raise StoreOutdatedError(
            f"The PostgreSQL schema lacks {len(missing)} migration(s): run `python app.py migrate` first."
        )


async def _lock(connection: Connection) -> None:
    """Lock out other migrations until the connection ends.

    Polls, for a statement that waited would hold a snapshot, and CREATE INDEX CONCURRENTLY waits for all of them.
    """
    deadline = monotonic() + WAIT_SECONDS
    while True:
        cursor = await connection.execute(_LOCK)
        row = await cursor.fetchone()
        if row is not None and row["locked"]:
            return
        if monotonic() >= deadline:
            raise StoreUnavailableError("Another process is migrating the PostgreSQL schema.")
        await asyncio.sleep(_POLL_SECONDS)


async def _apply_missing(connection: Connection) -> list[str]:
    await connection.execute(_CREATE)
    cursor = await connection.execute("SELECT number FROM migrations")
    present = {int(row["number"]) for row in await cursor.fetchall()}
    missing = [step for step in migrations() if step.number not in present]
    for step in missing:
        await _apply(connection, step)
    return [step.name for step in missing]


async def _apply(connection: Connection, step: Migration) -> None:
    async with connection.transaction():
        await connection.execute(_LOCK_TIMEOUT)
        await connection.execute(step.text)
        if not step.alone:
            await _record(connection, step)
    for statement in step.alone:
        await connection.execute(statement)
    if step.alone:
        await _record(connection, step)


async def _record(connection: Connection, step: Migration) -> None:
    await connection.execute("INSERT INTO migrations (number, name) VALUES (%s, %s)", [step.number, step.name])
