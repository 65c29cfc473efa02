"""Many pairs of 64-bit numbers, found by their first: some eighteen bytes a pair, where a dict takes a hundred."""

from __future__ import annotations

from array import array
from bisect import bisect_left, bisect_right
from collections.abc import Container
from typing import Final

_BUCKETS: Final = 1024


class Pairs:
    """A set of pairs. The first numbers are expected to be spread as digests are. Not safe among threads."""

    def __init__(self) -> None:
        self._buckets = [(array("Q"), array("Q")) for _ in range(_BUCKETS)]

    def add(self, first: int, second: int) -> None:
        """The pair is there from now on."""
        firsts, seconds = self._buckets[first % _BUCKETS]
        at = bisect_right(firsts, first)
        firsts.insert(at, first)
        seconds.insert(at, second)

    def of(self, first: int) -> list[int]:
        """The second numbers of those that begin with `first`."""
        firsts, seconds = self._buckets[first % _BUCKETS]
        at = bisect_left(firsts, first)
        return seconds[at : bisect_right(firsts, first, at)].tolist()

    def discard(self, first: int, second: int) -> None:
        """The pair is not there any more."""
        firsts, seconds = self._buckets[first % _BUCKETS]
        at = bisect_left(firsts, first)
        while at < len(firsts) and firsts[at] == first:
            if seconds[at] == second:
                del firsts[at], seconds[at]
                return
            at += 1

    def discard_seconds(self, unwanted: Container[int]) -> None:
        """No pair that ends with one of these is there any more. Looks at every pair."""
        for index, (firsts, seconds) in enumerate(self._buckets):
            kept = [n for n, second in enumerate(seconds) if second not in unwanted]
            if len(kept) < len(seconds):
                self._buckets[index] = (
                    array("Q", (firsts[n] for n in kept)),
                    array("Q", (seconds[n] for n in kept)),
                )
