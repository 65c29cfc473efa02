"""The bot's own token for the Bot Connector: one for the whole process, fetched ahead of its expiry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Protocol

import structlog

from bot.chat.messages import DeliveryDelayedError

SCOPE = "https://api.botframework.com/.default"
AHEAD = 300.0
"""Seconds before expiry from which on a new token is fetched in the background."""

log = structlog.get_logger(__name__)


class ClientCredentials(Protocol):
    """What gives out tokens, and keeps the one that it gave: a registered app, or a managed identity."""

    def acquire_token_for_client(self, scopes: list[str]) -> Mapping[str, object]: ...

    def forget(self) -> None: ...


class AppTokens:
    """Keeps the token. MSAL is synchronous, so it runs in a worker thread, never twice at once."""

    def __init__(self, application: ClientCredentials) -> None:
        self._application = application
        self._token = ""
        self._expires = 0.0
        self._failed_at, self._failure = float("-inf"), ""
        self._lock = asyncio.Lock()
        self._ahead: asyncio.Task[None] | None = None

    async def get(self) -> str:
        """A token that is valid now. Raises `DeliveryDelayedError` when Microsoft's login does not give one."""
        left = self._expires - time.monotonic()
        if left <= 0:
            await self._fetch(self._token)
        elif left < AHEAD and (self._ahead is None or self._ahead.done()):
            self._ahead = asyncio.create_task(self._fetch_ahead())
        return self._token

    async def renew(self, rejected: str) -> str:
        """A token other than `rejected`, which the connector has just answered 401 to (fault F16)."""
        await self._fetch(rejected, refused=True)
        return self._token

    async def close(self) -> None:
        """Stop fetching ahead."""
        if self._ahead is not None:
            self._ahead.cancel()
            await asyncio.gather(self._ahead, return_exceptions=True)

    async def _fetch_ahead(self) -> None:
        try:
            await self._fetch(self._token)
        except DeliveryDelayedError as error:
            log.warning("app_token.renewal_failed", reason=str(error))

    async def _fetch(self, outdated: str, *, refused: bool = False) -> None:
        asked_at = time.monotonic()
        async with self._lock:
            if self._token and self._token != outdated:
                return
            if self._failed_at >= asked_at:  # else all who wait would wait for a failure of their own, one by one
                raise DeliveryDelayedError(self._failure)
            if refused:
                self._application.forget()
            answer = await asyncio.to_thread(self._ask)
            token, lifetime = answer.get("access_token"), answer.get("expires_in")
            if not isinstance(token, str) or not isinstance(lifetime, int | str):
                # MSAL's error_description may quote the request; its short code does not.
                self._failure = f"no app token: {answer.get('error', 'no answer')}"
                self._failed_at = time.monotonic()
                raise DeliveryDelayedError(self._failure)
            self._token, self._expires = token, time.monotonic() + max(60.0, float(lifetime) - 60.0)

    def _ask(self) -> Mapping[str, object]:
        try:
            return self._application.acquire_token_for_client(scopes=[SCOPE])
        except (OSError, ValueError) as error:
            return {"error": type(error).__name__}
