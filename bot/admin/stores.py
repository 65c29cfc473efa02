"""`migrate`, `store copy`, `store backup` and `store restore`: the store as a whole."""

from __future__ import annotations

import asyncio
from pathlib import Path

from rich.console import Console

from bot.storage.base import parse_store_url
from bot.storage.copy import copy_store
from bot.storage.factory import back_up_store, migrate_store, open_store


async def migrate(url: str, console: Console) -> int:
    """Bring a PostgreSQL store's schema up to date. Raises `StoreError`."""
    if parse_store_url(url).engine == "tinydb":
        console.print("STORE_URL is a TinyDB folder; it needs no migration.")
        return 0
    done = await migrate_store(url)
    console.print("\n".join(f"applied {name}" for name in done) or "The schema is up to date.")
    return 0


async def copy(source: str, target: str, console: Console) -> int:
    """Copy everything from one store to another, empty one. Raises `StoreError`, `ValueError`."""
    origin, destination = open_store(source), open_store(target)
    await origin.open()
    try:
        await destination.open()
        try:
            count = await copy_store(origin, destination)
        finally:
            await destination.close()
    finally:
        await origin.close()
    if not count:
        raise ValueError("There is nothing to copy in the store that FROM names.")
    console.print(f"{count} records and jobs copied. Nobody has to sign in again.")
    return 0


async def back_up(url: str, folder: Path, console: Console) -> int:
    """Copy the embedded store, which may be in use, into a new folder. Raises `StoreError`, `ValueError`."""
    count = await back_up_store(url, folder)
    console.print(f"{folder} holds the store, with the grants of {count} people. Keep ENCRYPTION_KEYS elsewhere.")
    return 0


async def restore(url: str, folder: Path, console: Console) -> int:
    """Fill the empty store with a backup; `folder` is absolute. Raises `StoreError`, `ValueError`."""
    if not await asyncio.to_thread(folder.is_dir):
        raise ValueError(f"{folder} is no folder with a backup.")
    return await copy(f"tinydb://{folder}", url, console)
