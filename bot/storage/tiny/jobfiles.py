"""One file a job: `<number>-<leases>.json`. Counting a lease is renaming the file, so its payload stays put."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from typing import Final

import orjson

from bot.storage.base import Job, StoreCorruptError, StoreError
from bot.storage.tiny.files import (
    SUFFIX,
    TEMPORARY,
    Fields,
    File,
    stage_file,
    sync_folder,
    temporary_of,
    unavailable_on_os_error,
    unstage_file,
)
from bot.storage.tiny.line import Waiting
from bot.storage.tiny.schedule import Entry

_DOCUMENT: Final = "job"
_AT_ONCE: Final = 8
"""Files that are synced at the same time: the kernel then commits them together."""


class JobFiles:
    """Blocking; calls for different jobs may overlap."""

    def __init__(self, folder: Path, label: str, *, durable: bool = True) -> None:
        self._folder = folder
        self._label = label
        self._durable = durable
        self._unwanted: set[Path] = set()
        self._lock = Lock()

    def load(self, finished: set[int]) -> Iterator[tuple[Entry, bool]]:
        """All jobs but the finished ones, whose files go, in their order, and whether they are dead.

        Raises `StoreCorruptError`.
        """
        places: list[tuple[int, int, int]] = []
        with unavailable_on_os_error(self._folder):
            for path in list(self._folder.iterdir()):
                number, leases = _parse(path)
                if path.name.endswith(TEMPORARY) or number in finished:
                    path.unlink()
                else:
                    places.append((self._read(path, number)["place"], number, leases))
        for _, number, leases in sorted(places):
            fields = self._read(self._folder / _name(number, leases), number)
            yield _entry(number, leases, fields), fields["reason"] is not None

    def create(
        self, jobs: Sequence[tuple[Entry, bytes]], *, reason: str | None = None, died_at: float | None = None
    ) -> None:
        """Write new jobs with their payloads, dead ones with a `reason`; if that fails, none will turn up later.

        They appear in their order: after a crash there is none without all those before it.
        """
        self.clear()
        paths = [self._path(entry) for entry, _ in jobs]
        dead = {"reason": reason, "died_at": died_at}

        def stage(job: tuple[Entry, bytes], path: Path) -> None:
            entry, payload = job
            label = f"{self._label}/jobs/{entry.number}"
            file = File(path, label, durable=self._durable, new=True, write=stage_file)
            file.put(_DOCUMENT, _fields(entry, payload) | dead)

        try:
            if len(jobs) == 1:
                stage(jobs[0], paths[0])
            else:
                with ThreadPoolExecutor(_AT_ONCE, "store-files") as threads:
                    list(threads.map(stage, jobs, paths))
            for path in paths:
                unstage_file(path)
            self.sync()
        except StoreError:
            with self._lock:
                self._unwanted |= {*paths, *map(temporary_of, paths)}
            self._try_clear()
            raise

    def read(self, job: Entry | Waiting) -> Fields:
        """The job as it was last written."""
        return self._read(self._path(job), job.number)

    def entry(self, job: Waiting) -> Entry:
        """All that is to be known of a job that has waited in a line."""
        return _entry(job.number, job.leases, self.read(job))

    def rewrite(self, entry: Entry, **changes: object) -> None:
        """Change fields of the job in one step."""
        file = self._file(self._path(entry), entry.number)
        file.put(_DOCUMENT, (file.get(_DOCUMENT) or {}) | changes)

    def count_leases(self, entries: Iterable[Entry]) -> None:
        """Add one to the leases of each."""
        with unavailable_on_os_error(self._folder):
            for entry in entries:
                self._path(entry).replace(self._folder / _name(entry.number, entry.leases + 1))
                entry.leases += 1
            self._sync()

    def remove(self, entries: Iterable[Entry]) -> None:
        """Returns when it is durable that the files are gone."""
        with unavailable_on_os_error(self._folder):
            for entry in entries:
                self._path(entry).unlink(missing_ok=True)
            self._sync()

    def exists(self, entry: Entry) -> bool:
        """Whether its file is there."""
        with unavailable_on_os_error(self._folder):
            return self._path(entry).exists()

    def discard(self, entries: Iterable[Entry]) -> None:
        """Remove the files of jobs that are known to be finished, later if not now."""
        with self._lock:
            self._unwanted |= {self._path(entry) for entry in entries}
        self._try_clear()

    def clear(self) -> None:
        """Remove what could not be removed before. Raises `StoreUnavailableError`."""
        with self._lock, unavailable_on_os_error(self._folder):
            while self._unwanted:
                path = next(iter(self._unwanted))
                path.unlink(missing_ok=True)
                self._unwanted.discard(path)

    def sync(self) -> None:
        """Make all removals durable. Raises `StoreUnavailableError`."""
        with unavailable_on_os_error(self._folder):
            self._sync()

    def _try_clear(self) -> None:
        try:
            self.clear()
        except StoreError:
            return  # it stays among the unwanted; the names of the job are safe

    def _sync(self) -> None:
        if self._durable:
            sync_folder(self._folder)

    def _read(self, path: Path, number: int) -> Fields:
        fields = self._file(path, number).get(_DOCUMENT)
        if fields is None:
            raise StoreCorruptError(f"The file {path} is damaged: it holds no job.")
        return fields

    def _file(self, path: Path, number: int) -> File:
        return File(path, f"{self._label}/jobs/{number}", durable=self._durable)

    def _path(self, job: Entry | Waiting) -> Path:
        return self._folder / _name(job.number, job.leases)


def job_of(fields: Fields) -> Job:
    """The job as its caller gave it."""
    return Job(fields["id"], fields["payload"], fields["group"], fields["due"], tuple(fields["keys"]))


def _fields(entry: Entry, payload: bytes) -> Fields:
    return {
        "id": entry.id,
        "payload": orjson.Fragment(payload),
        "group": entry.group,
        "due": entry.due,
        "keys": list(entry.keys),
        "put_at": entry.put_at,
        "place": entry.place,
        "forgiven": entry.forgiven,
    }


def _entry(number: int, leases: int, fields: Fields) -> Entry:
    return Entry(
        number=number,
        place=fields["place"],
        id=fields["id"],
        group=fields["group"],
        keys=tuple(fields["keys"]),
        put_at=fields["put_at"],
        due=fields["due"],
        leases=leases,
        forgiven=fields["forgiven"],
    )


def _name(number: int, leases: int) -> str:
    return f"{number:016d}-{leases}{SUFFIX}"


def _parse(path: Path) -> tuple[int, int]:
    number, _, leases = path.name.removesuffix(TEMPORARY).removesuffix(SUFFIX).partition("-")
    if not (number.isdecimal() and leases.isdecimal()):
        raise StoreCorruptError(f"The file {path} does not belong to this store.")
    return int(number), int(leases)
