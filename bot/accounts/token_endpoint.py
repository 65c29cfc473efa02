"""Atlassian's sign-in: its consent page, its token endpoint, and the sites that a token opens.

The request bodies are JSON and the answers are read by one pure function, `classify`. Facts about Atlassian:
https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Mapping

import aiohttp
import orjson
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from bot.accounts.model import SignInUnavailableError
from bot.accounts.token_answers import (
    TOKEN_TIMEOUT,
    TokenAnswer,
    TokenOutcomeUnknown,
    TokenRefused,
    Tokens,
    TokenUnavailable,
)
from bot.http.client import retry_after_seconds
from bot.http.json import as_list, as_object, as_string
from bot.jira.models import Site

CONNECT_TIMEOUT = 3.0
MAX_BODY_BYTES = 1 << 20
DEFAULT_LIFETIME_SECONDS = 3600.0
SITES_RETRY_DELAY = 0.5
_CLOUD_ID = re.compile(r"[A-Za-z0-9-]{1,64}", re.ASCII)
_ERROR_CODE = re.compile(r"[a-z_]{1,64}", re.ASCII)
_FINAL_ERRORS = frozenset({"invalid_grant", "unauthorized_client"})


def classify(status: int, body: bytes, retry_after: str = "") -> TokenAnswer:
    """Decide what the token endpoint's answer means.

    A 403 with `invalid_grant` is final although its status suggests otherwise; a 200 that is a web page comes from
    some gateway and says nothing about the grant; a 200 that is cut short follows a rotation.
    """
    content = _parse_object(body)
    if status in (200, 201):
        if content is None and body.lstrip()[:1] == b"<":
            return TokenUnavailable("html")
        return _read_tokens(content or {}) or TokenOutcomeUnknown("unreadable answer")
    if status in (400, 401, 403) and content is not None:
        code = error_code(content)
        return TokenRefused(code) if code in _FINAL_ERRORS else TokenUnavailable(code, passing=False)
    return TokenUnavailable(f"http {status}", retry_after_seconds(retry_after) or 0.0)


def error_code(content: Mapping[str, object]) -> str:
    """Return the OAuth error code of an answer if it looks like one: other text is not safe to log."""
    code = as_string(content.get("error"))
    return code if _ERROR_CODE.fullmatch(code) else "unnamed"


def _parse_object(body: bytes) -> dict[str, object] | None:
    try:
        content = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    return content if isinstance(content, dict) else None


def _read_tokens(content: Mapping[str, object]) -> Tokens | None:
    access, lifetime, scope = (
        as_string(content.get("access_token")),
        content.get("expires_in"),
        content.get("scope"),
    )
    if not access:
        return None
    if isinstance(lifetime, str) and lifetime.isascii() and lifetime.isdigit():
        lifetime = float(lifetime)
    return Tokens(
        access,
        as_string(content.get("refresh_token")),
        max(0.0, float(lifetime)) if isinstance(lifetime, (int, float)) else DEFAULT_LIFETIME_SECONDS,
        tuple(scope.split()) if isinstance(scope, str) else None,
    )


async def post_to_token_endpoint(
    session: aiohttp.ClientSession,
    url: str,
    data: bytes | aiohttp.FormData,
    headers: Mapping[str, str],
    seconds: float,
) -> TokenAnswer:
    """Send one request to a token endpoint, given up after `seconds`, and return what its answer means."""
    try:
        async with session.post(
            url,
            data=data,
            headers=headers,
            timeout=aiohttp.ClientTimeout(total=seconds, sock_connect=CONNECT_TIMEOUT),
            allow_redirects=False,
        ) as response:
            content = await _read_body(response)
            return classify(response.status, content, response.headers.get("Retry-After", ""))
    except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL) as error:
        return TokenUnavailable(type(error).__name__)
    except (aiohttp.ClientError, TimeoutError) as error:
        return TokenOutcomeUnknown(type(error).__name__)


class TokenEndpoint:
    """Atlassian's sign-in for one app: its client id and secret, and where its consent returns to."""

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
        self._client_id = client_id
        self.use_secret(client_secret)
        self._redirect_uri = redirect_uri
        self.scopes = tuple(dict.fromkeys((*scopes, "offline_access")))

    def use_secret(self, client_secret: str) -> None:
        """Prove the app with this secret from the next call on."""
        self._client = {"client_id": self._client_id, "client_secret": client_secret}

    def authorize_url(self, state: str, verifier: str) -> str:
        """Return where the browser goes for consent. Atlassian requires `prompt=consent`."""
        return str(
            prepare_grant_uri(
                f"{self.issuer}/authorize",
                self._client_id,
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

    async def exchange(self, code: str, verifier: str) -> TokenAnswer:
        """Exchange the code of a consent for tokens; a code works once."""
        body = {"code": code, "redirect_uri": self._redirect_uri, "code_verifier": verifier}
        return await self._post({"grant_type": "authorization_code", **body}, TOKEN_TIMEOUT)

    async def refresh(self, refresh_token: str, *, seconds: float = TOKEN_TIMEOUT) -> TokenAnswer:
        """Make one attempt, given up after `seconds`."""
        return await self._post({"grant_type": "refresh_token", "refresh_token": refresh_token}, seconds)

    async def _post(self, body: Mapping[str, str], seconds: float) -> TokenAnswer:
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        data = orjson.dumps({**self._client, **body})
        return await post_to_token_endpoint(self._session, f"{self.issuer}/oauth/token", data, headers, seconds)

    async def sites(self, access_token: str) -> tuple[Site, ...]:
        """Return all sites that the token opens, also those of other products, sorted by name.

        A passing fault is met with a second try. Raises `SignInUnavailableError`.
        """
        try:
            return await self._ask_sites(access_token)
        except SignInUnavailableError:
            await asyncio.sleep(SITES_RETRY_DELAY)
            return await self._ask_sites(access_token)

    async def _ask_sites(self, access_token: str) -> tuple[Site, ...]:
        try:
            async with self._session.get(
                f"{self._api}/oauth/token/accessible-resources",
                headers={"Authorization": f"Bearer {access_token}", "Accept": "application/json"},
                timeout=aiohttp.ClientTimeout(total=TOKEN_TIMEOUT, sock_connect=CONNECT_TIMEOUT),
                allow_redirects=False,
            ) as response:
                content = await _read_body(response)
        except (aiohttp.ClientError, TimeoutError) as error:
            raise SignInUnavailableError(f"accessible-resources: {type(error).__name__}") from None
        if response.status != 200:
            raise SignInUnavailableError(f"accessible-resources answered {response.status}")
        return parse_sites(content)


async def _read_body(response: aiohttp.ClientResponse) -> bytes:
    """Return the body cut at `MAX_BODY_BYTES`: a longer one is no token answer and does not parse."""
    parts, size = [], 0
    async for chunk in response.content.iter_chunked(1 << 16):
        parts.append(chunk)
        size += len(chunk)
        if size > MAX_BODY_BYTES:
            break
    return b"".join(parts)[:MAX_BODY_BYTES]


def parse_sites(body: bytes) -> tuple[Site, ...]:
    """Read `accessible-resources`, without malformed rows. Raises `SignInUnavailableError` if it is no list."""
    try:
        rows = orjson.loads(body)
    except orjson.JSONDecodeError:
        rows = None
    if not isinstance(rows, list):
        raise SignInUnavailableError("accessible-resources: unreadable answer")
    sites = [site for row in rows if (site := _read_site(as_object(row)))]
    return tuple(sorted(sites, key=lambda site: (site.name.casefold(), site.url)))


def _read_site(row: Mapping[str, object]) -> Site | None:
    cloud_id, url = as_string(row.get("id")), as_string(row.get("url"))
    if not _CLOUD_ID.fullmatch(cloud_id) or not url.startswith(("https://", "http://")):
        return None
    scopes = tuple(scope for scope in as_list(row.get("scopes")) if isinstance(scope, str))
    return Site(cloud_id, url, as_string(row.get("name")) or url.partition("://")[2], scopes)
