"""A durable queue: its jobs in files, what decides their order in memory.

A lease lives in memory alone, because no other process has the store: after a restart every unfinished job is due
again, its leases counted. Every change is one step on one file. Finishing a job that is to be remembered takes
two, its names written and then its file removed: a crash between them leaves both, and the names count.
"""

from __future__ import annotations

import secrets
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import replace
from heapq import merge
from itertools import chain
from pathlib import Path
from threading import Condition, Lock

from bot.storage.base import DeadJob, Job, Json, Leased, QueueStats, StoredJob, StoredNames
from bot.storage.tiny.files import FOLDER_MODE, Fields, sync_folder, unavailable_on_os_error
from bot.storage.tiny.jobfiles import JobFiles, job_of
from bot.storage.tiny.line import Waiting
from bot.storage.tiny.names import Names
from bot.storage.tiny.schedule import Entry, Schedule
from bot.storage.tiny.settled import Settled
from bot.storage.values import encode


class Queue:
    """Blocking; safe among threads. `_state` guards what is in memory."""

    def __init__(self, folder: Path, label: str, clock: Callable[[], float], *, durable: bool = True) -> None:
        self._name = folder.name
        self._folders = folder, folder / "jobs", folder / "settled"
        self._files = JobFiles(folder / "jobs", label, durable=durable)
        self._settled = Settled(folder / "settled", label, durable=durable)
        self._clock = clock
        self._state = Condition()
        self._schedule = Schedule()
        self._dead: dict[str, Entry] = {}
        self._graves = Lock()
        self._names = Names()
        self._arriving: set[str] = set()
        self._next = 1

    def load(self) -> None:
        """Read what there is, or make an empty queue. Raises `StoreCorruptError`."""
        for folder in self._folders:
            with unavailable_on_os_error(folder):
                folder.mkdir(mode=FOLDER_MODE, exist_ok=True)
                sync_folder(folder.parent)
        finished = self._settled.load()
        self._next = max(finished, default=0) + 1
        now = self._clock()
        for entry, dead in self._files.load(finished):
            self._next = max(self._next, entry.number + 1, entry.place + 1)
            self._names.add(entry.names)
            if dead:
                self._dead[entry.id] = entry
            else:
                self._schedule.add(entry, now)
        self._files.sync()

    def enqueue(self, job: Job) -> bool:
        """False if one of its names was seen before."""
        return self.enqueue_all([(job, encode(job.payload))])[0]

    def enqueue_all(self, jobs: Sequence[tuple[Job, bytes]]) -> list[bool]:
        """Put the jobs, each with its payload as JSON text, in this order; False for repetitions."""
        names = {name for job, _ in jobs for name in (job.id, *job.keys)}
        with self._state:
            while not names.isdisjoint(self._arriving):
                self._state.wait()
            entries = self._admit([job for job, _ in jobs])
            self._arriving |= names
        fresh = [(entry, text) for entry, (_, text) in zip(entries, jobs, strict=True) if entry is not None]
        try:
            if fresh:
                self._files.create(fresh)
            with self._state:
                now = self._clock()
                for entry, _ in fresh:
                    self._names.add(entry.names)
                    self._schedule.add(entry, now)
        finally:
            with self._state:
                self._arriving -= names
                self._state.notify_all()
        return [entry is not None for entry in entries]

    def _admit(self, jobs: Sequence[Job]) -> list[Entry | None]:
        now, taken = self._clock(), set[str]()
        entries: list[Entry | None] = []
        for job in jobs:
            names = {job.id, *job.keys}
            known = not names.isdisjoint(taken) or any(name in self._names for name in names)
            if known or self._settled.knows(names, now):
                entries.append(None)
                continue
            taken |= names
            number = self._number()
            entries.append(Entry(number, number, job.id, job.group, job.keys, put_at=now, due=job.due))
        return entries

    def lease(self, limit: int, seconds: float) -> list[Leased]:
        """Take due jobs. Their leases are counted durably before anybody works on them."""
        taken: list[Entry] = []
        try:
            with self._state:
                now = self._clock()
                while len(taken) < limit and (entry := self._take(now)) is not None:
                    taken.append(entry)
            if not taken:
                return []
            jobs = [self._files.read(entry) for entry in taken]
            self._files.count_leases(taken)
            with self._state:
                until = self._clock() + seconds
                for entry in taken:
                    entry.lease, entry.until = secrets.token_hex(8), until
                return [
                    Leased(job_of(fields), entry.lease, entry.attempts, until, entry.put_at)
                    for entry, fields in zip(taken, jobs, strict=True)
                ]
        finally:
            self._release(taken)

    def done(self, leased: Leased, remember: float) -> bool:
        """The job is finished; its names stay known if `remember` is above zero."""
        return self.done_all([leased], remember)[0]

    def done_all(self, leased: Sequence[Leased], remember: float) -> list[bool]:
        """These jobs are finished."""
        with ExitStack() as stack:
            entries = [stack.enter_context(self._holding(one)) for one in leased]
            held = [entry for entry in entries if entry is not None]
            if held and remember > 0:
                self._settled.add({entry.number: entry.names for entry in held}, self._clock() + remember)
                self._files.discard(held)
                for entry in held:
                    self._forget(entry)
            elif held:
                self._erase(held, set())
            return [entry is not None for entry in entries]

    def retry(self, leased: Leased, due: float, payload: Json | None) -> bool:
        """The job waits until `due`."""
        with self._holding(leased) as entry:
            if entry is None:
                return False
            changes = {} if payload is None else {"payload": payload}
            self._files.rewrite(entry, due=due, reason=None, died_at=None, **changes)
            with self._state:
                entry.due, entry.lease, entry.until = due, "", 0.0
            return True

    def bury(self, leased: Leased, reason: str) -> bool:
        """The job moves among the dead."""
        with self._holding(leased) as entry:
            if entry is None:
                return False
            self._files.rewrite(entry, reason=reason, died_at=self._clock())
            with self._graves, self._state:
                self._schedule.remove(entry)
                entry.lease, entry.until = "", 0.0
                self._dead[entry.id] = entry
            return True

    def dead(self, after: str, limit: int) -> list[DeadJob]:
        """Dead jobs by id."""
        with self._graves:
            entries = sorted((e for e in self._dead.values() if e.id > after), key=lambda e: e.id)[:limit]
            jobs = [(entry, self._files.read(entry)) for entry in entries]
        return [DeadJob(job_of(f), f["reason"], entry.attempts, f["died_at"]) for entry, f in jobs]

    def revive(self, job_id: str) -> bool:
        """The dead job goes to the end of its queue, due now."""
        with self._graves:
            entry = self._dead.get(job_id)
            if entry is None:
                return False
            now = self._clock()
            with self._state:
                place = self._number()
            changes = {"place": place, "put_at": now, "due": now, "forgiven": entry.leases}
            self._files.rewrite(entry, **changes, reason=None, died_at=None)
            del self._dead[job_id]
            with self._state:
                fresh = replace(entry, place=place, put_at=now, due=now, forgiven=entry.leases)
                fresh.lease, fresh.until = "", 0.0
                fresh.busy = False
                self._schedule.add(fresh, now)
            return True

    def drop(self, job_id: str) -> bool:
        """Forget a dead job, its names too."""
        with self._graves:
            entry = self._dead.get(job_id)
            if entry is None:
                return False
            self._erase([entry], set())
            return True

    def drop_group(self, group: str) -> int:
        """Forget the jobs of a group that nobody works on, their names too."""
        with self._idle(group) as (entries, gone):
            if entries:
                self._erase(entries, gone)
        return len(gone)

    def hasten(self, group: str) -> int:
        """The jobs of a group that nobody works on are due now."""
        now = self._clock()
        with self._idle(group) as (entries, _):
            late = [entry for entry in entries if entry.due > now]
            for entry in late:
                self._files.rewrite(entry, due=now)
                entry.due = now
        return len(late)

    def stats(self) -> QueueStats:
        """How the queue stands."""
        with self._state:
            now = self._clock()
            leased, oldest = self._schedule.leased(now), self._schedule.oldest(now)
            return QueueStats(len(self._schedule) - leased, leased, len(self._dead), max(0.0, now - oldest))

    def empty(self) -> bool:
        """Whether nothing is there, not even a remembered name."""
        with self._state:
            return not (self._schedule or self._dead or self._settled)

    def export(self) -> Iterator[StoredJob | StoredNames]:
        """Everything, the unfinished jobs in order first. Nobody may change the queue meanwhile."""
        entries = sorted(self._schedule.entries(), key=lambda entry: entry.place)
        lines = [self._read(entries), *map(self._read, self._schedule.lines())]
        unfinished = merge(*lines, key=lambda read: read[0]["place"])
        for fields, leases in chain(unfinished, self._read(self._dead.values())):
            attempts, dead = leases - fields["forgiven"], (fields["reason"], fields["died_at"])
            yield StoredJob(self._name, job_of(fields), fields["put_at"], attempts, *dead)
        for names, forget_at in self._settled.remembered(self._clock()):
            yield StoredNames(self._name, tuple(names), forget_at)

    def restore(self, item: StoredJob) -> None:
        """Take in one job; it is seen after the next `load`."""
        job, number = item.job, self._number()
        entry = Entry(number, number, job.id, job.group, job.keys, item.put_at, job.due, item.attempts)
        self._files.create([(entry, encode(job.payload))], reason=item.reason, died_at=item.died_at)

    def restore_names(self, items: Iterable[StoredNames]) -> None:
        """Take in the names of finished jobs."""
        self._settled.restore({self._number(): (item.names, item.forget_at) for item in items})

    def sweep(self) -> int:
        """Forget the names whose time is over, as far as whole files of them are."""
        with self._state:
            self._files.sync()
            return self._settled.sweep(self._clock())

    def _take(self, now: float) -> Entry | None:
        while (job := self._schedule.wanted()) is not None:
            self._schedule.seat(self._files.entry(job))
        return self._schedule.take(now)

    def _read(self, jobs: Iterable[Entry | Waiting]) -> Iterator[tuple[Fields, int]]:
        return ((self._files.read(job), job.leases) for job in jobs)

    def _number(self) -> int:
        self._next += 1
        return self._next - 1

    @contextmanager
    def _holding(self, leased: Leased) -> Iterator[Entry | None]:
        with self._state:
            entry = self._schedule.get(leased.job.id)
            if entry is not None and (entry.busy or entry.lease != leased.lease):
                entry = None
            if entry is not None:
                entry.busy = True
                self._schedule.withdraw(entry)
        try:
            yield entry
        finally:
            self._release([entry] if entry is not None else [])

    @contextmanager
    def _idle(self, group: str) -> Iterator[tuple[list[Entry], set[int]]]:
        """The jobs of a group that nobody works on, kept back meanwhile; and a set for the numbers that go."""
        gone: set[int] = set()
        with self._state:
            held = self._schedule.hold(group, self._clock())
        if held is None:
            yield [], gone
            return
        first = [held[0]] if held[0] else []
        try:
            yield first + [self._files.entry(job) for job in held[1]], gone
        finally:
            with self._state:
                self._schedule.let_go(group, gone)
            self._release(first)

    def _release(self, entries: list[Entry]) -> None:
        with self._state:
            for entry in entries:
                entry.busy = False
                if self._schedule.get(entry.id) is entry:
                    self._schedule.push(entry)

    def _erase(self, entries: list[Entry], gone: set[int]) -> None:
        """Remove the files, and forget the jobs; `gone` takes the numbers, of some of them after a failure too."""
        try:
            self._files.remove(entries)
        finally:
            for entry in entries:
                if not self._files.exists(entry):
                    gone.add(entry.number)
                    self._forget(entry)

    def _forget(self, entry: Entry) -> None:
        with self._state:
            self._names.discard(entry.names)
            if self._dead.get(entry.id) is entry:
                del self._dead[entry.id]
            elif self._schedule.get(entry.id) is entry:
                self._schedule.remove(entry)
