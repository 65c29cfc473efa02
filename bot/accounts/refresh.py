"""The refresh protocol: one token call a person at a time, and no grant lost to a crash or a lost answer.

Atlassian rotates the refresh token with each use. For ten minutes the old one still works, then its use revokes
the whole grant. So the intent is durable before the call, the answer is durable before anybody uses it, and a call
whose outcome is unknown is repeated with the SAME token, at once and then every half minute until nine minutes
have passed. The lock keeps refreshers apart; the generation is the fence for one that was paused while holding it.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from dataclasses import dataclass, field, replace
from typing import Protocol

import structlog

from bot.accounts import metrics
from bot.accounts.grant_table import Grant, GrantTable
from bot.accounts.model import GrantRevokedError, NotConnectedError, SignInUnavailableError
from bot.accounts.token_endpoint import TIMEOUT, Answer, Dead, Temporary, Tokens, Unknown
from bot.chat.identity import Person
from bot.storage.base import Store

log = structlog.get_logger(__name__)

RETRY_DELAYS = (0.5, 2.0)
LOCK_SECONDS = 9.0
"""Longer than one token call, shorter than a turn."""
INTENT_SECONDS = 540.0
"""How long an open intent is retried unasked: a minute less than Atlassian's leeway."""
COOLDOWN = 30.0
"""Seconds between two calls for one person while the sign-in does not work: at most two a minute."""
MAX_COOLDOWN = 300.0


class Refreshes(Protocol):
    """The part of the token endpoint that is needed here."""

    async def refresh(self, refresh_token: str, *, seconds: float = TIMEOUT) -> Answer:
        """One attempt."""


@dataclass(slots=True)
class Cooldown:
    """Keeps a sign-in that is down from being asked again for the same person at once."""

    clock: Callable[[], float] = time.monotonic
    _until: dict[str, float] = field(default_factory=dict)

    def open(self, key: str) -> bool:
        """Whether a call may be made now."""
        return self.clock() >= self._until.get(key, 0.0)

    def start(self, key: str, seconds: float) -> None:
        """No call for this long."""
        now = self.clock()
        if len(self._until) > 10_000:
            self._until = {k: until for k, until in self._until.items() if until > now}
        self._until[key] = now + min(max(seconds, COOLDOWN), MAX_COOLDOWN)

    def end(self, key: str) -> None:
        """It works again."""
        self._until.pop(key, None)


class Refresher:
    """Carries out the protocol. `ended` is called once for each grant that Atlassian has ended."""

    def __init__(
        self,
        store: Store,
        table: GrantTable,
        endpoint: Refreshes,
        *,
        clock: Callable[[], float],
        cooldown: Cooldown,
        ended: Callable[[Person], None],
        pause: Callable[[float], Awaitable[None]] = asyncio.sleep,
    ) -> None:
        self._store = store
        self._table = table
        self._endpoint = endpoint
        self._clock = clock
        self._cooldown = cooldown
        self._ended = ended
        self._pause = pause

    async def refresh(self, person: Person, generation: str, *, seconds: float = TIMEOUT) -> Grant:
        """A grant newer than `generation`; each token call may take `seconds`.

        Raises `NotConnectedError`, `GrantRevokedError`, `SignInUnavailableError`.
        """
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._store.lock(f"grant:{person.key}", seconds=LOCK_SECONDS))
            except TimeoutError:
                return await self._newer(person, generation)
            return await self._alone(person, generation, seconds)

    async def _alone(self, person: Person, generation: str, seconds: float) -> Grant:
        before = await self._current(person)
        if before.generation != generation:
            return before
        if not self._cooldown.open(person.key):
            raise SignInUnavailableError("Atlassian's sign-in did not answer a moment ago")
        repeated = self._clock() - before.intent_at < INTENT_SECONDS
        if not repeated:
            marked = await self._table.update(
                person, lambda grant: replace(grant, intent_at=self._clock()), generation=generation
            )
            if marked is None:
                return await self._newer(person, generation)
        answer = await self._ask(self._table.open(before).refresh, seconds, () if repeated else RETRY_DELAYS)
        return await self._settle(before, answer)

    async def _ask(self, refresh_token: str, seconds: float, delays: tuple[float, ...]) -> Answer:
        answer = await self._endpoint.refresh(refresh_token, seconds=seconds)
        for delay in delays:
            if not isinstance(answer, Unknown):
                break
            metrics.UNKNOWN_OUTCOMES.inc()
            await self._pause(delay)
            answer = await self._endpoint.refresh(refresh_token, seconds=seconds)
        if isinstance(answer, Unknown):
            metrics.UNKNOWN_OUTCOMES.inc()
        return answer

    async def _settle(self, before: Grant, answer: Answer) -> Grant:
        metrics.REFRESHES.labels(type(answer).__name__.lower()).inc()
        match answer:
            case Tokens():
                return await self._renew(before, answer)
            case Dead(reason):
                return await self._end(before, reason)
            case Temporary(reason, retry_after):
                return self._wait(before.account.person, reason, retry_after)
            case Unknown(reason):
                return self._wait(before.account.person, reason, 0.0)

    async def _renew(self, before: Grant, tokens: Tokens) -> Grant:
        person, now = before.account.person, self._clock()
        written = await self._table.update(
            person, lambda grant: self._table.renewed(grant, tokens, now), generation=before.generation
        )
        self._cooldown.end(person.key)
        return written.grant if written else await self._newer(person, before.generation)

    async def _end(self, before: Grant, reason: str) -> Grant:
        person, now = before.account.person, self._clock()
        written = await self._table.update(
            person,
            lambda grant: replace(grant, tokens="", ended=reason, ended_at=now, intent_at=0.0),
            generation=before.generation,
        )
        if written is None:
            return await self._newer(person, before.generation)
        metrics.REUSE_SUSPECTED.inc()
        log.warning("grant ended by Atlassian", person=person.key, reason=reason)
        self._ended(person)
        raise GrantRevokedError("Atlassian has ended this grant")

    def _wait(self, person: Person, reason: str, retry_after: float) -> Grant:
        self._cooldown.start(person.key, retry_after)
        log.warning("refresh put off", person=person.key, reason=reason)
        raise SignInUnavailableError("Atlassian's sign-in does not answer")

    async def _newer(self, person: Person, generation: str) -> Grant:
        grant = await self._current(person)
        if grant.generation == generation:
            raise SignInUnavailableError("somebody else is refreshing this grant and has not finished")
        metrics.RACES_RECOVERED.inc()
        return grant

    async def _current(self, person: Person) -> Grant:
        stored = await self._table.get(person)
        if stored is None:
            raise NotConnectedError("no account is linked")
        if stored.grant.ended:
            raise GrantRevokedError("Atlassian has ended this grant")
        return stored.grant
