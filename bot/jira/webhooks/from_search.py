"""What happened on a site since a moment, found by searching, in the words of a webhook.

A matter found here has the names that its webhook would have had (`bot.jira.webhook_names`), so it is told once
whichever comes first: an issue is created once, a change has its changelog's id, a comment its own. What leaves no
trace in search cannot be found: deleted issues and comments, links.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira.client import JiraClient, issue_path
from bot.jira.models import Site
from bot.jira.parse import moment

_FIELDS = (
    *("summary", "project", "issuetype", "status", "resolution", "assignee", "reporter", "creator", "security"),
    *("created", "updated"),
)
_PAGE = 50
_COMMENTS = 50
_HISTORIES = 100
_SAME_MOMENT = 1000
"""Milliseconds after its creation within which an issue's changes belong to that."""

_TOLD_OTHERWISE = frozenset({"link"})
"""Changed fields that Jira tells by events of their own, with no id in common."""

Body = Mapping[str, object]


@dataclass(frozen=True, slots=True)
class Found:
    """One matter: `key` names it within its site, `body` is what a webhook would have said."""

    key: str
    time: int
    body: Body


@dataclass(frozen=True, slots=True)
class FoundPage:
    """What one page of the search gave, oldest first; `updated` (ms) is of its last issue."""

    found: tuple[Found, ...]
    updated: int
    next_token: str


async def search(
    client: JiraClient, condition: str, *, since: int, now: int, with_comments: bool, page_token: str = ""
) -> FoundPage:
    """Matters since `since` (ms) in the issues that `condition` finds, those changed longest ago first.

    `condition` is JQL without ORDER BY. The time is asked for as a distance from now, since JQL reads dates in the
    person's own zone.
    """
    minutes = max(1, (now - since) // 60_000 + 2)
    body: dict[str, object] = {
        "jql": f"({condition}) AND updated >= -{minutes}m ORDER BY updated ASC",
        "maxResults": _PAGE,
        "fields": list(_FIELDS),
        "expand": "changelog",
    }
    if page_token:
        body["nextPageToken"] = page_token
    data = as_object(await client.request("POST", "/search/jql", body))
    found: list[Found] = []
    updated = 0
    for bean in map(as_object, as_list(data.get("issues"))):
        updated = _ms(as_object(bean.get("fields")).get("updated")) or updated
        histories = await _histories(client, bean)
        comments = await _comments(client, bean) if with_comments and updated >= since else []
        found += matters(bean, histories, comments, client.site, since)
    token = "" if data.get("isLast") is True else as_text(data.get("nextPageToken"))
    return FoundPage(tuple(sorted(found, key=lambda one: one.time)), updated, token)


def matters(bean: Body, histories: list[Body], comments: list[Body], site: Site, since: int) -> Iterator[Found]:
    """What happened to one issue since `since` (ms). Pure."""
    number, fields = as_text(bean.get("id")), as_object(bean.get("fields"))
    created = _ms(fields.get("created"))
    issue = {
        "id": number,
        "key": bean.get("key"),
        "self": f"{site.url.rstrip('/')}/rest/api/2/issue/{number}",
        "fields": fields,
    }
    if created >= since:
        new = issue | {"fields": {**fields, "assignee": _first_assignee(fields, histories, created)}}
        yield _found(f"{number} created", created, "jira:issue_created", issue=new, user=fields.get("creator"))
    for history in histories:
        at, items = _ms(history.get("created")), list(as_list(history.get("items")))
        own = [item for item in items if as_text(as_object(item).get("field")).lower() not in _TOLD_OTHERWISE]
        if at < since or not own or at - created < _SAME_MOMENT:
            continue
        changelog = {"id": as_text(history.get("id")), "items": items}
        key = f"{number} changelog {changelog['id']}"
        yield _found(key, at, "jira:issue_updated", issue=issue, changelog=changelog, user=history.get("author"))
    for comment in comments:
        at, edited = _ms(comment.get("created")), _ms(comment.get("updated"))
        name = f"{number} comment {as_text(comment.get('id'))}"
        if at >= since:
            yield _found(name, at, "comment_created", issue=issue, comment=comment)
        if edited >= since and edited > at:
            yield _found(f"{name} {edited}", edited, "comment_updated", issue=issue, comment=comment)


def _first_assignee(fields: Body, histories: list[Body], created: int) -> object:
    """Who had the issue when it was created: search shows who has it now, who heard of that as a change."""
    changes = [
        (_ms(history.get("created")), as_object(item))
        for history in histories
        for item in as_list(history.get("items"))
        if as_text(as_object(item).get("fieldId")) == "assignee"
    ]
    later = [change for change in changes if change[0] - created >= _SAME_MOMENT]
    if not later:
        return fields.get("assignee")
    _, first = min(later, key=lambda change: change[0])
    account = as_text(first.get("from"))
    return {"accountId": account, "displayName": as_text(first.get("fromString"))} if account else None


def _found(key: str, time: int, event: str, **parts: object) -> Found:
    return Found(key, time, {"timestamp": time, "webhookEvent": event, **parts})


async def _histories(client: JiraClient, bean: Body) -> list[Body]:
    """The newest changes; the search gives fewer of them than there are when there are many."""
    changelog = as_object(bean.get("changelog"))
    given = [as_object(h) for h in as_list(changelog.get("histories"))]
    total = as_int(changelog.get("total"))
    if total <= len(given) or len(given) >= _HISTORIES:
        return given
    query = {"startAt": str(max(0, total - _HISTORIES)), "maxResults": str(_HISTORIES)}
    data = as_object(await client.request("GET", f"{issue_path(as_text(bean.get('id')))}/changelog", **query))
    return [as_object(h) for h in as_list(data.get("values"))]


async def _comments(client: JiraClient, bean: Body) -> list[Body]:
    path = f"{issue_path(as_text(bean.get('id')))}/comment"
    data = as_object(await client.request("GET", path, orderBy="-created", maxResults=str(_COMMENTS)))
    return [as_object(c) for c in as_list(data.get("comments"))]


def _ms(value: object) -> int:
    at = moment(value)
    return round(at.timestamp() * 1000) if at else 0
