"""`python -m sandbox`, started as a person starts it."""

from __future__ import annotations

import asyncio
import signal
import socket
import sys
from functools import partial

import aiohttp
import pytest

pytestmark = pytest.mark.slow


async def _start(*arguments: str) -> asyncio.subprocess.Process:
    return await asyncio.create_subprocess_exec(
        *(sys.executable, "-m", "sandbox", *arguments),
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.PIPE,
        # A shell that runs the tests in the background has let them ignore Ctrl-C, and their children inherit it.
        preexec_fn=partial(signal.signal, signal.SIGINT, signal.SIG_DFL),
    )


async def test_prints_where_everything_is_and_stops_when_asked() -> None:
    process = await _start()
    assert process.stdout
    first = (await process.stdout.readline()).decode().split()
    settings = [(await process.stdout.readline()).decode() for _ in range(14)]
    async with aiohttp.ClientSession() as session, session.get(first[2]) as answer:
        assert "DEMO-1" in await answer.text()
    assert any(line.startswith("ATLASSIAN_API_URL=http://127.0.0.1:") for line in settings)
    process.send_signal(signal.SIGINT)
    _, errors = await process.communicate()
    assert (process.returncode, errors) == (0, b"")


async def test_port_that_is_taken_is_said_in_one_line() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        process = await _start("--port", str(taken.getsockname()[1]))
        _, errors = await process.communicate()
    assert process.returncode == 1
    assert errors.decode().startswith("The sandbox cannot start: ")
    assert errors.count(b"\n") == 1
