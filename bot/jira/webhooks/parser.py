"""A Jira webhook delivery, read: `read_events(data)` are its `Event`s, or `Ignored` with a reason.

Pure: no network, no clock. A new event is one row in `_READERS` (or in `webhook_events`, if Jira tells it as a
changed field), its phrase in `webhook_sentences` and its recorded payload in the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from bot.http.json import as_int, as_object, as_text
from bot.jira.models import StatusCategory, issue_key
from bot.jira.parse import status, user
from bot.jira.webhooks.deduplication import names_of
from bot.jira.webhooks.event_types import BY_FIELD, BY_TYPE, COMMENT_KINDS, IGNORED_EVENTS, QUIET_FIELDS
from bot.jira.webhooks.model import Change, Event, EventKind, Ignored
from bot.jira.webhooks.payload import (
    Payload,
    assignee_name,
    changes,
    comment_editor,
    created_at,
    description_mentions,
    issue_parts,
    new_mentions,
    note,
    site,
)

_PLAIN = re.compile(r"[a-z:_-]{1,64}")


def read_events(data: object) -> tuple[Event, ...] | Ignored:
    """Read a delivery that was already loaded; it tells at least one matter. Never raises."""
    payload = as_object(data)
    name = as_text(payload.get("webhookEvent"))
    reader = _READERS.get(name)
    if reader is None:
        reason = "not told" if name in IGNORED_EVENTS else "unknown"
        return Ignored(reason, name if _PLAIN.fullmatch(name) else "")
    if not any(issue_parts(payload)):
        return Ignored("no issue", name)
    if not site(payload):
        return Ignored("no site", name)
    event = reader(payload)
    if not event.kinds:
        return Ignored("no change", name)
    changelog_id = as_text(as_object(payload.get("changelog")).get("id"))
    names = partial(names_of, changelog_id=changelog_id, created=created_at(payload))
    parts = map(_with_mentions, _apart(event))
    return tuple(replace(part, names=names(part)) for part in parts)


def _apart(event: Event) -> Iterator[Event]:
    """What was changed, and what was said with it.

    Jira tells the comment of a transition a second time by an event of its own, and not everybody who may hear of
    the change may read it. Pure.
    """
    said = event.kinds & COMMENT_KINDS
    changed = event.kinds - said
    if event.comment is None or not changed:
        yield event
        return
    yield replace(event, kinds=changed, comment=None, restricted=False)
    if said:
        yield replace(event, kinds=said, changes=(), mentions=(), old_key="")


def _with_mentions(event: Event) -> Event:
    """The kind for people who are mentioned, in a new comment or newly in the description. Pure."""
    commented = event.comment is not None and event.comment.mentions and EventKind.COMMENTED in event.kinds
    return replace(event, kinds=event.kinds | {EventKind.MENTIONED}) if event.mentions or commented else event


def time_of(data: object) -> int:
    """When Jira says that it happened, in milliseconds; 0 if it does not say."""
    return as_int(as_object(data).get("timestamp"))


def _bare(payload: Payload) -> Event:
    """What every delivery has in common; its kinds are still to be found."""
    number, key = issue_parts(payload)
    fields = as_object(as_object(payload.get("issue")).get("fields"))
    return Event(
        kinds=frozenset(),
        site=site(payload),
        issue_id=number,
        issue_key=key,
        project_key=key.rpartition("-")[0],
        time=time_of(payload),
        actor=user(payload.get("user")),
        summary=as_text(fields.get("summary"))[:300],
        issue_type=as_text(as_object(fields.get("issuetype")).get("name"))[:100],
        secured=bool(fields.get("security")),
    )


def _created(payload: Payload) -> Event:
    bare = _bare(payload)
    reporter = user(as_object(as_object(payload.get("issue")).get("fields")).get("reporter"))
    kinds, mentions = frozenset({EventKind.CREATED}), description_mentions(payload)
    return replace(bare, kinds=kinds, actor=bare.actor or reporter, mentions=mentions)


def _deleted(payload: Payload) -> Event:
    return replace(_bare(payload), kinds=frozenset({EventKind.DELETED}))


def _updated(payload: Payload) -> Event:
    changed, comment = changes(payload), note(payload)
    kind = BY_TYPE.get(as_text(payload.get("issue_event_type_name")))
    if kind is EventKind.ASSIGNED and not changed:
        # Some Jira versions send an assignment with an empty changelog: the issue itself has the new assignee.
        changed = (Change("assignee", after=assignee_name(payload)),)
    kinds = {*_kinds_of_changes(changed, payload)}
    if kind is not None:
        kinds.add(kind)
    elif comment is not None:
        kinds.add(_kind_of_comment(payload))
    elif not changed and not payload.get("issue_event_type_name"):
        # Servers older than the field tell a deleted comment by an update without any content.
        kinds.add(EventKind.COMMENT_DELETED)
    moved = next((issue_key(c.before) or "" for c in changed if c.field == "key"), "")
    return replace(
        _bare(payload),
        kinds=frozenset(kinds),
        changes=changed,
        comment=comment,
        mentions=new_mentions(changed),
        old_key=moved,
        restricted=comment is not None and comment.restricted,
    )


def _kinds_of_changes(changed: tuple[Change, ...], payload: Payload) -> Iterator[EventKind]:
    fields = as_object(as_object(payload.get("issue")).get("fields"))
    by_name = {c.field: c for c in changed}
    yield from (BY_FIELD[name] for name in by_name if name in BY_FIELD)
    if by_name.keys() - QUIET_FIELDS:
        yield EventKind.UPDATED
    if resolution := by_name.get("resolution"):
        yield EventKind.RESOLVED if resolution.after else EventKind.REOPENED
    elif "status" in by_name and not fields.get("resolution") and _is_done(fields):
        # Workflows without resolutions: arriving in a green status is as resolved as it gets.
        yield EventKind.RESOLVED


def _is_done(fields: Payload) -> bool:
    return status(fields.get("status")).category is StatusCategory.DONE


def _kind_of_comment(payload: Payload) -> EventKind:
    data = as_object(payload.get("comment"))
    unchanged = data.get("updated") in (None, data.get("created"))
    return EventKind.COMMENTED if unchanged else EventKind.COMMENT_EDITED


def _comment(kind: EventKind, payload: Payload) -> Event:
    bare, comment = _bare(payload), note(payload)
    # Who deleted a comment is not in its bean, only who wrote it.
    editor = None if kind is EventKind.COMMENT_DELETED else user(comment_editor(payload))
    return replace(
        bare,
        kinds=frozenset({kind}),
        actor=bare.actor or editor,
        comment=comment,
        restricted=comment is None or comment.restricted,
    )


def _worklog(what: str, payload: Payload) -> Event:
    data, bare = as_object(payload.get("worklog")), _bare(payload)
    spent, seconds = as_text(data.get("timeSpent"))[:50], as_text(data.get("timeSpentSeconds"))[:20]
    return replace(
        bare,
        kinds=frozenset({EventKind.WORKLOG}),
        actor=bare.actor or user(data.get("updateAuthor")) or user(data.get("author")),
        changes=(Change(f"worklog {what}", after=spent, after_id=seconds),),
        restricted=bool(data.get("visibility")),
    )


def _link(what: str, payload: Payload) -> Event:
    kind = as_object(as_object(payload.get("issueLink")).get("issueLinkType"))
    change = Change(f"link {what}", after=as_text(kind.get("outwardName")) or as_text(kind.get("name")))
    return replace(_bare(payload), kinds=frozenset({EventKind.LINK}), changes=(change,))


def _attachment(what: str, payload: Payload) -> Event:
    data, bare = as_object(payload.get("attachment")), _bare(payload)
    name, number = as_text(data.get("filename"))[:255], as_text(data.get("id"))
    added = Change("attachment", after=name, after_id=number)
    change = added if what == "added" else Change("attachment", before=name, before_id=number)
    author = user(data.get("author")) if what == "added" else None
    return replace(bare, kinds=frozenset({EventKind.ATTACHMENT}), actor=bare.actor or author, changes=(change,))


_READERS: Mapping[str, Callable[[Payload], Event]] = {
    "jira:issue_created": _created,
    "jira:issue_updated": _updated,
    "jira:issue_deleted": _deleted,
    "comment_created": partial(_comment, EventKind.COMMENTED),
    "comment_updated": partial(_comment, EventKind.COMMENT_EDITED),
    "comment_deleted": partial(_comment, EventKind.COMMENT_DELETED),
    "worklog_created": partial(_worklog, "added"),
    "worklog_updated": partial(_worklog, "changed"),
    "worklog_deleted": partial(_worklog, "removed"),
    "issuelink_created": partial(_link, "added"),
    "issuelink_deleted": partial(_link, "removed"),
    "attachment_created": partial(_attachment, "added"),
    "attachment_deleted": partial(_attachment, "removed"),
}
