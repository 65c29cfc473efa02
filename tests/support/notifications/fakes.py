"""A Teams, a Jira and cards that do as they are told and keep a record."""

from __future__ import annotations

import asyncio
from collections import defaultdict, deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.jira.disclosure import hides_content
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import Comment, Issue, Site
from bot.notifications.ports import DigestLine
from bot.notifications.subscriptions.model import Subscription
from tests.support.notifications.payloads import SITE


@dataclass
class FakeTeams:
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

    async def personal_conversation(
        self, person: Person, near: Conversation, *, teams_id: str = ""
    ) -> Conversation:
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
        """Return what is visible in a conversation, in order of posting."""
        return list(self.visible[to.id].values())

    def tries(self, to: Conversation) -> int:
        return sum(1 for call in self.calls if call[1] == to.id)

    async def until(self, true: Callable[[], bool]) -> None:
        """Wait until something holds; the test's own timeout ends a vain wait."""
        async with self.changed, asyncio.timeout(20):
            await self.changed.wait_for(true)


@dataclass
class FakeJira:
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

    async def comment(self, person: Person, cloud_id: str, issue: str, comment_id: str) -> Comment:
        """Return a comment that everybody may read: the others are given with the issue."""
        self._trouble(person)
        return Comment(comment_id, None, None, None)

    async def matches(self, person: Person, cloud_id: str, issue_id: str, jql: str) -> bool:
        self._trouble(person)
        return self.found(issue_id, jql)

    async def sees_project(self, person: Person, cloud_id: str, project_key: str) -> bool:
        self._trouble(person)
        return person not in self.outsiders

    def _trouble(self, person: Person) -> None:
        if person in self.troubles:
            raise self.troubles[person]


class PlainCards:
    """Cards as plain text. `lines` are those of the last digest."""

    poisoned: frozenset[str] = frozenset()
    lines: Sequence[DigestLine] = ()

    def issue_message(
        self,
        conversation: Conversation,
        site: Site,
        issue: Issue,
        headline: str,
        *,
        including_restricted: bool = False,
    ) -> Message:
        if hides_content(
            secured=issue.secured,
            shared=not conversation.is_personal,
            including_restricted=including_restricted,
        ):
            return Message(text=f"[{issue.key} restricted]")
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
