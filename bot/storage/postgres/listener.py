"""Notifications of new jobs and changed records, from all replicas: LISTEN on a connection of its own.

Notifications are lost while the connection is down, so no record is kept in memory meanwhile, and all waiting
callers are woken once it is back. No caller waits longer than the time it gave.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import Final

import psycopg

from bot.storage.cache import RecordCache
from bot.storage.postgres.connection import connect

RECONNECT_SECONDS: Final = 1.0
HEARTBEAT_SECONDS: Final = 4.0
"""A connection that has died answers nothing, but it may take half a minute until that is an error."""
TRUST_SECONDS: Final = 10.0
"""How long after an answer nothing can have been missed."""
JOBS: Final = "bridge_jobs"
RECORDS: Final = "bridge_records"
CHANNEL_PREFIX_QUERY: Final = b"SELECT current_schema() || '/' AS prefix"


class Listener:
    """Listens from `open` to `close`, in a task, on behalf of `cache` too."""

    def __init__(self, dsn: str, cache: RecordCache) -> None:
        self._dsn, self._cache = dsn, cache
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
            cursor = await connection.execute(CHANNEL_PREFIX_QUERY)
            row = await cursor.fetchone()
            prefix = str(row["prefix"]) if row is not None else ""
            await connection.execute(f"LISTEN {JOBS}; LISTEN {RECORDS}")
            for arrived in self._arrivals.values():
                arrived.set()
            self._listening.set()
            try:
                while True:
                    self._cache.trust(TRUST_SECONDS)
                    async for notice in connection.notifies(timeout=HEARTBEAT_SECONDS):
                        if notice.payload.startswith(prefix):
                            self._take(notice.channel, notice.payload.removeprefix(prefix))
                    await connection.execute("SELECT 1")
            finally:
                self._cache.clear()

    def _take(self, channel: str, payload: str) -> None:
        if channel == JOBS:
            self._arrivals.setdefault(payload, asyncio.Event()).set()
        else:
            table, _, key = payload.partition("/")
            self._cache.forget(table, key)
