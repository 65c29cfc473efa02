"""T14, T17: what is refused before it is an activity, by the whole service; and nothing of it fills the log."""

from __future__ import annotations

import asyncio
import logging

import aiohttp
import pytest

from bot.runtime.logging import configure
from tests.support.world import World


@pytest.mark.parametrize("length", [100, 9_000, 16_000, 20_000, 30_000])
async def test_t17_token_of_any_length_is_refused_as_a_token(world: World, length: int) -> None:
    headers = {"Authorization": f"Bearer {'a' * length}", "Content-Type": "application/json"}
    async with (
        aiohttp.ClientSession() as session,
        session.post(f"{world.url}/api/messages", data=b"{}", headers=headers) as answer,
    ):
        assert answer.status == 401


async def test_what_is_no_http_leaves_no_trace(world: World, caplog: pytest.LogCaptureFixture) -> None:
    configure("INFO", "json")
    logging.getLogger().addHandler(caplog.handler)
    port = int(world.url.rpartition(":")[2])
    for sent in (b"GET / HTTP/1.1\r\nA: " + b"b" * 60_000 + b"\r\n\r\n", b"\x16\x03\x01 hello\r\n\r\n"):
        reader, writer = await asyncio.open_connection("127.0.0.1", port)
        writer.write(sent)
        answer = await asyncio.wait_for(reader.read(), 5)
        assert b" 400 " in answer.partition(b"\r\n")[0]
        assert b"aiohttp" not in answer
        writer.close()
    assert "Traceback" not in caplog.text


@pytest.mark.parametrize(
    ("method", "path"),
    [
        ("GET", "/healthz"),
        ("GET", "/metrics"),
        ("GET", "/connect"),
        ("GET", "/nowhere"),
        ("PUT", "/api/messages"),
        ("POST", "/api/messages"),
        ("POST", "/jira/webhooks"),
        ("POST", "/connect/confirm"),
    ],
)
async def test_t05_t44_every_answer_is_kept_from_caches_and_frames_and_names_no_version(
    world: World, method: str, path: str
) -> None:
    async with (
        aiohttp.ClientSession() as session,
        session.request(method, world.url + path, allow_redirects=False) as answer,
    ):
        headers, text = answer.headers, await answer.text()
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Referrer-Policy"] == "no-referrer"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Content-Security-Policy"].startswith("default-src 'none'")
    assert "Server" not in headers
    assert "python_info" not in text
