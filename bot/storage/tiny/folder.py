"""The folder of a store: whose it is, which version wrote it, and nobody else's while it is in use."""

from __future__ import annotations

import fcntl
import os
import platform
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

import orjson

from bot.storage.base import StoreCorruptError, StoreLockedError
from bot.storage.tiny.files import (
    FILE_MODE,
    FOLDER_MODE,
    TEMPORARY,
    replace_file,
    sync_folder,
    unavailable_on_os_error,
)

FORMAT: Final = "teams-jira-bridge store"
VERSION: Final = 1
FORMAT_FILE: Final = "format.json"
LOCK_FILE: Final = "lock"
COPYING_FILE: Final = "unfinished-copy"
TABLES: Final = "tables"
QUEUES: Final = "queues"

_COMMAND_LENGTH: Final = 200


class FolderLock:
    """Held from `acquire` to `release`, or until the process dies: the kernel frees it then."""

    def __init__(self, folder: Path) -> None:
        self._path = folder / LOCK_FILE
        self._descriptor: int | None = None

    def acquire(self) -> None:
        """Raises `StoreLockedError` that names the process which has it."""
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


def check_format(folder: Path) -> None:
    """Mark a new folder as ours; raise `StoreCorruptError` for one that is not, or of another version."""
    marker = folder / FORMAT_FILE
    with unavailable_on_os_error(folder):
        names = {path.name for path in folder.iterdir() if not path.name.endswith(TEMPORARY)}
        for leftover in folder.glob(f"*{TEMPORARY}"):
            leftover.unlink()
    if COPYING_FILE in names:
        raise StoreCorruptError(f"{folder} holds an unfinished copy of another store: remove it and copy again.")
    if names <= {LOCK_FILE}:
        replace_file(marker, orjson.dumps({"format": FORMAT, "version": VERSION}) + b"\n")
    elif FORMAT_FILE not in names:
        raise StoreCorruptError(f"{folder} is no store: it holds other files, and {FORMAT_FILE} is missing.")
    _check_marker(marker)
    with unavailable_on_os_error(folder):
        for name in (TABLES, QUEUES):
            (folder / name).mkdir(mode=FOLDER_MODE, exist_ok=True)
        sync_folder(folder)


def _check_marker(marker: Path) -> None:
    with unavailable_on_os_error(marker):
        text = marker.read_bytes()
    try:
        content = orjson.loads(text)
    except orjson.JSONDecodeError:
        content = None
    if not isinstance(content, dict) or content.get("format") != FORMAT:
        raise StoreCorruptError(f"The file {marker} is damaged.")
    if content.get("version") != VERSION:
        raise StoreCorruptError(
            f"The store in {marker.parent} has format version {content.get('version')}; "
            f"this release reads version {VERSION}."
        )


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
    command = f" ({name})" if host == platform.node() and (name := _command_line(pid)) else ""
    return f"Process {pid}{command} on {host} holds the store in {folder} since {started}."


def _command_line(pid: int) -> str:
    try:
        raw = Path(f"/proc/{pid}/cmdline").read_bytes()
    except OSError:  # no such file system, or none of our business
        return ""
    text = raw.replace(b"\0", b" ").decode(errors="replace").strip()
    return "".join(char for char in text if char.isprintable())[:_COMMAND_LENGTH]
