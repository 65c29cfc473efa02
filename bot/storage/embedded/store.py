"""The embedded engine as the bridge sees it."""

from __future__ import annotations

import asyncio
import math
import shutil
import time
from collections.abc import Callable, Collection
from concurrent.futures import ThreadPoolExecutor
from contextlib import AbstractAsyncContextManager
from pathlib import Path
from typing import Final

from bot.storage.base import StoreOutdatedError, StoreUnavailableError
from bot.storage.embedded import upgrade
from bot.storage.embedded.database import Database
from bot.storage.embedded.documents import Documents
from bot.storage.embedded.folder import (
    DATABASE,
    FIRST_FORMAT_FILE,
    TEMPORARY,
    FolderLock,
    check_folder,
    make_folder,
    replace_file,
    unavailable_on_os_error,
)
from bot.storage.embedded.queues import SQL as QUEUE_SQL
from bot.storage.embedded.queues import EmbeddedQueues
from bot.storage.embedded.records import SQL as RECORD_SQL
from bot.storage.embedded.transfer import EmbeddedTransfer
from bot.storage.locks import NamedLocks

DOCUMENTS: Final = ("grants",)
"""Tables that are TinyDB files: what nobody but the person could give again."""
FILE_THREADS: Final = 4
PROBE_BYTES: Final = 4096


class EmbeddedStore(EmbeddedTransfer, EmbeddedQueues):
    """Implements `bot.storage.base.Store` in `folder`, which belongs to this process while the store is open.

    With `read_only` another process may have it, and nothing is written.
    """

    def __init__(
        self,
        folder: Path,
        *,
        clock: Callable[[], float] = time.time,
        documents: Collection[str] = DOCUMENTS,
        read_only: bool = False,
    ) -> None:
        database = Database(folder / DATABASE, read_only=read_only)
        tables = {name: Documents(folder / name, name, database, clock) for name in documents}
        EmbeddedTransfer.__init__(self, folder, database, tables, clock)
        EmbeddedQueues.__init__(self, database, clock)
        self._read_only = read_only
        self._lock = FolderLock(folder)
        self._locks = NamedLocks()

    async def open(self) -> None:
        """Open, and convert the form of an older release; with `read_only` that raises `StoreOutdatedError`."""
        try:
            if self._read_only:
                self._check_made()
            else:
                await asyncio.to_thread(self._acquire)
                await self._convert()
            await asyncio.to_thread(self._load)
            if not self._read_only:
                self._cache.trust(math.inf)  # nobody else writes
        except BaseException:
            await self.close()
            raise

    async def close(self) -> None:
        self._cache.clear()
        files, self._files = self._files, None
        if files is not None:
            await asyncio.to_thread(files.shutdown)
            for documents in self._documents.values():
                documents.flush()
        await asyncio.to_thread(self._database.close)
        self._lock.release()

    async def ping(self) -> None:
        """Write a row, and a file: either may find room where the other does not."""
        await self._database.change(RECORD_SQL["probe"], now=self._clock())
        await self._file(self._probe)

    def expected_wait(self) -> float:
        return 0.0  # it has no connections: the threads that write and read take what waits together

    def lock(self, name: str, *, seconds: float = 10.0) -> AbstractAsyncContextManager[None]:
        return self._locks.hold(name, seconds)

    def _check_made(self) -> None:
        if (self._folder / DATABASE).exists():
            return
        if (self._folder / FIRST_FORMAT_FILE).exists():
            raise StoreOutdatedError(f"The store in {self._folder} is an older release's: `serve` converts it.")
        raise StoreUnavailableError(f"There is no store in {self._folder} yet: `serve` makes it.")

    def _acquire(self) -> None:
        make_folder(self._folder)
        self._lock.acquire()
        check_folder(self._folder, self._documents)

    async def _convert(self) -> None:
        if not (self._folder / FIRST_FORMAT_FILE).exists():
            return
        if not (self._folder / DATABASE).exists():
            built = self._folder / upgrade.BUILDING
            await asyncio.to_thread(shutil.rmtree, built, ignore_errors=True)
            store = EmbeddedStore(built, clock=self._clock, documents=self._documents)
            await store.open()
            try:
                await store.import_(upgrade.read_first_format(self._folder, self._clock()))
            finally:
                await store.close()
            await asyncio.to_thread(upgrade.put_in_place, self._folder, self._documents)
        await asyncio.to_thread(upgrade.put_away, self._folder)

    def _load(self) -> None:
        if self._read_only:
            self._database.open()
        else:
            with ThreadPoolExecutor() as threads:  # listing many files takes as long as checking the database
                scans = {table: threads.submit(documents.scan) for table, documents in self._documents.items()}
                self._database.open()
            self._database.begin_write(lambda db: db.execute(QUEUE_SQL["end_leases"])).result()
            for table, documents in self._documents.items():
                documents.load(scans[table].result())
        self._files = ThreadPoolExecutor(FILE_THREADS, "store-files")

    def _probe(self) -> None:
        path = self._folder / f"probe{TEMPORARY}"
        replace_file(path, b"\0" * PROBE_BYTES)
        with unavailable_on_os_error(path):
            path.unlink(missing_ok=True)
