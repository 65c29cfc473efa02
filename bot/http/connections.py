"""Keeps idle and slow connections from using up the process's files (T15)."""

from __future__ import annotations

import asyncio
import resource
import time
from collections.abc import Callable
from dataclasses import dataclass
from itertools import chain

import structlog
from aiohttp import web

HEADER_TIMEOUT = 10.0
"""Seconds until a connection must have sent the whole header of a request, from its first byte on."""
KEEPALIVE_TIMEOUT = 75.0
"""Seconds for which a connection is kept open between requests: longer than proxies keep theirs."""
WARNING_INTERVAL = 60.0

MAX_FILES = 65_536
"""The soft limit of open files that is aimed at."""
MAX_CONNECTIONS = 4_096
MAX_BACKLOG = 1_024
OWN_FILES = 768
"""Files that are not connections of clients: outgoing connections (512 at most), the store, the log."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class ConnectionLimits:
    """How many connections may be open at once, and how many are accepted in one go."""

    connections: int
    backlog: int

    @classmethod
    def for_files(cls, files: int) -> ConnectionLimits:
        """Return what a limit of open files leaves room for. Pure.

        What is accepted in one go is open before any of it can be closed again, and so is the next batch.
        """
        backlog = min(MAX_BACKLOG, files // 8)
        own = min(OWN_FILES, files // 4)
        return cls(max(1, min(MAX_CONNECTIONS, files - own - 2 * backlog)), max(1, backlog))

    @classmethod
    def of_process(cls) -> ConnectionLimits:
        """Return what this process's limit of open files leaves room for."""
        soft, _hard = resource.getrlimit(resource.RLIMIT_NOFILE)
        return cls.for_files(MAX_FILES if soft == resource.RLIM_INFINITY else soft)


def raise_file_limit() -> None:
    """Raise the soft limit of open files as far as the hard one allows: often it is 1,024 for no reason."""
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    aim = MAX_FILES if hard == resource.RLIM_INFINITY else min(hard, MAX_FILES)
    if soft != resource.RLIM_INFINITY and soft < aim:
        resource.setrlimit(resource.RLIMIT_NOFILE, (aim, hard))


class Connection(web.RequestHandler):
    """A client's connection, which is closed if it sends no complete header in time.

    aiohttp has no limit for that: a connection that trickles a header, or sends none, stays open.
    """

    __slots__ = ("_busy", "_deadline", "_pool")

    def __init__(self, pool: ConnectionPool, server: web.Server, **options: int | float | bool | None) -> None:
        super().__init__(
            server,
            loop=asyncio.get_running_loop(),
            keepalive_timeout=KEEPALIVE_TIMEOUT,
            **options,  # type: ignore[arg-type]  # each has its type in aiohttp
        )
        self._pool = pool
        self._busy = False
        self._deadline: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        """Begin to wait for the first header."""
        super().connection_made(transport)
        self._expect_header()
        self._pool.add(self)

    def data_received(self, data: bytes) -> None:
        """Wait for the rest of a header that begins."""
        if not self._busy:
            self._expect_header()
        super().data_received(data)

    def connection_lost(self, exc: BaseException | None) -> None:
        """Wait no longer."""
        self._stop_waiting()
        self._pool.remove(self)
        super().connection_lost(exc)

    def begin_request(self) -> None:
        """Note that a header has arrived."""
        self._busy = True
        self._stop_waiting()
        self._pool.begin_request(self)

    def end_request(self) -> None:
        """Note that the request is answered, so that the connection is idle."""
        self._busy = False
        self._pool.end_request(self)

    def drop(self) -> None:
        """Close the connection without an answer."""
        if self.transport is not None:
            self.transport.abort()

    def _expect_header(self) -> None:
        if self._deadline is None:
            self._deadline = asyncio.get_running_loop().call_later(HEADER_TIMEOUT, self.drop)

    def _stop_waiting(self) -> None:
        if self._deadline is not None:
            self._deadline.cancel()
            self._deadline = None


class ConnectionPool:
    """The open connections. Beyond the limit the oldest that has no request under way makes room for a new one."""

    def __init__(self, limit: int, clock: Callable[[], float] = time.monotonic) -> None:
        self._limit = limit
        self._clock = clock
        self._silent: dict[Connection, None] = {}
        """Connections on which no request has arrived yet, the oldest first."""
        self._idle: dict[Connection, None] = {}
        """Connections between two requests, the one that is idle for longest first."""
        self._busy: set[Connection] = set()
        self._warn_at = 0.0

    def __len__(self) -> int:
        return len(self._silent) + len(self._idle) + len(self._busy)

    def add(self, connection: Connection) -> None:
        """Add a new connection, and drop another one if there are too many."""
        self._silent[connection] = None
        if len(self) > self._limit:
            self._make_room(connection)

    def remove(self, connection: Connection) -> None:
        """Forget a connection."""
        self._silent.pop(connection, None)
        self._idle.pop(connection, None)
        self._busy.discard(connection)

    def begin_request(self, connection: Connection) -> None:
        """Keep a connection from being dropped."""
        self.remove(connection)
        self._busy.add(connection)

    def end_request(self, connection: Connection) -> None:
        """Allow a connection to be dropped, unless it is closed already."""
        if connection in self._busy:
            self._busy.discard(connection)
            self._idle[connection] = None

    def _make_room(self, newest: Connection) -> None:
        candidates = chain(self._silent, self._idle)
        oldest = next((each for each in candidates if each is not newest), newest)
        self.remove(oldest)
        oldest.drop()
        now = self._clock()
        if now >= self._warn_at:
            self._warn_at = now + WARNING_INTERVAL
            log.warning("connections full", limit=self._limit)
