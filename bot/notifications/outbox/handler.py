"""Handles the jobs of the outbox: posts their messages, or settles them otherwise."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable

import structlog

from bot.accounts.model import SignInUnavailableError
from bot.chat.messages import ConversationGoneError, DeliveryDelayedError, DeliveryRefusedError
from bot.jira.errors import JiraError, JiraRateLimitedError, PersonQuotaError
from bot.jobs.outcome import JobOutcome
from bot.language import use_language
from bot.notifications.messages import (
    REMEMBER_SECONDS,
    DailyDigest,
    DigestFlush,
    EventMessage,
    OutboxMessage,
    SuspensionNotice,
    load,
)
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.authorization import MessageAuthorizer
from bot.notifications.outbox.burst_digests import BurstDigests
from bot.notifications.outbox.conversation_limits import Arrival, TrafficLog
from bot.notifications.outbox.delivery import Delivered
from bot.notifications.outbox.events import EventNotifier
from bot.notifications.outbox.quota import QuotaDeferral
from bot.notifications.outbox.rate_limit import RateLimitExceededError
from bot.notifications.outbox.suspension import SuspensionHandler
from bot.notifications.personal.daily_digest import DailyDigestHandler
from bot.notifications.trace import Trace
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Leased

_HANDLER_TIMEOUT = 45.0
"""Seconds that posting a message may take."""

log = structlog.get_logger(__name__)


class EventHandler:
    """Handles event messages. `clock` gives Unix seconds.

    Raises what `EventNotifier`, `MessageAuthorizer` and `BurstDigests` raise.
    """

    def __init__(
        self,
        traffic: TrafficLog,
        authorizer: MessageAuthorizer,
        notifier: EventNotifier,
        burst_digests: BurstDigests,
        metrics: Metrics,
        *,
        deferral: QuotaDeferral,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._traffic, self._authorizer, self._notifier = traffic, authorizer, notifier
        self._burst_digests, self._deferral, self._metrics, self._clock = burst_digests, deferral, metrics, clock

    async def handle(self, leased: Leased, message: EventMessage) -> Delivered | str:
        """Post an event, or leave it to a digest; return how, or why not."""
        here, job, now = message.conversation, leased.job.id, self._clock()
        traffic = self._traffic.get(here).with_arrival(Arrival(leased.put_at, job))
        self._traffic.set(here, traffic)
        if traffic.is_burst(leased.put_at, now):
            await self._burst_digests.add(job, message)
            return "left to a digest"
        try:
            decision = await self._authorizer.authorize(message)
        except PersonQuotaError as error:
            if leased.job.group != here.key:
                raise  # it has been put off before, and holds up nobody
            await self._deferral.put_off(job, message, error)
            return "put off: the subscriber's share of Jira's quota is used up"
        if decision.allowed is None:
            if decision.secured is not None:
                await self._notifier.hide_card(message.conversation, decision.secured)
            self._metrics.withheld.labels(decision.withheld).inc()
            log.info("notification withheld", delivery=message.delivery, reason=decision.withheld)
            return f"withheld: {decision.withheld}"
        # The message may have been put into the outbox long ago.
        with use_language(decision.allowed.conversation.language):
            form = await self._notifier.notify(job, message.event, decision.allowed)
        self._traffic.set(here, self._traffic.get(here).with_posted(now))
        return Delivered(form)


class OutboxHandler:
    """Settles jobs of the outbox. Raises `StoreError`, and whatever a bug raises. `clock` gives Unix seconds."""

    def __init__(
        self,
        outcome: JobOutcome,
        unreachable: UnreachableConversations,
        trace: Trace,
        metrics: Metrics,
        traffic: TrafficLog,
        *,
        events: EventHandler,
        burst_digests: BurstDigests,
        suspensions: SuspensionHandler,
        daily_digests: DailyDigestHandler,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._outcome, self._unreachable, self._trace, self._metrics = outcome, unreachable, trace, metrics
        self._traffic, self._events, self._burst_digests = traffic, events, burst_digests
        self._suspensions, self._daily_digests, self._clock = suspensions, daily_digests, clock

    async def handle(self, leased: Leased) -> None:
        """Settle one job and record how."""
        message = load(leased.job.payload)
        await self._trace.record_message(leased.job, await self._settle(leased, message))

    async def _settle(self, leased: Leased, message: OutboxMessage) -> str:
        """Return what became of the message, in words for the trace."""
        if await self._unreachable.contains(message.conversation):
            return await self._ack_unreachable(leased, message)
        try:
            async with self._traffic.hold(message.conversation, now=self._clock()):
                async with asyncio.timeout(_HANDLER_TIMEOUT):
                    result = await self._post(leased, message)
        except ConversationGoneError:
            await self._unreachable.add(message.conversation, now=self._clock())
            return await self._ack_unreachable(leased, message)
        except DeliveryRefusedError:
            await self._outcome.dead_letter(leased, "refused by Teams")
            return "given up: refused by Teams"
        except RateLimitExceededError as limited:
            await self._outcome.postpone(leased, limited.seconds)
        except DeliveryDelayedError as delayed:
            await self._outcome.retry(leased, "Teams", delayed.retry_after)
        except (JiraRateLimitedError, PersonQuotaError) as limited:
            await self._outcome.retry(leased, "Jira", limited.retry_after)
        except (JiraError, SignInUnavailableError):
            await self._outcome.retry(leased, "Jira")
        except TimeoutError:
            await self._outcome.retry(leased, "slow")
        else:
            await self._ack(leased, message)
            return self._count(message, result) if isinstance(result, Delivered) else result
        return "put off"

    async def _post(self, leased: Leased, message: OutboxMessage) -> Delivered | str:
        with use_language(message.conversation.language):
            match message:
                case EventMessage():
                    return await self._events.handle(leased, message)
                case DigestFlush():
                    return await self._burst_digests.flush(message, due=leased.job.due)
                case SuspensionNotice():
                    return await self._suspensions.handle(leased.job.id, message)
                case DailyDigest():
                    return await self._daily_digests.handle(leased.job.id, message)

    async def _ack_unreachable(self, leased: Leased, message: OutboxMessage) -> str:
        await self._ack(leased, message)
        self._metrics.withheld.labels("conversation gone").inc()
        return "withheld: conversation gone"

    async def _ack(self, leased: Leased, message: OutboxMessage) -> None:
        # A flush's name is of its time window alone and must be free again; it guards nothing.
        await self._outcome.ack(leased, remember=0.0 if isinstance(message, DigestFlush) else REMEMBER_SECONDS)

    def _count(self, message: OutboxMessage, delivered: Delivered) -> str:
        if isinstance(message, DailyDigest):
            self._metrics.delivered.labels(delivered.form).inc()
        else:
            self._metrics.count_delivered(delivered.form, self._clock() - message.received)
        delivery = message.delivery if isinstance(message, EventMessage | DigestFlush) else ""
        log.info("notification delivered", delivery=delivery, form=delivered.form)
        return f"delivered as {delivered.form}"
