"""Records in memory, while each change of them is known: made by this process, or announced by PostgreSQL."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import suppress
from time import monotonic
from typing import Final

import orjson
from cachetools import TTLCache

from bot.storage.base import Row

CACHED_TABLES: Final = frozenset({"grants", "gone_conversations"})
"""What a turn reads. Triggers of PostgreSQL announce their changes (migration 0004); no record of them expires."""
MAX_BYTES: Final = 8 << 20
"""Of JSON text; parsed it takes some three times as much memory."""
_ENTRY_BYTES: Final = 200
"""What an entry takes beside its text: its key, and its place."""
MAX_AGE_SECONDS: Final = 600.0
"""For what no trigger announces: an admin empties a table by TRUNCATE, or restores one with triggers disabled."""

_Place = tuple[str, str]
"""A table and a key."""


class RecordCache:
    """What was read lately of `CACHED_TABLES`, and which records are not there. `clock` gives seconds."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._rows: TTLCache[_Place, Row | None] = TTLCache(
            MAX_BYTES, MAX_AGE_SECONDS, timer=clock, getsizeof=_size
        )
        self._reads: dict[_Place, object] = {}
        """The latest read of each record that is under way and that no change has overtaken."""
        self._trusted_until = 0.0

    def trust(self, seconds: float) -> None:
        """Keep and use what is read for so many seconds: each change since the last `clear` is known."""
        self._trusted_until = self._clock() + seconds

    def clear(self) -> None:
        """Forget everything, and keep nothing until `trust`."""
        self._trusted_until = 0.0
        self._rows.clear()
        self._reads.clear()

    def forget(self, table: str, *keys: str) -> None:
        """Note that records have changed. What a read under way returns may be older, and is not kept."""
        for key in keys if table in CACHED_TABLES else ():
            self._rows.pop((table, key), None)
            self._reads.pop((table, key), None)

    async def get(self, table: str, key: str, read: Callable[[str, str], Awaitable[Row | None]]) -> Row | None:
        """Return the record that is kept, or else what `read` returns."""
        if table not in CACHED_TABLES or self._clock() >= self._trusted_until:
            return await read(table, key)
        place = (table, key)
        try:
            return self._rows[place]
        except KeyError:
            pass
        this_read = self._reads[place] = object()
        try:
            row = await read(table, key)
            if self._reads.get(place) is this_read:
                with suppress(ValueError):  # larger than the cache
                    self._rows[place] = row
            return row
        finally:
            if self._reads.get(place) is this_read:
                del self._reads[place]


def _size(row: Row | None) -> int:
    return _ENTRY_BYTES + (len(orjson.dumps(row.value)) if row else 0)
