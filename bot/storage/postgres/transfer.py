"""Export and import of the whole store, each in one transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Final

import orjson
from psycopg.rows import DictRow

from bot.storage.base import Job, Stored, StoredJob, StoredNames, StoredRecord, StoreError
from bot.storage.postgres.connection import Connection
from bot.storage.postgres.pool import Pool
from bot.storage.postgres.records import record_row, tag_of
from bot.storage.postgres.sql import queries
from bot.storage.values import draft, encode, identifier

BATCH: Final = 500


class PostgresTransfer:
    """`export` sees one moment of the store; `import_` leaves it empty if it fails."""

    def __init__(self, pool: Pool) -> None:
        self._pool = pool
        self._transfer_sql = queries("transfer")

    async def export(self) -> AsyncGenerator[Stored, None]:
        async with self._pool.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for kind, build in (("records", _record), ("jobs", _job), ("names", _names)):
                async with connection.cursor(name=f"export_{kind}") as cursor:
                    cursor.itersize = BATCH
                    await cursor.execute(self._transfer_sql[f"export_{kind}"])
                    async for row in cursor:
                        yield build(row)

    async def import_(self, items: AsyncIterator[Stored]) -> int:
        async with self._pool.transaction() as connection:
            await connection.execute(self._transfer_sql["lock"])
            cursor = await connection.execute(self._transfer_sql["is_empty"])
            row = await cursor.fetchone()
            if row is None or not row["empty"]:
                raise StoreError("The PostgreSQL store is not empty: a copy would mix two stores.")
            count = await self._insert(connection, items)
            await connection.execute(self._transfer_sql["analyze"])
            return count

    async def _insert(self, connection: Connection, items: AsyncIterator[Stored]) -> int:
        count = 0
        waiting: dict[str, list[Mapping[str, object]]] = {}
        async for item in items:
            query, row = _insertion(item)
            rows = waiting.setdefault(query, [])
            rows.append(row)
            count += 1
            if len(rows) == BATCH:
                await self._insert_rows(connection, query, rows)
                rows.clear()
        for query, rows in waiting.items():
            await self._insert_rows(connection, query, rows)
        return count

    async def _insert_rows(self, connection: Connection, query: str, rows: list[Mapping[str, object]]) -> None:
        await connection.execute(self._transfer_sql[query], {"rows": orjson.dumps(rows).decode()})


def _record(row: DictRow) -> StoredRecord:
    tags = tuple(tag_of(tag) for tag in row["tags"])
    return StoredRecord(row["collection"], row["key"], row["value"], tags, row["expires_at"])


def _job(row: DictRow) -> StoredJob:
    job = Job(row["id"], row["payload"], row["group_name"], row["due"], tuple(row["keys"]))
    return StoredJob(row["queue"], job, row["put_at"], row["attempts"], row["reason"], row["died_at"])


def _names(row: DictRow) -> StoredNames:
    return StoredNames(row["queue"], (row["name"],), row["forget_at"])


def _insertion(item: Stored) -> tuple[str, Mapping[str, object]]:
    """Return the query that inserts `item`, and its row of parameters."""
    if isinstance(item, StoredRecord):
        record = draft(item.key, item.value, item.tags, item.expires_at)
        return "import_records", {"table": identifier(item.table), **record_row(item.table, record)}
    if isinstance(item, StoredNames):
        names = {"queue": identifier(item.queue), "names": item.names, "forget_at": item.forget_at}
        return "import_names", names
    return "import_jobs", {
        "queue": identifier(item.queue),
        "id": item.job.id,
        "group": item.job.group,
        "names": sorted({item.job.id, *item.job.keys}),
        "keys": item.job.keys,
        "payload": orjson.Fragment(encode(item.job.payload)),
        "put_at": item.put_at,
        "due": item.job.due,
        "attempts": item.attempts,
        "reason": item.reason,
        "died_at": item.died_at,
    }
