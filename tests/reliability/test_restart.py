"""What was answered 200 is told, whenever the process dies (F17, I1, I2)."""

from __future__ import annotations

import asyncio
import hmac
import json
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from bot.jira.webhooks.model import Topic
from bot.notifications.messages import INBOX
from bot.notifications.metrics import Metrics
from bot.notifications.service import Notifications
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.storage.base import Job
from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock
from tests.support.fork_server import Program
from tests.support.forked_process import forked
from tests.support.notifications.fakes import FakeJira, PlainCards
from tests.support.notifications.killed import SECRET, FileTeams
from tests.support.notifications.payloads import ANN, HERE, SITE, delivery, issue
from tests.support.notifications.service import build_service

BODY = json.dumps(delivery(at=Clock().now)).encode()


@asynccontextmanager
async def bridge(folder: Path, *, last: bool = False) -> AsyncIterator[tuple[Notifications, FileTeams]]:
    """Run a bridge in this process, over the same store; with a `last` delivery in its inbox if asked for."""
    store, teams, jira = EmbeddedStore(folder / "store"), FileTeams(folder / "posted"), FakeJira()
    await store.open()
    if last:
        await store.enqueue(INBOX, Job("last", {"body": delivery(number=2), "received": 0.0}))
    for number in (1, 2):
        jira.put(issue(number))
    service = build_service(store, teams, jira, PlainCards(), Metrics(CollectorRegistry()))
    try:
        yield service, teams
    finally:
        await service.stop(seconds=2)
        await store.close()


async def deliver_and_die(folder: Path, point: str) -> None:
    """Run the dying bridge, give it one delivery, and see it dead."""
    program = Program("tests.support.notifications.killed", (str(folder), point), dict(os.environ))
    async with forked(program) as child:
        url = (await child.stdout.readline()).decode().strip()
        signature = hmac.new(SECRET.encode(), BODY, "sha256").hexdigest()
        headers = {"X-Hub-Signature": f"sha256={signature}"}
        async with (
            aiohttp.ClientSession() as http,
            http.post(f"{url}/jira/webhooks", data=BODY, headers=headers) as response,
        ):
            assert response.status == 200
        if point == "answered":
            child.kill()
        async with asyncio.timeout(20):
            assert await child.wait() == -9


@pytest.mark.parametrize(
    ("point", "most"),
    [
        ("answered", 1),
        ("leased from inbox", 1),
        ("queued", 1),
        ("done with inbox", 2),  # the sender is at work by then, and the kill can catch it in its own gap
        ("leased from outbox", 1),
        ("marked", 1),
        ("before post", 1),
        ("after post", 2),
        ("recorded", 1),
        ("done with outbox", 1),
    ],
)
async def test_f17_kill_9_loses_nothing_and_doubles_only_in_the_known_gap(
    tmp_path: Path, point: str, most: int
) -> None:
    async with bridge(tmp_path) as (service, _):
        request = SubscribeRequest("PROJ", frozenset(Topic))
        await service.subscriptions.create(HERE, ANN, SITE, request, now=0.0)
    await deliver_and_die(tmp_path, point)
    async with bridge(tmp_path, last=True) as (service, teams):
        await service.start()
        await teams.until(lambda: any("PROJ-2" in says for says in teams.says(HERE)))
    posted = (tmp_path / "posted").read_text().splitlines()
    told = posted.count("[PROJ-1 Issue 1] Bob created this Bug")
    assert 1 <= told <= most
    assert posted[-1] == "[PROJ-2 Issue 2] Bob created this Bug"
