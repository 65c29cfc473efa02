"""The SQLite database of a store: one thread writes, and commits together what waits for it; two threads read."""

from __future__ import annotations

import asyncio
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar
from zlib import crc32

from bot.storage.base import StoreCorruptError, StoreError, StoreUnavailableError
from bot.storage.embedded.folder import TEMPORARY, replace_file, sync_folder, unavailable_on_os_error
from bot.storage.values import decode

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]

SCHEMA: Final = Path(__file__).with_name("schema.sql").read_text("utf-8")
VERSION: Final = 1
READERS: Final = 2
MAX_CALLS_IN_COMMIT: Final = 256
MAX_LOG_BYTES: Final = 16 << 20
"""What the write-ahead log shrinks to after a long reader (a backup) has made it grow."""

_CORRUPT: Final = {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_FORMAT}
_UNAVAILABLE: Final = {
    *(sqlite3.SQLITE_FULL, sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY),
    *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_PERM, sqlite3.SQLITE_NOMEM),
}


@dataclass(slots=True)
class _Write:
    """A write that waits. Its `future` is one of `loop` if there is one; then `on_end` is called there, too."""

    work: Work[Any]
    future: Future[Any] | asyncio.Future[Any]
    loop: asyncio.AbstractEventLoop | None = None
    on_end: Callable[[], None] | None = None
    result: Any = None
    error: Exception | None = None

    def end(self) -> None:
        if self.on_end is not None:
            self.on_end()
        if self.future.cancelled():
            return
        if self.error is not None:
            self.future.set_exception(self.error)
        else:
            self.future.set_result(self.result)


