"""Load at a fixed rate of arrivals, whatever the servers do.

A request's time counts from when it was due, not from when it could be sent: a stall makes all requests late that
were due meanwhile. A load that waits for answers before it sends more leaves those out (coordinated omission).
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from time import monotonic

from benchmarks.wire import END, length_of

MAX_CONNECTIONS = 512
"""To one server. What is due beyond it waits for an answer, which counts as its own time."""


@dataclass(frozen=True, slots=True)
class Arrival:
    """A request and when it is due, in seconds after the beginning. `number` names it among those of its kind."""

    at: float
    kind: str
    number: int
    request: bytes


@dataclass(slots=True)
class Call:
    """What became of an arrival. Times are `time.monotonic`, which all processes of a machine share.

    `status` is 0 as long as there is no answer: the connection broke, or it was not waited for any longer.
    """

    kind: str
    number: int
    due: float
    sent: float = 0.0
    answered: float = 0.0
    status: int = 0


class _Connection(asyncio.Protocol):
    """One kept connection with one request under way at most."""

    def __init__(self, server: _Server) -> None:
        self._server = server
        self._buffer = b""
        self._call: Call | None = None
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport
        self._server.release(self)

    def send(self, call: Call, request: bytes) -> None:
        """Send a request on this connection, which is free."""
        assert self._transport is not None
        self._call, call.sent = call, monotonic()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        at = self._buffer.find(END)
        if at < 0 or self._call is None:
            return
        size = at + 4 + length_of(self._buffer[: at + 2])
        if len(self._buffer) < size:
            return
        self._call.answered, self._call.status = monotonic(), int(self._buffer[9:12])
        self._buffer, self._call = self._buffer[size:], None
        self._server.end()
        self._server.release(self)

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        self._server.drop(self)
        if self._call is not None:
            self._call = None
            self._server.end()

    def close(self) -> None:
        """End the connection."""
        if self._transport is not None:
            self._transport.close()


class _Server:
    """The connections to one server, and what waits for one."""

    def __init__(self, port: int) -> None:
        self._port = port
        self._free: list[_Connection] = []
        self._waiting: deque[tuple[Call, bytes]] = deque()
        self._connections: set[_Connection] = set()
        self._opening: set[asyncio.Task[None]] = set()
        self.unanswered = 0

    def submit(self, call: Call, request: bytes) -> None:
        """Send a request at once if a connection is free or may be opened, else as soon as one is free."""
        self.unanswered += 1
        if self._free:
            self._free.pop().send(call, request)
            return
        self._waiting.append((call, request))
        if len(self._connections) + len(self._opening) < MAX_CONNECTIONS:
            task = asyncio.create_task(self._open())
            self._opening.add(task)
            task.add_done_callback(self._opening.discard)

    async def _open(self) -> None:
        # A server that refuses connections leaves its calls unanswered, which the result says.
        with suppress(OSError):
            await asyncio.get_running_loop().create_connection(lambda: _Connection(self), "127.0.0.1", self._port)

    def release(self, connection: _Connection) -> None:
        """Use a connection, new or free again, for what waits."""
        self._connections.add(connection)
        if self._waiting:
            connection.send(*self._waiting.popleft())
        else:
            self._free.append(connection)

    def drop(self, connection: _Connection) -> None:
        """Forget a connection that has ended."""
        self._connections.discard(connection)
        if connection in self._free:
            self._free.remove(connection)

    def end(self) -> None:
        """Count a call that has ended."""
        self.unanswered -= 1

    def close(self) -> None:
        """End all connections."""
        for connection in [*self._connections]:
            connection.close()


async def offer(ports: Sequence[int], arrivals: Iterator[Arrival], *, patience: float) -> list[Call]:
    """Send each arrival when it is due, to the servers in turn; wait `patience` seconds for the last answers."""
    servers = [_Server(port) for port in ports]
    calls: list[Call] = []
    began = monotonic()
    for arrival in arrivals:
        call = Call(arrival.kind, arrival.number, began + arrival.at)
        await asyncio.sleep(max(0.0, call.due - monotonic()))
        servers[len(calls) % len(servers)].submit(call, arrival.request)
        calls.append(call)
    with suppress(TimeoutError):
        async with asyncio.timeout(patience):
            while any(server.unanswered for server in servers):  # noqa: ASYNC110 - counted in many places
                await asyncio.sleep(0.02)
    for server in servers:
        server.close()
    return calls
