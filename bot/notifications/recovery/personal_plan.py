"""Plans what to search for as each person, so that they are notified although no webhook came. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.jira.webhooks.model import Topic
from bot.notifications.personal.recipients import PersonalRecipient
from bot.notifications.personal.relevance import Reason
from bot.notifications.recovery.plan import SearchTask, search_since

PEOPLE_PER_RUN = 100
"""People who are looked at in one run, so that its cost does not grow with their number."""

_OWN = ("assignee", "reporter")
_ROLES: Mapping[Reason, Sequence[str]] = {
    Reason.ASSIGNED: ("assignee",),
    Reason.MENTIONED: _OWN,
    Reason.COMMENTED: _OWN,
    Reason.STATUS: _OWN,
    Reason.WATCHED: ("watcher",),
}
"""In whose issues a reason is looked for. Mentions in other people's are not: that would be a search of all."""

_IN_COMMENTS = frozenset({Reason.MENTIONED, Reason.COMMENTED, Reason.WATCHED})


def personal_search_task(recipient: PersonalRecipient) -> SearchTask:
    """Return the one search for a personal recipient with at least one reason."""
    roles = {role for reason in recipient.reasons for role in _ROLES[reason]}
    return SearchTask(
        recipient.owner,
        recipient.cloud_id,
        projects=frozenset(),
        queries=frozenset(f"{role} = currentUser()" for role in roles),
        topics=frozenset({Topic.COMMENTED}) if recipient.reasons & _IN_COMMENTS else frozenset(),
    )


def personal_search_since(recipient: PersonalRecipient, watermark: float | None, now: float) -> float:
    """Return from when on to search (all in Unix seconds).

    The first search reaches back to the link, not to now: with many people the first turn comes late.
    """
    begin = recipient.active_since
    return max(search_since(begin if watermark is None else watermark, now), begin)


def next_cursor(people: Sequence[str], stopped: int | None, *, budget: int) -> str:
    """Return after whom (key) the next run begins; empty for the beginning of the table.

    `people` are this run's, in order, `stopped` is the index of the first who had no turn. They are the first of
    the next run, unless they were that in this one: nobody may keep all the others waiting.
    """
    if stopped is not None:
        return people[max(stopped - 1, 0)]
    return people[-1] if len(people) == budget else ""
