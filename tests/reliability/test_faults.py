"""F14, F15: a Teams that answers one call in five wrongly, and conversations that the bot was thrown out of."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator, Callable
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from bot.notifications.messages import INBOX
from bot.notifications.metrics import Metrics
from bot.storage.base import Job, Store
from bot.storage.embedded import EmbeddedStore
from bot.teams.connector import Connector as TeamsConnector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.messenger import TeamsMessenger
from tests.support.clock import Clock
from tests.support.notifications.fakes import PlainCards
from tests.support.notifications.service import build_service
from tests.support.reliability.events import ORDER, EveryIssue, conversation, lives, subscribe
from tests.support.reliability.peers import Connector, out_of_order

ISSUES_EACH = 3


class Bridge:
    """Notifications on a clock of their own, with a real connector client."""

    def __init__(self, store: Store, clock: Clock, session: aiohttp.ClientSession) -> None:
        self.store, self.clock = store, clock
        messenger = TeamsMessenger(TeamsConnector(session, None), ConversationReferences(store))
        self.metrics = Metrics(CollectorRegistry())
        self.service = build_service(
            store, messenger, EveryIssue(), PlainCards(), self.metrics, clock=clock, max_wait=0.0
        )

    async def deliver(self, body: dict[str, object]) -> None:
        job = Job(str(body), {"body": body, "delivery": "d", "received": self.clock()})
        assert await self.store.enqueue(INBOX, job)

    async def elapse(self, true: Callable[[], bool], *, most: float) -> None:
        """Let time run until something holds, at most so many seconds of it."""
        end = self.clock.now + most
        while not true() and self.clock.now < end:
            self.clock.now += 0.5
            # An arrival, if there is one, wakes the service; this returns after a moment in any case.
            await self.store.arrival("time", seconds=0.03)


@pytest.fixture
async def bridge(tmp_path: Path) -> AsyncIterator[Bridge]:
    clock = Clock()
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    async with aiohttp.ClientSession() as session:
        made = Bridge(store, clock, session)
        await made.service.start()
        yield made
        await made.service.stop(seconds=2)
    await store.close()


async def test_f14_a_teams_that_fails_one_call_in_five(
    bridge: Bridge, connector: Connector, events: int, number: int
) -> None:
    connector.trouble, connector.chance = 0.2, random.Random(number)
    places = max(4, events // 3)
    await subscribe(bridge.store, connector.url, places)
    issues = places * ISSUES_EACH
    for wave in lives(issues, places, bridge.clock.now):
        for body in wave:
            await bridge.deliver(body)
        bridge.clock.now += 11
    expected = {(body_issue, word) for body_issue in range(issues) for word in ORDER}

    def told() -> set[tuple[str, str]]:
        return {(t.thread, word) for t in connector.posts() for word in ORDER if word in t.text}

    await bridge.elapse(lambda: len(told()) >= len(expected), most=3600)
    assert len(told()) >= 0.999 * len(expected)
    assert out_of_order(connector.posts(), ORDER) == []
    doubled = len(connector.posts()) - len({(t.conversation, t.thread, t.text) for t in connector.posts()})
    assert doubled <= connector.troubles["taken, then 500"] + connector.troubles["cut"]
    assert sum(connector.troubles.values()) > len(expected) / 20


async def test_f15_after_the_first_403_nothing_more_is_sent_there(bridge: Bridge, connector: Connector) -> None:
    await subscribe(bridge.store, connector.url, 2)
    gone = conversation(0, connector.url).id
    connector.forbidden.add(gone)
    for wave in lives(6, 2, bridge.clock.now):
        for body in wave:
            await bridge.deliver(body)
    await bridge.elapse(lambda: len(connector.posts()) >= 9, most=600)
    assert len(connector.posts()) == 9
    assert connector.refused == {gone: 1}
