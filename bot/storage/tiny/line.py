"""Jobs that wait behind another one: of each only what is needed to find its file, and how long it has waited."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Iterator
from typing import NamedTuple


class Waiting(NamedTuple):
    """A job in a file that nobody may lease yet. `since` is when it began to wait, in Unix seconds."""

    number: int
    leases: int
    since: float


class Line:
    """First in, first out, in twenty bytes a job."""

    def __init__(self, jobs: Iterable[Waiting] = ()) -> None:
        self._numbers, self._leases, self._since = array("Q"), array("I"), array("d")
        self._gone = 0
        for job in jobs:
            self.append(job)

    def __len__(self) -> int:
        return len(self._numbers) - self._gone

    def __iter__(self) -> Iterator[Waiting]:
        columns = (self._numbers, self._leases, self._since)
        return map(Waiting._make, zip(*(column[self._gone :] for column in columns), strict=True))

    def append(self, job: Waiting) -> None:
        """It waits behind all others."""
        self._numbers.append(job.number)
        self._leases.append(job.leases)
        self._since.append(job.since)

    def first(self) -> Waiting:
        """The next. Raises `IndexError` if there is none."""
        at = self._gone
        return Waiting(self._numbers[at], self._leases[at], self._since[at])

    def drop_first(self) -> None:
        """The next has its turn."""
        self._gone += 1
        if self._gone > len(self._numbers) // 2:  # moving the others is worth it
            self._cut()

    def oldest(self) -> float:
        """Since when the one waits that has waited longest. Raises `ValueError` if there is none."""
        return min(self._since[self._gone :])

    def _cut(self) -> None:
        for column in (self._numbers, self._leases, self._since):
            del column[: self._gone]
        self._gone = 0
