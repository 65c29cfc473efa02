"""Plans the searches that find events which Jira never delivered. Pure."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

from bot.chat.identity import Person
from bot.jira.jql import quote
from bot.jira.webhooks.model import Topic
from bot.notifications.subscriptions.model import Subscription

OVERLAP_SECONDS = 600.0
"""How far a search reaches back before the end of the last one: Jira's index lags behind, clocks differ."""

HORIZON_SECONDS = 7 * 86_400.0
"""How far a search reaches back at most: after a long downtime nobody needs older news."""


@dataclass(frozen=True, slots=True)
class SearchTask:
    """One search, as one owner on one site. Not empty: `projects` or `queries` (JQL without ORDER BY)."""

    owner: Person
    cloud_id: str
    projects: frozenset[str]
    queries: frozenset[str]
    topics: frozenset[Topic]

    @property
    def key(self) -> str:
        """The key of its watermark."""
        return f"{self.cloud_id}|{self.owner.key}"

    @property
    def jql(self) -> str:
        """All projects and queries in one."""
        parts = [f"({query})" for query in sorted(self.queries)]
        if self.projects:
            parts.insert(0, f"project in ({', '.join(map(quote, sorted(self.projects)))})")
        return " OR ".join(parts)

    def split(self) -> tuple[SearchTask, ...]:
        """Return one task for each project and query, for when Jira refuses the whole; none for a single one."""
        if len(self.projects) + len(self.queries) < 2:
            return ()
        empty = replace(self, projects=frozenset(), queries=frozenset())
        return (
            *(replace(empty, projects=frozenset({project})) for project in sorted(self.projects)),
            *(replace(empty, queries=frozenset({query})) for query in sorted(self.queries)),
        )


def search_tasks(subscriptions: Iterable[Subscription]) -> list[SearchTask]:
    """Return one task for each owner and site with active subscriptions.

    A subscription's own filter is not used where it names its project: it is checked when the event is posted, and
    the issue may have matched it only before.
    """
    groups: dict[tuple[str, str], list[Subscription]] = {}
    for subscription in subscriptions:
        if subscription.is_active:
            groups.setdefault((subscription.cloud_id, subscription.owner.key), []).append(subscription)
    return [
        SearchTask(
            group[0].owner,
            group[0].cloud_id,
            frozenset(s.project for s in group if s.project),
            frozenset(s.jql for s in group if not s.project),
            frozenset[Topic]().union(*(s.topics for s in group)),
        )
        for _, group in sorted(groups.items())
    ]


def search_since(watermark: float, now: float) -> float:
    """Return from when on to search (all in Unix seconds)."""
    return max(watermark - OVERLAP_SECONDS, now - HORIZON_SECONDS)
