"""What the rounds share: subscriptions, events, and a Jira to ask in which every issue exists."""

from __future__ import annotations

import time
from dataclasses import replace

from bot.chat.identity import Conversation, Person
from bot.jira.models import Comment, Issue, Site
from bot.jira.webhooks.model import Topic
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Store
from tests.support.notifications.payloads import ANN, SITE, channel, commented, delivery, issue, moved

CONVERSATIONS = 10
ORDER = ("created", "moved", "commented")


class EveryIssue:
    """An `IssueReader` to whom everybody sees everything."""

    async def read(self, person: Person, cloud_id: str, issue_name: str) -> tuple[Site, Issue]:
        project, _, number = issue_name.partition("-")
        return SITE, issue(int(number), project=project)

    async def comment(self, person: Person, cloud_id: str, issue_name: str, comment_id: str) -> Comment:
        return Comment(comment_id, None, None, None)

    async def matches(self, person: Person, cloud_id: str, issue_id: str, jql: str) -> bool:
        return True

    async def sees_project(self, person: Person, cloud_id: str, project_key: str) -> bool:
        return True


def letters(number: int) -> str:
    """Make a project key for a number."""
    return "P" + chr(ord("A") + number // 26) + chr(ord("A") + number % 26)


def conversation(number: int, service_url: str) -> Conversation:
    return replace(channel(f"c{number}"), service_url=service_url)


async def subscribe(store: Store, service_url: str, count: int = CONVERSATIONS) -> None:
    """Each conversation hears of its own project."""
    for number in range(count):
        await Subscriptions(store).create(
            conversation(number, service_url),
            ANN,
            SITE,
            SubscribeRequest(letters(number), frozenset(Topic)),
            now=0.0,
        )


def created(count: int, *, first: int = 0, conversations: int = CONVERSATIONS) -> list[dict[str, object]]:
    """So many new issues, over all conversations: more than ten in one within ten seconds are told as a digest."""
    now = time.time()
    return [
        delivery(number=n + 1, project=letters(n % conversations), at=now + n / 1000)
        for n in range(first, first + count)
    ]


def lives(issues: int, conversations: int, now: float) -> list[list[dict[str, object]]]:
    """Three waves: each issue is created, moved and commented on."""
    names = [(letters(n % conversations), n + 1) for n in range(issues)]
    return [
        [delivery(project=p, number=n, at=now) for p, n in names],
        [moved("To Do", "Done", project=p, number=n, at=now + 1) for p, n in names],
        [commented("hi", comment=str(n), project=p, number=n, at=now + 2) for p, n in names],
    ]
