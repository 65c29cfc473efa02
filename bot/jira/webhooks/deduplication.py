"""By which names a matter is known, so that one told twice in different words is told once.

Jira tells some matters through two events (`comment_created` and `jira:issue_updated`; `worklog_created` and the
update of the time spent; `attachment_created` and the update of the files), and an admin's webhook may run beside
a registered one. What no webhook told is found by searching (`bot.jira.missed`), under a name that both have: of
an issue's creation, of a change, of a comment.
"""

from __future__ import annotations

import hashlib

from bot.jira.webhooks.event_types import COMMENT_KINDS
from bot.jira.webhooks.model import CommentNote, Event, EventKind

_BUCKET_MS = 5000


def names_of(event: Event, *, changelog_id: str, created: int) -> tuple[str, ...]:
    """The names of `event` within its site; never empty. `created` (ms) is when its issue was, 0 if unknown."""
    told = event.kinds - {EventKind.MENTIONED}
    if event.comment is not None and event.comment.id and told and told <= COMMENT_KINDS:
        edited = str(event.comment.updated) if EventKind.COMMENT_EDITED in told else ""
        own = _name(event.issue_id, event.comment.id, *sorted(told), event.comment.text, edited)
        return (own, *_comment_names(event, event.comment))
    changed = (f"{c.name}\n{c.before}\n{c.after}\n{c.before_id}\n{c.after_id}" for c in event.changes)
    own = _name(event.issue_id, event.issue_key, str(event.time), changelog_id, *sorted(told), *changed)
    further = (*_worklog_names(event), *_file_names(event))
    return (own, *_lasting_names(event, changelog_id, created), *further)


def _lasting_names(event: Event, changelog_id: str, created: int) -> tuple[str, ...]:
    """Names that do not depend on when and how it was told."""
    if EventKind.CREATED in event.kinds:
        return (_name(event.issue_id, "created", str(created)),) if created else ()
    if EventKind.DELETED in event.kinds and event.issue_id:
        return (_name(event.issue_id, "deleted"),)
    if event.changes and changelog_id:
        # The id alone would do for Jira itself; not everything that speaks like it counts its changes.
        became = sorted(f"{c.field}\n{c.after_id or c.after}" for c in event.changes)
        return (_name(event.issue_id, "changelog", changelog_id, *became),)
    return ()


def _comment_names(event: Event, comment: CommentNote) -> tuple[str, ...]:
    """A comment is made once, and edited once at a time."""
    if EventKind.COMMENTED in event.kinds:
        return (_name(event.issue_id, "comment", comment.id),)
    if EventKind.COMMENT_EDITED in event.kinds and comment.updated:
        return (_name(event.issue_id, "comment", comment.id, str(comment.updated)),)
    return ()


def _worklog_names(event: Event) -> tuple[str, ...]:
    """Work logged through both of its events: same issue, person and length, within a few seconds."""
    if EventKind.WORKLOG not in event.kinds or event.actor is None or not event.time:
        return ()
    seconds = next((s for c in event.changes if (s := _logged(c.field, c.before_id, c.after_id))), 0)
    if not seconds:
        return ()
    bucket = event.time // _BUCKET_MS
    who = event.actor.account_id
    return tuple(_name(event.issue_id, "worklog", who, str(seconds), str(b)) for b in (bucket, bucket + 1))


def _file_names(event: Event) -> tuple[str, ...]:
    """Each file that came or went, unless something else was changed with it, which must not go untold."""
    if any(c.field != "attachment" for c in event.changes):
        return ()
    files = ((c.after_id, c.before_id) for c in event.changes if c.after_id or c.before_id)
    return tuple(_name(event.issue_id, "attachment", *ids) for ids in files)


def _logged(name: str, before: str, after: str) -> int:
    """Seconds that a change added to the time spent."""
    if name == "worklog added" and after.isdecimal():
        return int(after)
    if name == "timespent" and after.isdecimal() and (before.isdecimal() or not before):
        return int(after) - int(before or "0")
    return 0


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
