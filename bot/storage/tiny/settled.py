"""The names of finished jobs, so that a repetition is known as one, on disk in files of a few hundred jobs.

In memory there is an eight-byte digest a name with the number of its file; that is read when a digest matches, and
decides. So asking costs the same however many names there are.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Final

from bot.storage.base import StoreCorruptError
from bot.storage.tiny.files import SUFFIX, TEMPORARY, Fields, File, sync_folder, unavailable_on_os_error
from bot.storage.tiny.pairs import Pairs

JOBS_IN_A_FILE: Final = 256


@dataclass(slots=True)
class _Segment:
    jobs: int = 0
    forget_at: float = 0.0


class Settled:
    """Blocking; safe among threads. Jobs that are added at the same time share a write."""

    def __init__(self, folder: Path, label: str, *, durable: bool = True) -> None:
        self._folder = folder
        self._label = label
        self._durable = durable
        self._segments: dict[int, _Segment] = {}
        self._digests = Pairs()
        self._known_lock = Lock()
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
            documents = self._file(int(path.stem)).all()
            self._learn(int(path.stem), documents.values())
            numbers |= set(map(int, documents))
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
        with self._known_lock:
            return sum(segment.jobs for segment in self._segments.values())

    def knows(self, names: Iterable[str], now: float) -> bool:
        """Whether one of the names is remembered."""
        wanted = set(names)
        with self._known_lock:
            found = {number for name in wanted for number in self._digests.of(_digest(name))}
            found = {number for number in found if self._segments[number].forget_at > now}
        return any(
            fields["forget_at"] > now and not wanted.isdisjoint(fields["names"])
            for number in found
            for fields in self._file(number).all().values()
        )

    def sweep(self, now: float) -> int:
        """Remove the files in which nothing is remembered any more; how many jobs those were."""
        with self._write_lock:
            old = [number for number, segment in self._segments.items() if segment.forget_at <= now]
            if not old:
                return 0
            with self._known_lock:
                self._digests.discard_seconds(set(old))
                swept = sum(self._segments.pop(number).jobs for number in old)
            with unavailable_on_os_error(self._folder):
                for number in old:
                    self._path(number).unlink(missing_ok=True)
                sync_folder(self._folder)
        return swept

    def remembered(self, now: float) -> Iterator[tuple[list[str], float]]:
        """The names of each job, with the time until which they are known."""
        for number in list(self._segments):
            for fields in self._file(number).all().values():
                if fields["forget_at"] > now:
                    yield fields["names"], fields["forget_at"]

    def _write(self, batch: dict[str, Fields]) -> None:
        last = max(self._segments, default=0)
        new = not last or self._segments[last].jobs >= JOBS_IN_A_FILE
        number = last + 1 if new else last
        self._file(number, new=new).add(batch)
        self._learn(number, batch.values())

    def _learn(self, number: int, jobs: Iterable[Fields]) -> None:
        with self._known_lock:
            segment = self._segments.setdefault(number, _Segment())
            for fields in jobs:
                segment.jobs += 1
                segment.forget_at = max(segment.forget_at, fields["forget_at"])
                for name in fields["names"]:
                    self._digests.add(_digest(name), number)

    def _file(self, number: int, *, new: bool = False) -> File:
        label = f"{self._label}/settled/{number}"
        return File(self._path(number), label, durable=self._durable, new=new)

    def _path(self, number: int) -> Path:
        return self._folder / f"{number:016d}{SUFFIX}"


def _digest(name: str) -> int:
    return int.from_bytes(blake2b(name.encode(), digest_size=8).digest(), "big")
