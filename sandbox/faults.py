"""Faults of real services on demand, such as errors, delays and cut connections."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware

HTML_PAGE = (
    "<!DOCTYPE html><html><head><title>Log in</title></head><body><h1>Log in to continue</h1></body></html>"
)


@dataclass(slots=True)
class Fault:
    """A fault of requests whose method and path match.

    The first `skip` matches pass, the next `times` fail (None: all). Without a `status`, or with `done`, the
    request is processed and only its response is spoiled, unless the connection is `reset`. `headers` are added to
    the response. `drop`: process the request, then cut the connection without a response. `delay` and `until`
    hold the request back before it is processed, `late` and `late_until` between the two halves of the response
    body; in seconds, or until an event. `truncate`: send half of the body, then cut the connection.
    """

    method: str = "*"
    path: str = ".*"
    server: str = "*"
    skip: int = 0
    times: int | None = 1
    status: int | None = None
    done: bool = False
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes | str = b""
    content_type: str = "application/json"
    delay: float = 0.0
    until: asyncio.Event | None = None
    late: float = 0.0
    late_until: asyncio.Event | None = None
    truncate: bool = False
    reset: bool = False
    drop: bool = False
    seen: int = 0
    hits: int = 0
    hit: asyncio.Event = field(default_factory=asyncio.Event)
    """Set at the first hit, before anything else happens: for tests that act in the middle of a request."""

    def takes(self, server: str, request: web.Request) -> bool:
        """Tell whether this request fails, and count it."""
        if self.server not in {"*", server} or self.method not in {"*", request.method}:
            return False
        if re.search(self.path, request.path) is None:
            return False
        self.seen += 1
        if self.seen <= self.skip or (self.times is not None and self.hits >= self.times):
            return False
        self.hits += 1
        self.hit.set()
        return True


class Faults:
    """The active faults. A `server` is `jira`, `atlassian`, `microsoft` or `teams`."""

    def __init__(self) -> None:
        self._faults: list[Fault] = []

    def add(self, fault: Fault) -> Fault:
        """Activate a fault. If several match, the first one applies."""
        self._faults.append(fault)
        return fault

    def html(self, *, path: str = ".*", times: int | None = 1, server: str = "*", status: int = 200) -> Fault:
        """Return an HTML page where JSON is expected, as proxies and log-in walls send."""
        page = Fault(
            path=path, times=times, server=server, status=status, body=HTML_PAGE, content_type="text/html"
        )
        return self.add(page)

    def clear(self) -> None:
        """Remove all faults."""
        self._faults.clear()

    def middleware(self, server: str) -> Middleware:
        """Return the aiohttp middleware for one server."""

        @web.middleware
        async def spoil(request: web.Request, handler: Handler) -> web.StreamResponse:
            fault = next((f for f in self._faults if f.takes(server, request)), None)
            return await handler(request) if fault is None else await _spoiled(fault, request, handler)

        return spoil


async def _hold(seconds: float, until: asyncio.Event | None) -> None:
    if until is not None:
        await until.wait()
    if seconds:
        await asyncio.sleep(seconds)


def _cut(request: web.Request) -> web.StreamResponse:
    if request.transport is not None:
        request.transport.abort()
    return web.Response(status=500)


async def _answer(fault: Fault, request: web.Request, handler: Handler) -> web.Response:
    if fault.status is None:
        real = await handler(request)
        if not isinstance(real, web.Response):
            raise TypeError(real)
        real.headers.update(fault.headers)
        return real
    if fault.done:
        await handler(request)
    text = fault.body if isinstance(fault.body, bytes) else fault.body.encode()
    if "Content-Type" in fault.headers:
        return web.Response(status=fault.status, body=text, headers=fault.headers)
    kind = fault.content_type
    return web.Response(status=fault.status, body=text, headers=fault.headers, content_type=kind, charset="utf-8")


async def _spoiled(fault: Fault, request: web.Request, handler: Handler) -> web.StreamResponse:
    await _hold(fault.delay, fault.until)
    if fault.reset:
        return _cut(request)
    answer = await _answer(fault, request, handler)
    if fault.drop:
        return _cut(request)
    if not (fault.truncate or fault.late or fault.late_until):
        return answer
    return await _in_halves(fault, request, answer)


async def _in_halves(fault: Fault, request: web.Request, answer: web.Response) -> web.StreamResponse:
    body = answer.body if isinstance(answer.body, bytes) else b""
    headers = {k: v for k, v in answer.headers.items() if k.lower() != "content-length"}
    stream = web.StreamResponse(status=answer.status, headers=headers)
    stream.content_length = len(body)
    await stream.prepare(request)
    await stream.write(body[: len(body) // 2])
    await _hold(fault.late, fault.late_until)
    if fault.truncate:
        return _cut(request)
    await stream.write(body[len(body) // 2 :])
    await stream.write_eof()
    return stream