class Database:
    """Calls functions with a connection, in threads.

    With `read_only`, another process may have the store, and every write raises `StoreUnavailableError`.
    """

    def __init__(self, path: Path, *, read_only: bool = False) -> None:
        self._path, self._read_only = path, read_only
        self._waiting: SimpleQueue[_Write] = SimpleQueue()
        self._is_due = False
        """Whether the writing thread will look for what waits."""
        self._writer: ThreadPoolExecutor | None = None
        self._readers: ThreadPoolExecutor | None = None
        self._connection: sqlite3.Connection | None = None
        self._reading = threading.local()
        self._reading_connections: list[sqlite3.Connection] = []

    def open(self) -> None:
        """Check the database, made if there is none. Raises `StoreCorruptError` or `StoreUnavailableError`."""
        if not self._read_only:
            with self._translated_errors():
                if not self._path.exists():
                    self._create()
                self._connection = _connect(self._path, "rw")
                self._prepare(self._connection)
            self._writer, self._is_due = ThreadPoolExecutor(1, "store-writer"), False
        self._readers = ThreadPoolExecutor(READERS, "store-reader")

    def close(self) -> None:
        """Wait for what was begun."""
        pools = self._writer, self._readers
        self._writer = self._readers = None
        for threads in pools:
            if threads is not None:
                threads.shutdown()
        self._reading = threading.local()
        while self._reading_connections:
            self._reading_connections.pop().close()
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def begin_write(self, work: Work[T]) -> Future[T]:
        """Call `work` and commit; durable when the future is done. It may be called twice, and undone between.

        For threads: those of an event loop call `write`.
        """
        future: Future[T] = Future()
        self._begin(_Write(work, future))
        return future

    def begin_read(self, work: Work[T]) -> Future[T]:
        """Call `work`, which sees every write that is done."""
        if self._readers is None:
            raise StoreUnavailableError(f"The store in {self._path.parent} is not open.")
        return self._readers.submit(self._read, work)

    async def write(self, work: Work[T], *, on_end: Callable[[], None] | None = None) -> T:
        """Return the result of `work`, once it is durable. A caller that stops waiting does not undo it.

        `on_end` is called when the write has ended, or failed, whether the caller still waits or not.
        """
        loop = asyncio.get_running_loop()
        future: asyncio.Future[T] = loop.create_future()
        self._begin(_Write(work, future, loop, on_end))
        return await future

    async def read(self, work: Work[T]) -> T:
        """Return the result of `work`."""
        return await asyncio.wrap_future(self.begin_read(work))

    async def rows(self, query: str, **values: object) -> list[sqlite3.Row]:
        """Return all rows of a query."""
        return await self.read(lambda db: db.execute(query, values).fetchall())

    async def change(self, statement: str, **values: object) -> int:
        """Execute a statement and commit; how many rows it changed."""
        return await self.write(lambda db: db.execute(statement, values).rowcount)

    def _create(self) -> None:
        """Make the database in one step, so that an empty file is a damaged one."""
        temporary = self._path.with_name(self._path.name + TEMPORARY)
        replace_file(temporary, b"")  # SQLite would make a file that others may read
        with closing(_connect(temporary, "rw")) as db:
            db.execute("PRAGMA journal_mode = MEMORY")
            db.executescript(f"BEGIN; {SCHEMA} COMMIT")
        with unavailable_on_os_error(self._path):
            temporary.replace(self._path)
            sync_folder(self._path.parent)

    def _prepare(self, db: sqlite3.Connection) -> None:
        version = db.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise StoreCorruptError(
                f"The database {self._path} has format version {version}; this release reads version {VERSION}. "
                "Install the release that wrote it, or a newer one."
            )
        fault = db.execute("PRAGMA integrity_check(1)").fetchone()[0]
        if fault == "ok" and _schema(db) != _expected_schema():
            fault = "its tables are not those that were made"
        if fault != "ok":
            raise StoreCorruptError(f"The database {self._path} is damaged: {fault}.")
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")  # a commit is on the disk when it returns
        db.execute(f"PRAGMA journal_size_limit = {MAX_LOG_BYTES}")

    def _read(self, work: Work[T]) -> T:
        with self._translated_errors():
            if not hasattr(self._reading, "db"):
                self._reading.db = _connect(self._path, "ro")
                self._reading_connections.append(self._reading.db)
            return work(self._reading.db)

    def _begin(self, write: _Write) -> None:
        if self._writer is None or self._connection is None:
            reason = "is open for reading only" if self._readers else "is not open"
            raise StoreUnavailableError(f"The store in {self._path.parent} {reason}.")
        self._waiting.put(write)
        if not self._is_due:  # the thread unsets it before it looks
            self._is_due = True
            self._writer.submit(self._commit_waiting, self._connection)

    def _commit_waiting(self, db: sqlite3.Connection) -> None:
        self._is_due = False
        while writes := self._take_waiting():
            if not self._commit(db, writes):
                for write in writes:
                    self._commit(db, [write])
            _end(writes)

    def _take_waiting(self) -> list[_Write]:
        writes: list[_Write] = []
        with suppress(Empty):
            while len(writes) < MAX_CALLS_IN_COMMIT:
                writes.append(self._waiting.get_nowait())
        return writes

    def _commit(self, db: sqlite3.Connection, writes: list[_Write]) -> bool:
        """Do all in one transaction; False if that failed and each must be tried alone."""
        try:
            with self._translated_errors():
                db.execute("BEGIN IMMEDIATE")
                for write in writes:
                    write.result = write.work(db)
                db.execute("COMMIT")
        except Exception as error:  # noqa: BLE001  # it is raised where the write was asked for
            if db.in_transaction:
                with suppress(sqlite3.Error):
                    db.execute("ROLLBACK")
            if len(writes) > 1:
                return False
            writes[0].error = error
        return True

    @contextmanager
    def _translated_errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            code = getattr(error, "sqlite_errorcode", None)
            if code is None and isinstance(error, sqlite3.OperationalError):  # whose message quotes the record
                raise StoreCorruptError(f"The database {self._path} is damaged: a text is not UTF-8.") from None
            if code is not None and code & 0xFF in _CORRUPT:
                raise StoreCorruptError(f"The database {self._path} is damaged: {error}.") from error
            if code is not None and code & 0xFF in _UNAVAILABLE:
                raise StoreUnavailableError(f"The store cannot use {self._path}: {error}.") from error
            raise StoreError(f"SQLite refused a statement on {self._path}: {error}.") from error


def _end(writes: list[_Write]) -> None:
    """Hand out the results: to an event loop all at once, as each call from a thread interrupts it."""

    def end(of_loop: list[_Write]) -> None:
        for write in of_loop:
            write.end()

    for loop in {write.loop for write in writes}:
        of_loop = [write for write in writes if write.loop is loop]
        if loop is None:
            end(of_loop)
        else:
            with suppress(RuntimeError):  # the loop is closed: nobody waits
                loop.call_soon_threadsafe(end, of_loop)


def _connect(path: Path, mode: str) -> sqlite3.Connection:
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    db = sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False, timeout=2.0)
    db.row_factory = sqlite3.Row
    return db


def _schema(db: sqlite3.Connection) -> list[tuple[str, ...]]:
    return [tuple(row) for row in db.execute("SELECT type, name, sql FROM sqlite_master ORDER BY name")]


def _expected_schema() -> list[tuple[str, ...]]:
    with closing(sqlite3.connect(":memory:")) as db:
        db.executescript(SCHEMA)
        return _schema(db)


def checksum(*parts: object) -> int:
    """Compute what is stored with the parts of a row that no index repeats."""
    return crc32("\0".join(map(str, parts)).encode())


def decode_checked(text: str, expected: int, *parts: object) -> dict[str, object]:
    """Decode a JSON object. Raises `StoreCorruptError` if it or one of `parts` is not what was written."""
    if checksum(text, *parts) != expected:
        names = "/".join(map(str, parts[:2]))
        raise StoreCorruptError(f"The database is damaged: the checksum of {names} does not fit.")
    return decode(text)
