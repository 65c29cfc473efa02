"""Reads a request's body within limits of size and time, and says with which status a bad one is refused."""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web

from bot.http import strict_json

UNREAD_BODY = frozenset({408, 413, 415})
"""Statuses after which the rest of the body is not read, so that the connection cannot be used again."""


class HttpRefusedError(Exception):
    """The request is answered with `status` and goes no further.

    `reason` is one of few, for logs and metrics; `detail` says more. Neither quotes the request.
    """

    def __init__(self, status: int, reason: str, detail: str = "") -> None:
        super().__init__(f"{reason}: {detail}" if detail else reason)
        self.status, self.reason = status, reason

    def response(self, text: str = "") -> web.Response:
        """Return the HTTP answer with this text."""
        response = web.Response(status=self.status, text=text)
        if self.status == 503:
            response.headers["Retry-After"] = "30"
        elif self.status in UNREAD_BODY:
            response.force_close()
        return response


def check_headers(request: web.Request, *, limit: int) -> None:
    """Refuse what the headers alone rule out. Raises `HttpRefusedError` (413 too large, 415 encoded)."""
    if "Content-Encoding" in request.headers:
        raise HttpRefusedError(415, "content encoding")
    _check_length(request.content_length or 0, limit)


async def read_body(request: web.Request, *, limit: int, seconds: float) -> bytes:
    """Read the whole body: at most `limit` bytes, arrived within `seconds`.

    Raises `HttpRefusedError` (400 cut off, 408 too slow, 413 too large, 415 encoded).
    """
    check_headers(request, limit=limit)
    if request.content.is_eof():  # it came with the headers, as nearly all do
        whole = request.content.read_nowait()
        _check_length(len(whole), limit)
        return whole
    body = bytearray()
    try:
        async with asyncio.timeout(seconds):
            async for chunk in request.content.iter_any():
                body += chunk
                _check_length(len(body), limit)
    except TimeoutError:
        raise HttpRefusedError(408, "trickled") from None
    except (web.RequestPayloadError, aiohttp.ClientPayloadError, ConnectionError):
        raise HttpRefusedError(400, "cut off") from None
    return bytes(body)


def parse_object(body: bytes) -> dict[str, object]:
    """Parse a body that must be a JSON object. Raises `HttpRefusedError` (400)."""
    try:
        value = strict_json.loads(body)
    except strict_json.MalformedJsonError as error:
        raise HttpRefusedError(400, "malformed", str(error)) from None
    if not isinstance(value, dict):
        raise HttpRefusedError(400, "malformed", "not an object")
    return value


def _check_length(length: int, limit: int) -> None:
    if length > limit:
        raise HttpRefusedError(413, "too large")
