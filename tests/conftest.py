"""Fixtures for all tests."""

from __future__ import annotations

import gc
import os
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import aiohttp
import psycopg
import pytest

from bot.storage.postgres import migrate
from tests.support.clock import Clock
from tests.support.memory import keep_temporary_files_in_memory
from tests.support.paths import JIRA_OPENAPI
from tests.support.rows import Row, rows_of
from tests.support.storage.engines import Server
from tests.support.world import World, running

# No test trusts a public authority, and a TLS context is made in no time without the machine's bundle of them.
os.environ["SSL_CERT_FILE"] = os.environ["SSL_CERT_DIR"] = os.devnull
for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
    os.environ.pop(name, None)

keep_temporary_files_in_memory()

LARGE_FIXTURES = {"world", "linking", "postgres", "mortal_postgres"}
"""What starts the whole bridge with a sandbox around it, or a PostgreSQL server."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark the tests that need one of `LARGE_FIXTURES` as slow."""
    for item in items:
        if LARGE_FIXTURES.intersection(getattr(item, "fixturenames", ())):
            item.add_marker(pytest.mark.slow)


def pytest_collection_finish() -> None:
    """Let the garbage collector leave out what was imported, and come less often: it takes a tenth of the time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(20_000, 20, 50)


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with aiohttp.ClientSession() as session:
        yield session


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Run a fresh bridge with everything around it.

    Each request that it makes of Jira, and each answer, is held against Atlassian's published document.
    """
    async with running(tmp_path, contract=JIRA_OPENAPI) as started:
        yield started
        assert started.sandbox.violations == []


@pytest.fixture
def row(world: World, subtests: pytest.Subtests) -> Row:
    """Play a row of a table in the test's world: a world for each row takes ten times as long."""
    return rows_of(world, subtests)


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    """Start a PostgreSQL server for all tests of this process."""
    server = Server()
    with psycopg.connect(server.server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # no test pulls its plug
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.server.cleanup()


@pytest.fixture(scope="module")
def mortal_postgres() -> Iterator[Server]:
    """Start a server that a test may stop, and starts again."""
    server = Server()
    yield server
    server.server.cleanup()


@pytest.fixture
async def dsn(postgres: Server) -> str:
    """Make a migrated schema."""
    url = postgres.new_schema()
    await migrate(url)
    return url
