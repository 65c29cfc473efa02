"""A small world for notifications: a Teams, a Jira and cards that do as they are told and keep a record."""

from __future__ import annotations

import asyncio
import json
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from prometheus_client import CollectorRegistry

from bot.chat.identity import Conversation, Person, Scope
from bot.chat.messages import Message
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import Issue, Site
from bot.jira.webhooks.model import Topic
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.messages import INBOX, OUTBOX
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.rate_limit import RateLimiter
from bot.notifications.ports import DigestLine
from bot.notifications.service import Notifications
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.storage.base import Job, Store
from tests.support.clock import Clock
from tests.support.notifications.service import build_service

HOST = "acme.atlassian.net"
SITE = Site("cloud-1", f"https://{HOST}", "acme")
ANN, BEN = Person("tenant", "ann"), Person("tenant", "ben")


def channel(name: str = "general", scope: Scope = Scope.CHANNEL) -> Conversation:
    return Conversation(f"19:{name}@thread.tacv2", scope, "tenant", "https://smba.example/emea/", "28:bot")


def issue(number: int = 1, *, project: str = "PROJ", updated: int = 1000, **more: object) -> Issue:
    made = Issue(
        id=str(10_000 + number),
        key=f"{project}-{number}",
        summary=f"Issue {number}",
        project_key=project,
        updated=datetime.fromtimestamp(updated, UTC),
    )
    return replace(made, **more)  # type: ignore[arg-type]


def delivery(
    what: str = "jira:issue_created", *, number: int = 1, at: float = 0.0, project: str = "PROJ", **more: object
) -> dict[str, object]:
    """A payload; `at` is in seconds and makes it a matter of its own."""
    return {
        "webhookEvent": what,
        "timestamp": int(at * 1000),
        "user": {"accountId": "bob", "displayName": "Bob", "self": f"https://{HOST}/rest/api/2/user"},
        "issue": {
            "id": str(10_000 + number),
            "key": f"{project}-{number}",
            "self": f"https://{HOST}/rest/api/2/issue/{10_000 + number}",
            "fields": {"summary": f"Issue {number}", "issuetype": {"name": "Bug"}},
        },
        **more,
    }


def moved(before: str, after: str, **more: object) -> dict[str, object]:
    """A transition."""
    item = {"field": "status", "fromString": before, "toString": after}
    return delivery("jira:issue_updated", changelog={"items": [item]}, **more)  # type: ignore[arg-type]


def commented(
    text: str, *, comment: str = "1", comment_more: dict[str, object] | None = None, **more: object
) -> dict[str, object]:
    """A comment by Bob."""
    bean = {"id": comment, "body": text, "author": {"accountId": "bob", "displayName": "Bob"}}
    return delivery("comment_created", comment=bean | (comment_more or {}), **more)  # type: ignore[arg-type]


@dataclass
class Teams:
    """A `Messenger` whose failures are scripted, and which knows what is visible."""

    calls: list[tuple[str, str, str, str]] = field(default_factory=list)
    """(send | update, conversation, what is said, answered activity or updated activity), tries included."""
    visible: dict[str, dict[str, str]] = field(default_factory=lambda: defaultdict(dict))
    """Conversation → activity → what it says."""
    answers: dict[str, deque[Exception]] = field(default_factory=lambda: defaultdict(deque))
    after_accepting: dict[str, deque[Exception]] = field(default_factory=lambda: defaultdict(deque))
    stuck: dict[str, asyncio.Event] = field(default_factory=dict)
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    count: int = 0

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        await self._arrive("send", to, message, reply_to)
        self.count += 1
        activity = f"activity-{self.count}"
        await self._show(to, activity, ("↳ " if reply_to else "") + message.text)
        return activity

    async def update(self, to: Conversation, activity_id: str, message: Message) -> None:
        await self._arrive("update", to, message, activity_id)
        await self._show(to, activity_id, message.text)

    async def personal_conversation(self, person: Person, near: Conversation) -> Conversation:
        raise NotImplementedError

    async def _arrive(self, verb: str, to: Conversation, message: Message, other: str) -> None:
        self.calls.append((verb, to.id, message.text, other))
        async with self.changed:
            self.changed.notify_all()
        if to.id in self.stuck:
            await self.stuck[to.id].wait()
        if self.answers[to.id]:
            raise self.answers[to.id].popleft()

    async def _show(self, to: Conversation, activity: str, text: str) -> None:
        self.visible[to.id][activity] = text
        async with self.changed:
            self.changed.notify_all()
        if self.after_accepting[to.id]:
            raise self.after_accepting[to.id].popleft()

    def says(self, to: Conversation) -> list[str]:
        """What is visible in a conversation, in order of posting."""
        return list(self.visible[to.id].values())

    def tries(self, to: Conversation) -> int:
        return sum(1 for call in self.calls if call[1] == to.id)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds; the test's own timeout ends a vain wait."""
        async with self.changed, asyncio.timeout(20):
            await self.changed.wait_for(true)


