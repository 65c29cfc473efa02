"""What a store holds."""

from __future__ import annotations

from bot.storage.base import Store, StoredRecord


async def records(store: Store) -> list[StoredRecord]:
    """Return all unexpired records of all tables."""
    return [item async for item in store.export() if isinstance(item, StoredRecord)]
