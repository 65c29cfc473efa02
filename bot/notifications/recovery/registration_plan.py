"""Which dynamic webhooks there should be, and what is to be done about those that there are. Pure.

One webhook an owner and site covers all that the owner subscribed to there, since Jira filters it by what the
owner sees. Of the five that Jira allows, a second is there for a moment while one takes the place of another.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.chat.identity import Person
from bot.jira.jql import quote
from bot.jira.webhooks.model import Topic
from bot.jira.webhooks.registration_api import RegisteredWebhook
from bot.notifications.subscriptions.repository import Subscription

Holder = tuple[Person, str]
"""Who registers it, on which site (cloud id)."""

MOST_PROJECTS = 100
"""Above this many projects the filter names none: Jira takes no filter of any length."""

REFRESH_BEFORE = 15 * 86_400.0
"""Seconds before its end from which a webhook is refreshed, of the 30 days that it lives."""

_COMMENTS = frozenset({"comment_created", "comment_updated", "comment_deleted"})
_EVENTS: Mapping[Topic, frozenset[str]] = {
    Topic.CREATED: frozenset({"jira:issue_created"}),
    Topic.DELETED: frozenset({"jira:issue_deleted"}),
    Topic.COMMENTED: _COMMENTS,
}
_UPDATED = frozenset({"jira:issue_updated"})
_EVERYTHING = re.compile(r'project = ("[A-Z][A-Z0-9_]+") OR project != \1')


@dataclass(frozen=True, slots=True)
class Wish:
    """What one owner's subscriptions on one site need. No projects: all of the site's."""

    events: frozenset[str]
    projects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in this order. Jira takes one address an app, so that those at an earlier one go first."""

    outdated: tuple[int, ...] = ()
    register: Wish | None = None
    refresh: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()


def wishes(subscriptions: Iterable[Subscription]) -> dict[Holder, Wish]:
    """What the active ones need."""
    found: dict[Holder, list[Subscription]] = {}
    for subscription in subscriptions:
        if not (subscription.paused or subscription.suspended):
            found.setdefault((subscription.owner, subscription.cloud_id), []).append(subscription)
    return {holder: _wish(those) for holder, those in found.items()}


def _wish(subscriptions: Sequence[Subscription]) -> Wish:
    topics = frozenset[Topic]().union(*(s.topics for s in subscriptions))
    events = frozenset[str]().union(*(_EVENTS.get(topic, _UPDATED) for topic in topics))
    projects = frozenset(s.project for s in subscriptions)
    everything = "" in projects or len(projects) > MOST_PROJECTS
    return Wish(events, frozenset() if everything else projects)


def jql_of(projects: Collection[str], anchor: str) -> str:
    """The filter. Jira takes none that is empty and few operators, so that "every project" needs one to name."""
    if not projects:
        return f"project = {quote(anchor)} OR project != {quote(anchor)}"
    return f"project in ({', '.join(map(quote, sorted(projects)))})"


def serves(present: RegisteredWebhook, wish: Wish) -> bool:
    """Whether it gives what is wished and no more."""
    if present.events != wish.events:
        return False
    if not wish.projects:
        return bool(_EVERYTHING.fullmatch(present.jql))
    return present.jql == jql_of(wish.projects, "")


def plan(
    wish: Wish | None,
    present: Iterable[RegisteredWebhook],
    *,
    url: str,
    ours: Collection[int],
    now: float,
    theirs: Collection[int] = (),
) -> Plan:
    """What brings `present` to `wish` (None: nothing is wished any more).

    Ours are those at our `url` and those whose ids we wrote down (PUBLIC_URL may have changed since); others are
    left alone, and so are `theirs`, which we wrote down for other people: Jira may list all of the app's.
    """
    own = [p for p in present if p.id not in theirs and (p.url == url or p.id in ours)]
    good = [p for p in own if wish and p.url == url and p.expires > now and serves(p, wish)]
    kept = max(good, key=lambda p: (p.expires, p.id), default=None)
    return Plan(
        outdated=tuple(sorted(p.id for p in own if p.url != url)),
        register=wish if wish and kept is None else None,
        refresh=(kept.id,) if kept and kept.expires - now < REFRESH_BEFORE else (),
        remove=tuple(sorted(p.id for p in own if p.url == url and p is not kept)),
    )
