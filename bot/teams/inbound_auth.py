"""Is this request really from the Bot Framework? Validation of its JWT, without ever blocking the event loop.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-authentication#connector-to-bot
botbuilder's own check fetches keys with blocking calls and answers most bad tokens with 500.
"""

from __future__ import annotations

import hashlib
import time
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

import jwt

from bot.security.jwks import KeySet, KeysUnavailableError

CHANNEL = "msteams"
LEEWAY = 300
"""Seconds of clock difference that the protocol allows."""
MAX_TOKEN = 16 * 1024
REMEMBERED = 2048


class UnauthorizedError(Exception):
    """The token is missing or bad. The reason is for the log, never for the caller."""


class AuthenticationUnavailableError(Exception):
    """The signing keys cannot be had now, so nothing can be said about the token."""


@dataclass(frozen=True, slots=True)
class Claims:
    """What a valid token vouches for."""

    service_url: str
    endorsements: tuple[str, ...] | None
    expires: float

    def check(self, activity: Mapping[str, object]) -> None:
        """Raises `UnauthorizedError` unless the token is for this channel and this serviceUrl."""
        channel, service_url = activity.get("channelId"), activity.get("serviceUrl")
        if channel != CHANNEL or (self.endorsements is not None and CHANNEL not in self.endorsements):
            raise UnauthorizedError("channel not endorsed")
        if not isinstance(service_url, str) or service_url.rstrip("/") != self.service_url.rstrip("/"):
            raise UnauthorizedError("serviceUrl differs")


class BotTokens:
    """Validates tokens; remembers valid ones (by hash) until they expire, so that a turn costs no RSA."""

    def __init__(self, keys: KeySet, *, app_id: str, issuer: str) -> None:
        self._keys = keys
        self._app_id = app_id
        self._issuer = issuer
        self._valid: OrderedDict[bytes, Claims] = OrderedDict()

    async def validate(self, authorization: str | None) -> Claims:
        """Raises `UnauthorizedError`, or `AuthenticationUnavailableError` when the keys cannot be fetched."""
        if authorization is None or not authorization.startswith("Bearer "):
            raise UnauthorizedError("no bearer token")
        token = authorization[7:]
        if len(token) > MAX_TOKEN:
            raise UnauthorizedError("token too large")
        mark = hashlib.sha256(token.encode("utf-8", "surrogateescape")).digest()
        known = self._valid.get(mark)
        if known is not None and known.expires > time.time():
            return known
        claims = await self._decode(token)
        self._valid[mark] = claims
        if len(self._valid) > REMEMBERED:
            self._valid.popitem(last=False)
        return claims

    async def _decode(self, token: str) -> Claims:
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self._keys.find(kid) if isinstance(kid, str) else None
            if key is None or not isinstance(kid, str):
                raise UnauthorizedError("unknown key id")
            payload = jwt.decode(
                token,
                key,
                algorithms=["RS256"],
                audience=self._app_id,
                issuer=self._issuer,
                leeway=LEEWAY,
                options={"require": ["exp", "iss", "aud"]},
            )
        except (jwt.PyJWTError, ValueError) as error:
            raise UnauthorizedError(type(error).__name__) from None
        except KeysUnavailableError:
            raise AuthenticationUnavailableError("no signing keys") from None
        service_url = payload.get("serviceurl") or payload.get("serviceUrl")
        if not isinstance(service_url, str) or not service_url:
            raise UnauthorizedError("no serviceurl claim")
        endorsed = (self._keys.raw(kid) or {}).get("endorsements")
        endorsements = tuple(str(e) for e in endorsed) if isinstance(endorsed, list) else None
        return Claims(service_url, endorsements, float(payload["exp"]) + LEEWAY)
