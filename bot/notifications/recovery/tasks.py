"""What keeps events coming where Jira fails to send them: searches, and webhooks registered by ourselves."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bot.accounts.access import JiraAccess
from bot.jira.webhooks.registration_api import SCOPE
from bot.jobs.periodic import PeriodicTask
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.metrics import Metrics
from bot.notifications.personal.service import Personal
from bot.notifications.recovery.personal import MOST_PAGES, PersonalReconciler
from bot.notifications.recovery.reconcile import Reconciler
from bot.notifications.recovery.registration import Registrar
from bot.notifications.recovery.search import Searcher
from bot.notifications.subscriptions.repository import Subscriptions
from bot.notifications.unreachable import Places
from bot.storage.base import Store

_REGISTRATIONS_EVERY = 900.0


def upkeep(
    store: Store,
    subscriptions: Subscriptions,
    access: JiraAccess,
    metrics: Metrics,
    *,
    backlog: Backlog,
    webhook_url: str,
    scopes: Sequence[str],
    reconcile_seconds: float,
    personal: Personal | None = None,
    clock: Callable[[], float] = time.time,
) -> list[PeriodicTask]:
    """The rounds to run beside the service. `scopes` are those that consent is asked for; 0 seconds: no search."""
    rounds = []
    if reconcile_seconds:
        reconciler = Reconciler(store, subscriptions, access, metrics, backlog=backlog, clock=clock)
        people = None
        if personal is not None:
            searcher = Searcher(store, access, metrics, clock=clock, most_pages=MOST_PAGES)
            places = Places(store, subscriptions)
            table, directory = personal.table, personal.directory
            people = PersonalReconciler(store, table, directory, places, searcher, backlog=backlog, clock=clock)

        async def search() -> None:
            await reconciler.round()
            if people is not None:
                await people.round()

        rounds.append(PeriodicTask(store, "reconcile", search, every=reconcile_seconds, clock=clock))
    if SCOPE in scopes:
        registrar = Registrar(store, subscriptions, access, metrics, url=webhook_url, clock=clock)
        registering = PeriodicTask(store, "register", registrar.round, every=_REGISTRATIONS_EVERY, clock=clock)
        subscriptions.listeners.append(registering.trigger)
        rounds.append(registering)
    return rounds
