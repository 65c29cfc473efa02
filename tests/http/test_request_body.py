"""Bodies that strangers send: how much of them is read, for how long, and what a refusal says (T14-T16)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress

import pytest
from aiohttp import web

from bot.http.request_body import HttpRefusedError, parse_object, read_body
from tests.support.serving import serving

LIMIT = 1_000


class Reader:
    """A page that reads its body, and what became of each."""

    def __init__(self) -> None:
        self.outcomes: asyncio.Queue[bytes | HttpRefusedError] = asyncio.Queue()

    async def respond(self, request: web.Request) -> web.Response:
        try:
            body = await read_body(request, limit=LIMIT, seconds=0.3)
        except HttpRefusedError as refusal:
            self.outcomes.put_nowait(refusal)
            return refusal.response("refused")
        self.outcomes.put_nowait(body)
        return web.Response(text="read")

    async def refusal(self) -> HttpRefusedError:
        outcome = await asyncio.wait_for(self.outcomes.get(), 10)
        assert isinstance(outcome, HttpRefusedError)
        return outcome


@pytest.fixture
def reader() -> Reader:
    return Reader()


@pytest.fixture
async def port(reader: Reader) -> AsyncIterator[int]:
    app = web.Application()
    app.router.add_post("/", reader.respond)
    async with serving(app, lingering_seconds=0.1) as url:
        yield int(url.rpartition(":")[2])


async def send(port: int, *headers: str, body: bytes = b"", half: bool = False) -> str:
    """Return the head of the answer; `half`: end the connection in place of waiting for one."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    writer.write("\r\n".join(["POST / HTTP/1.1", "Host: x", *headers, "", ""]).encode() + body)
    await writer.drain()
    if half:
        writer.transport.abort()
        return ""
    head = await asyncio.wait_for(reader.readuntil(b"\r\n\r\n"), 10)
    writer.close()
    with suppress(ConnectionError):
        await writer.wait_closed()
    return head.decode().lower()


async def test_t14_a_body_of_the_limit_is_read_with_and_without_its_length(reader: Reader, port: int) -> None:
    whole = b"x" * LIMIT
    assert " 200 " in await send(port, f"Content-Length: {LIMIT}", body=whole)
    assert await reader.outcomes.get() == whole
    pieces = b"1f4\r\n" + whole[:500] + b"\r\n1f4\r\n" + whole[500:] + b"\r\n0\r\n\r\n"
    assert " 200 " in await send(port, "Transfer-Encoding: chunked", body=pieces)
    assert await reader.outcomes.get() == whole


@pytest.mark.parametrize(
    ("headers", "body", "status", "reason"),
    [
        ((f"Content-Length: {LIMIT + 1}",), b"", 413, "too large"),
        (("Transfer-Encoding: chunked",), b"3e9\r\n" + b"x" * 1_001 + b"\r\n0\r\n\r\n", 413, "too large"),
        (("Transfer-Encoding: chunked",), b"3e8\r\n" + b"x" * 1_000 + b"\r\n1\r\nx\r\n", 413, "too large"),
        (("Content-Length: 5", "Content-Encoding: gzip"), b"12345", 415, "content encoding"),
        (("Content-Length: 5",), b"1234", 408, "trickled"),
    ],
)
async def test_t14_t15_what_is_refused_unread_ends_the_connection(
    reader: Reader, port: int, headers: tuple[str, ...], body: bytes, status: int, reason: str
) -> None:
    head = await send(port, *headers, body=body)
    assert f" {status} " in head.partition("\r\n")[0]
    assert "connection: close" in head
    refusal = await reader.refusal()
    assert (refusal.status, refusal.reason) == (status, reason)


async def test_t15_a_body_that_is_cut_off_is_400(reader: Reader, port: int) -> None:
    await send(port, "Content-Length: 5", body=b"1234", half=True)
    refusal = await reader.refusal()
    assert (refusal.status, refusal.reason) == (400, "cut off")


@pytest.mark.parametrize(("status", "retry_after"), [(401, None), (502, None), (503, "30"), (504, None)])
def test_only_who_is_too_early_is_told_to_try_again(status: int, retry_after: str | None) -> None:
    response = HttpRefusedError(status, "x").response("y")
    assert (response.status, response.text) == (status, "y")
    assert response.headers.get("Retry-After") == retry_after


@pytest.mark.parametrize(
    ("status", "closes"), [(400, False), (401, False), (403, False), (408, True), (413, True)]
)
def test_a_connection_whose_body_was_read_is_kept(status: int, closes: bool) -> None:
    assert (HttpRefusedError(status, "x").response().keep_alive is False) is closes


def test_t16_a_refusal_says_why() -> None:
    assert str(HttpRefusedError(400, "malformed", "no JSON")) == "malformed: no JSON"
    assert str(HttpRefusedError(400, "malformed")) == "malformed"
    assert parse_object(b'{"a": 1}') == {"a": 1}
    for body in (b"[]", b"1", b"{"):
        with pytest.raises(HttpRefusedError, match="malformed: ") as refused:
            parse_object(body)
        assert refused.value.status == 400
