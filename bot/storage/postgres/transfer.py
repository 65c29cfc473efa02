"""The whole content of a store, out of PostgreSQL and into it, each in one transaction."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Mapping
from typing import Final
from uuid import uuid4

from psycopg.rows import DictRow

from bot.storage.base import Job, Stored, StoredJob, StoredNames, StoredRecord, StoreError
from bot.storage.postgres.connection import Connection, Link
from bot.storage.postgres.records import record_fields, tag_of
from bot.storage.postgres.sql import queries
from bot.storage.values import draft, encode, identifier

BATCH: Final = 500


class PostgresTransfer:
    """`export` sees one moment of the store; `import_` leaves it empty if it fails."""

    def __init__(self, link: Link) -> None:
        self._link = link
        self._transfer_sql = queries("transfer")

    async def export(self) -> AsyncGenerator[Stored, None]:
        async with self._link.transaction() as connection:
            await connection.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
            for kind, build in (("records", _record), ("jobs", _job), ("names", _names)):
                async with connection.cursor(name=f"export_{kind}") as cursor:
                    cursor.itersize = BATCH
                    await cursor.execute(self._transfer_sql[f"export_{kind}"])
                    async for row in cursor:
                        yield build(row)

    async def import_(self, items: AsyncIterator[Stored]) -> int:
        async with self._link.transaction() as connection:
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
            query, values = _insertion(item)
            batch = waiting.setdefault(query, [])
            batch.append(values)
            count += 1
            if len(batch) == BATCH:
                await connection.cursor().executemany(self._transfer_sql[query], batch)
                batch.clear()
        for query, batch in waiting.items():
            await connection.cursor().executemany(self._transfer_sql[query], batch)
        return count


def _record(row: DictRow) -> StoredRecord:
    tags = tuple(tag_of(tag) for tag in row["tags"])
    return StoredRecord(row["collection"], row["key"], row["value"], tags, row["expires_at"])


def _job(row: DictRow) -> StoredJob:
    job = Job(row["id"], row["payload"], row["group_name"], row["due"], tuple(row["keys"]))
    return StoredJob(row["queue"], job, row["put_at"], row["attempts"], row["reason"], row["died_at"])


def _names(row: DictRow) -> StoredNames:
    return StoredNames(row["queue"], (row["name"],), row["forget_at"])


def _insertion(item: Stored) -> tuple[str, Mapping[str, object]]:
    if isinstance(item, StoredRecord):
        record = draft(item.key, item.value, item.tags, item.expires_at)
        return "import_record", record_fields(item.table, record)
    if isinstance(item, StoredNames):
        names = {"queue": identifier(item.queue), "names": list(item.names), "forget_at": item.forget_at}
        return "import_names", names
    return "import_job", {
        "queue": identifier(item.queue),
        "id": item.job.id,
        "group": item.job.group,
        "names": sorted({item.job.id, *item.job.keys}),
        "keys": list(item.job.keys),
        "payload": encode(item.job.payload).decode(),
        "put_at": item.put_at,
        "put_id": uuid4(),
        "due": item.job.due,
        "attempts": item.attempts,
        "reason": item.reason,
        "died_at": item.died_at,
    }
