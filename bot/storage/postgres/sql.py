"""The SQL of this engine, which lives in files: queries by name, migrations by number."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Final

from bot.storage import sql

_HERE: Final = Path(__file__).parent
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
    """Read the queries of `queries/<file>.sql` by name, in psycopg's parameter style."""
    return {name: text.encode() for name, text in sql.queries(_HERE / "queries" / f"{file}.sql").items()}


@cache
def migrations() -> tuple[Migration, ...]:
    """All steps in order."""
    return tuple(_migration(path) for path in sorted((_HERE / "migrations").glob("*.sql")))


def _migration(path: Path) -> Migration:
    text, *alone = path.read_bytes().split(_ALONE)
    return Migration(int(path.stem[:4]), path.stem[5:], text, tuple(alone))
