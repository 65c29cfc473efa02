"""F17: kill -9 at every point of the pipeline. What was answered 200 is told; twice only in the one known gap."""

from __future__ import annotations

import asyncio
import os
import random
import re
from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.storage.factory import open_store
from tests.support.fork_server import Program
from tests.support.forked_process import ForkedProcess, forked
from tests.support.reliability.events import created, subscribe
from tests.support.reliability.peers import Connector, WebhookSender, verdict
from tests.support.world import free_port

POINTS = ("read", "verified", "stored", "matched", "claimed", "marked", "posted", "recorded", "settled")


@asynccontextmanager
async def victim(
    store_url: str, port: int, point: str = "", nth: int = 1, recorded: Path = Path(os.devnull)
) -> AsyncIterator[ForkedProcess]:
    """Run a bridge until it listens."""
    arguments = (store_url, str(port), point, str(nth), str(recorded))
    async with forked(Program("tests.support.reliability.killed", arguments, dict(os.environ))) as child:
        # It logs on the same stream.
        async with asyncio.timeout(30):
            while (line := await child.stdout.readline()).strip() != b"ready":
                assert line
        yield child


@pytest.fixture
def store_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """Give the engine that `RELIABILITY_ENGINE` names; after a kill PostgreSQL's leases take 15 s to run out."""
    if os.environ.get("RELIABILITY_ENGINE") == "postgresql":
        return str(request.getfixturevalue("dsn"))
    return f"tinydb://{tmp_path / 'store'}"


@pytest.mark.parametrize("point", POINTS)
async def test_f17_kill_9(
    store_url: str, tmp_path: Path, connector: Connector, events: int, number: int, point: str
) -> None:
    port, store = free_port(), open_store(store_url)
    await store.open()
    conversations = max(10, events // 5)
    await subscribe(store, connector.url, conversations)
    await store.close()
    jira = WebhookSender(f"http://127.0.0.1:{port}/jira/webhooks")
    nth = random.Random(f"{point} {number}").randint(1, max(1, events // 2))
    async with victim(store_url, port, point, nth, tmp_path / "recorded") as mortal:
        sending = asyncio.create_task(jira.send(created(events, conversations=conversations)))
        async with asyncio.timeout(30):
            assert await mortal.wait() == -9
    await connector.hung_up()
    # Taken by Teams, and not (known to be) written down: the one gap there is.
    gap = numbers(t.text for t in connector.posts()) - numbers((tmp_path / "recorded").read_text().splitlines())
    async with victim(store_url, port):
        await sending
        await settled(jira, connector, events, conversations)
    lost, doubled = verdict(jira.answered, connector.posts())
    assert lost == set()
    assert len(jira.answered) == events
    assert numbers(doubled) <= gap
    assert set(doubled.values()) <= {1}
    assert point != "posted" or gap


def numbers(texts: Iterable[str]) -> set[int]:
    """Find the issues' numbers in texts of posts (`PAA-7`) or keys of cards (`tenant/19:…|…/10007`)."""
    return {int(found[-1]) % 10_000 for text in texts if (found := re.findall(r"(?:[A-Z]-|/)([0-9]+)\b", text))}


async def settled(jira: WebhookSender, connector: Connector, events: int, conversations: int) -> None:
    """Wait until everything is told, and one more event behind it in every conversation."""
    await jira.send(created(conversations, first=events, conversations=conversations))
    jira.answered[:] = jira.answered[:events]
    await connector.until(lambda: len({t.text for t in connector.posts()}) >= events + conversations)
