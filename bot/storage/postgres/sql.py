"""The SQL of this engine, which lives in files: queries by name, migrations by number."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

_HERE: Final = Path(__file__).parent
_NAME: Final = re.compile(r"^-- (\w+) --$", re.MULTILINE)
_ALONE: Final = b"\n-- alone --\n"


@dataclass(frozen=True, slots=True)
class Migration:
    """One step of the schema, applied once and never changed afterwards.

    `text` runs in one transaction, then each statement of `alone` outside of any, as `CREATE INDEX CONCURRENTLY`
    requires. A step with `alone` must be repeatable: it may be interrupted between two of them.
    """

    number: int
    name: str
    text: bytes
    alone: tuple[bytes, ...] = ()


@cache
def queries(file: str) -> dict[str, bytes]:
    """The queries of `queries/<file>.sql`, each under its `-- name --`, in psycopg's parameter style."""
    _, *parts = _NAME.split((_HERE / "queries" / f"{file}.sql").read_text("utf-8"))
    return {name: text.strip().encode() for name, text in zip(parts[::2], parts[1::2], strict=True)}


@cache
def migrations() -> tuple[Migration, ...]:
    """All steps in order."""
    return tuple(_migration(path) for path in sorted((_HERE / "migrations").glob("*.sql")))


def _migration(path: Path) -> Migration:
    text, *alone = path.read_bytes().split(_ALONE)
    return Migration(int(path.stem[:4]), path.stem[5:], text, tuple(alone))
