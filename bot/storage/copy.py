"""From one engine to the other: `app.py store copy` moves a store when one process of a bridge becomes several."""

from __future__ import annotations

from contextlib import aclosing

from bot.storage.base import Store


async def copy_store(source: Store, target: Store) -> int:
    """Copy every unexpired record and all jobs, dead and remembered ones too; how many of them.

    Both are open, and nothing else uses them. Versions start at 1 again; leases end. Raises `StoreError` if
    `target` holds anything: two stores are never mixed. A failure midway leaves nothing that passes for a copy.
    """
    async with aclosing(source.export()) as items:
        return await target.import_(items)
