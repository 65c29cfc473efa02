"""A copy of a store that may be in use: a folder that is a store itself."""

from __future__ import annotations

import os
import shutil
from collections.abc import Collection
from contextlib import suppress
from pathlib import Path

from bot.storage.base import StoreError
from bot.storage.embedded.database import Database
from bot.storage.embedded.folder import (
    COPYING_FILE,
    DATABASE,
    FOLDER_MODE,
    TEMPORARY,
    make_folder,
    replace_file,
    sync_folder,
    unavailable_on_os_error,
)


def back_up(folder: Path, target: Path, tables: Collection[str]) -> int:
    """Copy the store in `folder` into the new or empty `target`, durably; how many people's files it has.

    The database is copied as it was at one moment, each file as it was a little later. Raises `StoreError`.
    """
    if not (folder / DATABASE).exists():
        raise StoreError(f"There is no store in {folder} that could be backed up.")
    make_folder(target)
    with unavailable_on_os_error(target):
        if any(target.iterdir()):
            raise StoreError(f"{target} is not empty: a backup goes into a new folder.")
        replace_file(target / COPYING_FILE, b"")  # what is cut short here does not pass for a backup
        _copy_database(folder / DATABASE, target / DATABASE)
        count = sum(_copy_files(folder / table, target / table) for table in tables)
        os.sync()
        (target / COPYING_FILE).unlink()
        sync_folder(target)
    return count


def _copy_database(path: Path, target: Path) -> None:
    replace_file(target, b"")  # SQLite would make a file that others may read
    database = Database(path, read_only=True)
    database.open()
    try:
        database.begin_read(lambda db: db.execute("VACUUM INTO ?", (str(target),))).result()
    finally:
        database.close()


def _copy_files(folder: Path, target: Path) -> int:
    target.mkdir(mode=FOLDER_MODE)
    for path in folder.iterdir():
        if not path.name.endswith(TEMPORARY):
            with suppress(FileNotFoundError):  # removed meanwhile
                shutil.copy2(path, target)
    return sum(1 for _ in target.iterdir())
