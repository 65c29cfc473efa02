"""All tables and queues of one folder: blocking, safe among threads, for one process."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from itertools import islice
from pathlib import Path
from threading import Lock
from typing import Final

from bot.storage.base import Row, StoreCorruptError, Stored, StoredJob, StoredNames, StoredRecord, StoreError
from bot.storage.tiny.bulk import Bulk
from bot.storage.tiny.cache import RecordCache
from bot.storage.tiny.files import TEMPORARY, replace_file, sync_folder, unavailable_on_os_error
from bot.storage.tiny.folder import COPYING_FILE, QUEUES, TABLES, FolderLock, check_format, make_folder
from bot.storage.tiny.queue import Queue
from bot.storage.tiny.records import Records, new_fields
from bot.storage.tiny.tree import Tree
from bot.storage.values import Draft, draft, identifier

PROBE_FILE: Final = "probe"
BATCH: Final = 256
"""Items of an export that one call of a thread deals with."""


class Database:
    """Opened once. Tables are listed at open and read as needed; queues are read at open."""

    def __init__(self, folder: Path, cache: RecordCache, clock: Callable[[], float]) -> None:
        self._folder = folder
        self._cache = cache
        self._clock = clock
        self._durable = True
        self._lock = FolderLock(folder)
        self._making = Lock()
        self._tables: dict[str, Records] = {}
        self._queues: dict[str, Queue] = {}
        self._bulks: dict[str, Bulk] = {}

    def open(self) -> None:
        """Raises `StoreLockedError`, `StoreCorruptError` or `StoreUnavailableError`."""
        make_folder(self._folder)
        self._lock.acquire()
        try:
            check_format(self._folder)
            self.load()
        except BaseException:
            self._lock.release()
            raise

    def load(self) -> None:
        """List the tables and read the queues, anew if they were known."""
        self._tables, self._queues = {}, {}
        for name in _names(self._folder / TABLES):
            self._tables[name] = self._records(name)
        for name in _names(self._folder / QUEUES):
            self.queue(name)

    def begin_copy(self) -> None:
        """Write without syncing until `end_copy`. A store in which that was cut short does not open any more.

        Raises `StoreError` if anything is here.
        """
        if self.tables() or not all(queue.empty() for _, queue in self._all_queues()):
            raise StoreError(f"The store in {self._folder} is not empty: a copy would mix two stores.")
        replace_file(self._folder / COPYING_FILE, b"")
        self._durable = False
        self.load()

    def end_copy(self) -> None:
        """Make all of it durable and use it."""
        while self._bulks:
            name, bulk = self._bulks.popitem()
            bulk.build(self._tree(name))
        os.sync()
        self._durable = True
        self.load()
        with unavailable_on_os_error(self._folder):
            (self._folder / COPYING_FILE).unlink()
            sync_folder(self._folder)

    def export(self) -> Iterator[list[Stored]]:
        """Everything, some of it at a time."""
        now = self._clock()
        for name, records in self._all_tables():
            place: int | None = 0
            while place is not None:
                found, place = records.batch(place)
                yield [
                    StoredRecord(name, record.row.key, record.row.value, record.tags, record.expires_at)
                    for record in found
                    if record.live(now)
                ]
        for _, queue in self._all_queues():
            items = queue.export()
            while batch := list(islice(items, BATCH)):
                yield [*batch]

    def restore(self, items: Sequence[Stored]) -> None:
        """Take in some of an export, between `begin_copy` and `end_copy`."""
        names: dict[str, list[StoredNames]] = {}
        for item in items:
            if isinstance(item, StoredRecord):
                if item.table not in self._bulks:
                    self._bulks[identifier(item.table)] = Bulk(self._folder)
                record = draft(item.key, item.value, item.tags, item.expires_at)
                self._bulks[item.table].add(record.key, new_fields(record))
            elif isinstance(item, StoredJob):
                self.queue(item.queue).restore(item)
            else:
                names.setdefault(item.queue, []).append(item)
        for queue, batch in names.items():
            self.queue(queue).restore_names(batch)

    def close(self) -> None:
        """Let the next process in."""
        for bulk in self._bulks.values():
            bulk.close()
        self._lock.release()

    def probe(self) -> None:
        """Write a file and remove it."""
        path = self._folder / f"{PROBE_FILE}{TEMPORARY}"
        replace_file(path, b"")
        with unavailable_on_os_error(path):
            path.unlink(missing_ok=True)

    def get(self, table: str, key: str) -> Row | None:
        records = self._tables.get(table)
        return records.get(key) if records else None

    def get_all(self, table: str, keys: Sequence[str]) -> list[Row]:
        return [row for key in keys if (row := self.get(table, key)) is not None]

    def put(self, table: str, draft: Draft, version: int | None) -> Row | None:
        return self._made(table).put(draft, version)

    def put_all(self, table: str, drafts: Sequence[Draft]) -> None:
        self._made(table).put_all(drafts)

    def take(self, table: str, key: str) -> Row | None:
        records = self._tables.get(table)
        return records.take(key) if records else None

    def indexed(self, table: str) -> bool:
        """Whether `index` has nothing to do, nor to wait for."""
        records = self._tables.get(table)
        return records is None or records.indexed

    def index(self, table: str) -> None:
        """Read the whole table, if that was not done yet: some seconds for 100,000 records."""
        records = self._tables.get(table)
        if records is not None:
            records.index()

    def find(self, table: str, tags: Sequence[str]) -> list[list[Row]]:
        """The rows of each tag."""
        records = self._tables.get(table)
        return [records.find(tag) if records else [] for tag in tags]

    def page(self, table: str, after: str, limit: int) -> list[Row]:
        records = self._tables.get(table)
        return records.page(after, limit) if records else []

    def count(self, table: str) -> int:
        records = self._tables.get(table)
        return records.count() if records else 0

    def tables(self) -> list[str]:
        """Those with records in them."""
        return sorted(name for name, records in self._all_tables() if not records.empty())

    def sweep(self) -> int:
        swept = sum(records.sweep() for _, records in self._all_tables())
        return swept + sum(queue.sweep() for _, queue in self._all_queues())

    def queue(self, name: str) -> Queue:
        """The queue of this name, made if there is none."""
        with self._making:
            queue = self._queues.get(name)
            if queue is None:
                folder = self._folder / QUEUES / name
                queue = Queue(folder, f"queues/{name}", self._clock, durable=self._durable)
                queue.load()
                self._queues[name] = queue
            return queue

    def _made(self, table: str) -> Records:
        with self._making:
            if table not in self._tables:
                self._tables[table] = self._records(table)
            return self._tables[table]

    def _records(self, name: str) -> Records:
        return Records(name, self._tree(name), self._cache, self._clock)

    def _tree(self, name: str) -> Tree:
        folder = self._folder / TABLES / name
        tree = Tree(folder, f"tables/{name}", durable=self._durable)
        if folder.exists():
            tree.load()
        else:
            tree.make()
        return tree

    def _all_tables(self) -> list[tuple[str, Records]]:
        with self._making:
            return list(self._tables.items())

    def _all_queues(self) -> list[tuple[str, Queue]]:
        with self._making:
            return list(self._queues.items())


def _names(parent: Path) -> list[str]:
    """The tables or queues in `parent`; what a crash left half made is removed."""
    names = []
    with unavailable_on_os_error(parent):
        for path in sorted(parent.iterdir()):
            if path.name.endswith(TEMPORARY):
                for file in path.iterdir():
                    file.unlink()
                path.rmdir()
                continue
            try:
                names.append(identifier(path.name))
            except ValueError:
                raise StoreCorruptError(f"{path} does not belong to this store.") from None
    return names
