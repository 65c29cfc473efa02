"""Atlassian's sign-in: its consent page, its token endpoint, and the sites that a token opens.

The request bodies are JSON and the answers are read by one pure function, `classify`. Facts about Atlassian:
https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field

import aiohttp
import orjson
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from bot.accounts.model import SignInUnavailableError
from bot.http.client import seconds_of
from bot.jira.models import Site

TIMEOUT = 8.0
"""Seconds for a whole call. A command's turn has to be answered in less than 15."""

BODY_LIMIT = 1 << 20
DEFAULT_LIFETIME = 3600.0
_CLOUD_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_ERROR_CODE = re.compile(r"[a-z_]{1,64}", re.ASCII)
_DEAD = frozenset({"invalid_grant", "unauthorized_client"})


@dataclass(frozen=True, slots=True)
class Tokens:
    """A successful answer. `refresh` is empty when the answer held none: the earlier one stays valid then."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)
    lifetime: float
    """Seconds from now."""
    scopes: tuple[str, ...] | None = None
    """None when the answer did not say: as asked for, then (RFC 6749, 5.1)."""


@dataclass(frozen=True, slots=True)
class Dead:
    """The code or refresh token is refused for good. `reason` is an OAuth error code."""

    reason: str


@dataclass(frozen=True, slots=True)
class Temporary:
    """No tokens now, and nothing wrong with the grant. `retry_after` is in seconds, 0 if not said."""

    reason: str
    retry_after: float = 0.0


@dataclass(frozen=True, slots=True)
class Unknown:
    """The request was sent and no usable answer came: the refresh token may or may not have been rotated."""

    reason: str


Answer = Tokens | Dead | Temporary | Unknown


def classify(status: int, body: bytes, retry_after: str = "") -> Answer:
    """What the token endpoint's answer means.

    A 403 with `invalid_grant` is final although its status suggests otherwise; a 200 that is a web page is some
    gateway's and says nothing about the grant; a 200 that is cut short follows a rotation.
    """
    found = _object(body)
    if status in (200, 201):
        if found is None and body.lstrip()[:1] == b"<":
            return Temporary("html")
        return _tokens(found) or Unknown("unreadable answer")
    if status in (400, 401, 403) and found is not None:
        code = error_code(found)
        return Dead(code) if code in _DEAD else Temporary(code)
    return Temporary(f"http {status}", seconds_of(retry_after) or 0.0)


def error_code(found: Mapping[str, object]) -> str:
    """The OAuth error code of an answer, if it looks like one: other text may be anything and is not logged."""
    code = found.get("error")
    return code if isinstance(code, str) and _ERROR_CODE.fullmatch(code) else "unnamed"


def _object(body: bytes) -> dict[str, object] | None:
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return found if isinstance(found, dict) else None


def _tokens(found: Mapping[str, object] | None) -> Tokens | None:
    access = found.get("access_token") if found else None
    if found is None or not isinstance(access, str) or not access:
        return None
    refresh, lifetime, scope = found.get("refresh_token"), found.get("expires_in"), found.get("scope")
    if isinstance(lifetime, str) and lifetime.isascii() and lifetime.isdigit():
        lifetime = float(lifetime)
    seconds = float(lifetime) if isinstance(lifetime, (int, float)) else DEFAULT_LIFETIME
    return Tokens(
        access,
        refresh if isinstance(refresh, str) else "",
        max(0.0, seconds),
        tuple(scope.split()) if isinstance(scope, str) else None,
    )


class TokenEndpoint:
    """One Atlassian app: its client id and secret, and where its consent returns to."""

    def __init__(
        self,
        session: aiohttp.ClientSession,
        *,
        auth_url: str,
        api_url: str,
        client_id: str,
        client_secret: str,
        redirect_uri: str,
        scopes: tuple[str, ...],
    ) -> None:
        self._session = session
        self.issuer = auth_url.rstrip("/")
        self._api = api_url.rstrip("/")
        self._client = {"client_id": client_id, "client_secret": client_secret}
        self._redirect_uri = redirect_uri
        self.scopes = tuple(dict.fromkeys((*scopes, "offline_access")))

    def authorize_url(self, state: str, verifier: str) -> str:
        """Where the browser goes for consent. `prompt=consent` is what Atlassian requires."""
        return str(
            prepare_grant_uri(
                f"{self.issuer}/authorize",
                self._client["client_id"],
                "code",
                redirect_uri=self._redirect_uri,
                scope=" ".join(self.scopes),
                state=state,
                audience="api.atlassian.com",
                prompt="consent",
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )

    async def exchange(self, code: str, verifier: str) -> Answer:
        """Turn the code of a consent into tokens; a code works once."""
        body = {"code": code, "redirect_uri": self._redirect_uri, "code_verifier": verifier}
        return await self._post({"grant_type": "authorization_code", **body}, TIMEOUT)

    async def refresh(self, refresh_token: str, *, seconds: float = TIMEOUT) -> Answer:
        """One attempt, given up after `seconds`."""
        return await self._post({"grant_type": "refresh_token", "refresh_token": refresh_token}, seconds)

    async def _post(self, body: Mapping[str, str], seconds: float) -> Answer:
        try:
            async with self._session.post(
                f"{self.issuer}/oauth/token",
                data=orjson.dumps({**self._client, **body}),
                headers={"Content-Type": "application/json", "Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=3),
                allow_redirects=False,
            ) as response:
                content = await _read(response)
                return classify(response.status, content, response.headers.get("Retry-After", ""))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
            return Temporary(type(error).__name__)
        except (aiohttp.ClientError, TimeoutError) as error:
            return Unknown(type(error).__name__)

    async def sites(self, access_token: str) -> tuple[Site, ...]:
        """All sites that the token opens, other products' too, sorted by name.

        Raises `SignInUnavailableError`.
        """
        try:
            async with self._session.get(
                f"{self._api}/oauth/token/accessible-resources",
                headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=TIMEOUT, sock_connect=3),
                allow_redirects=False,
            ) as response:
                content = await _read(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SignInUnavailableError(f"accessible-resources: {type(error).__name__}") from None
        if response.status != 200:
            raise SignInUnavailableError(f"accessible-resources answered {response.status}")
        return parse_sites(content)


async def _read(response: aiohttp.ClientResponse) -> bytes:
    """The body, cut at `BODY_LIMIT`: what is longer than that is no token answer and does not parse."""
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(1 << 16):
        parts.append(chunk)
        size += len(chunk)
        if size > BODY_LIMIT:
            break
    return b"".join(parts)[:BODY_LIMIT]


def parse_sites(body: bytes) -> tuple[Site, ...]:
    """Rows of `accessible-resources`; raises `SignInUnavailableError` if it is no list. Bad rows are left out."""
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError:
        rows = None
    if not isinstance(rows, list):
        raise SignInUnavailableError("accessible-resources: unreadable answer")
    found = [site for row in rows if isinstance(row, dict) and (site := _site(row))]
    return tuple(sorted(found, key=lambda site: (site.name.casefold(), site.url)))


def _site(row: Mapping[str, object]) -> Site | None:
    cloud_id, url, name, scopes = row.get("id"), row.get("url"), row.get("name"), row.get("scopes")
    if not isinstance(cloud_id, str) or not _CLOUD_ID.fullmatch(cloud_id):
        return None
    if not isinstance(url, str) or not url.startswith(("https://", "http://")):
        return None
    granted = tuple(s for s in scopes if isinstance(s, str)) if isinstance(scopes, list) else ()
    return Site(cloud_id, url, name if isinstance(name, str) and name else url.partition("://")[2], granted)