@dataclass
class Jira:
    """An `IssueReader`: issues by key and id, and who may see what."""

    issues: dict[str, Issue] = field(default_factory=dict)
    blind: set[Person] = field(default_factory=set)
    """See the project, but no issue."""
    outsiders: set[Person] = field(default_factory=set)
    """See not even the project."""
    troubles: dict[Person, Exception] = field(default_factory=dict)
    passing: deque[Exception] = field(default_factory=deque)
    """Raised by the next reads, one each."""
    found: Callable[[str, str], bool] = lambda issue_id, jql: True
    reads: list[tuple[Person, str]] = field(default_factory=list)

    def put(self, one: Issue) -> None:
        self.issues[one.key] = self.issues[one.id] = one

    async def read(self, person: Person, cloud_id: str, issue: str) -> tuple[Site, Issue]:
        self.reads.append((person, issue))
        self._trouble(person)
        if self.passing:
            raise self.passing.popleft()
        if person in self.blind | self.outsiders or issue not in self.issues:
            raise NotFoundOrForbiddenError
        return SITE, self.issues[issue]

    async def matches(self, person: Person, cloud_id: str, issue_id: str, jql: str) -> bool:
        self._trouble(person)
        return self.found(issue_id, jql)

    async def sees_project(self, person: Person, cloud_id: str, project_key: str) -> bool:
        self._trouble(person)
        return person not in self.outsiders

    def _trouble(self, person: Person) -> None:
        if person in self.troubles:
            raise self.troubles[person]


class Plain:
    """Cards as plain text. `lines` are those of the last digest."""

    poisoned: frozenset[str] = frozenset()
    lines: Sequence[DigestLine] = ()

    def issue_message(self, conversation: Conversation, site: Site, issue: Issue, headline: str) -> Message:
        if issue.key in self.poisoned:
            raise KeyError("a bug in a card")
        return Message(text=f"[{issue.key} {issue.summary} {issue.status.name}] {headline}".replace(" ]", "]"))

    def line_message(self, conversation: Conversation, text: str) -> Message:
        return Message(text=text)

    def digest_message(self, conversation: Conversation, lines: Sequence[DigestLine], more: int) -> Message:
        self.lines = lines
        keys = " ".join(f"{line.issue.key}({len(line.sentences)})" for line in lines)
        return Message(text=f"digest {keys} +{more}")

    def suspended_message(
        self, conversation: Conversation, subscriptions: Sequence[Subscription], reason: str
    ) -> Message:
        return Message(text=f"suspended {' '.join(s.project for s in subscriptions)}: {reason}")


class World:
    """Everything together, over a real store."""

    def __init__(self, store: Store, clock: Clock) -> None:
        self.store, self.clock = store, clock
        self.teams, self.jira, self.cards = Teams(), Jira(), Plain()
        self.registry, self.backlog = CollectorRegistry(), Backlog()
        self.jira.put(issue())
        self.service = self.fresh_service()

    def fresh_service(self) -> Notifications:
        """What a new process would have: everything but the store and the outside forgotten."""
        self.registry = CollectorRegistry()
        self.service = build_service(
            self.store,
            self.teams,
            self.jira,
            self.cards,
            Metrics(self.registry),
            backlog=self.backlog,
            clock=self.clock,
            rate_limiter=RateLimiter(max_wait=0.0, clock=self.clock),
        )
        return self.service

    def counted(self, name: str, **labels: str) -> float:
        return self.registry.get_sample_value(f"jira_webhook_{name}", labels) or 0.0

    async def subscribe(
        self,
        to: Conversation,
        *topics: Topic,
        owner: Person = ANN,
        project: str = "PROJ",
        jql: str = "",
        restricted: bool = False,
    ) -> Subscription:
        request = SubscribeRequest(project, frozenset(topics or Topic), jql, restricted)
        self.clock.now += 0.001
        return await self.service.subscriptions.create(to, owner, SITE, request, now=self.clock())

    async def deliver(self, payload: dict[str, object], *, name: str = "") -> bool:
        """As the receiver puts it into the inbox."""
        body = json.dumps(payload)
        return await self.store.enqueue(
            INBOX, Job(name or body[:900], {"body": payload, "delivery": "d", "received": self.clock()})
        )

    async def deliver_created(self, count: int) -> None:
        """So many issues are there now, each with a delivery that says so, in their order."""
        for number in range(1, count + 1):
            self.jira.put(issue(number))
            await self.deliver(delivery(number=number, at=number))

    async def elapse(self, true: Callable[[], bool], *, step: float = 1.0) -> None:
        """Let the world's time run, fast, until something holds."""
        async with asyncio.timeout(20):
            while not true():
                self.clock.now += step
                # An arrival, if there is one, wakes the service; this returns after a moment in any case.
                await self.store.arrival("time", seconds=0.05)

    async def settle(self, *, step: float = 1.0) -> None:
        """Let time run until no job waits or is under way. What the service says of its queues is a second old."""
        async with asyncio.timeout(20):
            while any([await self._busy(INBOX), await self._busy(OUTBOX)]):
                self.clock.now += step
                await self.store.arrival("time", seconds=0.05)

    async def _busy(self, queue: str) -> bool:
        stats = await self.store.stats(queue)
        return stats.waiting + stats.leased > 0

    async def told(self, to: Conversation, count: int) -> list[str]:
        """Wait until so many messages are visible."""
        await self.teams.until(lambda: len(self.teams.visible[to.id]) >= count)
        return self.teams.says(to)
