"""The names of finished jobs, so that a repetition is known as one, on disk in files of a few hundred jobs.

In memory there is only an eight-byte digest a name; a file is read when a digest matches, and decides.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left, insort
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Final

from bot.storage.base import StoreCorruptError
from bot.storage.tiny.files import SUFFIX, TEMPORARY, Fields, File, sync_folder, unavailable_on_os_error

JOBS_IN_A_FILE: Final = 256


@dataclass(slots=True)
class _Segment:
    number: int
    jobs: int = 0
    forget_at: float = 0.0
    digests: array[int] = field(default_factory=lambda: array("Q"))

    def learn(self, names: Iterable[str], forget_at: float) -> None:
        self.jobs += 1
        self.forget_at = max(self.forget_at, forget_at)
        for name in names:
            insort(self.digests, _digest(name))

    def may_know(self, digest: int) -> bool:
        at = bisect_left(self.digests, digest)
        return at < len(self.digests) and self.digests[at] == digest


class Settled:
    """Blocking; safe among threads. Jobs that are added at the same time share a write."""

    def __init__(self, folder: Path, label: str, *, durable: bool = True) -> None:
        self._folder = folder
        self._label = label
        self._durable = durable
        self._segments: list[_Segment] = []
        self._pending: dict[str, Fields] = {}
        self._pending_lock = Lock()
        self._write_lock = Lock()

    def load(self) -> set[int]:
        """The numbers of all jobs that are known to be finished. Raises `StoreCorruptError`."""
        numbers: set[int] = set()
        with unavailable_on_os_error(self._folder):
            for leftover in self._folder.glob(f"*{TEMPORARY}"):
                leftover.unlink()
            paths = sorted(self._folder.iterdir())
        for path in paths:
            if not path.stem.isdecimal():
                raise StoreCorruptError(f"The file {path} does not belong to this store.")
            segment = _Segment(int(path.stem))
            for number, fields in self._file(segment).all().items():
                segment.learn(fields["names"], fields["forget_at"])
                numbers.add(int(number))
            self._segments.append(segment)
        return numbers

    def add(self, jobs: Mapping[int, Iterable[str]], forget_at: float) -> None:
        """Returns when it is durable that the jobs of these numbers, with their names, are finished."""
        own = {str(number): {"names": sorted(names), "forget_at": forget_at} for number, names in jobs.items()}
        with self._pending_lock:
            self._pending |= own
        with self._write_lock:
            with self._pending_lock:
                batch = dict(self._pending)
            if batch.keys().isdisjoint(own):  # whoever had the lock before wrote them too
                return
            try:
                self._write(batch)
            except BaseException:
                batch = own  # the others try for themselves
                raise
            finally:
                with self._pending_lock:
                    for written in batch:
                        del self._pending[written]

    def restore(self, jobs: Mapping[int, tuple[Sequence[str], float]]) -> None:
        """Take in many jobs at once, each with its names and the time until which they are known."""
        documents = {str(number): {"names": list(names), "forget_at": at} for number, (names, at) in jobs.items()}
        with self._write_lock:
            self._write(documents)

    def __len__(self) -> int:
        return sum(segment.jobs for segment in self._segments)

    def knows(self, names: Iterable[str], now: float) -> bool:
        """Whether one of the names is remembered."""
        wanted = set(names)
        digests = [_digest(name) for name in wanted]
        for segment in list(self._segments):
            if segment.forget_at > now and any(segment.may_know(digest) for digest in digests):
                documents = self._file(segment).all().values()
                if any(
                    fields["forget_at"] > now and not wanted.isdisjoint(fields["names"]) for fields in documents
                ):
                    return True
        return False

    def sweep(self, now: float) -> int:
        """Remove the files in which nothing is remembered any more; how many jobs those were."""
        with self._write_lock:
            old = [segment for segment in self._segments if segment.forget_at <= now]
            with unavailable_on_os_error(self._folder):
                for segment in old:
                    self._path(segment).unlink(missing_ok=True)
                    self._segments.remove(segment)
                if old:
                    sync_folder(self._folder)
        return sum(segment.jobs for segment in old)

    def remembered(self, now: float) -> Iterator[tuple[list[str], float]]:
        """The names of each job, with the time until which they are known."""
        for segment in list(self._segments):
            for fields in self._file(segment).all().values():
                if fields["forget_at"] > now:
                    yield fields["names"], fields["forget_at"]

    def _write(self, batch: dict[str, Fields]) -> None:
        new = not self._segments or self._segments[-1].jobs >= JOBS_IN_A_FILE
        segment = _Segment(self._segments[-1].number + 1 if self._segments else 1) if new else self._segments[-1]
        self._file(segment, new=new).add(batch)
        for fields in batch.values():
            segment.learn(fields["names"], fields["forget_at"])
        if new:
            self._segments.append(segment)

    def _file(self, segment: _Segment, *, new: bool = False) -> File:
        label = f"{self._label}/settled/{segment.number}"
        return File(self._path(segment), label, durable=self._durable, new=new)

    def _path(self, segment: _Segment) -> Path:
        return self._folder / f"{segment.number:016d}{SUFFIX}"


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
