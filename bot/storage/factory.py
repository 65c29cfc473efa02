"""From `STORE_URL` to a store. An engine is imported only when it is used."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.storage.base import Store, parse_store_url


def open_store(url: str, *, read_only: bool = False) -> Store:
    """Make the store of `url`, not opened yet. Raises `ValueError` that names no part of the URL.

    One that is `read_only` can be opened although another process has it.
    """
    parsed = parse_store_url(url)
    if parsed.is_embedded:
        from bot.storage.embedded import EmbeddedStore  # noqa: PLC0415  # each engine brings its own libraries

        return EmbeddedStore(Path(parsed.path), read_only=read_only)
    from bot.storage.postgres import PostgresStore  # noqa: PLC0415

    return PostgresStore(parsed.dsn)


def has_store(url: str) -> bool:
    """Whether there is a store of `url` to open; of a database only opening it shows that. Raises `ValueError`."""
    parsed = parse_store_url(url)
    if not parsed.is_embedded:
        return True
    from bot.storage.embedded.folder import is_store  # noqa: PLC0415

    return is_store(Path(parsed.path))


async def back_up_store(url: str, folder: Path) -> int:
    """Copy an embedded store, which may be in use, into a new folder; how many people's files are in it.

    Raises `StoreError`, and `ValueError` for a store of PostgreSQL.
    """
    from bot.storage.embedded.backup import back_up  # noqa: PLC0415
    from bot.storage.embedded.store import DOCUMENTS  # noqa: PLC0415

    parsed = parse_store_url(url)
    if not parsed.is_embedded:
        raise ValueError("STORE_URL is a PostgreSQL store: back it up with pg_dump.")
    return await asyncio.to_thread(back_up, Path(parsed.path), folder, DOCUMENTS)


async def migrate_store(url: str) -> list[str]:
    """Bring a PostgreSQL store's schema up to date; the names of the migrations that were applied."""
    from bot.storage.postgres.migrate import migrate  # noqa: PLC0415

    return await migrate(parse_store_url(url).dsn)
