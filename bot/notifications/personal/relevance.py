"""Why an event concerns one person. Pure."""

from __future__ import annotations

from enum import StrEnum

from bot.jira.models import Issue
from bot.jira.webhooks.model import Event, EventKind
from bot.jira.webhooks.people import IssuePeople


class Matter(StrEnum):
    """What a person can switch on and off."""

    ASSIGNED = "assigned"
    MENTIONED = "mentioned"
    COMMENTED = "commented"
    STATUS = "status"
    WATCHED = "watched"


DEFAULTS = frozenset(Matter) - {Matter.WATCHED}
"""What somebody hears who never said what they want."""

MOST_MENTIONS = 50
"""People mentioned in one text who are looked up; Jira has no limit of its own."""

_MOVES = frozenset({EventKind.TRANSITIONED, EventKind.RESOLVED, EventKind.REOPENED})
_HANDED = frozenset({EventKind.CREATED, EventKind.ASSIGNED})
_OF_OWN_ISSUES = _MOVES | {EventKind.COMMENTED}
_OF_WATCHED = _OF_OWN_ISSUES | {EventKind.ASSIGNED}


def is_of_own_issues(event: Event) -> bool:
    """Whether it concerns an issue's assignee and reporter, whoever they are."""
    return not event.kinds.isdisjoint(_OF_OWN_ISSUES)


def is_of_watched(event: Event) -> bool:
    """Whether it concerns those who watch the issue."""
    return not event.kinds.isdisjoint(_OF_WATCHED)


def accounts_in(event: Event, named: IssuePeople) -> tuple[str, ...]:
    """The accounts that the event may concern, as far as the delivery tells; its actor is not among them."""
    found: list[str] = []
    if EventKind.MENTIONED in event.kinds:
        found += (*event.mentions, *(event.comment.mentions if event.comment else ()))[:MOST_MENTIONS]
    if is_of_own_issues(event):
        found += (named.assignee, named.reporter)
    if not event.kinds.isdisjoint(_HANDED):
        found += (named.assignee, *(c.after_id for c in event.changes if c.field == "assignee"))
    actor = event.actor.account_id if event.actor else ""
    return tuple(dict.fromkeys(a for a in found if a and a != actor))


def matters_of(event: Event, issue: Issue, account: str, *, quotable: bool) -> frozenset[Matter]:
    """Why `event` concerns `account`, who reads `issue` so now.

    Without `quotable` the account does not see the comment (any more), which then concerns it in no way.
    """
    people = (issue.assignee, issue.reporter)
    mine = any(user is not None and user.account_id == account for user in people)
    has_it = issue.assignee is not None and issue.assignee.account_id == account
    commented = EventKind.COMMENTED in event.kinds and quotable
    moved = not event.kinds.isdisjoint(_MOVES)
    handed = EventKind.CREATED in event.kinds or any(
        c.field == "assignee" and c.after_id in ("", account) for c in event.changes
    )
    mentioned = account in event.mentions or (
        commented and event.comment is not None and account in event.comment.mentions
    )
    holds = {
        Matter.ASSIGNED: has_it and handed and not event.kinds.isdisjoint(_HANDED),
        Matter.MENTIONED: mentioned and EventKind.MENTIONED in event.kinds,
        Matter.COMMENTED: commented and mine,
        Matter.STATUS: moved and mine,
        Matter.WATCHED: issue.watching and (commented or moved or EventKind.ASSIGNED in event.kinds),
    }
    return frozenset(matter for matter, true in holds.items() if true)
