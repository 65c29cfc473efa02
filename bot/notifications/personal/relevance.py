"""Decides why an event concerns one person. Pure."""

from __future__ import annotations

from enum import StrEnum

from bot.jira.models import Issue
from bot.jira.webhooks.model import Event, EventKind
from bot.jira.webhooks.people import IssuePeople


class Reason(StrEnum):
    """A reason to be notified, which a person can switch on and off."""

    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    COMMENTED = "commented"
    STATUS = "status"
    WATCHED = "watched"


DEFAULTS = frozenset(Reason) - {Reason.WATCHED}
"""The reasons of a person who never changed their settings."""

MAX_MENTIONS = 50
"""People mentioned in one text who are looked up; Jira has no limit of its own."""

_TRANSITIONS = frozenset({EventKind.TRANSITIONED, EventKind.RESOLVED, EventKind.REOPENED})
_ASSIGNMENTS = frozenset({EventKind.CREATED, EventKind.ASSIGNED})
_OF_OWN_ISSUES = _TRANSITIONS | {EventKind.COMMENTED}
_OF_WATCHED = _OF_OWN_ISSUES | {EventKind.ASSIGNED}


def is_of_own_issues(event: Event) -> bool:
    """Whether the event concerns an issue's assignee and reporter."""
    return not event.kinds.isdisjoint(_OF_OWN_ISSUES)


def is_of_watched(event: Event) -> bool:
    """Whether the event concerns those who watch the issue."""
    return not event.kinds.isdisjoint(_OF_WATCHED)


def accounts_in(event: Event, named: IssuePeople) -> tuple[str, ...]:
    """Return the accounts that the event may concern, as far as the delivery tells, without its actor."""
    accounts: list[str] = []
    if EventKind.MENTIONED in event.kinds:
        accounts += (*event.mentions, *(event.comment.mentions if event.comment else ()))[:MAX_MENTIONS]
    if is_of_own_issues(event):
        accounts += (named.assignee, named.reporter)
    if not event.kinds.isdisjoint(_ASSIGNMENTS):
        accounts += (named.assignee, *(c.after_id for c in event.changes if c.field == "assignee"))
    actor = event.actor.account_id if event.actor else ""
    return tuple(dict.fromkeys(a for a in accounts if a and a != actor))


def reasons_of(event: Event, issue: Issue, account: str, *, quotable: bool) -> frozenset[Reason]:
    """Return why `event` concerns `account`, who reads `issue` like this now.

    Without `quotable` the account does not see the comment (any more), which then concerns it in no way.
    """
    people = (issue.assignee, issue.reporter)
    is_own = any(user is not None and user.account_id == account for user in people)
    is_assignee = issue.assignee is not None and issue.assignee.account_id == account
    commented = EventKind.COMMENTED in event.kinds and quotable
    transitioned = not event.kinds.isdisjoint(_TRANSITIONS)
    assigned = EventKind.CREATED in event.kinds or any(
        c.field == "assignee" and c.after_id in ("", account) for c in event.changes
    )
    mentioned = account in event.mentions or (
        commented and event.comment is not None and account in event.comment.mentions
    )
    holds = {
        Reason.ASSIGNED: is_assignee and assigned and not event.kinds.isdisjoint(_ASSIGNMENTS),
        Reason.MENTIONED: mentioned and EventKind.MENTIONED in event.kinds,
        Reason.COMMENTED: commented and is_own,
        Reason.STATUS: transitioned and is_own,
        Reason.WATCHED: issue.watching and (commented or transitioned or EventKind.ASSIGNED in event.kinds),
    }
    return frozenset(reason for reason, applies in holds.items() if applies)
