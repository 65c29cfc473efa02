"""By which names a matter is known, so that one told twice in different words is told once.

Jira tells some matters through two events (`comment_created` and `jira:issue_updated`; `worklog_created` and the
update of the time spent), and an admin's webhook may run beside a registered one.
"""

from __future__ import annotations

import hashlib

from bot.jira.webhook_events import COMMENT_KINDS
from bot.jira.webhook_model import Event, EventKind

_BUCKET_MS = 5000


def names_of(event: Event, changelog_id: str) -> tuple[str, ...]:
    """The names of `event` within its site; never empty."""
    told = event.kinds - {EventKind.MENTIONED}
    if event.comment is not None and event.comment.id and told and told <= COMMENT_KINDS:
        return (_name(event.issue_id, event.comment.id, *sorted(told), event.comment.text),)
    changed = (f"{c.name}\n{c.before}\n{c.after}\n{c.before_id}\n{c.after_id}" for c in event.changes)
    own = _name(event.issue_id, event.issue_key, str(event.time), changelog_id, *sorted(told), *changed)
    return (own, *_worklog_names(event))


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


def _logged(name: str, before: str, after: str) -> int:
    """Seconds that a change added to the time spent."""
    if name == "worklog added" and after.isdigit():
        return int(after)
    if name == "timespent" and after.isdigit() and (before.isdigit() or not before):
        return int(after) - int(before or "0")
    return 0


def _name(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()[:32]
