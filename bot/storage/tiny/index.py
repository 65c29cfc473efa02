"""What has to be known of every record of a table to find some of them: keys in order, tags, times of expiry."""

from __future__ import annotations

from bisect import bisect_right, insort
from itertools import islice
from threading import Lock


class Index:
    """Filled by a scan of the table and by every write from then on. Safe among threads."""

    def __init__(self) -> None:
        self._lock = Lock()
        self._keys: set[str] = set()
        self._order: list[str] | None = None
        self._tags: dict[str, tuple[str, ...]] = {}
        self._tagged: dict[str, list[str]] = {}
        self._expiry: dict[str, float] = {}

    def __len__(self) -> int:
        return len(self._keys)

    def __contains__(self, key: str) -> bool:
        return key in self._keys

    def set(self, key: str, tags: tuple[str, ...], expires_at: float | None) -> None:
        """The record is there, with these tags."""
        with self._lock:
            if key not in self._keys:
                self._keys.add(key)
                if self._order is not None:
                    insort(self._order, key)
            self._retag(key, tags)
            if expires_at is not None:
                self._expiry[key] = expires_at
            else:
                self._expiry.pop(key, None)

    def discard(self, key: str) -> None:
        """The record is gone."""
        with self._lock:
            if key not in self._keys:
                return
            self._keys.remove(key)
            if self._order is not None:
                del self._order[bisect_right(self._order, key) - 1]
            self._retag(key, ())
            self._expiry.pop(key, None)

    def tagged(self, tag: str) -> list[str]:
        """The keys that carry `tag`, sorted."""
        with self._lock:
            return sorted(self._tagged.get(tag, ()))

    def after(self, key: str, limit: int) -> list[str]:
        """Up to `limit` keys greater than `key`, sorted."""
        with self._lock:
            if self._order is None:
                self._order = sorted(self._keys)
            return list(islice(self._order, start := bisect_right(self._order, key), start + limit))

    def expired(self, now: float) -> list[str]:
        """The keys whose time is over."""
        with self._lock:
            return [key for key, at in self._expiry.items() if at <= now]

    def _retag(self, key: str, tags: tuple[str, ...]) -> None:
        earlier = self._tags.pop(key, ())
        for tag in earlier:
            keys = self._tagged[tag]
            keys.remove(key)
            if not keys:
                del self._tagged[tag]
        if tags:
            self._tags[key] = tags
        for tag in tags:
            self._tagged.setdefault(tag, []).append(key)
