"""Notifications of new jobs, from all replicas: LISTEN on a connection of its own.

Notifications are lost while the connection is down, so all waiting callers are woken once it is back. No caller
waits longer than the time it gave.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import psycopg

from bot.storage.postgres.connection import connect

RECONNECT_SECONDS: Final = 1.0
CHANNEL_PREFIX_QUERY: Final = b"SELECT current_schema() || '/' AS prefix"


class Listener:
    """Listens from `open` to `close`, in a task."""

    def __init__(self, dsn: str) -> None:
        self._dsn = dsn
        self._arrivals: dict[str, asyncio.Event] = {}
        self._task: asyncio.Task[None] | None = None
        self._listening = asyncio.Event()

    async def open(self) -> None:
        """Return once every new job will be notified; at the latest after a few seconds."""
        self._listening.clear()
        self._task = asyncio.create_task(self._listen(), name="store-listener")
        with suppress(TimeoutError):
            async with asyncio.timeout(RECONNECT_SECONDS * 3):
                await self._listening.wait()

    async def close(self) -> None:
        """Stop listening."""
        if self._task is not None:
            self._task.cancel()
            await asyncio.wait([self._task])
            self._task = None

    async def arrival(self, queue: str, seconds: float) -> None:
        """Return when a job was put since the last call, or after `seconds`."""
        arrived = self._arrivals.setdefault(queue, asyncio.Event())
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await arrived.wait()
        arrived.clear()

    async def _listen(self) -> None:
        while True:
            with suppress(psycopg.Error):  # an outage is reported by the calls of the store
                await self._receive()
            await asyncio.sleep(RECONNECT_SECONDS)

    async def _receive(self) -> None:
        async with await connect(self._dsn) as connection:
            await connection.execute("LISTEN bridge_jobs")
            cursor = await connection.execute(CHANNEL_PREFIX_QUERY)
            row = await cursor.fetchone()
            prefix = str(row["prefix"]) if row is not None else ""
            for arrived in self._arrivals.values():
                arrived.set()
            self._listening.set()
            async for notice in connection.notifies():
                if notice.payload.startswith(prefix):
                    self._arrivals.setdefault(notice.payload.removeprefix(prefix), asyncio.Event()).set()
