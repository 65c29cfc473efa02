"""Reads the parts of a webhook delivery. Lenient like `bot.jira.parse`: a malformed part becomes empty.

Shapes: https://developer.atlassian.com/cloud/jira/platform/webhooks/#example-callback-for-an-issue-related-event.
They have the shapes of REST v2: texts are wiki markup.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping
from itertools import islice
from urllib.parse import urlsplit

from bot.http.json import as_list, as_object, as_text
from bot.jira.models import issue_key
from bot.jira.parse import parse_comment, parse_time, parse_user
from bot.jira.webhooks.model import Change, CommentNote

Payload = Mapping[str, object]

_GATEWAY_PATH = re.compile(r"/ex/jira/([0-9A-Za-z-]+)/")
_COMMENT_PATH = re.compile(r"/issue/([0-9]+)/comment/")
_MENTION = re.compile(r"\[~(?:accountid:)?([^\]\s]{1,128})\]")
_MAX_TEXT = 4000
_MAX_BODY = 40_000
"""Characters of a text that are searched for mentions; Jira's texts have 32,767 at most."""
_MAX_NODES = 5_000
"""Elements of a document that are read."""
_MAX_CHANGES = 200
"""Changes of a delivery; somebody changes a few fields at a time."""


def parse_site(url: str) -> str:
    """Return the site of a `self` link: its host (and port), or the cloud id of a gateway link; empty if none."""
    try:
        parts = urlsplit(url)
        host, port = (parts.hostname or "").lower(), parts.port
    except ValueError:
        return ""
    if gateway := _GATEWAY_PATH.match(parts.path):
        return gateway[1].lower()
    return f"{host}:{port}" if host and port else host


def find_site(payload: Payload) -> str:
    """Return the site of the first part that names one."""
    for part in ("issue", "comment", "worklog", "attachment", "issueLink", "user"):
        if site := parse_site(as_text(as_object(payload.get(part)).get("self"))):
            return site
    return ""


def parse_issue_id_and_key(payload: Payload) -> tuple[str, str]:
    """Return the issue's id and key, each empty if missing or malformed."""
    issue = as_object(payload.get("issue"))
    number = as_text(issue.get("id")) or as_text(as_object(payload.get("worklog")).get("issueId"))
    number = number or as_text(as_object(payload.get("issueLink")).get("sourceIssueId"))
    if not number and (path := _COMMENT_PATH.search(as_text(as_object(payload.get("comment")).get("self")))):
        number = path[1]
    key = issue_key(as_text(issue.get("key"))) or ""
    return (number if number.isascii() and number.isdigit() else ""), key


def parse_changes(payload: Payload) -> tuple[Change, ...]:
    """Return the changes in the changelog."""
    accounts = _accounts_by_key(payload)
    items = map(as_object, islice(as_list(as_object(payload.get("changelog")).get("items")), _MAX_CHANGES))
    return tuple(
        Change(
            name=as_text(item.get("field")).strip()[:100],
            before=_short(item.get("fromString")),
            after=_short(item.get("toString")),
            before_id=accounts.get(before := _short(item.get("from")), before),
            after_id=accounts.get(after := _short(item.get("to")), after),
        )
        for item in items
        if as_text(item.get("field")).strip()
    )


def _accounts_by_key(payload: Payload) -> Mapping[str, str]:
    """Return the accounts of a Data Center's people by their keys, which its changelogs have in place of names."""
    fields = as_object(as_object(payload.get("issue")).get("fields"))
    beans = map(
        as_object, (payload.get("user"), *(fields.get(name) for name in ("assignee", "reporter", "creator")))
    )
    return {
        as_text(bean["key"]): user.account_id for bean in beans if bean.get("key") and (user := parse_user(bean))
    }


def parse_comment_note(payload: Payload) -> CommentNote | None:
    """Return the comment, None if the delivery has none."""
    data = as_object(payload.get("comment"))
    if not data:
        return None
    read = parse_comment(data)
    body = data.get("body")
    updated = round(read.updated.timestamp() * 1000) if read.updated else 0
    text = _text(body)[:_MAX_TEXT]
    return CommentNote(read.id, read.author, text, read.restricted, _find_mentions(body), updated)


def mentions_in_description(payload: Payload) -> tuple[str, ...]:
    """Return the account ids mentioned in a new issue's description."""
    return _find_mentions(as_object(as_object(payload.get("issue")).get("fields")).get("description"))


def new_mentions(changed: Iterable[Change]) -> tuple[str, ...]:
    """Return the account ids that these changes added to the description."""
    edits = ((set(_find_mentions(c.before)), _find_mentions(c.after)) for c in changed if c.field == "description")
    return tuple(account for before, after in edits for account in after if account not in before)


def comment_author(payload: Payload) -> object:
    """Return the user bean of the comment's last editor, or of its author."""
    data = as_object(payload.get("comment"))
    return data.get("updateAuthor") or data.get("author")


def issue_created_ms(payload: Payload) -> int:
    """Return when the issue was created, in milliseconds; 0 if unknown."""
    created = parse_time(as_object(as_object(payload.get("issue")).get("fields")).get("created"))
    return round(created.timestamp() * 1000) if created else 0


def assignee_name(payload: Payload) -> str:
    """Return the name of the issue's current assignee, empty without one."""
    assignee = parse_user(as_object(as_object(payload.get("issue")).get("fields")).get("assignee"))
    return assignee.name if assignee else ""


def _text(body: object) -> str:
    return body if isinstance(body, str) else " ".join(_adf_texts(body))


def _find_mentions(body: object) -> tuple[str, ...]:
    """Return the account ids in wiki markup or a document."""
    return tuple(dict.fromkeys([*_MENTION.findall(_text(body)[:_MAX_BODY]), *mentions_in_adf(body)]))


def _short(value: object) -> str:
    return as_text(value)[:_MAX_TEXT]


def _adf_nodes(body: object) -> Iterator[Payload]:
    pending = [body]
    left = _MAX_NODES
    while pending and left:
        node, left = pending.pop(), left - 1
        if isinstance(node, dict):
            yield node
            pending.extend(reversed(as_list(node.get("content"))[:_MAX_NODES]))


def _adf_texts(body: object) -> Iterator[str]:
    for node in _adf_nodes(body):
        yield as_text(node.get("text")) or as_text(as_object(node.get("attrs")).get("text"))


def mentions_in_adf(body: object) -> Mapping[str, str]:
    """Return the mentions in a document as account id -> shown name."""
    attrs = (
        as_object(node.get("attrs"))
        for node in islice(_adf_nodes(body), _MAX_NODES)
        if node.get("type") == "mention"
    )
    return {account: as_text(each.get("text")) for each in attrs if (account := as_text(each.get("id")))}
