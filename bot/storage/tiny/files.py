"""One TinyDB file: replaced as a whole and durably, and checked when it is read.

TinyDB's own JSON storage writes in place, so a crash can leave a file that no longer parses. Here a write goes to
a temporary file in the same folder, which is synced and renamed over the old one; then the folder is synced.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, Final, Protocol

import orjson
from tinydb import Storage, TinyDB
from tinydb.table import Document, Table

from bot.storage.base import StoreCorruptError, StoreUnavailableError

SUFFIX: Final = ".json"
TEMPORARY: Final = ".tmp"
FILE_MODE: Final = 0o600
FOLDER_MODE: Final = 0o700

_HEAD: Final = b'{"checksum":"'
_MIDDLE: Final = b'","tables":'
_DIGEST_BYTES: Final = 16
_BODY_AT: Final = len(_HEAD) + 2 * _DIGEST_BYTES + len(_MIDDLE)

Fields = dict[str, Any]
"""A document as TinyDB holds it."""


class Writing(Protocol):
    """A step of making a file's content durable."""

    def __call__(self, path: Path, content: bytes, *, durable: bool) -> None: ...


class DurableStorage(Storage):
    """TinyDB's storage of `path`, as `{"checksum": …, "tables": {…}}`, for one operation.

    `label` says what the file is for and is part of the checksum, so that a file that took another's place does
    not pass for it. A file that is not what was written raises `StoreCorruptError` that names it, an operating
    system error `StoreUnavailableError`. With `durable=False` syncing is left to the caller; with `new=True` the
    first write makes the file, whatever was there. `write` is how far a write goes: `replace_file`, or less.
    """

    def __init__(self, path: Path, label: str, *, durable: bool, new: bool, write: Writing) -> None:
        self._path = path
        self._label = label
        self._durable = durable
        self._write = write
        self._tables: dict[str, dict[str, Any]] | None = {} if new else None

    def read(self) -> dict[str, dict[str, Any]]:
        if self._tables is None:
            self._tables = _parsed(_read(self._path), self._path, self._label)
        return self._tables

    def write(self, data: dict[str, dict[str, Any]]) -> None:
        """Returns when the new content would survive a power cut; until then the old content does."""
        self._write(self._path, _framed(orjson.dumps(data), self._label), durable=self._durable)
        self._tables = data


class _NamedTable(Table):
    document_id_class = str  # type: ignore[assignment]  # TinyDB's hook for ids other than numbers


class _NamedDB(TinyDB):
    table_class = _NamedTable


class File:
    """Documents by name in one TinyDB file. Serves one operation: a later one opens the file anew."""

    def __init__(
        self, path: Path, label: str, *, durable: bool = True, new: bool = False, write: Writing | None = None
    ) -> None:
        write = write or replace_file
        database = _NamedDB(path, label, durable=durable, new=new, write=write, storage=DurableStorage)
        self._documents = database.table("documents")
        self._known: dict[str, Fields] | None = None

    def all(self) -> dict[str, Fields]:
        """Every document. Not to be changed."""
        if self._known is None:
            self._known = {str(document.doc_id): dict(document) for document in self._documents}
        return self._known

    def get(self, name: str) -> Fields | None:
        """The document of this name."""
        return self.all().get(name)

    def put(self, name: str, document: Fields) -> None:
        """Write it, in place of an earlier one with the same fields."""
        present, self._known = self.get(name), None
        if present is None:
            self._documents.insert(_named(name, document))
        else:
            self._documents.update(document, doc_ids=[name])  # type: ignore[list-item]

    def add(self, documents: Mapping[str, Fields]) -> None:
        """Write several in one step, except those that are there already."""
        present, self._known = self.all(), None
        fresh = [_named(name, document) for name, document in documents.items() if name not in present]
        self._documents.insert_multiple(fresh)

    def remove(self, name: str) -> None:
        """Remove a document that is there."""
        self._known = None
        self._documents.remove(doc_ids=[name])  # type: ignore[list-item]


def _named(name: str, document: Fields) -> Document:
    return Document(document, doc_id=name)  # type: ignore[arg-type]


def replace_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Put `content` in the place of `path` in one step. Raises `StoreUnavailableError`, the old file intact."""
    swap_file(path, content, durable=durable)
    if durable:
        with unavailable_on_os_error(path):
            sync_folder(path.parent)


def swap_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """As `replace_file`, but the caller syncs the folder: until then a crash may bring the old file back."""
    stage_file(path, content, durable=durable)
    unstage_file(path)


def stage_file(path: Path, content: bytes, *, durable: bool = True) -> None:
    """Write `content` beside `path`, from where `unstage_file` moves it."""
    temporary = temporary_of(path)
    with unavailable_on_os_error(path):
        try:
            descriptor = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, FILE_MODE)
            try:
                _write_all(descriptor, content)
                if durable:
                    os.fsync(descriptor)
            finally:
                os.close(descriptor)
        except OSError:
            with suppress(OSError):  # the first error is the one to tell; the next start removes the file
                temporary.unlink(missing_ok=True)
            raise


def unstage_file(path: Path) -> None:
    """Move what was staged into its place. Raises `StoreUnavailableError`, the old file intact."""
    temporary = temporary_of(path)
    with unavailable_on_os_error(path):
        try:
            temporary.replace(path)
        except OSError:
            with suppress(OSError):
                temporary.unlink(missing_ok=True)
            raise


def temporary_of(path: Path) -> Path:
    """Where a file is until it is whole."""
    return path.with_name(path.name + TEMPORARY)


def sync_folder(folder: Path) -> None:
    """Make the names in `folder` durable. Raises `OSError`."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def unavailable_on_os_error(path: Path) -> Iterator[None]:
    """Turns an operating system error into `StoreUnavailableError` that names `path`."""
    try:
        yield
    except OSError as error:
        raise StoreUnavailableError(f"The store cannot use {path}: {error.strerror or error}.") from error


def _write_all(descriptor: int, content: bytes) -> None:
    view = memoryview(content)
    while view:
        view = view[os.write(descriptor, view) :]


def _read(path: Path) -> bytes:
    with unavailable_on_os_error(path):
        try:
            return path.read_bytes()
        except FileNotFoundError:
            raise StoreCorruptError(f"The file {path} is missing.") from None


def _parsed(raw: bytes, path: Path, label: str) -> dict[str, dict[str, Any]]:
    body = raw[_BODY_AT:-1]
    if raw != _framed(body, label):
        raise StoreCorruptError(f"The file {path} is damaged: its checksum does not fit.")
    tables: dict[str, dict[str, Any]] = orjson.loads(body)
    return tables


def _framed(body: bytes, label: str) -> bytes:
    digest = blake2b(body, digest_size=_DIGEST_BYTES, person=_person(label)).hexdigest().encode()
    return b"%b%b%b%b}" % (_HEAD, digest, _MIDDLE, body)


def _person(label: str) -> bytes:
    return blake2b(label.encode(), digest_size=blake2b.PERSON_SIZE).digest()
