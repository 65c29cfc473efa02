"""The records that were used last, parsed, so that a hot one costs no file and no thread."""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass
from threading import Lock
from typing import Final

from bot.storage.base import Row

CAPACITY_BYTES: Final = 8 * 1024 * 1024
"""Of JSON text; parsed it takes some three times as much memory."""


@dataclass(frozen=True, slots=True)
class Record:
    """A row with what the engine keeps beside it."""

    row: Row
    tags: tuple[str, ...]
    expires_at: float | None
    size: int

    def live(self, now: float) -> bool:
        """Whether it has not expired."""
        return self.expires_at is None or self.expires_at > now


class RecordCache:
    """Bounded by the size of the records, the least recently used going first. Safe among threads."""

    def __init__(self, capacity: int = CAPACITY_BYTES) -> None:
        self._capacity = capacity
        self._size = 0
        self._records: OrderedDict[tuple[str, str], Record] = OrderedDict()
        self._lock = Lock()

    def clear(self) -> None:
        """Forget all: from now on another process may write."""
        with self._lock:
            self._records.clear()
            self._size = 0

    def get(self, table: str, key: str) -> Record | None:
        """The record if it is here."""
        with self._lock:
            record = self._records.get((table, key))
            if record is not None:
                self._records.move_to_end((table, key))
            return record

    def put(self, table: str, record: Record) -> None:
        """Keep it, unless it is too large to be worth the others' room."""
        with self._lock:
            self._forget(table, record.row.key)
            if record.size > self._capacity // 8:
                return
            self._records[table, record.row.key] = record
            self._size += record.size
            while self._size > self._capacity:
                _, oldest = self._records.popitem(last=False)
                self._size -= oldest.size

    def forget(self, table: str, key: str) -> None:
        """Let go of it."""
        with self._lock:
            self._forget(table, key)

    def _forget(self, table: str, key: str) -> None:
        record = self._records.pop((table, key), None)
        if record is not None:
            self._size -= record.size
