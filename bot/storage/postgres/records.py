"""The records of `Store` in PostgreSQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final
from uuid import uuid4

import orjson
from psycopg.rows import DictRow

from bot.storage.base import Json, Row, StoreUnavailableError, Write
from bot.storage.cache import RecordCache
from bot.storage.postgres.pool import Answer, Pool
from bot.storage.postgres.sql import queries
from bot.storage.values import Draft, checked, draft, identifier

SWEEP_SECONDS: Final = 10.0
"""For each 2,000 rows."""


class PostgresRecords:
    """One statement a method, retried if its answer was lost; the row tells whether it had been carried out."""

    def __init__(self, pool: Pool, cache: RecordCache) -> None:
        self._pool, self._cache = pool, cache
        self._records_sql = queries("records")

    async def get(self, table: str, key: str) -> Row | None:
        answer = await self._pool.run(self._records_sql["get"], _place(table, key))
        return _row(answer.one)

    async def get_cached(self, table: str, key: str) -> Row | None:
        return await self._cache.get(table, key, self.get)

    async def get_all(self, table: str, keys: Sequence[str]) -> dict[str, Row]:
        values = {"table": identifier(table), "keys": [checked(key, "key") for key in keys]}
        answer = await self._pool.run(self._records_sql["get_all"], values) if keys else Answer([])
        return {row["key"]: _present(row) for row in answer.rows}

    async def put(
        self, table: str, key: str, value: Json, *, tags: Sequence[str] = (), expires_at: float | None = None
    ) -> Row:
        fields = _record_fields(table, draft(key, value, tags, expires_at))
        return _present((await self._change("put", fields, table, key)).rows[0])

    async def put_all(self, table: str, writes: Sequence[Write]) -> None:
        if not writes:
            return
        drafts = [draft(w.key, w.value, w.tags, w.expires_at) for w in writes]
        records = [record_row(table, record) for record in drafts]
        values = {"table": identifier(table), "records": orjson.dumps(records).decode(), "write_id": uuid4()}
        await self._change("put_all", values, table, *(record.key for record in drafts))

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
        fields = _record_fields(table, draft(key, value, tags, expires_at))
        query, fields = "replace" if version else "create", fields | {"version": version}
        return _row((await self._change(query, fields, table, key)).one)

    async def take(self, table: str, key: str) -> Row | None:
        answer = await self._change("take", _place(table, key), table, key)
        if answer.one is None and answer.uncertain:
            raise StoreUnavailableError("PostgreSQL went away while a record was taken; it may be gone.")
        return _row(answer.one) if answer.one is not None and answer.one["live"] else None

    async def delete(self, table: str, key: str) -> bool:
        return await self.take(table, key) is not None

    async def _change(self, query: str, values: Mapping[str, object], table: str, *keys: str) -> Answer:
        try:
            return await self._pool.run(self._records_sql[query], values)
        finally:  # whoever wrote sees it at once; others when it is announced
            self._cache.forget(table, *keys)

    async def find(self, table: str, tag: str) -> list[Row]:
        identifier(table)
        answer = await self._pool.run(self._records_sql["find"], {"tag": _tag(table, checked(tag, "tag"))})
        return [_present(row) for row in answer.rows]

    async def find_each(self, table: str, tags: Sequence[str]) -> list[list[Row]]:
        found: list[list[Row]] = [[] for _ in tags]
        identifier(table)
        values = {"tags": [_tag(table, checked(tag, "tag")) for tag in tags]}
        answer = await self._pool.run(self._records_sql["find_each"], values) if tags else Answer([])
        for row in answer.rows:
            found[row["place"] - 1].append(_present(row))
        return found

    async def page(self, table: str, *, after: str = "", limit: int = 100) -> list[Row]:
        values = {"table": identifier(table), "after": checked(after, "key", empty=True), "limit": limit}
        return [_present(row) for row in (await self._pool.run(self._records_sql["page"], values)).rows]

    async def count(self, table: str) -> int:
        return (await self._pool.run(self._records_sql["count"], {"table": identifier(table)})).count

    async def sweep(self) -> int:
        swept = 0
        while gone := (await self._pool.run(self._records_sql["sweep"], seconds=SWEEP_SECONDS)).count:
            swept += gone
        return swept


def tag_of(stored: str) -> str:
    """Return a tag as its caller gave it."""
    return stored.partition("/")[2]


def _tag(table: str, tag: str) -> str:
    return f"{table}/{tag}"


def _place(table: str, key: str) -> dict[str, object]:
    return {"table": identifier(table), "key": checked(key, "key")}


def record_row(table: str, record: Draft) -> dict[str, object]:
    """Return `record` as a row of a query that writes many, to be encoded by orjson."""
    return {
        "key": record.key,
        "value": orjson.Fragment(record.text),
        "tags": [_tag(table, tag) for tag in record.tags],
        "expires_at": record.expires_at,
    }


def _record_fields(table: str, record: Draft) -> dict[str, object]:
    """Return the parameters of a query that writes one record."""
    return {
        "table": identifier(table),
        "key": record.key,
        "value": record.text.decode(),
        "tags": [_tag(table, tag) for tag in record.tags],
        "expires_at": record.expires_at,
        "write_id": uuid4(),
    }


def _present(row: DictRow) -> Row:
    return Row(row["key"], row["value"], row["version"])


def _row(row: DictRow | None) -> Row | None:
    return _present(row) if row is not None else None
