"""The names of jobs, in memory as sixteen bytes each."""

from __future__ import annotations

from collections.abc import Iterable
from hashlib import blake2b

from bot.storage.tiny.pairs import Pairs


class Names:
    """A set of names. Two have the same digest of 128 bits as good as never. Not safe among threads."""

    def __init__(self) -> None:
        self._pairs = Pairs()

    def __contains__(self, name: str) -> bool:
        first, second = _digest(name)
        return second in self._pairs.of(first)

    def add(self, names: Iterable[str]) -> None:
        """These are known from now on. None of them may be already."""
        for name in names:
            self._pairs.add(*_digest(name))

    def discard(self, names: Iterable[str]) -> None:
        """These are not known any more."""
        for name in names:
            self._pairs.discard(*_digest(name))


def _digest(name: str) -> tuple[int, int]:
    digest = blake2b(name.encode(), digest_size=16).digest()
    return int.from_bytes(digest[:8], "big"), int.from_bytes(digest[8:], "big")
