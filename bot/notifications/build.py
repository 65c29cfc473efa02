"""Builds the notification service and its periodic tasks from their parts; only composition roots call it."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable

from bot.accounts.access import JiraAccess
from bot.chat.last_issue import LastIssueStore
from bot.chat.messages import Messenger
from bot.chat.viewers import RecentViewers
from bot.jobs.outcome import JobOutcome
from bot.jobs.periodic import PeriodicTask
from bot.jobs.worker import POLL_SECONDS, BatchWorker, JobWorker
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.inbox.matcher import BATCH_SIZE, Matcher
from bot.notifications.messages import INBOX, OUTBOX
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.authorization import Authorizer, MessageAuthorizer
from bot.notifications.outbox.burst_digests import BurstDigests
from bot.notifications.outbox.conversation_limits import TrafficLog
from bot.notifications.outbox.delivery import MessageDelivery
from bot.notifications.outbox.events import EventNotifier
from bot.notifications.outbox.handler import EventHandler, OutboxHandler
from bot.notifications.outbox.posts import LIFETIME_SECONDS, Posts
from bot.notifications.outbox.quota import QuotaDeferral
from bot.notifications.outbox.rate_limit import MAX_WAIT_SECONDS, RateLimiter
from bot.notifications.outbox.suspension import Suspender, SuspensionHandler
from bot.notifications.personal.daily_digest import DailyDigestHandler
from bot.notifications.personal.daily_schedule import DailySchedule
from bot.notifications.personal.recipients import RecipientFinder
from bot.notifications.personal.settings import PersonalSettingsTable
from bot.notifications.ports import Cards, DailyCards, IssueReader, IssueSearch
from bot.notifications.recipients import CurrentRecipients
from bot.notifications.recovery.personal import PersonalReconciler
from bot.notifications.recovery.reconcile import Reconciler
from bot.notifications.recovery.registration import Registrar
from bot.notifications.recovery.search import Searcher
from bot.notifications.service import Notifications
from bot.notifications.subscriptions.repository import Subscriptions
from bot.notifications.trace import DEFAULT_RETENTION_SECONDS, Trace
from bot.notifications.unreachable import UnreachableConversations
from bot.runtime.load_shedding import LoadShedder
from bot.storage.base import Store

REGISTER_SECONDS = 900.0
"""How often the registered webhooks are checked, unless a subscription changes before."""


def build_notifications(
    store: Store,
    messenger: Messenger,
    metrics: Metrics,
    *,
    subscriptions: Subscriptions,
    unreachable: UnreachableConversations,
    settings: PersonalSettingsTable,
    people: RecipientFinder,
    reader: IssueReader,
    search: IssueSearch,
    cards: Cards,
    daily_cards: DailyCards,
    last_issues: LastIssueStore,
    viewers: RecentViewers,
    backlog: Backlog,
    load: LoadShedder,
    trace_retention: float = DEFAULT_RETENTION_SECONDS,
    post_retention: float = LIFETIME_SECONDS,
    max_wait: float = MAX_WAIT_SECONDS,
    poll_seconds: float = POLL_SECONDS,
    clock: Callable[[], float] = time.time,
) -> Notifications:
    """Build the way of an event from the inbox to Teams.

    Retentions are in seconds. `max_wait` is how many seconds a job waits for a rate limit before it is put off.
    `poll_seconds` is how often due jobs are looked for. `clock` gives Unix seconds.
    """
    rng = random.Random()  # noqa: S311  # jitter, not a secret
    trace, traffic = Trace(store, clock=clock, retention=trace_retention), TrafficLog(store)

    # From the inbox to the outbox
    inbox = JobOutcome(store, INBOX, metrics, clock=clock, rng=rng)
    matcher = Matcher(
        store,
        inbox,
        subscriptions=subscriptions,
        people=people,
        unreachable=unreachable,
        trace=trace,
        metrics=metrics,
        clock=clock,
    )

    # From the outbox to Teams
    outbox = JobOutcome(store, OUTBOX, metrics, clock=clock, rng=rng)
    posts = Posts(store, retention=post_retention)
    suspender = Suspender(store, subscriptions, clock=clock)
    recipients, authorizer = CurrentRecipients(subscriptions, people), Authorizer(reader, clock=clock)
    message_authorizer = MessageAuthorizer(recipients, authorizer, posts, suspender)
    rate_limiter = RateLimiter(traffic, clock=clock, max_wait=max_wait)
    delivery = MessageDelivery(messenger, posts, rate_limiter, metrics, clock=clock)
    notifier = EventNotifier(delivery, posts, cards, last_issues, viewers, clock=clock)
    deferral = QuotaDeferral(store, clock=clock)
    burst_digests = BurstDigests(
        store,
        message_authorizer,
        notifier,
        delivery,
        deferral,
        posts=posts,
        cards=cards,
        metrics=metrics,
        clock=clock,
    )
    handler = OutboxHandler(
        outbox,
        unreachable,
        trace,
        metrics,
        traffic,
        events=EventHandler(
            traffic, message_authorizer, notifier, burst_digests, metrics, deferral=deferral, clock=clock
        ),
        burst_digests=burst_digests,
        suspensions=SuspensionHandler(subscriptions, cards, delivery),
        daily_digests=DailyDigestHandler(settings, people, search, daily_cards, delivery, clock=clock),
        clock=clock,
    )
    return Notifications(
        store,
        subscriptions,
        unreachable,
        suspender,
        metrics,
        inbox_worker=BatchWorker(
            store,
            INBOX,
            matcher.handle,
            inbox,
            load,
            batch_size=BATCH_SIZE,
            poll_seconds=poll_seconds,
            clock=clock,
        ),
        outbox_worker=JobWorker(store, OUTBOX, handler.handle, outbox, load, poll_seconds=poll_seconds),
        daily_schedule=DailySchedule(store, settings, people, clock=clock),
        backlog=backlog,
        clock=clock,
    )


def build_reconciliation(
    store: Store,
    access: JiraAccess,
    metrics: Metrics,
    *,
    subscriptions: Subscriptions,
    unreachable: UnreachableConversations,
    settings: PersonalSettingsTable,
    people: RecipientFinder,
    backlog: Backlog,
    every: float,
    clock: Callable[[], float] = time.time,
) -> PeriodicTask:
    """Build the task that searches for what webhooks missed, every so many seconds."""
    searcher = Searcher(store, access, metrics, clock=clock)
    reconciler = Reconciler(store, subscriptions, searcher, backlog=backlog, clock=clock)
    personal = PersonalReconciler(store, settings, people, unreachable, searcher, backlog=backlog, clock=clock)

    async def run() -> None:
        await reconciler.run()
        await personal.run()

    return PeriodicTask(store, "reconcile", run, every=every, clock=clock)


def build_registration(
    store: Store,
    access: JiraAccess,
    metrics: Metrics,
    subscriptions: Subscriptions,
    *,
    url: str,
    trigger: asyncio.Event,
) -> PeriodicTask:
    """Build the task that keeps the registered webhooks up to date. `url` is where Jira delivers."""
    registrar = Registrar(store, subscriptions, access, metrics, url=url, clock=time.time)
    return PeriodicTask(store, "register", registrar.run, every=REGISTER_SECONDS, trigger=trigger)
