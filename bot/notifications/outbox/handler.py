"""Outbox → Teams: one leased job, told or settled otherwise."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

import structlog

from bot.accounts.model import SignInUnavailableError
from bot.chat.messages import ConversationGoneError, DeliveryDelayedError, DeliveryRefusedError
from bot.jira.errors import JiraError, JiraRateLimitedError
from bot.jobs.outcome import JobOutcome
from bot.language import speaking
from bot.notifications.desk import Desk
from bot.notifications.inbox.endpoint import REMEMBER
from bot.notifications.messages import Envelope, Form, load
from bot.notifications.outbox.digests import Digests
from bot.notifications.outbox.events import Teller
from bot.notifications.outbox.posts import message_key
from bot.notifications.outbox.rate_limit import Bursts, TooFastError
from bot.notifications.subscriptions.repository import place
from bot.storage.base import Leased

_HANDLER_TIMEOUT = 45.0
"""Seconds that telling may take."""

Handler = Callable[[Leased, Envelope], Awaitable[str]]
"""Tells one kind of message and says in a few words what became of it."""

_GONE = "withheld: conversation gone"

log = structlog.get_logger()


class Sender:
    """Handles outbox jobs. Raises `StoreError`, and whatever a bug raises."""

    def __init__(
        self, desk: Desk, outcome: JobOutcome, bursts: Bursts, further: Mapping[Form, Handler] | None = None
    ) -> None:
        self._desk, self._outcome, self._bursts = desk, outcome, bursts
        self._teller = Teller(desk)
        self._digests = Digests(desk, self._teller)
        self._forms: Mapping[Form, Handler] = {
            Form.EVENT: self._event,
            Form.DIGEST: self._digest,
            Form.SUSPENDED: self._suspended,
            **(further or {}),
        }

    async def handle(self, leased: Leased) -> None:
        """Settle one job and write down how."""
        outcome = await self._settle(leased, load(leased.job.payload))
        await self._desk.trail.message(leased.job, outcome)

    async def _settle(self, leased: Leased, envelope: Envelope) -> str:
        """What became of it, in words for the trail."""
        outcome = "put off"
        if await self._desk.places.is_gone(envelope.conversation):
            self._desk.metrics.withheld.labels("conversation gone").inc()
            await self._done(leased, envelope)
            return _GONE
        try:
            async with asyncio.timeout(_HANDLER_TIMEOUT):
                with speaking(envelope.conversation.language):
                    outcome = await self._forms[envelope.form](leased, envelope)
        except ConversationGoneError:
            await self._desk.places.gone(envelope.conversation, now=self._desk.clock())
            self._desk.metrics.withheld.labels("conversation gone").inc()
            await self._done(leased, envelope)
            return _GONE
        except DeliveryRefusedError:
            await self._outcome.dead_letter(leased, "refused by Teams")
            return "given up: refused by Teams"
        except TooFastError as early:
            await self._outcome.postpone(leased, early.seconds)
        except DeliveryDelayedError as delayed:
            await self._outcome.retry(leased, "Teams", delayed.retry_after)
        except JiraRateLimitedError as limited:
            await self._outcome.retry(leased, "Jira", limited.retry_after)
        except (JiraError, SignInUnavailableError):
            await self._outcome.retry(leased, "Jira")
        except TimeoutError:
            await self._outcome.retry(leased, "slow")
        else:
            await self._done(leased, envelope)
        return outcome

    async def _done(self, leased: Leased, envelope: Envelope) -> None:
        # A digest's name is of its time window alone and must be free again; it guards nothing.
        await self._outcome.ack(leased, remember=0.0 if envelope.form is Form.DIGEST else REMEMBER)

    async def _event(self, leased: Leased, envelope: Envelope) -> str:
        event, job = envelope.event, leased.job.id
        if event is None:
            raise ValueError("an event's envelope is empty")
        here, now = place(envelope.conversation), self._desk.clock()
        if self._bursts.is_burst(here, job, leased.put_at, now):
            await self._digests.absorb(job, envelope)
            return "left to a digest"
        subscriptions = await self._desk.behind(envelope)
        conversation = subscriptions[-1].conversation if subscriptions else envelope.conversation
        known = bool(subscriptions) and await self._teller.told_before(
            conversation, subscriptions[0].cloud_id, event
        )
        verdict = await self._desk.judge.judge(event, subscriptions, told_before=known)
        await self._desk.suspender.suspend(verdict.losses)
        if verdict.permit is None:
            self._desk.metrics.withheld.labels(verdict.withheld).inc()
            log.info("notification withheld", delivery=envelope.delivery, reason=verdict.withheld)
            return f"withheld: {verdict.withheld}"
        # It may have been put into the outbox long ago.
        with speaking(conversation.language):
            form = await self._teller.tell(job, conversation, event, verdict.permit)
        self._bursts.told(here, now)
        return self._told(form, envelope)

    async def _digest(self, leased: Leased, envelope: Envelope) -> str:
        told = await self._digests.flush(envelope, due=leased.job.due)
        return self._told("digest", envelope) if told else "nothing to tell"

    async def _suspended(self, leased: Leased, envelope: Envelope) -> str:
        stopped = await self._desk.subscriptions.some(envelope.subscriptions)
        stopped = [s for s in stopped if s.suspended]
        if not stopped:
            return "nothing to tell"
        message = self._desk.cards.suspended_message(envelope.conversation, stopped, envelope.reason)
        key = message_key(envelope.conversation, leased.job.id)
        post = await self._desk.voice.posts.get(key)
        await self._desk.voice.send_once(envelope.conversation, message, key=key, job=leased.job.id, post=post)
        return self._told("suspended", envelope)

    def _told(self, form: str, envelope: Envelope) -> str:
        self._desk.metrics.delivered.labels(form).inc()
        self._desk.metrics.latency.observe(max(0.0, self._desk.clock() - envelope.received))
        log.info("notification delivered", delivery=envelope.delivery, form=form)
        return f"delivered as {form}"
