"""The refresh protocol: one token call a person at a time, and no grant lost to a crash or a lost answer.

Atlassian rotates the refresh token with each use. For ten minutes the old one still works, then its use revokes
the whole grant. So the intent is durable before the call, the answer is durable before anybody uses it, and a call
whose outcome is unknown, or that met a passing fault, is repeated with the SAME token, at once and then every half
minute until nine minutes have passed. A lock keeps refreshers apart; the generation stops one that was paused
while holding it.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from typing import Protocol

import structlog
from cachetools import TLRUCache

from bot.accounts import metrics
from bot.accounts.grant_table import Grant, GrantTable
from bot.accounts.model import GrantRevokedError, NotConnectedError, SignInUnavailableError
from bot.accounts.token_answers import (
    TOKEN_TIMEOUT,
    TokenAnswer,
    TokenOutcomeUnknown,
    TokenRefused,
    Tokens,
    TokenUnavailable,
)
from bot.accounts.token_retry import RETRY_DELAYS, ask_patiently
from bot.chat.identity import Person
from bot.storage.base import Store

log = structlog.get_logger(__name__)

LOCK_TIMEOUT = 9.0
"""Longer than one token call, shorter than a turn."""
MAX_INTENT_SECONDS = 540.0
"""How long an open intent is retried unasked: a minute less than Atlassian's leeway."""
MIN_COOLDOWN_SECONDS = 30.0
"""Between two calls for one person while the sign-in does not work: at most two calls a minute."""
MAX_COOLDOWN_SECONDS = 300.0
MAX_COOLDOWNS = 10_000


class RefreshEndpoint(Protocol):
    """The part of the token endpoint that is needed here."""

    async def refresh(self, refresh_token: str, *, seconds: float = TOKEN_TIMEOUT) -> TokenAnswer:
        """Make one attempt."""


class Cooldown:
    """Keeps a sign-in that is down from being asked again for the same person at once."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._until: TLRUCache[str, float] = TLRUCache(
            MAX_COOLDOWNS, ttu=lambda _key, until, _now: until, timer=clock
        )

    def allows(self, key: str) -> bool:
        """Return whether a call may be made now."""
        return key not in self._until

    def start(self, key: str, seconds: float) -> None:
        """Allow no call for this long, within the limits."""
        self._until[key] = self._clock() + min(max(seconds, MIN_COOLDOWN_SECONDS), MAX_COOLDOWN_SECONDS)

    def clear(self) -> None:
        """End all cooldowns: a successful refresh shows that the sign-in works."""
        self._until.clear()


class Refresher:
    """Carries out the protocol. `on_ended` is called with the reason, once for each grant that Atlassian ended.

    `endpoint` is Atlassian's, `data_centers` are those of Data Centers by their site's id.
    """

    def __init__(
        self,
        store: Store,
        table: GrantTable,
        endpoint: RefreshEndpoint,
        *,
        clock: Callable[[], float],
        cooldown: Cooldown,
        on_ended: Callable[[Person, str], None],
        data_centers: Mapping[str, RefreshEndpoint] | None = None,
    ) -> None:
        self._data_centers = data_centers or {}
        self._store, self._table, self._endpoint = store, table, endpoint
        self._clock, self._cooldown, self._on_ended = clock, cooldown, on_ended

    async def refresh(self, person: Person, generation: str, *, seconds: float = TOKEN_TIMEOUT) -> Grant:
        """Return a grant newer than `generation`; each token call may take `seconds`.

        Raises `NotConnectedError`, `GrantRevokedError`, `SignInUnavailableError`.
        """
        async with AsyncExitStack() as stack:
            try:
                await stack.enter_async_context(self._store.lock(f"grant:{person.key}", seconds=LOCK_TIMEOUT))
            except TimeoutError:
                return await self._newer(person, generation)
            return await self._refresh_locked(person, generation, seconds)

    async def _refresh_locked(self, person: Person, generation: str, seconds: float) -> Grant:
        before = await self._current(person)
        if before.generation != generation:
            return before
        if not self._cooldown.allows(person.key):
            raise SignInUnavailableError("Atlassian's sign-in did not answer a moment ago")
        repeated = self._clock() - before.intent_at < MAX_INTENT_SECONDS
        if not repeated:
            marked = await self._table.update(
                person, lambda grant: replace(grant, intent_at=self._clock()), generation=generation
            )
            if marked is None:
                return await self._newer(person, generation)
        answer = await self._ask(before, seconds, () if repeated else RETRY_DELAYS)
        return await self._settle(before, answer)

    async def _ask(self, grant: Grant, seconds: float, delays: tuple[float, ...]) -> TokenAnswer:
        site, refresh_token = grant.account.site, self._table.open(grant).refresh
        endpoint = self._data_centers.get(site.cloud_id) if site.is_data_center else self._endpoint
        if endpoint is None:
            return TokenUnavailable("the site is not in the table of sites", passing=False)
        return await ask_patiently(
            lambda: endpoint.refresh(refresh_token, seconds=seconds),
            delays,
            on_lost=metrics.UNKNOWN_OUTCOMES.inc,
        )

    async def _settle(self, before: Grant, answer: TokenAnswer) -> Grant:
        metrics.REFRESHES.labels(type(answer).__name__.lower()).inc()
        match answer:
            case Tokens():
                return await self._renew(before, answer)
            case TokenRefused(reason):
                return await self._end(before, reason)
            case TokenUnavailable(reason, retry_after):
                raise self._postpone(before.account.person, reason, retry_after)
            case TokenOutcomeUnknown(reason):
                raise self._postpone(before.account.person, reason, 0.0)

    async def _renew(self, before: Grant, tokens: Tokens) -> Grant:
        person, now = before.account.person, self._clock()
        renewed = await self._table.update(
            person, lambda grant: self._table.with_tokens(grant, tokens, now), generation=before.generation
        )
        self._cooldown.clear()
        return renewed or await self._newer(person, before.generation)

    async def _end(self, before: Grant, reason: str) -> Grant:
        person, now = before.account.person, self._clock()
        ended = await self._table.update(
            person,
            lambda grant: replace(grant, tokens="", ended=reason, ended_at=now, intent_at=0.0),
            generation=before.generation,
        )
        if ended is None:
            return await self._newer(person, before.generation)
        metrics.REUSE_SUSPECTED.inc()
        log.warning("grant ended by Atlassian", person=person.key, reason=reason)
        self._on_ended(person, reason)
        raise GrantRevokedError("Atlassian has ended this grant")

    def _postpone(self, person: Person, reason: str, retry_after: float) -> SignInUnavailableError:
        self._cooldown.start(person.key, retry_after)
        log.warning("refresh put off", person=person.key, reason=reason)
        return SignInUnavailableError("Atlassian sign-in isn't responding")

    async def _newer(self, person: Person, generation: str) -> Grant:
        grant = await self._current(person)
        if grant.generation == generation:
            raise SignInUnavailableError("somebody else is refreshing this grant and has not finished")
        metrics.RACES_RECOVERED.inc()
        return grant

    async def _current(self, person: Person) -> Grant:
        grant = await self._table.get(person)
        if grant is None:
            raise NotConnectedError("no account is linked")
        if grant.ended:
            raise GrantRevokedError("Atlassian has ended this grant")
        return grant
