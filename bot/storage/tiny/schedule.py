"""Which job of a queue is next: in memory, knowing nothing of files or payloads.

Whole entries are kept of the jobs that somebody may lease or has leased, and of no others: in each group only of
the first, among the jobs without a group only of the next. The others wait in lines, and the file of one is read
when its turn comes. So a long queue takes little memory.
"""

from __future__ import annotations

from collections.abc import Container, Iterator
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
from typing import Final

from bot.storage.tiny.line import Line, Waiting

_SLACK: Final = 256
"""So many that do not count any more may stand in a heap, beside as many as do."""


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

    @property
    def since(self) -> float:
        """From when on it waits: one that was never tried may be meant for later."""
        return self.put_at if self.leases else max(self.put_at, self.due)


@dataclass(slots=True)
class _Group:
    """`first` is whose turn it is; with none, the next of the line is wanted, unless the group is `held`."""

    first: Entry | None = None
    line: Line = field(default_factory=Line)
    held: bool = False


class Schedule:
    """The unfinished jobs of a queue, those first that may run. A step costs the logarithm of their number.

    An entry in the heaps counts while its stamp is the job's present one; so changing a job is pushing it again,
    and withdrawing it is changing its stamp.
    """

    def __init__(self) -> None:
        self._entries: dict[str, Entry] = {}
        self._groups: dict[str, _Group] = {}
        self._wanted: set[str] = set()
        self._later: list[tuple[float, int, int, Entry]] = []
        self._ready: list[tuple[int, int, Entry]] = []

    def __len__(self) -> int:
        return len(self._entries) + sum(len(group.line) for group in self._groups.values())

    def get(self, job_id: str) -> Entry | None:
        """The job of this id, unless it waits in a line."""
        return self._entries.get(job_id)

    def add(self, entry: Entry, now: float) -> None:
        """Put it behind the others of its group; the caller may forget it if `get` does not know it then."""
        if not entry.group and entry.at > now:  # it keeps back nobody
            self._enter(entry)
            return
        group = self._groups.setdefault(entry.group, _Group())
        if group.first is None and not group.line and not group.held:
            group.first = entry
            self._enter(entry)
        else:
            group.line.append(Waiting(entry.number, entry.leases, entry.since))
            self._look_for_first(entry.group)

    def wanted(self) -> Waiting | None:
        """A job whose turn has come, to be shown to `seat`; None if there is none."""
        return self._groups[next(iter(self._wanted))].line.first() if self._wanted else None

    def seat(self, entry: Entry) -> None:
        """Take in the job that was `wanted`."""
        group = self._groups[entry.group]
        group.line.drop_first()
        group.first = entry
        self._wanted.discard(entry.group)
        self._enter(entry)

    def push(self, entry: Entry) -> None:
        """It may be leased from `at` on."""
        self.withdraw(entry)
        heappush(self._later, (entry.at, entry.place, entry.stamp, entry))
        if len(self._later) > 2 * len(self._entries) + _SLACK:
            self._later = [one for one in self._later if one[3].stamp == one[2]]
            heapify(self._later)

    def withdraw(self, entry: Entry) -> None:
        """Nobody may lease it until it is pushed; it still keeps back the others of its group."""
        entry.stamp += 1

    def remove(self, entry: Entry) -> None:
        """It is finished: the next of its group may run."""
        self.withdraw(entry)
        del self._entries[entry.id]
        self._leave(entry)

    def take(self, now: float) -> Entry | None:
        """The oldest job that may run now, withdrawn and busy. Nothing may be `wanted`."""
        while self._later and self._later[0][0] <= now:
            _, place, stamp, entry = heappop(self._later)
            if entry.stamp == stamp:
                heappush(self._ready, (place, stamp, entry))
        while self._ready:
            _, stamp, entry = heappop(self._ready)
            if entry.stamp == stamp:
                self.withdraw(entry)
                entry.busy = True
                if not entry.group:
                    self._leave(entry)
                return entry
        return None

    def hold(self, name: str, now: float) -> tuple[Entry | None, list[Waiting]] | None:
        """The jobs of a group that nobody works on, its first and the others; until `let_go` none has its turn.

        None if there is no such group, or if it is held.
        """
        group = self._groups.get(name) if name else None
        if group is None or group.held:
            return None
        group.held = True
        self._wanted.discard(name)
        first = group.first
        if first is None or first.busy or first.until > now:
            return None, list(group.line)
        first.busy = True
        self.withdraw(first)
        return first, list(group.line)

    def let_go(self, name: str, gone: Container[int]) -> None:
        """The group goes on without the waiting jobs of these numbers."""
        group = self._groups[name]
        group.held = False
        group.line = Line(job for job in group.line if job.number not in gone)
        self._look_for_first(name)

    def entries(self) -> list[Entry]:
        """Those that wait in no line."""
        return list(self._entries.values())

    def lines(self) -> Iterator[Line]:
        """Those that do, each line in order."""
        return (group.line for group in self._groups.values())

    def leased(self, now: float) -> int:
        """How many are somebody's."""
        return sum(entry.until > now for entry in self._entries.values())

    def oldest(self, now: float) -> float:
        """Since when the one waits, or is worked on, that has waited longest; `now` if there is none."""
        lines = (group.line.oldest() for group in self._groups.values() if group.line)
        return min((*lines, *(entry.since for entry in self._entries.values())), default=now)

    def _enter(self, entry: Entry) -> None:
        self._entries[entry.id] = entry
        self.push(entry)

    def _leave(self, entry: Entry) -> None:
        group = self._groups.get(entry.group)
        if group is not None and group.first is entry:
            group.first = None
            self._look_for_first(entry.group)

    def _look_for_first(self, name: str) -> None:
        group = self._groups[name]
        if group.first is not None or group.held:
            return
        if group.line:
            self._wanted.add(name)
        else:
            del self._groups[name]
