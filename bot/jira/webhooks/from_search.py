"""Finds events of a site by searching, as bodies of the webhook deliveries that they would have been.

An event found here shares a deduplication key with its webhook (`bot.jira.webhooks.deduplication`), so it is
reported once whichever comes first: an issue is created once, a change has its changelog's id, a comment its own.
Deleted issues, deleted comments and links leave no trace in search and cannot be found.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira.client import JiraClient
from bot.jira.http.paths import issue_path
from bot.jira.models import Site
from bot.jira.parse import parse_time

_FIELDS = (
    *("summary", "project", "issuetype", "status", "resolution", "assignee", "reporter", "creator", "security"),
    *("created", "updated"),
)
_PAGE_SIZE = 50
_MAX_COMMENTS = 50
_MAX_HISTORIES = 100
_CREATION_MS = 1000
"""Changes so soon after an issue's creation are part of it."""

_FIELDS_WITH_OWN_EVENTS = frozenset({"link"})
"""Jira sends changes of these fields as events that have no id in common with the changelog."""

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class MissedEvent:
    """One event. `key` is unique within its site, `time` is in ms, `body` is a webhook delivery's."""

    key: str
    time: int
    body: Body


@dataclass(frozen=True, slots=True)
class MissedEventsPage:
    """The events of one page of a search, oldest first. `updated` (ms) is that of its last issue."""

    events: tuple[MissedEvent, ...]
    updated: int
    next_token: str


async def search_missed_events(
    client: JiraClient, condition: str, *, since: int, now: int, with_comments: bool, page_token: str = ""
) -> MissedEventsPage:
    """Return events since `since` (ms) of the issues that match `condition`, least recently updated first.

    `condition` is JQL without ORDER BY. JQL reads dates in the person's own time zone, so the time is given
    relative to now.
    """
    minutes = max(1, (now - since) // 60_000 + 2)
    body: dict[str, object] = {
        "jql": f"({condition}) AND updated >= -{minutes}m ORDER BY updated ASC",
        "maxResults": _PAGE_SIZE,
        "fields": list(_FIELDS),
        "expand": "changelog",
    }
    if page_token:
        body["nextPageToken"] = page_token
    data = as_object(await client.request("POST", "/search/jql", body))
    events: list[MissedEvent] = []
    updated = 0
    for bean in map(as_object, as_list(data.get("issues"))):
        updated = _to_ms(as_object(bean.get("fields")).get("updated")) or updated
        histories = await _histories(client, bean)
        comments = await _comments(client, bean) if with_comments and updated >= since else []
        events += events_of_issue(bean, histories, comments, client.site, since)
    token = "" if data.get("isLast") is True else as_text(data.get("nextPageToken"))
    return MissedEventsPage(tuple(sorted(events, key=lambda event: event.time)), updated, token)


def events_of_issue(
    bean: Body, histories: list[Body], comments: list[Body], site: Site, since: int
) -> Iterator[MissedEvent]:
    """Yield the events of one issue since `since` (ms). Pure."""
    number, fields = as_text(bean.get("id")), as_object(bean.get("fields"))
    created = _to_ms(fields.get("created"))
    issue = {
        "id": number,
        "key": bean.get("key"),
        "self": f"{site.url.rstrip('/')}/rest/api/2/issue/{number}",
        "fields": fields,
    }
    if created >= since:
        new = issue | {"fields": {**fields, "assignee": _first_assignee(fields, histories, created)}}
        yield _event(f"{number} created", created, "jira:issue_created", issue=new, user=fields.get("creator"))
    for history in histories:
        at, items = _to_ms(history.get("created")), list(as_list(history.get("items")))
        own = [
            item for item in items if as_text(as_object(item).get("field")).lower() not in _FIELDS_WITH_OWN_EVENTS
        ]
        if at < since or not own or at - created < _CREATION_MS:
            continue
        changelog = {"id": as_text(history.get("id")), "items": items}
        key = f"{number} changelog {changelog['id']}"
        yield _event(key, at, "jira:issue_updated", issue=issue, changelog=changelog, user=history.get("author"))
    for comment in comments:
        at, edited = _to_ms(comment.get("created")), _to_ms(comment.get("updated"))
        name = f"{number} comment {as_text(comment.get('id'))}"
        if at >= since:
            yield _event(name, at, "comment_created", issue=issue, comment=comment)
        if edited >= since and edited > at:
            yield _event(f"{name} {edited}", edited, "comment_updated", issue=issue, comment=comment)


def _first_assignee(fields: Body, histories: list[Body], created: int) -> object:
    """Return the assignee at creation, as a user bean: search shows the current one."""
    changes = [
        (_to_ms(history.get("created")), as_object(item))
        for history in histories
        for item in as_list(history.get("items"))
        if as_text(as_object(item).get("fieldId")) == "assignee"
    ]
    later = [change for change in changes if change[0] - created >= _CREATION_MS]
    if not later:
        return fields.get("assignee")
    _, first = min(later, key=lambda change: change[0])
    account = as_text(first.get("from"))
    return {"accountId": account, "displayName": as_text(first.get("fromString"))} if account else None


def _event(key: str, time: int, event: str, **parts: object) -> MissedEvent:
    return MissedEvent(key, time, {"timestamp": time, "webhookEvent": event, **parts})


async def _histories(client: JiraClient, bean: Body) -> list[Body]:
    """Return the newest changes. A search response has only some of them if there are many."""
    changelog = as_object(bean.get("changelog"))
    given = [as_object(h) for h in as_list(changelog.get("histories"))]
    total = as_int(changelog.get("total"))
    if total <= len(given) or len(given) >= _MAX_HISTORIES:
        return given
    query = {"startAt": str(max(0, total - _MAX_HISTORIES)), "maxResults": str(_MAX_HISTORIES)}
    data = as_object(await client.request("GET", f"{issue_path(as_text(bean.get('id')))}/changelog", **query))
    return [as_object(h) for h in as_list(data.get("values"))]


async def _comments(client: JiraClient, bean: Body) -> list[Body]:
    path = f"{issue_path(as_text(bean.get('id')))}/comment"
    data = as_object(await client.request("GET", path, orderBy="-created", maxResults=str(_MAX_COMMENTS)))
    return [as_object(c) for c in as_list(data.get("comments"))]


def _to_ms(value: object) -> int:
    at = parse_time(value)
    return round(at.timestamp() * 1000) if at else 0
