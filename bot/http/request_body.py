"""Reading a request's body within limits: strangers send large ones, slow ones and cut ones."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web


class BodyError(Exception):
    """The body is not taken; `status` is 400 (cut off), 408 (trickled), 413 (too large) or 415 (encoded)."""

    def __init__(self, status: int, reason: str) -> None:
        super().__init__(reason)
        self.status = status


def check_headers(request: web.Request, *, limit: int) -> None:
    """What the headers alone rule out. Raises `BodyError`."""
    if "Content-Encoding" in request.headers:
        raise BodyError(415, "content encoding")
    if (request.content_length or 0) > limit:
        raise BodyError(413, "too large")


async def read(request: web.Request, *, limit: int, seconds: float) -> bytes:
    """The whole body: at most `limit` bytes, arrived within `seconds`. Raises `BodyError`."""
    if request.content.is_eof():  # it came with the headers, as nearly all do
        whole = request.content.read_nowait()
        _check(len(whole), limit)
        return whole
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                body += chunk
                _check(len(body), limit)
    except TimeoutError:
        raise BodyError(408, "trickled") from None
    except (web.RequestPayloadError, aiohttp.ClientPayloadError, ConnectionError):
        raise BodyError(400, "cut off") from None
    return bytes(body)


def _check(length: int, limit: int) -> None:
    if length > limit:
        raise BodyError(413, "too large")
