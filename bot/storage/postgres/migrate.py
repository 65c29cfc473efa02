"""The schema: numbered steps of plain SQL, each applied once, one caller at a time.

A step only adds (expand); what an older release still reads is removed by a later release (contract), so that two
releases can run on one schema while replicas are updated one by one.
"""

from __future__ import annotations

from typing import Final

import psycopg

from bot.storage.base import StoreOutdatedError
from bot.storage.postgres.connection import Answer, Connection, Link, connect
from bot.storage.postgres.errors import store_error
from bot.storage.postgres.sql import migrations

_CREATE: Final = b"""
CREATE TABLE IF NOT EXISTS migrations (
    number integer PRIMARY KEY, name text NOT NULL, applied_at timestamptz NOT NULL DEFAULT now()
)
"""
_LOCK: Final = b"SELECT pg_advisory_xact_lock(hashtextextended('migrate ' || current_schema(), 0))"


async def migrate(dsn: str) -> list[str]:
    """Bring the schema up to date, all steps or none; the names of the steps applied. Raises `StoreError`."""
    try:
        connection = await connect(dsn)
        async with connection, connection.transaction():
            return await _apply(connection)
    except psycopg.Error as error:
        raise store_error(error) from error


async def check_schema(link: Link) -> None:
    """Raises `StoreOutdatedError` if a step is missing. A newer schema is well: see above."""
    there = await link.run(b"SELECT to_regclass('migrations') IS NOT NULL AS there")
    applied = Answer([])
    if there.one is not None and there.one["there"]:
        applied = await link.run(b"SELECT number FROM migrations")
    missing = {step.number for step in migrations()} - {int(row["number"]) for row in applied.rows}
    if missing:
        raise StoreOutdatedError(
            f"The PostgreSQL schema lacks {len(missing)} migration(s): run `python app.py migrate` first."
        )


async def _apply(connection: Connection) -> list[str]:
    await connection.execute("SET LOCAL statement_timeout = 0")
    await connection.execute(_LOCK)
    await connection.execute(_CREATE)
    cursor = await connection.execute("SELECT number FROM migrations")
    present = {int(row["number"]) for row in await cursor.fetchall()}
    missing = [step for step in migrations() if step.number not in present]
    for step in missing:
        await connection.execute(step.text)
        await connection.execute("INSERT INTO migrations (number, name) VALUES (%s, %s)", [step.number, step.name])
    return [step.name for step in missing]
