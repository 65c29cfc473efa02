"""The notification service, on a clock that tests advance."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

from prometheus_client import CollectorRegistry

from bot.chat.identity import Conversation, Person
from bot.jira.webhooks.model import Topic
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.messages import INBOX, OUTBOX
from bot.notifications.metrics import Metrics
from bot.notifications.ports import Cards, IssueReader
from bot.notifications.service import Notifications
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.storage.base import Job, Store
from tests.support.clock import Clock
from tests.support.notifications.fakes import FakeJira, FakeTeams, PlainCards
from tests.support.notifications.payloads import ANN, BEN, HERE, SITE, delivery, issue
from tests.support.notifications.service import build_service

CARD = "[PROJ-1 Issue 1] Bob created this Bug"
END = "[END-9 Issue 9] Bob created this Bug"
"""What `PlainCards` makes of the first issue's creation, and of that of `the_end`."""


class ServiceBench:
    """The notification service over a real store, with a Teams that keeps a record."""

    def __init__(self, store: Store, clock: Clock, reader: IssueReader, cards: Cards) -> None:
        self.store, self.clock, self.reader, self.cards = store, clock, reader, cards
        self.teams, self.backlog = FakeTeams(), Backlog()
        self.service = self.fresh_service()

    def fresh_service(self, **parts: Any) -> Notifications:
        """Build what a new process would have: everything but the store and the outside is forgotten.

        `parts` are those of `build_service`.
        """
        self.registry = CollectorRegistry()
        self.metrics = Metrics(self.registry)
        self.service = build_service(
            self.store,
            self.teams,
            self.reader,
            self.cards,
            self.metrics,
            backlog=self.backlog,
            clock=self.clock,
            poll_seconds=0.02,  # its own time passes as fast as the service gets round to its jobs
            **parts,
        )
        return self.service

    def counted(self, name: str, **labels: str) -> float:
        """Return the value of one of the service's metrics."""
        return self.registry.get_sample_value(f"jira_webhook_{name}", labels) or 0.0

    async def elapse(self, true: Callable[[], bool], *, step: float = 1.0) -> None:
        """Let time pass, fast, until something holds."""
        async with asyncio.timeout(30):
            while not true():
                await self._pass(step)

    async def settle(self, *, step: float = 1.0) -> None:
        """Let time pass until no job waits or is under way."""
        async with asyncio.timeout(30):
            while (await self._waiting_and_leased()) != (0, 0):
                await self._pass(step)

    async def _pass(self, step: float) -> None:
        # Work in progress needs no time of this clock, and on a busy machine would soon lose its lease. The ping
        # waits until a lease that is being written can be seen.
        await self.store.ping()
        _, leased = await self._waiting_and_leased()
        self.clock.advance(min(step, 0.02) if leased else step)
        # An arrival, if there is one, wakes the service; this returns after a moment in any case.
        await self.store.arrival("time", seconds=0.03)

    async def _waiting_and_leased(self) -> tuple[int, int]:
        # What the service says of its queues is a second old.
        stats = [await self.store.stats(queue) for queue in (INBOX, OUTBOX)]
        return sum(s.waiting for s in stats), sum(s.leased for s in stats)

    async def told(self, to: Conversation, count: int) -> list[str]:
        """Wait until so many messages are visible in a conversation; return what they say."""
        await self.teams.until(lambda: len(self.teams.visible[to.id]) >= count)
        return self.teams.says(to)


class Bench(ServiceBench):
    """The service with a Jira and cards that do as they are told."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.jira = FakeJira()
        self.jira.put(issue())
        self.plain_cards = PlainCards()
        super().__init__(store, clock, self.jira, self.plain_cards)

    def fresh_service(self, **parts: Any) -> Notifications:
        """Build the service anew; where a message would have to wait, its job is put off."""
        return super().fresh_service(max_wait=0.0, **parts)

    async def subscribe(
        self,
        to: Conversation,
        *topics: Topic,
        owner: Person = ANN,
        project: str = "PROJ",
        jql: str = "",
        restricted: bool = False,
    ) -> Subscription:
        """Subscribe a conversation, to all topics unless some are given."""
        request = SubscribeRequest(project, frozenset(topics or Topic), jql, restricted)
        self.clock.advance(0.001)
        return await self.service.subscriptions.create(to, owner, SITE, request, now=self.clock())

    async def deliver(self, payload: dict[str, object], *, name: str = "") -> bool:
        """Put a delivery into the inbox, as the endpoint does."""
        body = json.dumps(payload)
        return await self.store.enqueue(
            INBOX, Job(name or body[:900], {"body": payload, "delivery": "d", "received": self.clock()})
        )

    async def deliver_created(self, count: int) -> None:
        """Create so many issues, and deliver their creations in order."""
        for number in range(1, count + 1):
            self.jira.put(issue(number))
            await self.deliver(delivery(number=number, at=number))


async def the_end(bench: Bench) -> None:
    """Deliver something that is certainly told, so that what was not told before it never will be."""
    await bench.subscribe(HERE, owner=BEN, project="END")
    bench.jira.put(issue(9, project="END"))
    await bench.deliver(delivery(number=9, project="END"))
