"""The records of one table: versions, expiry and tags over a tree of files."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from threading import Lock

import orjson

from bot.storage.base import Row, StoreError
from bot.storage.tiny.cache import Record, RecordCache
from bot.storage.tiny.files import Fields, File, Writing, replace_file, swap_file
from bot.storage.tiny.index import Index
from bot.storage.tiny.tree import Tree
from bot.storage.values import Draft, decode


class Records:
    """Blocking; safe among threads. Whatever changes cache or index does so while it holds the record's file."""

    def __init__(self, table: str, tree: Tree, cache: RecordCache, clock: Callable[[], float]) -> None:
        self._table = table
        self._tree = tree
        self._cache = cache
        self._clock = clock
        self._index: Index | None = None
        self._complete: Index | None = None
        self._trusted = False
        """No write has failed late since the index was begun."""
        self._indexing = Lock()

    @property
    def indexed(self) -> bool:
        """Whether `index` has nothing to do, nor to wait for."""
        return self._trusted and self._complete is not None and self._complete is self._index

    def get(self, key: str) -> Row | None:
        """The unexpired record."""
        index = self._complete
        if index is not None and index is self._index and self._trusted and key not in index:
            return None
        with self._tree.reading(key) as file:
            record = _record(key, file.get(key))
            if record is None or not record.live(self._clock()):
                return None
            self._cache.put(self._table, record)
            return record.row

    def put(self, draft: Draft, version: int | None) -> Row | None:
        """Write; with a `version` only if that is the present one."""
        return self._put(draft, version, replace_file)

    def put_all(self, drafts: Sequence[Draft]) -> None:
        """Write each; all are durable together, and may be read before."""
        for draft in drafts:
            self._put(draft, None, swap_file)
        with self._careful(*(draft.key for draft in drafts)):
            self._tree.sync()

    def _put(self, draft: Draft, version: int | None, write: Writing) -> Row | None:
        key, tags, expires_at = draft.key, draft.tags, draft.expires_at
        with self._tree.writing(key, write=write) as file, self._careful(key):
            record = _record(key, file.get(key))
            present = record.row.version if record is not None and record.live(self._clock()) else 0
            if version not in (None, present):
                return None
            row = Row(key, decode(draft.text), present + 1)
            file.put(key, _fields(row, tags, expires_at))
            if write is replace_file:
                self._cache.put(self._table, Record(row, tags, expires_at, len(draft.text)))
            else:  # many at once would drive out what is read again
                self._cache.forget(self._table, key)
            if self._index is not None:
                self._index.set(key, tags, expires_at)
            return row

    def take(self, key: str) -> Row | None:
        """Remove; the unexpired record that was there."""
        with self._tree.reading(key) as file, self._careful(key):
            record = _record(key, file.get(key))
            if record is None:
                return None
            self._remove(file, key)
            return record.row if record.live(self._clock()) else None

    def find(self, tag: str) -> list[Row]:
        """The unexpired records with this tag, in key order."""
        return list(self._rows(self.index().tagged(tag)))

    def page(self, after: str, limit: int) -> list[Row]:
        """Up to `limit` unexpired records beyond `after`, in key order."""
        rows: list[Row] = []
        while len(rows) < limit and (keys := self.index().after(after, limit - len(rows))):
            rows += self._rows(keys)
            after = keys[-1]
        return rows

    def count(self) -> int:
        """All records, expired ones included."""
        return len(self.index())

    def empty(self) -> bool:
        """Whether there is no record."""
        place: int | None = 0
        found: list[Record] = []
        while place is not None and not found:
            found, place = self.batch(place)
        return not found

    def sweep(self) -> int:
        """Remove the expired records."""
        swept = 0
        for key in self.index().expired(self._clock()):
            with self._tree.reading(key) as file, self._careful(key):
                record = _record(key, file.get(key))
                if record is not None and not record.live(self._clock()):
                    self._remove(file, key)
                    swept += 1
        return swept

    def batch(self, start: int) -> tuple[list[Record], int | None]:
        """Some records from the place `start` on, and the place of the next ones."""
        records: list[Record] = []

        def collect(documents: dict[str, Fields]) -> None:
            records.extend(record for key, fields in documents.items() if (record := _record(key, fields)))

        following = self._tree.scan(collect, start, files=16)
        return records, following

    def _rows(self, keys: list[str]) -> Iterator[Row]:
        for key in keys:
            record = self._cache.get(self._table, key)
            if record is None:
                with self._tree.reading(key) as file:
                    record = _record(key, file.get(key))
                    if record is not None:
                        self._cache.put(self._table, record)
            if record is not None and record.live(self._clock()):
                yield record.row

    def _remove(self, file: File, key: str) -> None:
        file.remove(key)
        self._cache.forget(self._table, key)
        if self._index is not None:
            self._index.discard(key)

    @contextmanager
    def _careful(self, *keys: str) -> Iterator[None]:
        # A write that failed late may be in the file or not: let the file tell.
        try:
            yield
        except StoreError:
            for key in keys:
                self._cache.forget(self._table, key)
            self._trusted = False
            raise

    def index(self) -> Index:
        """What `find`, `page`, `count` and `sweep` need: made by reading the table once, kept up to date since."""
        with self._indexing:
            if self._trusted and self._index is not None:
                return self._index
            index = self._index = Index()
            self._trusted = True

            def fill(documents: dict[str, Fields]) -> None:
                for key, fields in documents.items():
                    index.set(key, tuple(fields["tags"]), fields["expires_at"])

            try:
                self._tree.scan(fill)
            except StoreError:
                self._trusted = False
                raise
            self._complete = index
            return index


def new_fields(draft: Draft) -> Fields:
    """The document of a record that is written for the first time."""
    return _fields(Row(draft.key, decode(draft.text), 1), draft.tags, draft.expires_at)


def _fields(row: Row, tags: tuple[str, ...], expires_at: float | None) -> Fields:
    return {"value": row.value, "version": row.version, "tags": tags, "expires_at": expires_at}


def _record(key: str, fields: Fields | None) -> Record | None:
    if fields is None:
        return None
    row = Row(key, fields["value"], fields["version"])
    return Record(row, tuple(fields["tags"]), fields["expires_at"], len(orjson.dumps(fields["value"])))
