"""The parts of a webhook delivery. Lenient as `bot.jira.parse`: an odd part becomes empty, never an exception.

Shapes: https://developer.atlassian.com/cloud/jira/platform/webhooks/#example-callback-for-an-issue-related-event.
They are REST v2 shapes: texts are wiki text.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from urllib.parse import urlsplit

from bot.http.json import as_list, as_object, as_text
from bot.jira.models import issue_key
from bot.jira.parse import comment, moment, user
from bot.jira.webhooks.model import Change, CommentNote

Payload = Mapping[str, object]

_GATEWAY_PATH = re.compile(r"/ex/jira/([0-9A-Za-z-]+)/")
_COMMENT_PATH = re.compile(r"/issue/([0-9]+)/comment/")
_MENTION = re.compile(r"\[~(?:accountid:)?([^\]\s]{1,128})\]")
_LONGEST_TEXT = 4000


def site_of(url: str) -> str:
    """The site that a `self` link is of: its host (and port), or the cloud id in a gateway link; empty if none."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if gateway := _GATEWAY_PATH.match(parts.path):
        return gateway[1].lower()
    return f"{host}:{port}" if host and port else host


def site(payload: Payload) -> str:
    """The site of the first part that names one."""
    for part in ("issue", "comment", "worklog", "attachment", "issueLink", "user"):
        if found := site_of(as_text(as_object(payload.get(part)).get("self"))):
            return found
    return ""


def issue_parts(payload: Payload) -> tuple[str, str]:
    """The issue's id and key, each empty if unknown or not of its form."""
    issue = as_object(payload.get("issue"))
    number = as_text(issue.get("id")) or as_text(as_object(payload.get("worklog")).get("issueId"))
    number = number or as_text(as_object(payload.get("issueLink")).get("sourceIssueId"))
    if not number and (path := _COMMENT_PATH.search(as_text(as_object(payload.get("comment")).get("self")))):
        number = path[1]
    key = issue_key(as_text(issue.get("key"))) or ""
    return (number if number.isascii() and number.isdigit() else ""), key


def changes(payload: Payload) -> tuple[Change, ...]:
    """The changelog, as far as it can be read."""
    items = (as_object(item) for item in as_list(as_object(payload.get("changelog")).get("items")))
    return tuple(
        Change(
            name=as_text(item.get("field")).strip()[:100],
            before=_short(item.get("fromString")),
            after=_short(item.get("toString")),
            before_id=_short(item.get("from")),
            after_id=_short(item.get("to")),
        )
        for item in items
        if as_text(item.get("field")).strip()
    )


def note(payload: Payload) -> CommentNote | None:
    """The comment, or None if the delivery has none."""
    data = as_object(payload.get("comment"))
    if not data:
        return None
    read = comment(data)
    body = data.get("body")
    updated = round(read.updated.timestamp() * 1000) if read.updated else 0
    text = _text(body)[:_LONGEST_TEXT]
    return CommentNote(read.id, read.author, text, read.restricted, _mentions(body), updated)


def description_mentions(payload: Payload) -> tuple[str, ...]:
    """The account ids in a new issue's description."""
    return _mentions(as_object(as_object(payload.get("issue")).get("fields")).get("description"))


def new_mentions(changed: Iterable[Change]) -> tuple[str, ...]:
    """The account ids that came into the description with these changes."""
    edits = ((_mentions(c.before), _mentions(c.after)) for c in changed if c.field == "description")
    return tuple(account for before, after in edits for account in after if account not in before)


def comment_editor(payload: Payload) -> object:
    """The user bean of whoever last wrote the comment."""
    data = as_object(payload.get("comment"))
    return data.get("updateAuthor") or data.get("author")


def created_at(payload: Payload) -> int:
    """When the issue was created, in milliseconds; 0 if the delivery does not say."""
    found = moment(as_object(as_object(payload.get("issue")).get("fields")).get("created"))
    return round(found.timestamp() * 1000) if found else 0


def assignee_name(payload: Payload) -> str:
    """Who has the issue now, as the delivery shows it."""
    found = user(as_object(as_object(payload.get("issue")).get("fields")).get("assignee"))
    return found.name if found else ""


def _text(body: object) -> str:
    return body if isinstance(body, str) else " ".join(_adf_texts(body))


def _mentions(body: object) -> tuple[str, ...]:
    """The account ids in wiki text or a document."""
    return tuple(dict.fromkeys([*_MENTION.findall(_text(body)), *adf_mentions(body)]))


def _short(value: object) -> str:
    return as_text(value)[:_LONGEST_TEXT]


def _adf_nodes(body: object) -> Iterator[Payload]:
    waiting = [body]
    while waiting:
        node = waiting.pop()
        if isinstance(node, dict):
            yield node
            waiting.extend(reversed(list(as_list(node.get("content")))))


def _adf_texts(body: object) -> Iterator[str]:
    for node in _adf_nodes(body):
        yield as_text(node.get("text")) or as_text(as_object(node.get("attrs")).get("text"))


def adf_mentions(body: object) -> Mapping[str, str]:
    """Who is mentioned in a document: account ids, and what the document calls them."""
    attrs = (as_object(node.get("attrs")) for node in _adf_nodes(body) if node.get("type") == "mention")
    return {account: as_text(one.get("text")) for one in attrs if (account := as_text(one.get("id")))}
