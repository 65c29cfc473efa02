"""A way to PostgreSQL on which answers get lost, or are late."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from pathlib import Path


class LossyProxy:
    """A proxy that loses what it is told to lose.

    `swallow`: cut the connection instead of giving the next answer. `silent`: pass on nothing at all.
    `mute`: pass on no answers. `delay`: pass on each answer so many seconds later.
    """

    def __init__(self, socket: Path) -> None:
        self._socket = socket
        self._tasks: set[asyncio.Task[None]] = set()
        self.swallow = False
        self.silent = self.mute = False
        self.delay = 0.0
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

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        self._tasks.add(task)
        behind_reader, behind_writer = await asyncio.open_unix_connection(self._socket)
        up = asyncio.create_task(self._pump(reader, behind_writer, answers=False))
        down = asyncio.create_task(self._pump(behind_reader, writer, answers=True))
        try:
            with suppress(asyncio.CancelledError):  # `running` ends
                await asyncio.wait({up, down}, return_when=asyncio.FIRST_COMPLETED)
        finally:
            up.cancel()
            down.cancel()
            for one in (writer, behind_writer):
                one.close()

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, answers: bool) -> None:
        with suppress(ConnectionError):
            while data := await reader.read(65536):
                if answers and self.swallow:
                    self.swallow = False
                    return
                if answers and self.delay:
                    await asyncio.sleep(self.delay)
                if not (self.silent or (answers and self.mute)):
                    writer.write(data)
                    await writer.drain()
