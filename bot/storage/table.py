"""One table of a store with values of one type, in place of JSON objects.

Every method may raise `StoreError`. A record that is not of the type raises `StoreCorruptError` where it was asked
for by its key; among others it is logged and left out, so that one spoilt record does not hold up the rest.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

import structlog
from cachetools import LRUCache, cached
from pydantic import TypeAdapter, ValidationError

from bot.storage.base import Json, Row, Store, StoreCorruptError, StoreUnavailableError, Write

T = TypeVar("T")

MAX_CONFLICTS = 100
"""Attempts at a compare-and-set before giving up."""

PAGE_SIZE = 500

log = structlog.get_logger(__name__)


@cached({})
def type_adapter(kind: type[T]) -> TypeAdapter[T]:
    """Return the encoder and decoder of a type, built once: that takes more than a millisecond."""
    return TypeAdapter(kind)


@dataclass(frozen=True, slots=True)
class Entry(Generic[T]):
    """A record with its value decoded. `version` grows by one with each write of the key."""

    key: str
    value: T
    version: int


@dataclass(frozen=True, slots=True)
class Draft(Generic[T]):
    """A record to be written by `Table.put_all`. `expires_at`: Unix seconds."""

    key: str
    value: T
    tags: Sequence[str] = ()
    expires_at: float | None = None


class Table(Generic[T]):
    """The records of table `name`, encoded and decoded as `kind` (anything pydantic can validate).

    `cache_size` decoded values are kept, for tables that are read far more often than they change.
    """

    def __init__(self, store: Store, name: str, kind: type[T], *, cache_size: int = 0) -> None:
        self._store, self.name = store, name
        self._adapter: TypeAdapter[T] = type_adapter(kind)
        self._decoded: LRUCache[str, tuple[Json, T]] = LRUCache(cache_size)

    async def get(self, key: str) -> T | None:
        """Return the value, or None if there is no record or it has expired."""
        entry = await self.entry(key)
        return entry.value if entry else None

    async def get_cached(self, key: str) -> T | None:
        """Return the value as `Store.get_cached` knows it."""
        row = await self._store.get_cached(self.name, key)
        return self._decode(row).value if row else None

    async def entry(self, key: str) -> Entry[T] | None:
        """Return the record with its version, or None."""
        row = await self._store.get(self.name, key)
        return self._decode(row) if row else None

    async def get_all(self, keys: Sequence[str]) -> dict[str, T]:
        """Return the values of those of `keys` that have a readable record, read in one go."""
        rows = await self._store.get_all(self.name, keys)
        return {entry.key: entry.value for entry in self._readable(rows.values())}

    async def present(self, keys: Sequence[str]) -> set[str]:
        """Return those of `keys` that have a record, read in one go."""
        return set(await self._store.get_all(self.name, keys))

    async def put(self, key: str, value: T, *, tags: Iterable[str] = (), expires_at: float | None = None) -> None:
        """Write whatever was there before. `tags` replace the earlier ones. `expires_at`: Unix seconds."""
        await self._store.put(self.name, key, self._encode(value), tags=tuple(tags), expires_at=expires_at)

    async def put_all(self, drafts: Iterable[Draft[T]]) -> None:
        """Write records with different keys in one go. A failure may leave some of them written."""
        writes = [Write(d.key, self._encode(d.value), tuple(d.tags), d.expires_at) for d in drafts]
        await self._store.put_all(self.name, writes)

    async def replace(
        self, key: str, value: T, *, version: int, tags: Iterable[str] = (), expires_at: float | None = None
    ) -> bool:
        """Write only if the present version is `version` (0: no record); return whether it was."""
        written = await self._store.replace(
            self.name, key, self._encode(value), version=version, tags=tuple(tags), expires_at=expires_at
        )
        return written is not None

    async def update(
        self,
        key: str,
        change: Callable[[T], T],
        *,
        default: T | None = None,
        tags: Callable[[T], Iterable[str]] = lambda _: (),
        before_write: Callable[[T, T], Awaitable[None]] | None = None,
    ) -> T | None:
        """Apply `change` to the newest value, however often others write meanwhile; return the new value.

        Without a record `change` is applied to `default`, or None is returned if there is none. If `change`
        returns the very object it was given, nothing is written. `before_write` gets the old and the new value and
        may veto the change by raising. Raises `StoreUnavailableError` after `MAX_CONFLICTS` lost races.
        """
        for _ in range(MAX_CONFLICTS):
            entry = await self.entry(key)
            before = entry.value if entry else default
            if before is None:
                return None
            after = change(before)
            if entry and after is before:
                return after
            if before_write is not None:
                await before_write(before, after)
            version = entry.version if entry else 0
            if await self.replace(key, after, version=version, tags=tags(after)):
                return after
        raise StoreUnavailableError(f"A record of {self.name} could not be written: it changed each time.")

    async def delete(self, key: str) -> bool:
        """Remove; return whether there was anything to remove."""
        return await self._store.delete(self.name, key)

    async def take(self, key: str) -> T | None:
        """Remove a record and return its value; of any number of concurrent callers one gets it."""
        row = await self._store.take(self.name, key)
        return self._decode(row).value if row else None

    async def find(self, tag: str) -> list[Entry[T]]:
        """Return all records that carry `tag`, in key order."""
        return self._readable(await self._store.find(self.name, tag))

    async def find_each(self, tags: Sequence[str]) -> list[list[Entry[T]]]:
        """Return what `find` gives for each of `tags`, read in one go."""
        return [self._readable(rows) for rows in await self._store.find_each(self.name, tags)]

    async def page(self, *, after: str = "", limit: int = PAGE_SIZE) -> list[Entry[T]]:
        """Return up to `limit` records whose key is greater than `after`, in key order."""
        return self._readable(await self._store.page(self.name, after=after, limit=limit))

    async def scan(self) -> AsyncIterator[Entry[T]]:
        """Yield every record in key order, reading a page at a time."""
        after = ""
        while rows := await self._store.page(self.name, after=after, limit=PAGE_SIZE):
            for entry in self._readable(rows):
                yield entry
            after = rows[-1].key

    def _encode(self, value: T) -> Json:
        encoded: Json = self._adapter.dump_python(value, mode="json", by_alias=True)
        return encoded

    def _readable(self, rows: Iterable[Row]) -> list[Entry[T]]:
        entries = []
        for row in rows:
            try:
                entries.append(self._decode(row))
            except StoreCorruptError:
                log.error("record cannot be read", table=self.name, key=row.key)  # noqa: TRY400  # no values in logs
        return entries

    def _decode(self, row: Row) -> Entry[T]:
        known = self._decoded.get(row.key)
        if known is not None and (known[0] is row.value or known[0] == row.value):
            return Entry(row.key, known[1], row.version)
        try:
            value = self._adapter.validate_python(dict(row.value))
        except ValidationError:
            raise StoreCorruptError(f"A record of the table {self.name} is not what was written.") from None
        if self._decoded.maxsize:
            self._decoded[row.key] = row.value, value
        return Entry(row.key, value, row.version)
