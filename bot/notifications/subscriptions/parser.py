"""Parses `subscribe`: `PROJ [events] [options] [where <JQL>] [options]`.

The options are `including restricted` and `as service`.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Mapping
from dataclasses import dataclass

from bot.jira.webhooks.model import Topic
from bot.language import tr

_PROJECT = re.compile(r"[A-Z][A-Z0-9_]{1,9}", re.ASCII)
# None of them begins with blanks: a search would try each of thirty thousand of them as the first (T49).
_RESTRICTED = re.compile(r"(?<!\S)including\s+restricted\Z", re.IGNORECASE)
_RESTRICTED_BEFORE = re.compile(r"(?<!\S)including\s+restricted(?!\S)", re.IGNORECASE)
_SERVICE = re.compile(r"(?<!\S)as\s+(?:the\s+)?service(?:\s+account)?\Z", re.IGNORECASE)
_SERVICE_BEFORE = re.compile(r"(?<!\S)as\s+(?:the\s+)?service(?:\s+account)?(?!\S)", re.IGNORECASE)
_WHERE = re.compile(r"(?<!\S)where(?!\S)", re.IGNORECASE)
_ORDER = re.compile(r"\border\s+by\b", re.IGNORECASE)
_QUOTED = re.compile(r"""\"(?:[^"\\]|\\.)*+\"|'(?:[^'\\]|\\.)*+'""")
MAX_JQL_LENGTH = 1000

_WORDS: Mapping[str, Topic] = {
    **{topic.value: topic for topic in Topic},
    **dict.fromkeys(("create", "creation", "new"), Topic.CREATED),
    **dict.fromkeys(("update", "updates", "changed", "changes", "edited"), Topic.UPDATED),
    **dict.fromkeys(("comment", "comments"), Topic.COMMENTED),
    **dict.fromkeys(("assign", "assignee", "assignments"), Topic.ASSIGNED),
    **dict.fromkeys(("transition", "transitions", "moved", "status"), Topic.TRANSITIONED),
    **dict.fromkeys(("resolve", "resolution", "done"), Topic.RESOLVED),
    **dict.fromkeys(("delete", "deletions"), Topic.DELETED),
    **dict.fromkeys(("attachments", "attached", "files"), Topic.ATTACHMENT),
    **dict.fromkeys(("worklogs", "work", "logged"), Topic.WORKLOG),
    **dict.fromkeys(("sprints",), Topic.SPRINT),
}
ALL = frozenset({"all", "everything"})
_ALWAYS_FILLERS = frozenset({"and", "to"})
_FILLERS = frozenset({"events", "for", "of", "project", "issue", "issues"})


class SubscribeError(ValueError):
    """The text cannot be parsed. The message is a sentence for the person; it may quote their words."""


@dataclass(frozen=True, slots=True)
class SubscribeRequest:
    """What a person wants to subscribe to. `jql` is not verified."""

    project: str
    topics: frozenset[Topic]
    jql: str = ""
    including_restricted: bool = False
    as_service: bool = False
    """Whether Jira is read as the site's service account in place of whoever subscribes."""


def parse_subscribe(text: str) -> SubscribeRequest:
    """Parse what follows the word `subscribe`. Raises `SubscribeError`."""
    rest, service = _cut(text.rstrip(), _SERVICE)
    rest, restricted = _cut(rest, _RESTRICTED)
    if not service:
        rest, service = _cut(rest, _SERVICE)
    where = _WHERE.search(rest)
    head, jql = (rest[: where.start()], rest[where.end() :].strip()) if where else (rest, "")
    if where:
        check_jql(jql)
    head, restricted_before = _RESTRICTED_BEFORE.subn(" ", head)
    head, service_before = _SERVICE_BEFORE.subn(" ", head)
    words = [w for w in re.split(r"[\s,;:]+", head) if w and not _is_filler(w)]
    project = _project(words)
    if not project and not jql:
        raise SubscribeError(
            tr("Which project? For example: {example}", example="subscribe PROJ created commented")
        )
    topics = _topics(words[1:] if project else words)
    return SubscribeRequest(
        project, topics, jql, restricted or bool(restricted_before), as_service=service or bool(service_before)
    )


def _cut(text: str, option: re.Pattern[str]) -> tuple[str, bool]:
    """Return the text without an option at its end, and whether it had that."""
    match = option.search(text)
    return (text[: match.start()].rstrip(), True) if match else (text, False)


def _is_filler(word: str) -> bool:
    """Whether the word means nothing; a project of the same name is typed in capitals."""
    return word.lower() in _ALWAYS_FILLERS or (word.lower() in _FILLERS and not word.isupper())


def _project(words: list[str]) -> str:
    """Return the first word, unless it is an event; a project named like one is typed in capitals."""
    if not words or (words[0].lower() in (*_WORDS, *ALL) and not words[0].isupper()):
        return ""
    project = words[0].upper()
    if not _PROJECT.fullmatch(project):
        raise SubscribeError(
            tr("“{word}” isn't a project key. A key looks like {example}.", word=words[0][:40], example="PROJ")
        )
    return project


def _topics(words: list[str]) -> frozenset[Topic]:
    if not words:
        return frozenset({Topic.CREATED})
    topics: set[Topic] = set()
    for word in words:
        name = word.lower()
        if name in ALL:
            topics.update(Topic)
        elif name in _WORDS:
            topics.add(_WORDS[name])
        else:
            raise SubscribeError(_unknown_event(word))
    return frozenset(topics)


def _unknown_event(word: str) -> str:
    if word.isupper() and _PROJECT.fullmatch(word):
        example = f"subscribe {word}"
        return tr("“{word}” isn't an event. If it's a project, type: {example}.", word=word, example=example)
    near = difflib.get_close_matches(word.lower(), [t.value for t in Topic], n=1)
    if near:
        return tr("There's no event called “{word}”. Did you mean {near}?", word=word[:40], near=near[0])
    words = ", ".join(Topic)
    return tr("There's no event called “{word}”. Choose from: {words}.", word=word[:40], words=words)


def check_jql(jql: str) -> None:
    """Check a query before Jira is asked about it. Raises `SubscribeError`."""
    if not jql:
        raise SubscribeError(
            tr("Add a JQL query after “where”, for example: {example}", example="where priority = High")
        )
    if len(jql) > MAX_JQL_LENGTH:
        raise SubscribeError(tr("The query is too long. The limit is {count} characters.", count=MAX_JQL_LENGTH))
    if _ORDER.search(_QUOTED.sub("", jql)):
        raise SubscribeError(tr("Remove ORDER BY: notifications have no order."))
