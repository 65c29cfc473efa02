"""Tables that are kept as TinyDB files, one a record, so that a person's grant is a file under their object id.

TinyDB's own JSON storage writes in place, so a crash can leave a file that no longer parses. Here a write goes to
a temporary file, which is synced and renamed over the old one; then the folder is synced. What has to be known of
all files to find some of them stands in the database, as rows without a value. The files are what counts: a row
tells as much as its file or more, and both are compared when the store is opened.
"""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Any, Final
from urllib.parse import quote

import orjson
from tinydb import Storage, TinyDB
from tinydb.table import Document

from bot.storage.base import Row, StoreCorruptError
from bot.storage.embedded.database import Database
from bot.storage.embedded.folder import (
    FOLDER_MODE,
    TEMPORARY,
    replace_file,
    sync_folder,
    unavailable_on_os_error,
)
from bot.storage.sql import queries
from bot.storage.values import Draft, decode

SUFFIX: Final = ".json"
MAX_UNINDEXED: Final = 100
"""Files that a start after a crash may have to read: an own commit for each write would double its cost."""

_CHECKSUM: Final = "checksum"
_MAX_NAME_BYTES: Final = 240
_STRIPES: Final = 64
_SQL: Final = queries(Path(__file__).with_name("records.sql"))

Fields = Mapping[str, Any]
"""A record in its file: `key`, `value`, `version`, `tags` and `expires_at`."""


class DurableStorage(Storage):
    """TinyDB's storage of one file, for one operation; the file is replaced as a whole.

    Any TinyDB can read it. A table `checksum` is added, which is bound to the file's name: a file that is not what
    was written, or was renamed, raises `StoreCorruptError`.
    """

    def __init__(self, path: Path, *, durable: bool = True, new: bool = False) -> None:
        """With `new`, what is in the file does not matter."""
        self._path, self._durable = path, durable
        self._content: dict[str, Any] | None = {} if new else None

    def read(self) -> dict[str, Any] | None:
        if self._content is None:
            self._content = self._parsed()
        return self._content

    def write(self, data: Mapping[str, Any]) -> None:
        replace_file(self._path, self._text(data), durable=self._durable)
        self._content = dict(data)

    def _parsed(self) -> dict[str, Any] | None:
        with unavailable_on_os_error(self._path):
            try:
                text = self._path.read_bytes()
            except FileNotFoundError:
                return None
        with suppress(ValueError, AttributeError):
            content = orjson.loads(text)
            content.pop(_CHECKSUM, None)
            if text == self._text(content):
                return dict(content)
        raise StoreCorruptError(f"The file {self._path} is damaged: its checksum does not fit.")

    def _text(self, tables: Mapping[str, Any]) -> bytes:
        name = blake2b(self._path.name.encode(), digest_size=blake2b.PERSON_SIZE).digest()
        digest = blake2b(orjson.dumps(tables), digest_size=16, person=name).hexdigest()
        return orjson.dumps({**tables, _CHECKSUM: {"1": {"blake2b": digest}}}, option=orjson.OPT_INDENT_2) + b"\n"


