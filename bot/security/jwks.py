"""Validates tokens with the public keys of their issuer, which are found through its OpenID Connect metadata."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import aiohttp
import jwt
import orjson
import structlog

log = structlog.get_logger(__name__)

ALGORITHMS = ("RS256",)
"""What a token may be signed with. Both issuers sign with RSA; anything else in a token's header is an attack."""
MAX_BODY_BYTES = 1 << 20
REFRESH_AFTER = 3600.0
"""Seconds after which keys are fetched again, while the old ones go on being used."""
MAX_AGE = REFRESH_AFTER + 86400.0
"""Seconds for which keys are used if the issuer does not answer."""
MIN_FORCED_INTERVAL = 300.0
"""Seconds between two fetches for unknown key ids, so that made-up ids cost the issuer nothing."""
RETRY_AFTER_ERROR = 10.0
"""Seconds until the issuer is asked again after a failed fetch."""
_TIMES = ("exp", "nbf", "iat")
_LATEST_TIME = 1 << 40
"""Unix seconds. PyJWT takes integers of any length, and their text too."""
_TIMEOUT = aiohttp.ClientTimeout(total=5, sock_connect=3)


class KeysUnavailableError(Exception):
    """The issuer's keys cannot be fetched now, and none that may still be used are known."""


class InvalidTokenError(Exception):
    """The token is not genuine, has expired or is for somebody else. The message is for the log."""


@dataclass(frozen=True, slots=True)
class ValidToken:
    """The claims of a genuine token, and the JSON of the key it is signed with (`endorsements` and others)."""

    claims: Mapping[str, object]
    key: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class _Snapshot:
    issuer: str = ""
    keys: Mapping[str, jwt.PyJWK] = field(default_factory=dict)
    key_json: Mapping[str, Mapping[str, object]] = field(default_factory=dict)
    fetched_at: float = float("-inf")


class KeySet:
    """The signing keys of one issuer: answers from memory, fetches in the background, once for all who wait.

    `clock` gives seconds and must never run backwards.
    """

    def __init__(
        self, session: aiohttp.ClientSession, metadata_url: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session, self._url, self._clock = session, metadata_url, clock
        self._snapshot = _Snapshot()
        self._forced_at = float("-inf")
        self._failed_at = float("-inf")
        self._fetching: asyncio.Task[None] | None = None

    @property
    def issuer(self) -> str:
        """`issuer` of the metadata; empty before the first `find` or `load`."""
        return self._snapshot.issuer

    async def decode(
        self, token: str, *, audience: str, required: Sequence[str], leeway: float, issuer: str | None = None
    ) -> ValidToken:
        """Validate a token's signature, audience, times, `required` claims and, if given, `issuer`.

        `leeway` is the clock difference in seconds that is forgiven. Raises `InvalidTokenError` and
        `KeysUnavailableError`.
        """
        try:
            kid = jwt.get_unverified_header(token).get("kid")
            key = await self.find(kid) if isinstance(kid, str) else None
            if key is None or not isinstance(kid, str):
                raise InvalidTokenError("unknown key id")
            claims: Mapping[str, object] = jwt.decode(
                token,
                key,
                algorithms=ALGORITHMS,
                audience=audience,
                issuer=issuer,
                leeway=leeway,
                options={"require": list(required)},
            )
        except (jwt.PyJWTError, ValueError, OverflowError, RecursionError) as error:
            # Those of Python: the token is not even text, a time has no end, its JSON is nested without end.
            raise InvalidTokenError(type(error).__name__) from None
        if not all(_is_time(claims[name]) for name in _TIMES if name in claims):
            raise InvalidTokenError("no time")
        return ValidToken(claims, self._snapshot.key_json.get(kid, {}))

    async def load(self) -> None:
        """Fetch the keys if none are known that may be used. Raises `KeysUnavailableError`."""
        if self._age() > MAX_AGE:
            await self._fetch()
        if self._age() > MAX_AGE:
            raise KeysUnavailableError("the issuer's keys cannot be fetched")

    async def find(self, kid: str) -> jwt.PyJWK | None:
        """Return the RSA signing key with this id, or None. Raises `KeysUnavailableError`."""
        before = self._snapshot
        await self.load()
        if self._age() > REFRESH_AFTER:
            self._start_fetch()
        unknown = kid not in self._snapshot.keys and self._snapshot is before
        if unknown and self._clock() - self._forced_at >= MIN_FORCED_INTERVAL:
            await self._fetch()
            if self._snapshot is not before:
                self._forced_at = self._clock()
        return self._snapshot.keys.get(kid)

    def _age(self) -> float:
        return self._clock() - self._snapshot.fetched_at

    async def _fetch(self) -> None:
        task = self._start_fetch()
        if task is not None:
            await asyncio.shield(task)

    def _start_fetch(self) -> asyncio.Task[None] | None:
        if self._fetching is None and self._clock() - self._failed_at >= RETRY_AFTER_ERROR:
            self._fetching = asyncio.create_task(self._load())
        return self._fetching

    async def _load(self) -> None:
        try:
            metadata = await self._get_json(self._url)
            jwks = await self._get_json(str(metadata.get("jwks_uri", "")))
            self._snapshot = _parse(metadata, jwks, self._clock())
        except (aiohttp.ClientError, TimeoutError, ValueError) as error:
            self._failed_at = self._clock()
            log.warning("signing keys not fetched", issuer=self._snapshot.issuer, error=type(error).__name__)
        finally:
            self._fetching = None

    async def _get_json(self, url: str) -> Mapping[str, object]:
        async with self._session.get(url, timeout=_TIMEOUT, allow_redirects=False) as response:
            body = await response.content.read(MAX_BODY_BYTES)
            while len(body) < MAX_BODY_BYTES and (more := await response.content.read(MAX_BODY_BYTES)):
                body += more
        if response.status != 200 or len(body) >= MAX_BODY_BYTES:
            raise ValueError(f"answered {response.status}")
        document = orjson.loads(body)
        return document if isinstance(document, dict) else {}


def _is_time(value: object) -> bool:
    return isinstance(value, int | float) and 0 <= value < _LATEST_TIME


def _parse(metadata: Mapping[str, object], jwks: Mapping[str, object], now: float) -> _Snapshot:
    """Read the usable keys. Raises `ValueError` if there are none."""
    keys: dict[str, jwt.PyJWK] = {}
    key_json: dict[str, Mapping[str, object]] = {}
    rows = jwks.get("keys")
    for row in rows if isinstance(rows, list) else ():
        if not isinstance(row, dict) or row.get("kty") != "RSA" or row.get("use", "sig") != "sig":
            continue
        kid = row.get("kid")
        if not isinstance(kid, str) or not kid:
            continue
        try:
            keys[kid] = jwt.PyJWK.from_dict(row, algorithm=ALGORITHMS[0])
        except (jwt.PyJWTError, ValueError, TypeError, KeyError):
            continue  # one malformed key must not take the others away
        key_json[kid] = row
    if not keys:
        raise ValueError("no usable key")
    return _Snapshot(str(metadata.get("issuer", "")), keys, key_json, now)
