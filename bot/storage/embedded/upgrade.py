"""A folder of the first release, whose tables and queues were many TinyDB files: converted when it is opened.

The new form is built beside the old one and then renamed; the old one is kept. A crash leaves one or the other.
"""

from __future__ import annotations

import shutil
from collections.abc import AsyncIterator, Collection, Iterator, Mapping
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final

import orjson

from bot.storage.base import Job, StoreCorruptError, Stored, StoredJob, StoredNames, StoredRecord
from bot.storage.embedded.folder import (
    DATABASE,
    FIRST_FORMAT_FILE,
    FOLDER_MODE,
    TEMPORARY,
    sync_folder,
    unavailable_on_os_error,
)

BUILDING: Final = f"converted{TEMPORARY}"
KEPT: Final = "first-format"
"""The folder in which the old form is kept. An admin may remove it."""

_MARKER: Final = b'{"format":"teams-jira-bridge store","version":1}'
_PARTS: Final = ("tables", "queues", FIRST_FORMAT_FILE)
"""The last one tells of an old form, or of one that is not put away yet."""


async def read_first_format(folder: Path, now: float) -> AsyncIterator[Stored]:
    """Read everything that has not expired, jobs in their order. Raises `StoreCorruptError`."""
    with unavailable_on_os_error(folder):
        marker = (folder / FIRST_FORMAT_FILE).read_bytes()
    if marker.strip() != _MARKER:
        raise StoreCorruptError(f"The file {folder / FIRST_FORMAT_FILE} is damaged, or of an unknown version.")
    for table in _folders(folder / "tables"):
        for bits in _complete(table):
            for key, record in _documents(table / f"all{bits}.json", f"tables/{table.name}/{bits}").items():
                tags, expires_at = tuple(record["tags"]), record["expires_at"]
                if expires_at is None or expires_at > now:
                    yield StoredRecord(table.name, key, record["value"], tags, expires_at)
    for queue in _folders(folder / "queues"):
        finished: dict[int, dict[str, Any]] = {}
        for path in sorted(queue.glob("settled/*.json")):
            part = _documents(path, f"queues/{queue.name}/settled/{int(path.stem)}")
            finished |= {int(number): names for number, names in part.items()}
        for job in _jobs(queue, finished):
            yield job
        for names in finished.values():
            if names["forget_at"] > now:
                yield StoredNames(queue.name, tuple(names["names"]), names["forget_at"])


def put_in_place(folder: Path, tables: Collection[str]) -> None:
    """Move what was built into `folder`; the database last, for with it the folder counts as converted."""
    with unavailable_on_os_error(folder):
        for name in tables:
            shutil.rmtree(folder / name, ignore_errors=True)
            (folder / BUILDING / name).replace(folder / name)
        sync_folder(folder)
        (folder / BUILDING / DATABASE).replace(folder / DATABASE)
        sync_folder(folder)


def put_away(folder: Path) -> None:
    """Move the old form out of the way of the new one."""
    with unavailable_on_os_error(folder):
        (folder / KEPT).mkdir(mode=FOLDER_MODE, exist_ok=True)
        for name in _PARTS:
            if (folder / name).exists():
                (folder / name).replace(folder / KEPT / name)
        shutil.rmtree(folder / BUILDING, ignore_errors=True)
        sync_folder(folder / KEPT)
        sync_folder(folder)


def _folders(parent: Path) -> list[Path]:
    return [path for path in sorted(parent.glob("*")) if not path.name.endswith(TEMPORARY)]


def _complete(table: Path) -> list[str]:
    """List the files of a table by the bits of the hashes that each covers, without the leftovers of a split."""
    names = {path.stem.removeprefix("all") for path in table.glob("all*.json")}
    whole = sorted(bits for bits in names if not any(bits[:n] in names for n in range(len(bits))))
    if sum(0.5 ** len(bits) for bits in whole) != 1:
        raise StoreCorruptError(f"The folder {table} is damaged: a file of the table is missing.")
    return whole


def _jobs(queue: Path, finished: Mapping[int, object]) -> Iterator[StoredJob]:
    """Read the unfinished jobs. A file is named after the job's number and how often it was leased."""

    def read(path: Path) -> dict[str, Any]:
        return _documents(path, f"queues/{queue.name}/jobs/{_number(path)}")["job"]

    unfinished = [path for path in queue.glob("jobs/*.json") if _number(path) not in finished]
    for path in sorted(unfinished, key=lambda path: read(path)["place"]):
        fields = read(path)
        job = Job(fields["id"], fields["payload"], fields["group"], fields["due"], tuple(fields["keys"]))
        attempts = int(path.stem.partition("-")[2]) - fields["forgiven"]
        yield StoredJob(queue.name, job, fields["put_at"], attempts, fields["reason"], fields["died_at"])


def _number(job_file: Path) -> int:
    return int(job_file.stem.partition("-")[0])


def _documents(path: Path, label: str) -> dict[str, dict[str, Any]]:
    """Read the documents of a file `{"checksum":"…","tables":…}`; `label` is part of the checksum."""
    with unavailable_on_os_error(path):
        text = path.read_bytes()
    body = text.partition(b'","tables":')[2][:-1]
    person = blake2b(label.encode(), digest_size=blake2b.PERSON_SIZE).digest()
    digest = blake2b(body, digest_size=16, person=person).hexdigest().encode()
    if text != b'{"checksum":"%b","tables":%b}' % (digest, body):
        raise StoreCorruptError(f"The file {path} is damaged: its checksum does not fit.")
    documents: dict[str, dict[str, Any]] = orjson.loads(body).get("documents", {})
    return documents
