"""Writes in the background what was changed in memory, many changes in one go."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable

WRITE_INTERVAL_SECONDS = 1.0
"""Between two writes."""


async def write_behind(changed: asyncio.Event, write: Callable[[], Awaitable[None]]) -> None:
    """Call `write` after each change, at most once an interval, until cancelled; and then once more."""
    try:
        while True:
            await changed.wait()
            changed.clear()
            await write()
            await asyncio.sleep(WRITE_INTERVAL_SECONDS)
    finally:
        await write()
