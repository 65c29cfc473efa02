"""Which job of a queue is next: in memory, knowing nothing of files or payloads."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush


@dataclass(slots=True, eq=False)
class Entry:
    """What is kept in memory of a job that is not settled. `place` orders the queue, `number` names the file.

    `leases` counts all leases, of which the first `forgiven` were before a revival. While it is `busy`, one thread
    writes its file and nobody else touches it.
    """

    number: int
    place: int
    id: str
    group: str
    keys: tuple[str, ...]
    put_at: float
    due: float
    leases: int = 0
    forgiven: int = 0
    lease: str = ""
    until: float = 0.0
    busy: bool = False
    stamp: int = field(default=0, repr=False)

    @property
    def names(self) -> set[str]:
        """All names of the matter."""
        return {self.id, *self.keys}

    @property
    def attempts(self) -> int:
        """Leases since it was put or revived."""
        return self.leases - self.forgiven

    @property
    def at(self) -> float:
        """When it may be leased."""
        return self.until if self.lease else self.due


class Schedule:
    """The unfinished jobs of a queue, those first that may run. A step costs the logarithm of their number.

    Only the first job of each group stands in the heaps. An entry there counts while its stamp is the job's
    present one; so changing a job is pushing it again, and withdrawing it is changing its stamp.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._groups: dict[str, deque[Entry]] = {}
        self._later: list[tuple[float, int, int, Entry]] = []
        self._ready: list[tuple[int, int, Entry]] = []

    def __iter__(self) -> Iterator[Entry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def get(self, job_id: str) -> Entry | None:
        """The job of this id."""
        return self._entries.get(job_id)

    def add(self, entry: Entry) -> None:
        """Put it behind the others of its group."""
        self._entries[entry.id] = entry
        if entry.group:
            self._groups.setdefault(entry.group, deque()).append(entry)
        self.push(entry)

    def push(self, entry: Entry) -> None:
        """Its time has changed, or it is to be leased again. A busy one is pushed once it is not."""
        self.withdraw(entry)
        if entry.busy:
            return
        if not entry.group or self._groups[entry.group][0] is entry:
            heappush(self._later, (entry.at, entry.place, entry.stamp, entry))

    def withdraw(self, entry: Entry) -> None:
        """Nobody may lease it until it is pushed; it still keeps back the others of its group."""
        entry.stamp += 1

    def remove(self, entry: Entry) -> None:
        """It is finished: the next of its group may run."""
        self.withdraw(entry)
        del self._entries[entry.id]
        if not entry.group:
            return
        group = self._groups[entry.group]
        was_first = group[0] is entry
        group.remove(entry)
        if not group:
            del self._groups[entry.group]
        elif was_first:
            self.push(group[0])

    def of_group(self, group: str) -> list[Entry]:
        """The unfinished jobs of a group, in order."""
        return list(self._groups.get(group, ()))

    def take(self, now: float, limit: int) -> list[Entry]:
        """Up to `limit` jobs that may run now, oldest first, each withdrawn and busy."""
        while self._later and self._later[0][0] <= now:
            _, place, stamp, entry = heappop(self._later)
            if entry.stamp == stamp:
                heappush(self._ready, (place, stamp, entry))
        taken: list[Entry] = []
        while self._ready and len(taken) < limit:
            _, stamp, entry = heappop(self._ready)
            if entry.stamp == stamp:
                self.withdraw(entry)
                entry.busy = True
                taken.append(entry)
        return taken
