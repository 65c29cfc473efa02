"""Exports a whole store of this engine, and imports one into an empty folder."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Mapping, Sequence
from pathlib import Path
from typing import Final

import orjson

from bot.storage.base import Stored, StoredJob, StoredNames, StoredRecord, StoreError
from bot.storage.embedded.database import Database
from bot.storage.embedded.documents import Documents
from bot.storage.embedded.folder import COPYING_FILE, replace_file, sync_folder
from bot.storage.embedded.queues import SQL as QUEUE_SQL
from bot.storage.embedded.queues import job_of, job_values, put_job
from bot.storage.embedded.records import EmbeddedRecords, put_record, row_of
from bot.storage.sql import queries
from bot.storage.values import draft, identifier

BATCH: Final = 500

_SQL: Final = queries(Path(__file__).with_name("transfer.sql"))


class EmbeddedTransfer(EmbeddedRecords):
    """Some hundred items at a time."""

    def __init__(
        self, folder: Path, database: Database, documents: Mapping[str, Documents], clock: Callable[[], float]
    ) -> None:
        super().__init__(database, documents, clock)
        self._folder = folder

    async def export(self) -> AsyncGenerator[Stored, None]:
        parts = {"records": self._stored_record, "jobs": _stored_job, "names": _stored_names}
        for name, convert in parts.items():
            after, now = 0, self._clock()
            while rows := await self._database.rows(_SQL[name], after=after, now=now, limit=BATCH):
                after = rows[-1][0]
                for item in await self._file(lambda rows=rows, convert=convert: list(map(convert, rows))):  # type: ignore[misc]
                    if item is not None:
                        yield item

    async def import_(self, items: AsyncIterator[Stored]) -> int:
        if await self._database.rows(_SQL["anything"]):
            raise StoreError(f"The store in {self._folder} is not empty: a copy would mix two stores.")
        marker = self._folder / COPYING_FILE
        await self._file(lambda: replace_file(marker, b""))
        count = await self._import_all(items)
        await self._file(os.sync)  # people's files were not synced one by one
        await self._file(marker.unlink)
        await self._file(lambda: sync_folder(self._folder))
        return count

    async def _import_all(self, items: AsyncIterator[Stored]) -> int:
        count, batch = 0, list[Stored]()
        async for item in items:
            batch.append(item)
            count += 1
            if len(batch) == BATCH:
                await self._restore(batch)
                batch = []
        await self._restore(batch)
        return count

    async def _restore(self, items: Sequence[Stored]) -> None:
        def restore(db: sqlite3.Connection) -> None:
            for item in items:
                self._restore_one(db, item)

        await self._database.write(restore)

    def _restore_one(self, db: sqlite3.Connection, item: Stored) -> None:
        if isinstance(item, StoredRecord):
            record = draft(item.key, item.value, item.tags, item.expires_at)
            documents = self._documents.get(identifier(item.table))
            if documents is not None:
                documents.restore(db, record)
            else:
                put_record(db, item.table, record, None, self._clock())
        elif isinstance(item, StoredJob):
            identifier(item.queue)
            put_job(db, job_values(item))
        else:
            names = orjson.dumps(item.names).decode()
            values = {"queue": identifier(item.queue), "names": names, "forget_at": item.forget_at}
            db.execute(QUEUE_SQL["name"], values)

    def _stored_record(self, row: sqlite3.Row) -> Stored | None:
        table, key, tags = row["collection"], row["key"], tuple(orjson.loads(row["tags"]))
        if row["value"] is not None:
            return StoredRecord(table, key, row_of(row).value, tags, row["expires_at"])
        fields = self._documents[table].fields(key)
        if fields is None:
            return None
        return StoredRecord(table, key, fields["value"], tuple(fields["tags"]), fields["expires_at"])


def _stored_job(row: sqlite3.Row) -> Stored | None:
    return StoredJob(row["queue"], job_of(row), row["put_at"], row["attempts"], row["reason"], row["died_at"])


def _stored_names(row: sqlite3.Row) -> Stored | None:
    return StoredNames(row["queue"], (row["name"],), row["forget_at"])
