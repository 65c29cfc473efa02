"""A proxy that pools PostgreSQL's sessions, as PgBouncer does: one for each client, or one for each transaction.

It knows as much of the protocol (PostgreSQL manual, "Frontend/Backend Protocol") as it takes to see where a
transaction ends.
"""

from __future__ import annotations

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path

SSL_REQUEST = 80877103
SYNC, QUERY, TERMINATE, READY = b"S", b"Q", b"X", b"Z"


class Session:
    """A connection to the server, past its start."""

    def __init__(self, reader: StreamReader, writer: StreamWriter, greeting: bytes) -> None:
        self.reader, self.writer, self.greeting = reader, writer, greeting
        self.idle = True


class PoolingProxy:
    """`by_transaction`: a client keeps a session until its transaction ends, else until it disconnects."""

    def __init__(self, socket: Path, *, by_transaction: bool) -> None:
        self._socket, self._by_transaction = socket, by_transaction
        self._free: list[Session] = []
        self._tasks: set[asyncio.Task[None]] = set()
        self.port = 0

    @asynccontextmanager
    async def running(self) -> AsyncIterator[None]:
        server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.port = server.sockets[0].getsockname()[1]
        try:
            yield
        finally:
            server.close()
            for task in self._tasks:
                task.cancel()
            for session in self._free:
                session.writer.close()

    async def _serve(self, reader: StreamReader, writer: StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        with suppress(asyncio.IncompleteReadError, ConnectionError, asyncio.CancelledError):
            await self._talk(reader, writer)
        writer.close()

    async def _talk(self, reader: StreamReader, writer: StreamWriter) -> None:
        startup = await read_startup(reader)
        while startup[4:8] == struct.pack("!I", SSL_REQUEST):
            writer.write(b"N")
            startup = await read_startup(reader)
        session: Session | None = await self._session(startup)
        assert session is not None
        writer.write(session.greeting)
        while True:
            if self._by_transaction and session is not None and session.idle:
                self._free.append(session)
                session = None
            batch = await read_batch(reader)
            if batch is None:
                break
            session = session or await self._session(startup)
            await relay(session, batch, writer)
        if session is not None:
            session.writer.close()

    async def _session(self, startup: bytes) -> Session:
        """Return the session that was used last, as PgBouncer chooses, or a new one."""
        if self._free:
            return self._free.pop()
        reader, writer = await asyncio.open_unix_connection(self._socket)
        writer.write(startup)
        kind = greeting = b""
        while kind != READY:
            kind, message = await read_message(reader)
            greeting += message
        return Session(reader, writer, greeting)


async def read_startup(reader: StreamReader) -> bytes:
    length = await reader.readexactly(4)
    return length + await reader.readexactly(struct.unpack("!I", length)[0] - 4)


async def read_message(reader: StreamReader) -> tuple[bytes, bytes]:
    head = await reader.readexactly(5)
    return head[:1], head + await reader.readexactly(struct.unpack("!I", head[1:])[0] - 4)


async def read_batch(reader: StreamReader) -> bytes | None:
    """Read what a client sends until it waits for an answer; None if it says goodbye."""
    batch = b""
    while True:
        kind, message = await read_message(reader)
        if kind == TERMINATE:
            return None
        batch += message
        if kind in (SYNC, QUERY):
            return batch


async def relay(session: Session, batch: bytes, client: StreamWriter) -> None:
    session.writer.write(batch)
    kind = b""
    while kind != READY:
        kind, message = await read_message(session.reader)
        client.write(message)
    session.idle = message[-1:] == b"I"
    await client.drain()
