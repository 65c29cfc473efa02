"""What to search for, so that events which Jira never delivered are found all the same. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.chat.identity import Person
from bot.jira.jql import quote
from bot.jira.webhooks.model import Topic
from bot.notifications.subscriptions.repository import Subscription

OVERLAP = 600.0
"""Seconds that a search reaches back before the end of the last one: Jira's index lags behind, clocks differ."""

HORIZON = 7 * 86_400.0
"""Seconds that a search reaches back at most: nobody needs to hear of older things after a long downtime."""


@dataclass(frozen=True, slots=True)
class Beat:
    """One search, as one owner on one site. Not empty: `projects` or `queries` (JQL without ORDER BY)."""

    owner: Person
    cloud_id: str
    projects: frozenset[str]
    queries: frozenset[str]
    topics: frozenset[Topic]

    @property
    def key(self) -> str:
        """Under which its watermark is kept."""
        return f"{self.cloud_id}|{self.owner.key}"

    @property
    def condition(self) -> str:
        """All of it as JQL."""
        parts = [f"({query})" for query in sorted(self.queries)]
        if self.projects:
            parts.insert(0, f"project in ({', '.join(map(quote, sorted(self.projects)))})")
        return " OR ".join(parts)

    def alone(self) -> tuple[Beat, ...]:
        """The same piece by piece, for when Jira refuses the whole because of one."""
        if len(self.projects) + len(self.queries) < 2:
            return ()
        nothing = replace(self, projects=frozenset(), queries=frozenset())
        return (
            *(replace(nothing, projects=frozenset({project})) for project in sorted(self.projects)),
            *(replace(nothing, queries=frozenset({query})) for query in sorted(self.queries)),
        )


def beats(subscriptions: Iterable[Subscription]) -> list[Beat]:
    """One for each owner and site with active subscriptions.

    A subscription's own filter is not used where it names its project: it is asked when the event is told, and the
    issue may have fitted it only before.
    """
    found: dict[tuple[str, str], list[Subscription]] = {}
    for subscription in subscriptions:
        if not (subscription.paused or subscription.suspended):
            found.setdefault((subscription.cloud_id, subscription.owner.key), []).append(subscription)
    return [
        Beat(
            those[0].owner,
            those[0].cloud_id,
            frozenset(s.project for s in those if s.project),
            frozenset(s.jql for s in those if not s.project),
            frozenset[Topic]().union(*(s.topics for s in those)),
        )
        for _, those in sorted(found.items())
    ]


def reach(watermark: float, now: float) -> float:
    """From when on to search, both in Unix seconds."""
    return max(watermark - OVERLAP, now - HORIZON)
