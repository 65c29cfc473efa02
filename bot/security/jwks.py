"""The public keys of a token issuer, found through its OpenID Connect metadata and kept up to date."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import aiohttp
import jwt
import orjson
import structlog

log = structlog.get_logger(__name__)

BODY_LIMIT = 1 << 20
_TIMEOUT = aiohttp.ClientTimeout(total=5, sock_connect=3)


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be had now, and none that may still be used are known."""


@dataclass(frozen=True, slots=True)
class _Snapshot:
    issuer: str = ""
    keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    raw: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    at: float = float("-inf")


class KeySet:
    """Answers from memory; fetches in the background when due, and once for all who wait.

    All durations are seconds of `clock`, which must never run backwards. Keys older than `fresh_for` are fetched
    again while the old ones go on being used, for up to `stale_for` more if the issuer does not answer. An unknown
    key id causes a fetch at most every `min_interval`, so made-up ids cost the issuer nothing.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        metadata_url: str,
        *,
        min_interval: float = 300.0,
        fresh_for: float = 3600.0,
        stale_for: float = 86400.0,
        retry_after_error: float = 10.0,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._session = session
        self._url = metadata_url
        self._min_interval = min_interval
        self._fresh_for = fresh_for
        self._stale_for = stale_for
        self._retry_after_error = retry_after_error
        self._clock = clock
        self._have = _Snapshot()
        self._forced_at = float("-inf")
        self._failed_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    @property
    def issuer(self) -> str:
        """`issuer` of the metadata; empty before the first `find` or `load`."""
        return self._have.issuer

    def raw(self, kid: str) -> Mapping[str, object] | None:
        """The JSON of a key that `find` gave: `endorsements` and other members that are no part of a JWK."""
        return self._have.raw.get(kid)

    async def load(self) -> None:
        """Have keys, whichever. Raises `KeysUnavailableError`."""
        if self._expired():
            await self._fetch()
        if self._expired():
            raise KeysUnavailableError("the issuer's keys cannot be fetched")

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """The RSA signing key with this id, or None if the issuer has none. Raises `KeysUnavailableError`."""
        had = self._have
        await self.load()
        if self._clock() - self._have.at > self._fresh_for:
            self._start()
        if kid not in self._have.keys and had is self._have and self._may_force():
            await self._fetch()
            if self._have is not had:
                self._forced_at = self._clock()
        return self._have.keys.get(kid)

    def _expired(self) -> bool:
        return self._clock() - self._have.at > self._fresh_for + self._stale_for

    def _may_force(self) -> bool:
        return self._clock() - self._forced_at >= self._min_interval

    async def _fetch(self) -> None:
        task = self._start()
        if task is not None:
            await asyncio.shield(task)

    def _start(self) -> asyncio.Task[None] | None:
        if self._fetching is None and self._clock() - self._failed_at >= self._retry_after_error:
            self._fetching = asyncio.create_task(self._load())
        return self._fetching

    async def _load(self) -> None:
        try:
            metadata = await self._json(self._url)
            self._have = _read(metadata, await self._json(str(metadata.get("jwks_uri", ""))), self._clock())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._failed_at = self._clock()
            log.warning("signing keys not fetched", issuer=self._have.issuer, error=type(error).__name__)
        finally:
            self._fetching = None

    async def _json(self, url: str) -> dict[str, object]:
        async with self._session.get(url, timeout=_TIMEOUT, allow_redirects=False) as response:
            body = await response.content.read(BODY_LIMIT)
            while len(body) < BODY_LIMIT and (more := await response.content.read(BODY_LIMIT)):
                body += more
        if response.status != 200 or len(body) >= BODY_LIMIT:
            raise ValueError(f"answered {response.status}")
        found = orjson.loads(body)
        return found if isinstance(found, dict) else {}


def _read(metadata: Mapping[str, object], jwks: Mapping[str, object], now: float) -> _Snapshot:
    keys: dict[str, jwt.PyJWK] = {}
    raw: dict[str, Mapping[str, object]] = {}
    rows = jwks.get("keys")
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or row.get("kty") != "RSA" or row.get("use", "sig") != "sig":
            continue
        kid = row.get("kid")
        try:
            key = jwt.PyJWK.from_dict(row, algorithm="RS256")
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue  # one key that is no key must not take the others away
        if isinstance(kid, str) and kid:
            keys[kid], raw[kid] = key, row
    if not keys:
        raise ValueError("no usable key")
    return _Snapshot(str(metadata.get("issuer", "")), keys, raw, now)
