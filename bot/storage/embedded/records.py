"""The records of `Store`: in SQLite, but for the tables that are kept as files."""

from __future__ import annotations

import asyncio
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, Final, TypeVar

import orjson

from bot.storage.base import Json, Row, StoreUnavailableError, Write
from bot.storage.cache import RecordCache
from bot.storage.embedded.database import Database, Work, checksum, decode_checked
from bot.storage.embedded.documents import Documents
from bot.storage.sql import queries
from bot.storage.values import Draft, checked, decode, draft, identifier

T = TypeVar("T")

SQL: Final = queries(Path(__file__).with_name("records.sql"))
SWEPT_AT_ONCE: Final = 500


class EmbeddedRecords:
    """One transaction a call. The threads of `_files` wait for the disk with people's files."""

    def __init__(self, database: Database, documents: Mapping[str, Documents], clock: Callable[[], float]) -> None:
        self._database, self._documents, self._clock = database, documents, clock
        self._cache = RecordCache()
        self._files: ThreadPoolExecutor | None = None

    async def get(self, table: str, key: str) -> Row | None:
        documents = self._documents.get(identifier(table))
        if documents is None:
            return (await self.get_all(table, [key])).get(key)
        checked(key, "key")
        return await self._file(lambda: documents.get(key))

    async def get_cached(self, table: str, key: str) -> Row | None:
        return await self._cache.get(table, key, self.get)

    async def get_all(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        if identifier(table) in self._documents:
            return {key: row for key in keys if (row := await self.get(table, key)) is not None}
        wanted = [self._values(table=table, key=checked(key, "key")) for key in keys]
        if not wanted:
            return {}
        rows = await self._database.read(lambda db: [db.execute(SQL["get"], one).fetchone() for one in wanted])
        return {row["key"]: row_of(row) for row in rows if row is not None}

    async def put(
        self, table: str, key: str, value: Json, *, tags: Sequence[str] = (), expires_at: float | None = None
    ) -> Row:
        row = await self._put(table, draft(key, value, tags, expires_at), None)
        if row is None:
            raise AssertionError("an unconditional write was refused")
        return row

    async def put_all(self, table: str, writes: Sequence[Write]) -> None:
        drafts = [draft(w.key, w.value, w.tags, w.expires_at) for w in writes]
        if identifier(table) in self._documents:
            await asyncio.gather(*(self._put(table, one, None) for one in drafts))
        elif drafts:
            now = self._clock()
            await self._write(lambda db: _put_records(db, table, drafts, now), table, *(one.key for one in drafts))

    async def replace(
        self,
        table: str,
        key: str,
        value: Json,
        *,
        version: int,
        tags: Sequence[str] = (),
        expires_at: float | None = None,
    ) -> Row | None:
        return await self._put(table, draft(key, value, tags, expires_at), version)

    async def _put(self, table: str, record: Draft, version: int | None) -> Row | None:
        documents, now = self._documents.get(identifier(table)), self._clock()
        if documents is not None:
            return await self._write_file(lambda: documents.put(record, version), table, record.key)
        return await self._write(lambda db: put_record(db, table, record, version, now), table, record.key)

    async def take(self, table: str, key: str) -> Row | None:
        documents = self._documents.get(identifier(table))
        values = self._values(table=table, key=checked(key, "key"))
        if documents is not None:
            return await self._write_file(lambda: documents.take(key), table, key)
        return await self._write(lambda db: _take(db, values), table, key)

    async def delete(self, table: str, key: str) -> bool:
        return await self.take(table, key) is not None

    async def find(self, table: str, tag: str) -> list[Row]:
        return (await self.find_each(table, [tag]))[0]

    async def find_each(self, table: str, tags: Sequence[str]) -> list[list[Row]]:
        identifier(table)
        wanted = [self._values(table=table, tag=tag) for tag in tags]
        if not wanted:
            return []
        found = await self._database.read(lambda db: [db.execute(SQL["find"], one).fetchall() for one in wanted])
        return [await self._resolved(table, rows, tag) for tag, rows in zip(tags, found, strict=True)]

    async def page(self, table: str, *, after: str = "", limit: int = 100) -> list[Row]:
        found: list[Row] = []
        while len(found) < limit:
            values = self._values(table=identifier(table), after=after, limit=limit - len(found))
            rows = await self._database.rows(SQL["page"], **values)
            if not rows:
                break
            found += await self._resolved(table, rows)
            after = rows[-1]["key"]
        return found

    async def count(self, table: str) -> int:
        return int((await self._database.rows(SQL["count"], table=identifier(table)))[0][0])

    async def sweep(self) -> int:
        values, swept = self._values(limit=SWEPT_AT_ONCE), 0
        for statement in ("sweep", "sweep_names"):
            while gone := await self._database.change(SQL[statement], **values):
                swept += gone
        for table, documents in self._documents.items():
            for row in await self._database.rows(SQL["expired_files"], **self._values(table=table)):
                await self._file(lambda documents=documents, key=row["key"]: documents.take(key))  # type: ignore[misc]
                swept += 1
        return swept

    async def _resolved(self, table: str, rows: Sequence[sqlite3.Row], tag: str = "") -> list[Row]:
        """Read the records of rows, those in files if they still carry `tag`."""
        documents = self._documents.get(table)
        if documents is None:
            return [row_of(row) for row in rows]
        keys = [row["key"] for row in rows]
        return await self._file(lambda: [row for key in keys if (row := documents.get(key, tag=tag)) is not None])

    async def _file(self, work: Callable[[], T]) -> T:
        return await asyncio.wrap_future(self._begin_file(work))

    def _begin_file(self, work: Callable[[], T]) -> Future[T]:
        if self._files is None:
            raise StoreUnavailableError("The store is not open.")
        return self._files.submit(work)

    async def _write(self, work: Work[T], table: str, *keys: str) -> T:
        """Return the result of a write. What it changes is forgotten once it is done, whoever still waits."""
        return await self._database.write(work, on_end=lambda: self._cache.forget(table, *keys))

    async def _write_file(self, work: Callable[[], T], table: str, key: str) -> T:
        loop, begun = asyncio.get_running_loop(), self._begin_file(work)
        begun.add_done_callback(lambda _: loop.call_soon_threadsafe(self._cache.forget, table, key))
        return await asyncio.wrap_future(begun)

    def _values(self, **values: object) -> dict[str, Any]:
        return {**values, "now": self._clock()}


def put_record(db: sqlite3.Connection, table: str, record: Draft, version: int | None, now: float) -> Row | None:
    """Write; with a `version` only if that is the present one (0: none)."""
    before = db.execute(SQL["get"], {"table": table, "key": record.key, "now": now}).fetchone()
    present = before["version"] if before else 0
    if version not in (None, present):
        return None
    db.execute(SQL["put"], _record_values(table, record, present + 1))
    return Row(record.key, decode(record.text), present + 1)


def _put_records(db: sqlite3.Connection, table: str, records: Sequence[Draft], now: float) -> None:
    """Write records with different keys, in few statements for many records."""
    keys = orjson.dumps([record.key for record in records]).decode()
    present = dict(db.execute(SQL["versions"], {"table": table, "keys": keys, "now": now}).fetchall())
    values = [_record_values(table, record, present.get(record.key, 0) + 1) for record in records]
    db.executemany(SQL["put"], values)


def _record_values(table: str, record: Draft, version: int) -> Mapping[str, Any]:
    values: dict[str, Any] = {"table": table, "key": record.key, "expires_at": record.expires_at}
    values |= {"value": record.text.decode(), "tags": orjson.dumps(record.tags).decode(), "version": version}
    return values | {"checksum": _checksum(values)}


def row_of(row: sqlite3.Row) -> Row:
    """Read the record in a row. Raises `StoreCorruptError`."""
    parts = row["collection"], row["key"], row["version"], row["tags"], row["expires_at"]
    return Row(row["key"], decode_checked(row["value"], row["checksum"], *parts), row["version"])


def _checksum(values: Mapping[str, Any]) -> int:
    expires_at = values["expires_at"]
    at = float(expires_at) if expires_at is not None else None  # as the column gives it
    return checksum(values["value"], values["table"], values["key"], values["version"], values["tags"], at)


def _take(db: sqlite3.Connection, values: Mapping[str, Any]) -> Row | None:
    row = db.execute(SQL["get"], values).fetchone()
    db.execute(SQL["delete"], values)
    return row_of(row) if row is not None else None
