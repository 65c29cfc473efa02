"""What to search for as each person, so that they hear of their own matters though no webhook came. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from bot.jira.webhooks.model import Topic
from bot.notifications.personal.relevance import Matter
from bot.notifications.recovery.plan import Beat, reach
from bot.notifications.subscriptions.repository import Subscription

PEOPLE_A_ROUND = 100
"""People who are looked at in one round, so that its cost does not grow with their number."""

_OWN = ("assignee", "reporter")
_ROLES: Mapping[Matter, Sequence[str]] = {
    Matter.ASSIGNED: ("assignee",),
    Matter.MENTIONED: _OWN,
    Matter.COMMENTED: _OWN,
    Matter.STATUS: _OWN,
    Matter.WATCHED: ("watcher",),
}
"""In whose issues a matter is looked for. Mentions in other people's are not: that would be a search of all."""

_IN_COMMENTS = frozenset({Matter.MENTIONED, Matter.COMMENTED, Matter.WATCHED})


def personal_beat(wish: Subscription) -> Beat:
    """The one search for a personal notification on its site; it has at least one matter."""
    roles = {role for matter in wish.matters for role in _ROLES[matter]}
    return Beat(
        wish.owner,
        wish.cloud_id,
        projects=frozenset(),
        queries=frozenset(f"{role} = currentUser()" for role in roles),
        topics=frozenset({Topic.COMMENTED}) if wish.matters & _IN_COMMENTS else frozenset(),
    )


def personal_reach(wish: Subscription, watermark: float | None, now: float) -> float:
    """From when on to search, all in Unix seconds.

    Who was never searched for is searched for from the link on, not from now on: with many people the first turn
    comes late.
    """
    begin = wish.told_from
    return max(reach(begin if watermark is None else watermark, now), begin)


def cursor_after(people: Sequence[str], stopped: int | None, *, budget: int) -> str:
    """After whom (key) the next round begins; empty for the beginning of the table.

    `people` are this round's, in their order, `stopped` is the place of the first who had no turn. They are the
    first of the next round, unless they were that in this one: nobody may keep all the others waiting.
    """
    if stopped is not None:
        return people[max(stopped - 1, 0)]
    return people[-1] if len(people) == budget else ""