class Documents:
    """The records of one table. Blocking; safe among threads."""

    def __init__(self, folder: Path, table: str, database: Database, clock: Callable[[], float]) -> None:
        self._folder, self._table, self._database, self._clock = folder, table, database, clock
        self._written: list[dict[str, Any]] = []
        self._written_lock = Lock()
        self._locks = [Lock() for _ in range(_STRIPES)]

    def scan(self) -> dict[str, int]:
        """List the files with the time at which each was written; remove what a crash left."""
        with unavailable_on_os_error(self._folder):
            self._folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
            sync_folder(self._folder.parent)
            with os.scandir(self._folder) as entries:
                files = {entry.name: entry.stat().st_mtime_ns for entry in entries}
            for name in [name for name in files if name.endswith(TEMPORARY)]:
                (self._folder / name).unlink()
                del files[name]
        return files

    def load(self, files: Mapping[str, int]) -> None:
        """Bring the index up to date with what `scan` found."""
        rows = self._database.begin_read(lambda db: db.execute(_SQL["files"], {"table": self._table}).fetchall())
        known = {_file_name(key): (key, version) for key, version in rows.result()}
        gone = [{"table": self._table, "key": key} for name, (key, _) in known.items() if name not in files]
        changed = [name for name, written in files.items() if known.get(name, ("", 0))[1] != written]

        def update(db: sqlite3.Connection) -> None:
            db.executemany(_SQL["delete"], gone)
            for name in changed:
                if fields := self._read(self._folder / name):
                    self._index(db, fields, files[name])

        if gone or changed:
            self._database.begin_write(update).result()

    def get(self, key: str, *, tag: str = "") -> Row | None:
        """Return the record, if it carries `tag`."""
        with self._locked(key):
            fields = self._read(self._path(key))
            if fields is None or not self._is_live(fields) or (tag and tag not in fields["tags"]):
                return None
            return _row(fields)

    def put(self, draft: Draft, version: int | None) -> Row | None:
        """Write; with a `version` only if that is the present one."""
        with self._locked(draft.key):
            before = self._read(self._path(draft.key))
            present = int(before["version"]) if before and self._is_live(before) else 0
            if version not in (None, present):
                return None
            fields = _fields(draft, present + 1)
            tags_before, expires_before = (before["tags"], before["expires_at"]) if before else ([], None)
            if not before or not {*draft.tags} <= {*tags_before} or draft.expires_at != expires_before:
                either = {**fields, "tags": {*tags_before, *draft.tags}, "expires_at": None}
                self._begin_index(either, 0).result()
            written = self.write(fields)
            # What is lost of this is made up for by reading the file at the next start.
            if before and (fields["tags"], draft.expires_at) == (tags_before, expires_before):
                self._note_written(draft.key, written)
            else:
                self._begin_index(fields, written)
            return _row(fields)

    def take(self, key: str) -> Row | None:
        """Remove; the unexpired record that was there."""
        with self._locked(key):
            path = self._path(key)
            fields = self._read(path)
            if fields is None:
                return None
            with unavailable_on_os_error(path):
                path.unlink()
                sync_folder(self._folder)
            where = {"table": self._table, "key": key}
            self._database.begin_write(lambda db: db.execute(_SQL["delete"], where)).result()
            return _row(fields) if self._is_live(fields) else None

    def flush(self) -> None:
        """Tell the index when files were written that are otherwise as it knows them."""
        with self._written_lock:
            written, self._written = self._written, []
        if written:
            self._database.begin_write(lambda db: db.executemany(_SQL["written"], written))

    def _note_written(self, key: str, written: int) -> None:
        with self._written_lock:
            self._written.append({"table": self._table, "key": key, "version": written})
            full = len(self._written) >= MAX_UNINDEXED
        if full:
            self.flush()

    def fields(self, key: str) -> Fields | None:
        """Return the whole document."""
        return self._read(self._path(key))

    def restore(self, db: sqlite3.Connection, draft: Draft) -> None:
        """Take in a record of a copy; syncing the file is left to the caller."""
        fields = _fields(draft, 1)
        self._index(db, fields, self.write(fields, durable=False))

    def write(self, fields: Fields, *, durable: bool = True) -> int:
        """Replace the file; return when it was written, in nanoseconds."""
        path = self._path(fields["key"])
        with TinyDB(path, storage=DurableStorage, durable=durable, new=True) as db:
            db.insert(Document(fields, doc_id=1))
        with unavailable_on_os_error(path):
            return path.stat().st_mtime_ns

    def _begin_index(self, fields: Fields, written: int) -> Future[None]:
        return self._database.begin_write(lambda db: self._index(db, fields, written))

    def _index(self, db: sqlite3.Connection, fields: Fields, written: int) -> None:
        tags, expires_at = orjson.dumps(sorted(fields["tags"])).decode(), fields["expires_at"]
        row = {"table": self._table, "key": fields["key"], "value": None, "version": written, "checksum": 0}
        db.execute(_SQL["put"], row | {"tags": tags, "expires_at": expires_at})

    def _read(self, path: Path) -> Fields | None:
        with TinyDB(path, storage=DurableStorage) as db:
            document = db.get(doc_id=1)
        return document if isinstance(document, Document) else None

    def _is_live(self, fields: Fields) -> bool:
        return fields["expires_at"] is None or fields["expires_at"] > self._clock()

    @contextmanager
    def _locked(self, key: str) -> Iterator[None]:
        with self._locks[hash(key) % _STRIPES]:
            yield

    def _path(self, key: str) -> Path:
        return self._folder / _file_name(key)


def _file_name(key: str) -> str:
    """Name the file of a record; that of a person is `<tenant>+<object id>.json`."""
    name = quote(key, safe="/@ ").replace("/", "+")
    if len(name) > _MAX_NAME_BYTES:
        name = blake2b(key.encode(), digest_size=32).hexdigest()
    return f"{name}{SUFFIX}"


def _fields(draft: Draft, version: int) -> dict[str, Any]:
    fields = {"key": draft.key, "value": decode(draft.text), "version": version}
    return fields | {"tags": list(draft.tags), "expires_at": draft.expires_at}


def _row(fields: Fields) -> Row:
    return Row(fields["key"], fields["value"], fields["version"])
