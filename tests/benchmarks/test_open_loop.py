"""The load at a fixed rate waits for no answer, and counts a late one from when its request was due."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from benchmarks.open_loop import Arrival, offer
from tests.support.world import free_port

REQUEST = b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\nhi"


@dataclass
class Stalled:
    """A server that answers nothing before `waiting` requests have come."""

    waiting: int
    come: int = 0
    released: asyncio.Event = field(default_factory=asyncio.Event)

    async def handle(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while await reader.read(len(REQUEST)):
            self.come += 1
            if self.come == self.waiting:
                self.released.set()
            await self.released.wait()
            writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok")
        writer.close()


@asynccontextmanager
async def listening(stalled: Stalled) -> AsyncIterator[int]:
    server = await asyncio.start_server(stalled.handle, "127.0.0.1", 0)
    async with server:
        yield server.sockets[0].getsockname()[1]


async def test_what_is_due_while_the_server_stalls_is_sent_and_counts_from_when_it_was_due() -> None:
    stalled = Stalled(waiting=5)
    arrivals = (Arrival(number / 50, "command", number, REQUEST) for number in range(5))
    async with listening(stalled) as port:
        calls = await offer([port], arrivals, patience=10)
    assert [call.status for call in calls] == [200] * 5
    waited = [call.answered - call.due for call in calls]
    # All were answered at once, when the last had come: 80 ms after the first was due.
    assert waited[0] >= 0.08
    assert waited == sorted(waited, reverse=True)


async def test_arrivals_go_to_the_servers_in_turn() -> None:
    first, second = Stalled(waiting=2), Stalled(waiting=2)
    async with listening(first) as one, listening(second) as other:
        calls = await offer([one, other], (Arrival(0, "command", n, REQUEST) for n in range(4)), patience=10)
    assert [first.come, second.come] == [2, 2]
    assert [call.number for call in calls] == [0, 1, 2, 3]


async def test_a_request_that_nobody_takes_has_no_status() -> None:
    calls = await offer([free_port()], iter([Arrival(0, "command", 1, REQUEST)]), patience=0.1)
    assert [(call.status, call.answered) for call in calls] == [(0, 0.0)]


async def test_a_request_that_is_never_answered_has_no_status() -> None:
    async with listening(Stalled(waiting=2)) as port:
        calls = await offer([port], iter([Arrival(0, "command", 1, REQUEST)]), patience=0.1)
    assert [call.status for call in calls] == [0]
