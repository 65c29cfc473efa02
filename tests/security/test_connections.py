"""T15: idle and slow connections use up neither the process's files nor its log."""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.http import connections, server
from bot.http.connections import ConnectionLimits
from bot.runtime.logging import ACCEPT_ERROR, ACCEPT_ERROR_INTERVAL, AcceptErrorLimit
from bot.storage.embedded import EmbeddedStore
from tests.support.app_process import http_status, process, ready, surroundings
from tests.support.clock import Clock
from tests.support.world import free_port

GET = b"GET /healthz HTTP/1.1\r\nHost: bridge\r\n\r\n"
Streams = tuple[asyncio.StreamReader, asyncio.StreamWriter]


@asynccontextmanager
async def serving(folder: Path) -> AsyncIterator[int]:
    """Serve /healthz, and /slow, which waits for its body; yield the port."""
    store = EmbeddedStore(folder / "store")
    await store.open()

    async def answer_slowly(request: web.Request) -> web.Response:
        return web.Response(body=await request.read())

    app = server.application(store, [web.post("/slow", answer_slowly)], CollectorRegistry())
    port = free_port()
    async with server.listening(app, "127.0.0.1", port):
        yield port
    await store.close()


async def ended(streams: Streams) -> bool:
    """Wait until the server closes the connection."""
    async with asyncio.timeout(5):
        try:
            return await streams[0].read() is not None
        except ConnectionResetError:
            return True


async def get(streams: Streams) -> bytes:
    """Send a request and read its whole answer."""
    streams[1].write(GET)
    async with asyncio.timeout(5):
        head = await streams[0].readuntil(b"\r\n\r\n")
        await streams[0].readexactly(2)
    return head


async def test_t15_connection_without_a_header_in_time_is_closed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_TIMEOUT", 0.3)
    async with serving(tmp_path) as port:
        silent, trickling, second = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        trickling[1].write(b"GET /healthz HTTP/1.1\r\nHost: ")
        assert b"200 OK" in await get(second)
        second[1].write(b"GET /healthz HTTP/1.1\r\n")
        for streams in (silent, trickling, second):
            assert await ended(streams)


async def test_t15_slow_body_is_not_cut_off_as_a_slow_header(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(connections, "HEADER_TIMEOUT", 0.2)
    async with serving(tmp_path) as port:
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(b"POST /slow HTTP/1.1\r\nHost: bridge\r\nContent-Length: 2\r\n\r\na")
        silent = await asyncio.open_connection("127.0.0.1", port)
        assert await ended(silent)  # by now the limit for headers is over
        writer.write(b"b")
        async with asyncio.timeout(5):
            assert b"200 OK" in await reader.readuntil(b"ab")


async def test_t15_kept_connection_is_closed_after_a_while(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert connections.KEEPALIVE_TIMEOUT == 75
    monkeypatch.setattr(connections, "KEEPALIVE_TIMEOUT", 0.3)
    async with serving(tmp_path) as port:
        streams = await asyncio.open_connection("127.0.0.1", port)
        assert b"200 OK" in await get(streams)
        assert b"200 OK" in await get(streams)
        assert await ended(streams)


async def test_t15_newest_connection_takes_the_place_of_the_one_that_says_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ConnectionLimits, "of_process", lambda: ConnectionLimits(connections=3, backlog=8))
    async with serving(tmp_path) as port:
        busy, kept, silent = [await asyncio.open_connection("127.0.0.1", port) for _ in range(3)]
        busy[1].write(b"POST /slow HTTP/1.1\r\nHost: bridge\r\nContent-Length: 2\r\n\r\na")
        assert b"200 OK" in await get(kept)
        assert b"200 OK" in await get(await asyncio.open_connection("127.0.0.1", port))
        assert await ended(silent)
        assert b"200 OK" in await get(kept)
        for _ in range(3):
            assert b"200 OK" in await get(await asyncio.open_connection("127.0.0.1", port))
        assert await ended(kept)
        busy[1].write(b"b")
        async with asyncio.timeout(5):
            assert b"200 OK" in await busy[0].readuntil(b"ab")


@pytest.mark.parametrize("files", [16, 64, 256, 1_024, 4_096, 65_536, 1_048_576])
def test_t15_limit_of_connections_stays_below_that_of_files(files: int) -> None:
    limits = ConnectionLimits.for_files(files)
    assert limits.connections > 0
    assert limits.connections + 2 * limits.backlog < files
    assert limits.connections >= min(4_096, files // 4)


def test_t15_asyncio_says_once_a_minute_that_no_file_is_left(clock: Clock) -> None:
    limit = AcceptErrorLimit(clock)
    record = logging.makeLogRecord({"msg": f"{ACCEPT_ERROR}\nsocket: 7"})
    assert [limit.filter(record) for _ in range(3)] == [True, False, False]
    assert limit.filter(logging.makeLogRecord({"msg": "Task exception was never retrieved"}))
    clock.advance(ACCEPT_ERROR_INTERVAL)
    assert [limit.filter(record) for _ in range(2)] == [True, False]


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_t15_idle_sockets_neither_stop_the_process_nor_fill_its_log(tmp_path: Path) -> None:
    """The attack's own shape: more sockets than the process may open files, and none says anything."""
    async with (
        surroundings(tmp_path) as (world, environment),
        process(environment, files="-Sn 128 && ulimit -Hn 256") as running,
    ):
        await ready(world.url)
        port = int(environment["PORT"])
        async with idle_sockets(port, 600):
            for _ in range(20):
                started = time.monotonic()
                async with asyncio.timeout(5):
                    assert await http_status(f"{world.url}/healthz") == 200
                assert time.monotonic() - started < 2
            opened, allowed = files_of(running.pid)
            assert opened < allowed == 256
        running.terminate()
        assert running.stderr is not None
        written = await asyncio.wait_for(running.stderr.read(), 30)
        assert written.count(b"connections full") == 1
        assert len(written) < 20_000


@asynccontextmanager
async def idle_sockets(port: int, count: int) -> AsyncIterator[None]:
    writers = [(await asyncio.open_connection("127.0.0.1", port))[1] for _ in range(count)]
    try:
        yield
    finally:
        for writer in writers:
            writer.close()


def files_of(pid: int) -> tuple[int, int]:
    """Return how many files a process has open, and its soft limit."""
    limits = Path(f"/proc/{pid}/limits").read_text()
    soft = next(line for line in limits.splitlines() if "open files" in line).split()[3]
    return len(list(Path(f"/proc/{pid}/fd").iterdir())), int(soft)
