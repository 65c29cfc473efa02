"""Parses a Jira webhook delivery into `Event`s, or `Ignored` with a reason.

Pure: no network, no clock. To add an event, add a row to `_PARSERS` (or to `event_types`, if Jira sends it as a
changed field; drop it from `IGNORED_EVENTS` there), its kind to `model`, its phrase to `sentences`, its webhook to
`notifications.recovery.registration_plan`, and a recorded payload to the tests.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from functools import partial

from bot.http.json import as_int, as_object, as_text
from bot.jira.models import StatusCategory, issue_key
from bot.jira.parse import parse_status, parse_user
from bot.jira.webhooks.deduplication import deduplication_keys
from bot.jira.webhooks.event_types import BY_FIELD, BY_TYPE, COMMENT_KINDS, IGNORED_EVENTS, QUIET_FIELDS
from bot.jira.webhooks.model import Change, Event, EventKind, Ignored
from bot.jira.webhooks.payload import (
    Payload,
    assignee_name,
    comment_author,
    find_site,
    issue_created_ms,
    mentions_in_description,
    new_mentions,
    parse_changes,
    parse_comment_note,
    parse_issue_id_and_key,
)

_PLAIN = re.compile(r"[a-z:_-]{1,64}")


def parse_events(data: object) -> tuple[Event, ...] | Ignored:
    """Parse a decoded delivery into one or more events. Never raises."""
    payload = as_object(data)
    name = as_text(payload.get("webhookEvent"))
    parser = _PARSERS.get(name)
    if parser is None:
        reason = "not told" if name in IGNORED_EVENTS else "unknown"
        return Ignored(reason, name if _PLAIN.fullmatch(name) else "")
    if not any(parse_issue_id_and_key(payload)):
        return Ignored("no issue", name)
    if not find_site(payload):
        return Ignored("no site", name)
    event = parser(payload)
    if not event.kinds:
        return Ignored("no change", name)
    changelog_id = as_text(as_object(payload.get("changelog")).get("id"))
    keys = partial(deduplication_keys, changelog_id=changelog_id, created=issue_created_ms(payload))
    events = map(_with_mentioned_kind, _split_comment(event))
    return tuple(replace(each, names=keys(each)) for each in events)


def _split_comment(event: Event) -> Iterator[Event]:
    """Split a change with a comment into two events.

    Jira sends the comment of a transition again as an event of its own, and not everybody who may see the change
    may read the comment.
    """
    comment_kinds = event.kinds & COMMENT_KINDS
    change_kinds = event.kinds - comment_kinds
    if event.comment is None or not change_kinds:
        yield event
        return
    yield replace(event, kinds=change_kinds, comment=None, restricted=False)
    if comment_kinds:
        yield replace(event, kinds=comment_kinds, changes=(), mentions=(), old_key="")


def _with_mentioned_kind(event: Event) -> Event:
    """Add the kind for people mentioned in a new comment or newly in the description."""
    commented = event.comment is not None and event.comment.mentions and EventKind.COMMENTED in event.kinds
    return replace(event, kinds=event.kinds | {EventKind.MENTIONED}) if event.mentions or commented else event


def event_time(data: object) -> int:
    """Return when the event happened, in milliseconds; 0 if unknown."""
    return as_int(as_object(data).get("timestamp"))


def _parse_common(payload: Payload) -> Event:
    """Parse what all deliveries have in common; the event has no kinds yet."""
    number, key = parse_issue_id_and_key(payload)
    fields = as_object(as_object(payload.get("issue")).get("fields"))
    return Event(
        kinds=frozenset(),
        site=find_site(payload),
        issue_id=number,
        issue_key=key,
        project_key=key.rpartition("-")[0],
        time=event_time(payload),
        actor=parse_user(payload.get("user")),
        summary=as_text(fields.get("summary"))[:300],
        issue_type=as_text(as_object(fields.get("issuetype")).get("name"))[:100],
        secured=bool(fields.get("security")),
    )


def _parse_created(payload: Payload) -> Event:
    common = _parse_common(payload)
    reporter = parse_user(as_object(as_object(payload.get("issue")).get("fields")).get("reporter"))
    kinds, mentions = frozenset({EventKind.CREATED}), mentions_in_description(payload)
    return replace(common, kinds=kinds, actor=common.actor or reporter, mentions=mentions)


def _parse_deleted(payload: Payload) -> Event:
    return replace(_parse_common(payload), kinds=frozenset({EventKind.DELETED}))


def _parse_updated(payload: Payload) -> Event:
    changed, comment = parse_changes(payload), parse_comment_note(payload)
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
        _parse_common(payload),
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
    return parse_status(fields.get("status")).category is StatusCategory.DONE


def _kind_of_comment(payload: Payload) -> EventKind:
    data = as_object(payload.get("comment"))
    unchanged = data.get("updated") in (None, data.get("created"))
    return EventKind.COMMENTED if unchanged else EventKind.COMMENT_EDITED


def _parse_comment_event(kind: EventKind, payload: Payload) -> Event:
    common, comment = _parse_common(payload), parse_comment_note(payload)
    # Who deleted a comment is not in its bean, only who wrote it.
    editor = None if kind is EventKind.COMMENT_DELETED else parse_user(comment_author(payload))
    return replace(
        common,
        kinds=frozenset({kind}),
        actor=common.actor or editor,
        comment=comment,
        restricted=comment is None or comment.restricted,
    )


def _parse_worklog(what: str, payload: Payload) -> Event:
    data, common = as_object(payload.get("worklog")), _parse_common(payload)
    spent, seconds = as_text(data.get("timeSpent"))[:50], as_text(data.get("timeSpentSeconds"))[:20]
    return replace(
        common,
        kinds=frozenset({EventKind.WORKLOG}),
        actor=common.actor or parse_user(data.get("updateAuthor")) or parse_user(data.get("author")),
        changes=(Change(f"worklog {what}", after=spent, after_id=seconds),),
        restricted=bool(data.get("visibility")),
    )


def _parse_link(what: str, payload: Payload) -> Event:
    kind = as_object(as_object(payload.get("issueLink")).get("issueLinkType"))
    change = Change(f"link {what}", after=as_text(kind.get("outwardName")) or as_text(kind.get("name")))
    return replace(_parse_common(payload), kinds=frozenset({EventKind.LINK}), changes=(change,))


def _parse_attachment(what: str, payload: Payload) -> Event:
    data, common = as_object(payload.get("attachment")), _parse_common(payload)
    name, number = as_text(data.get("filename"))[:255], as_text(data.get("id"))
    added = Change("attachment", after=name, after_id=number)
    change = added if what == "added" else Change("attachment", before=name, before_id=number)
    author = parse_user(data.get("author")) if what == "added" else None
    return replace(
        common, kinds=frozenset({EventKind.ATTACHMENT}), actor=common.actor or author, changes=(change,)
    )


_PARSERS: Mapping[str, Callable[[Payload], Event]] = {
    "jira:issue_created": _parse_created,
    "jira:issue_updated": _parse_updated,
    "jira:issue_deleted": _parse_deleted,
    "comment_created": partial(_parse_comment_event, EventKind.COMMENTED),
    "comment_updated": partial(_parse_comment_event, EventKind.COMMENT_EDITED),
    "comment_deleted": partial(_parse_comment_event, EventKind.COMMENT_DELETED),
    "worklog_created": partial(_parse_worklog, "added"),
    "worklog_updated": partial(_parse_worklog, "changed"),
    "worklog_deleted": partial(_parse_worklog, "removed"),
    "issuelink_created": partial(_parse_link, "added"),
    "issuelink_deleted": partial(_parse_link, "removed"),
    "attachment_created": partial(_parse_attachment, "added"),
    "attachment_deleted": partial(_parse_attachment, "removed"),
}
