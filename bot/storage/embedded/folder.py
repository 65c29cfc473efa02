"""The folder of a store: whose it is, nobody else's while it is in use, and how a file in it is replaced."""

from __future__ import annotations

import fcntl
import os
import platform
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from bot.storage.base import StoreCorruptError, StoreLockedError, StoreUnavailableError

DATABASE: Final = "store.sqlite3"
FIRST_FORMAT_FILE: Final = "format.json"
"""What marks a folder of the first release (see `upgrade`)."""
LOCK_FILE: Final = "lock"
COPYING_FILE: Final = "unfinished-copy"
TEMPORARY: Final = ".tmp"
FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700


class FolderLock:
    """Held from `acquire` to `release`, or until the process dies: the kernel frees it then."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Take the lock. Raises `StoreLockedError` that names the process which has it."""
        with unavailable_on_os_error(self._path):
            descriptor = os.open(self._path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, FILE_MODE)
            try:
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _sign(descriptor)
            except BlockingIOError:
                holder = os.pread(descriptor, 4096, 0)
                os.close(descriptor)
                raise StoreLockedError(_refusal(self._path.parent, holder)) from None
            except OSError:
                os.close(descriptor)
                raise
        self._descriptor = descriptor

    def release(self) -> None:
        """Let the next process in."""
        if self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None


def make_folder(folder: Path) -> None:
    """Make the folder of a store durably, for its owner alone. Raises `StoreUnavailableError`."""
    with unavailable_on_os_error(folder):
        missing = [path for path in (folder, *folder.parents) if not path.exists()]
        folder.mkdir(mode=FOLDER_MODE, parents=True, exist_ok=True)
        for made in missing:
            sync_folder(made.parent)


def is_store(folder: Path) -> bool:
    """Whether a folder holds a store, or half of one. Raises `StoreUnavailableError`."""
    with unavailable_on_os_error(folder):
        return any((folder / name).exists() for name in (DATABASE, FIRST_FORMAT_FILE, COPYING_FILE))


def check_folder(folder: Path, tables: Collection[str]) -> None:
    """Raise `StoreCorruptError` unless it is a store's; one without a database holds nothing but `tables`."""
    with unavailable_on_os_error(folder):
        names = {path.name for path in folder.iterdir() if not path.name.endswith(TEMPORARY)}
    if COPYING_FILE in names:
        raise StoreCorruptError(f"{folder} holds an unfinished copy of another store: remove it and copy again.")
    if names.isdisjoint({DATABASE, FIRST_FORMAT_FILE}) and not names <= {LOCK_FILE, *tables}:
        raise StoreCorruptError(f"{folder} is no store: it holds other files, and {DATABASE} is missing.")


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put `content` in the place of `path` in one step. Raises `StoreUnavailableError`, the old file intact."""
    temporary = path.with_name(path.name + TEMPORARY)
    with unavailable_on_os_error(path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE_MODE)
            try:
                written = 0
                while written < len(content):
                    written += os.write(descriptor, content[written:])
                if durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
            temporary.replace(path)
            if durable:
                sync_folder(path.parent)
        except OSError:
            with suppress(OSError):  # the first error is the one to tell; the next start removes the file
                temporary.unlink(missing_ok=True)
            raise


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def unavailable_on_os_error(path: Path) -> Iterator[None]:
    """Turn an operating system error into `StoreUnavailableError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailableError(f"The store cannot use {path}: {error.strerror or error}.") from error


def _sign(descriptor: int) -> None:
    started = datetime.now(UTC).isoformat(timespec="seconds")
    os.ftruncate(descriptor, 0)
    os.pwrite(descriptor, orjson.dumps({"pid": os.getpid(), "host": platform.node(), "started": started}), 0)


def _refusal(folder: Path, holder: bytes) -> str:
    try:
        content = orjson.loads(holder)
        pid, host, started = int(content["pid"]), str(content["host"]), str(content["started"])
    except (orjson.JSONDecodeError, KeyError, TypeError, ValueError):
        return f"Another process holds the store in {folder}."
    return f"Process {pid} on {host} holds the store in {folder} since {started}."
