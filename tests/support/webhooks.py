"""Deliveries of Jira, as they were recorded and as small as they can be."""

from __future__ import annotations

from bot.jira.webhooks.model import Event, Ignored
from bot.jira.webhooks.parser import parse_events
from tests.support.paths import DATA

RECORDED = DATA / "jira-webhooks"


def recorded(name: str) -> bytes:
    return (RECORDED / f"webhook-{name}.json").read_bytes()


def event_of(payload: dict[str, object]) -> Event:
    events = parse_events(payload)
    assert not isinstance(events, Ignored), events
    (event,) = events
    return event


def change(*items: dict[str, object], **more: object) -> dict[str, object]:
    """Build a minimal update with these changelog items."""
    return {
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_generic",
        "timestamp": 1_700_000_000_000,
        "user": {"accountId": "bob", "displayName": "Bob"},
        "issue": {"id": "10001", "key": "PROJ-1", "self": "https://x.atlassian.net/rest/api/2/10001"},
        "changelog": {"id": "7", "items": list(items)},
        **more,
    }


def item(field: str, before: str | None, after: str | None) -> dict[str, object]:
    return {"field": field, "from": before, "fromString": before, "to": after, "toString": after}
