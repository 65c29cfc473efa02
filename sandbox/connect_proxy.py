"""A forward proxy for HTTPS (`CONNECT`) that leads chosen hosts to servers of this machine, and no other."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress

MAX_HEAD_BYTES = 8192


@asynccontextmanager
async def connect_proxy(ports: Mapping[str, int], asked: list[str]) -> AsyncIterator[str]:
    """Serve the proxy and yield its URL; `ports` has the local port for each host, `asked` gets every host."""

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        with suppress(OSError, asyncio.IncompleteReadError):
            head = await reader.readuntil(b"\r\n\r\n")
            host = head.split(b" ", 2)[1].decode().rpartition(":")[0]
            asked.append(host)
            if not head.startswith(b"CONNECT ") or host not in ports:
                writer.write(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n")
                await writer.drain()
            else:
                far_reader, far_writer = await asyncio.open_connection("127.0.0.1", ports[host])
                writer.write(b"HTTP/1.1 200 Connection established\r\n\r\n")
                await asyncio.gather(_pipe(reader, far_writer), _pipe(far_reader, writer))
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0, limit=MAX_HEAD_BYTES)
    try:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    finally:
        server.close()


async def _pipe(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    with suppress(OSError):
        while data := await reader.read(1 << 16):
            writer.write(data)
            await writer.drain()
    writer.close()
