"""People, conversations and issues of the notification tests, and payloads of Jira's webhooks."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

from bot.chat.identity import Conversation, Person, Scope
from bot.jira.models import Issue, Site

HOST = "acme.atlassian.net"
SITE = Site("cloud-1", f"https://{HOST}", "acme")
ANN, BEN = Person("tenant", "ann"), Person("tenant", "ben")


def channel(name: str = "general", scope: Scope = Scope.CHANNEL) -> Conversation:
    return Conversation(f"19:{name}@thread.tacv2", scope, "tenant", "https://smba.example/emea/", "28:bot")


HERE, THERE = channel("here"), channel("there")


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
    """Build a payload; `at` is in seconds and makes it an event of its own."""
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
    """Build the payload of a transition."""
    item = {"field": "status", "fromString": before, "toString": after}
    return delivery("jira:issue_updated", changelog={"items": [item]}, **more)  # type: ignore[arg-type]


def commented(
    text: str, *, comment: str = "1", comment_more: dict[str, object] | None = None, **more: object
) -> dict[str, object]:
    """Build the payload of a comment by Bob."""
    bean = {"id": comment, "body": text, "author": {"accountId": "bob", "displayName": "Bob"}}
    return delivery("comment_created", comment=bean | (comment_more or {}), **more)  # type: ignore[arg-type]
