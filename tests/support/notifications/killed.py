"""A bridge in a process of its own that dies at a given point: `killed.py FOLDER POINT`.

Prints its URL when it listens. What it posts it appends to FOLDER/posted, as `FileTeams` does everywhere.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.chat.identity import Conversation
from bot.chat.messages import Message
from bot.notifications.inbox.endpoint import Backlog, WebhookEndpoint, WebhookSecrets, routes
from bot.notifications.messages import OUTBOX
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.posts import TABLE
from bot.runtime.load_shedding import LoadShedder
from bot.storage.base import Job, Json, Leased, Row
from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock
from tests.support.notifications.fakes import FakeJira, FakeTeams, PlainCards
from tests.support.notifications.payloads import issue
from tests.support.notifications.service import build_service
from tests.support.serving import serving

SECRET = "hook-secret"


def die() -> None:
    os.kill(os.getpid(), signal.SIGKILL)


class FileTeams(FakeTeams):
    """Teams outlives the bridge: what it was sent is in a file."""

    def __init__(self, path: Path, point: str = "") -> None:
        super().__init__()
        self.path, self.point = path, point

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        if self.point == "before post":
            die()
        with self.path.open("a") as posted:
            posted.write(message.text + "\n")
            posted.flush()
        if self.point == "after post":
            die()
        return await super().send(to, message, reply_to=reply_to)


def deadly(store: EmbeddedStore, point: str) -> None:
    """Make the store's process die at `point`."""
    enqueue, lease, put, done = store.enqueue_all, store.lease, store.put, store.done_all

    async def dying_enqueue(queue: str, jobs: Sequence[Job]) -> list[bool]:
        fresh = await enqueue(queue, jobs)
        if (point, queue) == ("queued", OUTBOX):
            die()
        return fresh

    async def dying_lease(queue: str, *, limit: int, seconds: float) -> list[Leased]:
        leased = await lease(queue, limit=limit, seconds=seconds)
        if leased and point == f"leased from {queue}":
            die()
        return leased

    async def dying_put(table: str, key: str, value: Json, **more: Any) -> Row:
        row = await put(table, key, value, **more)
        if table == TABLE and point == ("marked" if value["sending"] else "recorded"):
            die()
        return row

    async def dying_done(queue: str, leased: Sequence[Leased], *, remember: float) -> list[bool]:
        settled = await done(queue, leased, remember=remember)
        if point == f"done with {queue}":
            die()
        return settled

    store.enqueue_all, store.lease = dying_enqueue, dying_lease  # type: ignore[method-assign]
    store.put, store.done_all = dying_put, dying_done  # type: ignore[method-assign]


async def main(folder: Path, point: str) -> None:
    store = EmbeddedStore(folder / "store")
    await store.open()
    deadly(store, point)
    jira = FakeJira()
    jira.put(issue())
    metrics, backlog = Metrics(CollectorRegistry()), Backlog()
    service = build_service(
        store, FileTeams(folder / "posted", point), jira, PlainCards(), metrics, backlog=backlog
    )
    app = web.Application()
    app.add_routes(
        routes(
            WebhookEndpoint(
                store, WebhookSecrets((SECRET,)), metrics, backlog=backlog, load=LoadShedder(), clock=Clock()
            )
        )
    )
    async with serving(app) as url:
        if point != "answered":
            await service.start()
        print(url, flush=True)
        await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(Path(sys.argv[1]), sys.argv[2]))
