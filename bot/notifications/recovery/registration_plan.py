"""Plans which dynamic webhooks to register, refresh and remove. Pure.

One webhook for each owner and site covers all that the owner subscribed to there, since Jira filters it by what
the owner sees. Jira allows five; a second one exists for a moment while one replaces another.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass

from bot.accounts.service_accounts import is_service_account
from bot.chat.identity import Person
from bot.jira.jql import quote
from bot.jira.webhooks.model import Topic
from bot.jira.webhooks.registration_api import RegisteredWebhook
from bot.notifications.subscriptions.model import Subscription

Registrant = tuple[Person, str]
"""The person who registers a webhook, and on which site (cloud id)."""

MAX_PROJECTS = 100
"""Above this many projects the filter names none: Jira limits its length."""

REFRESH_AHEAD_SECONDS = 15 * 86_400.0
"""How long before its end a webhook is refreshed, of the 30 days that it lives."""

_COMMENTS = frozenset({"comment_created", "comment_updated", "comment_deleted"})
_EVENTS: Mapping[Topic, frozenset[str]] = {
    Topic.CREATED: frozenset({"jira:issue_created"}),
    Topic.DELETED: frozenset({"jira:issue_deleted"}),
    Topic.COMMENTED: _COMMENTS,
}
_UPDATED = frozenset({"jira:issue_updated"})
_EVERYTHING = re.compile(r'project = ("[A-Z][A-Z0-9_]+") OR project != \1')


@dataclass(frozen=True, slots=True)
class Coverage:
    """What a webhook has to cover for one owner's subscriptions on one site. No projects: all of the site's."""

    events: frozenset[str]
    projects: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Plan:
    """What to do, in this order. Jira accepts one address for an app, so webhooks at an earlier one go first."""

    outdated: tuple[int, ...] = ()
    register: Coverage | None = None
    refresh: tuple[int, ...] = ()
    remove: tuple[int, ...] = ()


def needed_coverage(subscriptions: Iterable[Subscription]) -> dict[Registrant, Coverage]:
    """Return what the active subscriptions need of each registrant.

    A service account registers none: only an OAuth 2.0 app can, on behalf of a person.
    """
    groups: dict[Registrant, list[Subscription]] = {}
    for subscription in subscriptions:
        if subscription.is_active and not is_service_account(subscription.owner):
            groups.setdefault((subscription.owner, subscription.cloud_id), []).append(subscription)
    return {registrant: _coverage(group) for registrant, group in groups.items()}


def _coverage(subscriptions: Sequence[Subscription]) -> Coverage:
    topics = frozenset[Topic]().union(*(s.topics for s in subscriptions))
    events = frozenset[str]().union(*(_EVENTS.get(topic, _UPDATED) for topic in topics))
    projects = frozenset(s.project for s in subscriptions)
    everything = "" in projects or len(projects) > MAX_PROJECTS
    return Coverage(events, frozenset() if everything else projects)


def jql_of(projects: Collection[str], anchor: str) -> str:
    """Return the filter. Jira accepts no empty one, and few operators, so "every project" names one (`anchor`)."""
    if not projects:
        return f"project = {quote(anchor)} OR project != {quote(anchor)}"
    return f"project in ({', '.join(map(quote, sorted(projects)))})"


def provides(webhook: RegisteredWebhook, coverage: Coverage) -> bool:
    """Whether the webhook covers exactly this."""
    if webhook.events != coverage.events:
        return False
    if not coverage.projects:
        return bool(_EVERYTHING.fullmatch(webhook.jql))
    return webhook.jql == jql_of(coverage.projects, "")


def plan(
    coverage: Coverage | None,
    webhooks: Iterable[RegisteredWebhook],
    *,
    url: str,
    ours: Collection[int],
    now: float,
    theirs: Collection[int] = (),
) -> Plan:
    """Return the steps after which `webhooks` provide `coverage` (None: nothing is needed any more).

    Ours are those at our `url` and those whose ids we stored (PUBLIC_URL may have changed since); others are left
    alone, and so are `theirs`, which we stored for other people: Jira may list all of the app's.
    """
    own = [w for w in webhooks if w.id not in theirs and (w.url == url or w.id in ours)]
    usable = [w for w in own if coverage and w.url == url and w.expires > now and provides(w, coverage)]
    kept = max(usable, key=lambda w: (w.expires, w.id), default=None)
    return Plan(
        outdated=tuple(sorted(w.id for w in own if w.url != url)),
        register=coverage if coverage and kept is None else None,
        refresh=(kept.id,) if kept and kept.expires - now < REFRESH_AHEAD_SECONDS else (),
        remove=tuple(sorted(w.id for w in own if w.url == url and w is not kept)),
    )
