"""Checks that a request comes from the Bot Framework, by its JWT, without blocking the event loop.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot
botbuilder's own check fetches keys with blocking calls and answers most bad tokens with 500.
"""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass

from cachetools import TLRUCache

from bot.http.json import as_int
from bot.security.jwks import InvalidTokenError, KeySet, KeysUnavailableError
from bot.teams.activities import MICROSOFT_365, TEAMS

CHANNELS = frozenset({TEAMS, MICROSOFT_365})
CLOCK_LEEWAY = 300
"""Seconds of clock difference that the protocol allows."""
MAX_TOKEN_CHARS = 16 * 1024
MAX_REMEMBERED_TOKENS = 2048


class UnauthorizedError(Exception):
    """The token is missing or bad. The message is for the log, never for the caller."""


class AuthenticationUnavailableError(Exception):
    """The signing keys cannot be fetched now, so the token cannot be judged."""


@dataclass(frozen=True, slots=True)
class Claims:
    """The claims of a valid token that a request is checked against."""

    service_url: str
    endorsements: tuple[str, ...] | None
    expires: float
    """Unix seconds."""

    def check(self, channel_id: str, service_url: str) -> None:
        """Check that the token is for this channel and this serviceUrl. Raises `UnauthorizedError`."""
        if channel_id not in CHANNELS or (self.endorsements is not None and channel_id not in self.endorsements):
            raise UnauthorizedError("channel not endorsed")
        if service_url.rstrip("/") != self.service_url.rstrip("/"):
            raise UnauthorizedError("serviceUrl differs")


class BotTokens:
    """Validates tokens, and caches valid ones (by hash) until they expire: most turns check no signature.

    `clock` gives Unix seconds.
    """

    def __init__(self, keys: KeySet, *, app_id: str, issuer: str, clock: Callable[[], float] = time.time) -> None:
        self._keys = keys
        self._app_id = app_id
        self._issuer = issuer
        self._valid: TLRUCache[bytes, Claims] = TLRUCache(
            MAX_REMEMBERED_TOKENS, ttu=lambda _digest, claims, _now: claims.expires, timer=clock
        )

    async def validate(self, authorization: str | None) -> Claims:
        """Validate an `Authorization` header.

        Raises `UnauthorizedError`, or `AuthenticationUnavailableError` when the keys cannot be fetched.
        """
        if authorization is None or not authorization.startswith("Bearer "):
            raise UnauthorizedError("no bearer token")
        token = authorization[7:]
        if len(token) > MAX_TOKEN_CHARS:
            raise UnauthorizedError("token too large")
        digest = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        claims = self._valid.get(digest)
        if claims is None:
            claims = self._valid[digest] = await self._decode(token)
        return claims

    async def _decode(self, token: str) -> Claims:
        try:
            valid = await self._keys.decode(
                token,
                audience=self._app_id,
                issuer=self._issuer,
                required=("exp", "iss", "aud"),
                leeway=CLOCK_LEEWAY,
            )
        except InvalidTokenError as error:
            raise UnauthorizedError(str(error)) from None
        except KeysUnavailableError:
            raise AuthenticationUnavailableError("no signing keys") from None
        service_url = valid.claims.get("serviceurl") or valid.claims.get("serviceUrl")
        if not isinstance(service_url, str) or not service_url:
            raise UnauthorizedError("no serviceurl claim")
        endorsements = valid.key.get("endorsements")
        return Claims(
            service_url,
            tuple(map(str, endorsements)) if isinstance(endorsements, list) else None,
            as_int(valid.claims["exp"]) + CLOCK_LEEWAY,
        )
