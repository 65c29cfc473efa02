"""HTTP/1.1 as bare as it gets, on asyncio's protocols: what measures must cost less than what is measured."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from time import perf_counter

END = b"\r\n\r\n"
Answer = tuple[bytes, float]
"""A whole HTTP response, and the seconds to wait before it is sent."""


def length_of(head: bytes) -> int:
    """`Content-Length` of a message's head, 0 without one. Raises `ValueError` for a chunked body."""
    low = head.lower()
    if b"\r\ntransfer-encoding:" in low:
        raise ValueError("a chunked body is not understood here")
    at = low.find(b"\r\ncontent-length:")
    return int(low[at + 17 : low.find(b"\r\n", at + 17)]) if at >= 0 else 0


def response(status: int, body: bytes = b"") -> bytes:
    """Build a JSON response."""
    kind = b"Content-Type: application/json\r\n" if body else b""
    return b"HTTP/1.1 %d X\r\n%bContent-Length: %d\r\n\r\n%b" % (status, kind, len(body), body)


class Server(asyncio.Protocol):
    """Answers each request with what `answer(method, path, body)` says. Clients must not pipeline."""

    def __init__(self, answer: Callable[[bytes, bytes, bytes], Answer]) -> None:
        self._answer = answer
        self._buffer = b""
        self._transport: asyncio.Transport | None = None

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        at = self._buffer.find(END)
        if at < 0:
            return
        head = self._buffer[: at + 2]
        size = at + 4 + length_of(head)
        if len(self._buffer) < size:
            return
        body, self._buffer = self._buffer[at + 4 : size], self._buffer[size:]
        method, path, _ = head.split(b" ", 2)
        answer, delay = self._answer(method, path, body)
        if delay:
            asyncio.get_running_loop().call_later(delay, self._send, answer)
        else:
            self._send(answer)

    def _send(self, answer: bytes) -> None:
        if self._transport is not None and not self._transport.is_closing():
            self._transport.write(answer)


@dataclass
class Load:
    """What came back. `seconds` are the times of the single requests, `took` is that of them all."""

    seconds: list[float] = field(default_factory=list)
    took: float = 0.0
    kinds: Counter[str] = field(default_factory=Counter)
    """How many answers were of which kind; `broken` are requests whose connection ended before the answer."""

    def percentile(self, share: float) -> float:
        """Milliseconds within which that share of the requests was answered."""
        return sorted(self.seconds)[int(len(self.seconds) * share)] * 1000


Judge = Callable[[int, bytes], str]
"""(status, body) -> the kind of an answer."""


def by_status(status: int, _body: bytes) -> str:
    """Name the kind of a response by its status."""
    return str(status)


class _Client(asyncio.Protocol):
    """One connection: sends the next request as soon as the last one is answered."""

    def __init__(self, requests: Iterator[bytes], load: Load, judge: Judge) -> None:
        self._requests = requests
        self._load = load
        self._judge = judge
        self._buffer = b""
        self._began = 0.0
        self._waiting = False
        self._transport: asyncio.Transport | None = None
        self.done: asyncio.Future[None] = asyncio.get_running_loop().create_future()

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self._transport = transport

    def start(self) -> None:
        """Send the first request."""
        assert self._transport is not None
        request = next(self._requests, None)
        if request is None:
            self._transport.close()
            return
        self._waiting = True
        self._began = perf_counter()
        self._transport.write(request)

    def data_received(self, data: bytes) -> None:
        self._buffer += data
        at = self._buffer.find(END)
        if at < 0:
            return
        size = at + 4 + length_of(self._buffer[: at + 2])
        if len(self._buffer) < size:
            return
        self._load.seconds.append(perf_counter() - self._began)
        self._load.kinds[self._judge(int(self._buffer[9:12]), self._buffer[at + 4 : size])] += 1
        self._buffer = self._buffer[size:]
        self._waiting = False
        self.start()

    def connection_lost(self, exc: Exception | None) -> None:
        del exc
        if self._waiting:
            self._load.kinds["broken"] += 1
        if not self.done.done():
            self.done.set_result(None)


async def drive(
    port: int, requests: Iterator[bytes], *, concurrency: int, patience: float, judge: Judge = by_status
) -> Load:
    """Send all requests to this machine, `concurrency` at a time, each on a kept connection.

    Raises `TimeoutError` when they are not all answered after `patience` seconds.
    """
    load = Load()
    loop = asyncio.get_running_loop()
    clients = []
    for _ in range(concurrency):
        _transport, client = await loop.create_connection(
            lambda: _Client(requests, load, judge), "127.0.0.1", port
        )
        clients.append(client)
    began = perf_counter()
    for client in clients:
        client.start()
    async with asyncio.timeout(patience):
        await asyncio.gather(*(client.done for client in clients))
    load.took = perf_counter() - began
    return load
