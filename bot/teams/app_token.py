"""The bot's own token for the Bot Connector: one for the whole process, fetched ahead of its expiry."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Mapping
from typing import Protocol

import structlog

from bot.chat.messages import DeliveryDelayedError

RENEW_AHEAD_SECONDS = 300.0
"""How long before its expiry a token is replaced in the background."""
EXPIRY_MARGIN_SECONDS = 60.0
"""A token is used until this long before its expiry, but at least for this long."""

log = structlog.get_logger(__name__)


class ClientCredentials(Protocol):
    """A registered app or a managed identity. It caches the token that it gives out."""

    def acquire_token_for_client(self, scopes: list[str]) -> Mapping[str, object]: ...

    def forget(self) -> None: ...


class AppTokens:
    """Caches the token. MSAL is synchronous, so it runs in a worker thread, never twice at once."""

    def __init__(self, application: ClientCredentials, resource: str) -> None:
        """Get tokens for `resource`, an URL without a path."""
        self._application, self._scope = application, f"{resource}/.default"
        self._token = ""
        self._expires = 0.0
        self._failed_at, self._failure = float("-inf"), ""
        self._lock = asyncio.Lock()
        self._renewal: asyncio.Task[None] | None = None

    async def get(self) -> str:
        """Return a valid token. Raises `DeliveryDelayedError` when Microsoft's login does not give one."""
        left = self._expires - time.monotonic()
        if left <= 0:
            await self._fetch(self._token)
        elif left < RENEW_AHEAD_SECONDS and (self._renewal is None or self._renewal.done()):
            self._renewal = asyncio.create_task(self._renew_ahead())
        return self._token

    async def renew(self, rejected: str) -> str:
        """Return a token other than `rejected`, which the connector has just answered 401 to (F16)."""
        await self._fetch(rejected, refused=True)
        return self._token

    async def close(self) -> None:
        """Stop a renewal in the background."""
        if self._renewal is not None:
            self._renewal.cancel()
            await asyncio.gather(self._renewal, return_exceptions=True)

    async def _renew_ahead(self) -> None:
        try:
            await self._fetch(self._token)
        except DeliveryDelayedError as error:
            log.warning("app token not renewed", reason=str(error))

    async def _fetch(self, outdated: str, *, refused: bool = False) -> None:
        asked_at = time.monotonic()
        async with self._lock:
            if self._token and self._token != outdated:
                return
            if self._failed_at >= asked_at:  # otherwise each waiting caller would wait for another failure
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
            self._token, self._expires = (
                token,
                time.monotonic() + max(EXPIRY_MARGIN_SECONDS, float(lifetime) - EXPIRY_MARGIN_SECONDS),
            )

    def _ask(self) -> Mapping[str, object]:
        try:
            return self._application.acquire_token_for_client(scopes=[self._scope])
        except (OSError, ValueError) as error:
            return {"error": type(error).__name__}
