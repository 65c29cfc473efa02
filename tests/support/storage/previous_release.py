"""A replica of the previous release, and the schema that it left behind."""

from __future__ import annotations

import re
from pathlib import Path

import psycopg

from bot.storage.postgres import PostgresStore
from bot.storage.postgres.sql import migrations
from tests.support.storage.engines import Server

STATEMENTS = Path(__file__).with_name("previous_release.sql")
MIGRATIONS = 2
"""How many migrations the previous release knew."""


def previous_queries() -> dict[str, bytes]:
    """Return the statements of the previous release that this one has changed."""
    _, *parts = re.split(r"(?m)^-- (\w+) --$", STATEMENTS.read_text())
    return {name: text.strip().encode() for name, text in zip(parts[::2], parts[1::2], strict=True)}


class PreviousRelease(PostgresStore):
    """A replica that was not updated yet: its statements, and no need of a migration of this release."""

    def __init__(self, dsn: str) -> None:
        super().__init__(dsn)
        self._queue_sql = self._queue_sql | previous_queries()

    async def open(self) -> None:
        await self._pool.open()
        await self._listener.open()


def migrated_by_previous_release(postgres: Server) -> str:
    """Make a schema of the previous release; its connection string."""
    url = postgres.new_schema()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(
            "CREATE TABLE migrations (number integer, name text, applied_at timestamptz DEFAULT now())"
        )
        for step in migrations()[:MIGRATIONS]:
            connection.execute(step.text)
            connection.execute("INSERT INTO migrations VALUES (%s, %s)", [step.number, step.name])
    return url
