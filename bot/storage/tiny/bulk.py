"""A whole table written at once: every file once, however many records, and in little memory."""

from __future__ import annotations

from operator import itemgetter
from pathlib import Path
from tempfile import TemporaryFile

import orjson

from bot.storage.tiny.files import Fields
from bot.storage.tiny.tree import Tree, hash_bits


class Bulk:
    """Records wait in a nameless file; in memory there is only where each begins and which hash it has."""

    def __init__(self, folder: Path) -> None:
        self._spool = TemporaryFile(dir=folder)  # noqa: SIM115  # see `close`
        self._places: list[tuple[str, int]] = []

    def add(self, name: str, fields: Fields) -> None:
        """Take one more."""
        self._places.append((hash_bits(name), self._spool.tell()))
        self._spool.write(orjson.dumps([name, fields]) + b"\n")

    def build(self, tree: Tree) -> None:
        """Write them as all there is in `tree`."""
        self._places.sort()
        tree.fill([bits for bits, _ in self._places], self._read)
        self.close()

    def close(self) -> None:
        """Let go of the file."""
        self._spool.close()

    def _read(self, start: int, end: int) -> dict[str, Fields]:
        return dict(map(self._record, map(itemgetter(1), self._places[start:end])))

    def _record(self, place: int) -> tuple[str, Fields]:
        self._spool.seek(place)
        name, fields = orjson.loads(self._spool.readline())
        return name, fields
