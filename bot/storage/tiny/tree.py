"""A table as a tree of small files, so that a write costs the same however many records there are.

A record lives in the file whose name is the beginning of its key's hash, in bits (extendible hashing). A file that
is full is split: both halves are written, then the old file is removed. As long as that is there, it counts, and
the halves are leftovers; so a crash at any point leaves all records in exactly one place. Together the names cover
every hash, so a file that has gone missing is noticed when the table is opened.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from hashlib import blake2b
from pathlib import Path
from threading import Lock
from typing import Final

from bot.storage.base import StoreCorruptError
from bot.storage.tiny.files import (
    FOLDER_MODE,
    SUFFIX,
    TEMPORARY,
    Fields,
    File,
    Writing,
    sync_folder,
    unavailable_on_os_error,
)

MAX_DOCUMENTS: Final = 16
HASH_BITS: Final = 64
ROOT: Final = "all"
"""The name of the file that covers every hash; the names below it add bits."""

_STRIPES: Final = 64


class Tree:
    """The files of one table. Safe among threads; one process at a time."""

    def __init__(self, folder: Path, label: str, *, durable: bool = True) -> None:
        self._folder = folder
        self._label = label
        self._durable = durable
        self._leaves: set[str] = set()
        self._locks = [Lock() for _ in range(_STRIPES)]

    def load(self) -> None:
        """List the files of an existing table and clear what a crash left. Raises `StoreCorruptError`."""
        with unavailable_on_os_error(self._folder):
            names = {path.name for path in self._folder.iterdir()}
            leaves = {_bits(name, self._folder) for name in names if not name.endswith(TEMPORARY)}
            stale = {bits for bits in leaves if any(bits[:n] in leaves for n in range(len(bits)))}
            leftovers = {self._path(bits) for bits in stale}
            leftovers |= {self._folder / name for name in names if name.endswith(TEMPORARY)}
            for path in leftovers:
                path.unlink()
        self._leaves = leaves - stale
        if sum(2 ** (HASH_BITS - len(bits)) for bits in self._leaves) != 2**HASH_BITS:
            raise StoreCorruptError(f"The folder {self._folder} is damaged: a file of the table is missing.")

    def make(self) -> None:
        """Make the folder of a new table, with its first file, in one step."""
        temporary = self._folder.with_name(self._folder.name + TEMPORARY)
        with unavailable_on_os_error(self._folder):
            temporary.mkdir(mode=FOLDER_MODE, exist_ok=True)
            File(temporary / f"{ROOT}{SUFFIX}", self._name(""), durable=self._durable, new=True).add({})
            temporary.replace(self._folder)
            sync_folder(self._folder.parent)
        self._leaves = {""}

    @contextmanager
    def reading(self, name: str, *, write: Writing | None = None) -> Iterator[File]:
        """The file that holds `name` if anything does, to oneself. `write`: see `DurableStorage`."""
        bits = hash_bits(name)
        while True:
            leaf = self._leaf(bits)
            with self._locks[hash(leaf) % _STRIPES]:
                if leaf in self._leaves:
                    yield File(self._path(leaf), self._name(leaf), durable=self._durable, write=write)
                    return

    @contextmanager
    def writing(self, name: str, *, write: Writing | None = None) -> Iterator[File]:
        """As `reading`, with room for one more document."""
        while True:
            with self.reading(name, write=write) as file:
                documents = file.all()
                if name in documents or len(documents) < MAX_DOCUMENTS:
                    yield file
                    return
                self._split(self._leaf(hash_bits(name)), documents)

    def sync(self) -> None:
        """Make durable what was written with `swap_file`. Raises `StoreUnavailableError`."""
        if self._durable:
            with unavailable_on_os_error(self._folder):
                sync_folder(self._folder)

    def scan(
        self, visit: Callable[[dict[str, Fields]], None], start: int = 0, files: int | None = None
    ) -> int | None:
        """Show `visit` every document, file by file, each file held meanwhile, whatever is split between them.

        With `files`, stop after so many; the answer is where to go on, None at the end.
        """
        position, seen = start, 0
        while position < 2**HASH_BITS and seen != files:
            leaf = self._leaf(f"{position:0{HASH_BITS}b}")
            with self._locks[hash(leaf) % _STRIPES]:
                if leaf in self._leaves:
                    visit(self._file(leaf).all())
                    position += 2 ** (HASH_BITS - len(leaf))
                    seen += 1
        return position if position < 2**HASH_BITS else None

    def fill(self, hashes: Sequence[str], read: Callable[[int, int], dict[str, Fields]]) -> None:
        """Write a new table in one go: `hashes` are sorted, `read` gives the documents of a stretch of them."""
        with unavailable_on_os_error(self._folder):
            self._path("").unlink()
        self._leaves = set()
        stretches = [("", 0, len(hashes))]
        while stretches:
            leaf, start, end = stretches.pop()
            if end - start <= MAX_DOCUMENTS:
                File(self._path(leaf), self._name(leaf), durable=self._durable, new=True).add(read(start, end))
                self._leaves.add(leaf)
            else:
                middle = bisect_left(hashes, leaf + "1", start, end)
                stretches += [(leaf + "0", start, middle), (leaf + "1", middle, end)]

    def _split(self, leaf: str, documents: dict[str, Fields]) -> None:
        halves = leaf + "0", leaf + "1"
        for half in halves:
            part = {name: document for name, document in documents.items() if hash_bits(name).startswith(half)}
            File(self._path(half), self._name(half), durable=self._durable, new=True).add(part)
        with unavailable_on_os_error(self._folder):
            self._path(leaf).unlink()
            self._leaves |= set(halves)
            self._leaves.discard(leaf)
            if self._durable:
                sync_folder(self._folder)

    def _leaf(self, bits: str) -> str:
        return next(bits[:n] for n in range(HASH_BITS + 1) if bits[:n] in self._leaves)

    def _file(self, leaf: str) -> File:
        return File(self._path(leaf), self._name(leaf), durable=self._durable)

    def _path(self, leaf: str) -> Path:
        return self._folder / f"{ROOT}{leaf}{SUFFIX}"

    def _name(self, leaf: str) -> str:
        return f"{self._label}/{leaf}"


def hash_bits(name: str) -> str:
    """Where a document belongs: the file whose bits this begins with."""
    return f"{int.from_bytes(blake2b(name.encode(), digest_size=HASH_BITS // 8).digest(), 'big'):0{HASH_BITS}b}"


def _bits(file_name: str, folder: Path) -> str:
    bits = file_name.removeprefix(ROOT).removesuffix(SUFFIX)
    if file_name != f"{ROOT}{bits}{SUFFIX}" or bits.strip("01") or len(bits) > HASH_BITS:
        raise StoreCorruptError(f"The file {folder / file_name} does not belong to this store.")
    return bits
