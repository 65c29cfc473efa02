"""Both engines, each fresh for every test: a folder, and a schema of a real PostgreSQL server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from bot.storage.base import Store
from bot.storage.embedded import EmbeddedStore
from bot.storage.postgres import PostgresStore, migrate
from tests.support.storage.engines import Engine

TABLES = ("people", "others", "states", "counters", "things", "grants")
"""All that the tests of records write to."""


@pytest.fixture(params=["embedded", "documents", pytest.param("postgresql", marks=pytest.mark.slow)])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    """Give each engine; the embedded one twice: its records in the database, and in files as grants are."""
    if request.param != "postgresql":
        tables = TABLES if request.param == "documents" else ()
        return Engine(request.param, lambda: EmbeddedStore(tmp_path / "store", documents=tables))
    url = request.getfixturevalue("postgres").new_schema()
    await migrate(url)
    return Engine("postgresql", lambda: PostgresStore(url, pool_size=5))


@pytest.fixture
async def store(engine: Engine) -> AsyncIterator[Store]:
    store = engine.make()
    await store.open()
    yield store
    await store.close()


@pytest.fixture(scope="module")
def quick_folder() -> Iterator[Path]:
    """Make one folder for all tests of a module."""
    with TemporaryDirectory() as name:
        yield Path(name)
