"""Deduplication keys of webhook events.

Jira sends some changes as two events (`comment_created` and `jira:issue_updated`; `worklog_created` and the
update of the time spent; `attachment_created` and the update of the files), and an admin's webhook may run beside
a registered one. An event that no webhook delivered is found by searching (`bot.jira.webhooks.from_search`) and
has a key in common with its delivery: that of an issue's creation, of a change or of a comment.
"""

from __future__ import annotations

import hashlib

from bot.jira.webhooks.event_types import COMMENT_KINDS
from bot.jira.webhooks.model import CommentNote, Event, EventKind

_WORKLOG_BUCKET_MS = 5000


def deduplication_keys(event: Event, *, changelog_id: str, created: int) -> tuple[str, ...]:
    """Return the keys of `event` within its site, at least one.

    Two events that share a key are the same. `created` (ms) is when the issue was created, 0 if unknown.
    """
    kinds = event.kinds - {EventKind.MENTIONED}
    if event.comment is not None and event.comment.id and kinds and kinds <= COMMENT_KINDS:
        edited = str(event.comment.updated) if EventKind.COMMENT_EDITED in kinds else ""
        own = _key(event.issue_id, event.comment.id, *sorted(kinds), event.comment.text, edited)
        return (own, *_comment_keys(event, event.comment))
    changed = (f"{c.name}\n{c.before}\n{c.after}\n{c.before_id}\n{c.after_id}" for c in event.changes)
    own = _key(event.issue_id, event.issue_key, str(event.time), changelog_id, *sorted(kinds), *changed)
    others = (*_worklog_keys(event), *_attachment_keys(event))
    return (own, *_lasting_keys(event, changelog_id, created), *others)


def _lasting_keys(event: Event, changelog_id: str, created: int) -> tuple[str, ...]:
    """Return keys that do not depend on how and when the event was delivered."""
    if EventKind.CREATED in event.kinds:
        return (_key(event.issue_id, "created", str(created)),) if created else ()
    if EventKind.DELETED in event.kinds and event.issue_id:
        return (_key(event.issue_id, "deleted"),)
    if event.changes and changelog_id:
        # Jira's own changelog ids are unique; other senders of the same format may not count theirs.
        values = sorted(f"{c.field}\n{c.after_id or c.after}" for c in event.changes)
        return (_key(event.issue_id, "changelog", changelog_id, *values),)
    return ()


def _comment_keys(event: Event, comment: CommentNote) -> tuple[str, ...]:
    """Return the key of a comment's creation, or of its edit at one moment."""
    if EventKind.COMMENTED in event.kinds:
        return (_key(event.issue_id, "comment", comment.id),)
    if EventKind.COMMENT_EDITED in event.kinds and comment.updated:
        return (_key(event.issue_id, "comment", comment.id, str(comment.updated)),)
    return ()


def _worklog_keys(event: Event) -> tuple[str, ...]:
    """Return keys that both events of logged work share: same issue, person and duration within a few seconds."""
    if EventKind.WORKLOG not in event.kinds or event.actor is None or not event.time:
        return ()
    seconds = next((s for c in event.changes if (s := _logged_seconds(c.field, c.before_id, c.after_id))), 0)
    if not seconds:
        return ()
    bucket = event.time // _WORKLOG_BUCKET_MS
    actor = event.actor.account_id
    return tuple(_key(event.issue_id, "worklog", actor, str(seconds), str(b)) for b in (bucket, bucket + 1))


def _attachment_keys(event: Event) -> tuple[str, ...]:
    """Return a key for each file that was added or removed.

    None if something else was changed, too: that must not be dropped as a duplicate.
    """
    if any(c.field != "attachment" for c in event.changes):
        return ()
    files = ((c.after_id, c.before_id) for c in event.changes if c.after_id or c.before_id)
    return tuple(_key(event.issue_id, "attachment", *ids) for ids in files)


def _logged_seconds(name: str, before: str, after: str) -> int:
    """Return the seconds that a change added to the time spent."""
    if name == "worklog added" and after.isdecimal():
        return int(after)
    if name == "timespent" and after.isdecimal() and (before.isdecimal() or not before):
        return int(after) - int(before or "0")
    return 0


def _key(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
