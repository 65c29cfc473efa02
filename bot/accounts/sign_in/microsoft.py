"""Continue with Microsoft: who the person at the browser is.

MSAL runs the authorization code flow with PKCE and nonce. It does not validate the id token (since MSAL 1.38 that
is the application's part), so signature, issuer, audience and times are checked here before a claim is believed.
"""

from __future__ import annotations

import asyncio
import re
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TypeVar
from urllib.parse import urlsplit

import jwt
import msal
import structlog
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

from bot.accounts.model import SignInUnavailableError
from bot.accounts.sign_in.msal_http import MicrosoftUnavailableError, MsalHttp
from bot.accounts.token_endpoint import error_code
from bot.chat.identity import Person
from bot.security.jwks import KeySet, KeysUnavailableError

log = structlog.get_logger(__name__)

CALL_SECONDS = 12.0
LEEWAY = 120
ID_TOKEN_LIMIT = 16 * 1024
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_FAILED_AGAIN = 2.0
_OUTAGES = frozenset({"temporarily_unavailable", "server_error", "invalid_client", "unauthorized_client"})
_T = TypeVar("_T")

# The answer must come in the query: a form posted by another site does not carry our SameSite=Lax cookie.
warnings.filterwarnings("ignore", message="response_mode='form_post' is recommended")


class SignInRefusedError(Exception):
    """What came back is no valid sign-in. The message is for the log."""


class ForeignTenantError(SignInRefusedError):
    """The person is who they say, but of a directory that may not use this bridge."""


@dataclass(frozen=True, slots=True)
class MicrosoftUser:
    """A signed-in person. `name` and `email` are shown, and decide nothing."""

    person: Person
    name: str
    email: str


class _NoCache(msal.TokenCache):  # type: ignore[misc]  # MSAL has no types
    """We want to know who somebody is once; their Microsoft tokens are not kept."""

    def add(self, event: object, now: object = None) -> None:
        """Forget it."""


def is_microsoft(authority: str) -> bool:
    """Whether the host is one of Microsoft's own clouds, public or national."""
    return urlsplit(authority).hostname in WELL_KNOWN_AUTHORITY_HOSTS


def metadata_url(authority: str) -> str:
    """The OpenID Connect metadata of a `MICROSOFT_AUTHORITY`."""
    base = _bare(authority)
    return f"{base}{'/v2.0' if is_microsoft(base) else ''}/.well-known/openid-configuration"


def _bare(authority: str) -> str:
    base = authority.rstrip("/")
    return base.removesuffix("/v2.0") if is_microsoft(base) else base


class MicrosoftSignIn:
    """One sign-in app. `credential` is a client secret, or what MSAL takes for a certificate or an assertion."""

    def __init__(
        self,
        *,
        authority: str,
        client_id: str,
        credential: str | Mapping[str, object],
        redirect_uri: str,
        allowed_tenants: frozenset[str],
        keys: KeySet,
        http: MsalHttp,
    ) -> None:
        self._authority = _bare(authority)
        self._client_id = client_id
        self._credential = credential
        self._redirect_uri = redirect_uri
        self._tenants = frozenset(tenant.lower() for tenant in allowed_tenants)
        self._keys = keys
        self._http = http
        self._app: msal.ConfidentialClientApplication | None = None
        self._creating = asyncio.Lock()
        self._failed_at = float("-inf")

    async def is_issuer(self, iss: str) -> bool:
        """Whether a response that names `iss` (RFC 9207) is this authority's. Raises `SignInUnavailableError`."""
        try:
            await self._keys.load()
        except KeysUnavailableError:
            raise SignInUnavailableError("Microsoft's metadata cannot be fetched") from None
        return any(iss == self._keys.issuer.replace("{tenantid}", tenant) for tenant in self._tenants)

    async def begin(self, state: str) -> tuple[str, dict[str, object]]:
        """Where to send the browser, and what `finish` needs (secret). Raises `SignInUnavailableError`."""
        app = await self._application()
        flow: dict[str, object] = await _in_thread(
            app.initiate_auth_code_flow, [], redirect_uri=self._redirect_uri, state=state, prompt="select_account"
        )
        return str(flow["auth_uri"]), flow

    async def finish(self, flow: Mapping[str, object], code: str) -> MicrosoftUser:
        """Raises `SignInRefusedError`, `ForeignTenantError`, `SignInUnavailableError`."""
        app = await self._application()
        answer = {"code": code, "state": flow.get("state")}
        try:
            result: Mapping[str, object] = await _in_thread(
                app.acquire_token_by_auth_code_flow, dict(flow), answer
            )
        except (ValueError, RuntimeError, KeyError, TypeError) as error:
            raise SignInRefusedError(f"MSAL refused the answer: {type(error).__name__}") from None
        if result.get("error"):
            code = error_code(result)
            if code in _OUTAGES:
                log.error("Microsoft's sign-in does not serve this app", error=code)
                raise SignInUnavailableError("Microsoft's sign-in does not work now")
            raise SignInRefusedError(f"token endpoint: {code}")
        return self._user(await self._verified(result.get("id_token")))

    async def _application(self) -> msal.ConfidentialClientApplication:
        """Made once, at the first sign-in: making it asks Microsoft, and the bridge starts without Microsoft."""
        async with self._creating:
            if self._app is None:
                if time.monotonic() - self._failed_at < _FAILED_AGAIN:
                    raise SignInUnavailableError("Microsoft's sign-in does not answer")
                try:
                    self._app = await _in_thread(self._create)
                except SignInUnavailableError:
                    self._failed_at = time.monotonic()
                    raise
                except (ValueError, RuntimeError, KeyError) as error:
                    self._failed_at = time.monotonic()
                    log.error("MICROSOFT_AUTHORITY is not usable", error=type(error).__name__)  # noqa: TRY400 - MSAL's text may quote the page it got
                    raise SignInUnavailableError("Microsoft's sign-in does not work now") from None
            return self._app

    def _create(self) -> msal.ConfidentialClientApplication:
        where = "authority" if is_microsoft(self._authority) else "oidc_authority"
        return msal.ConfidentialClientApplication(
            self._client_id,
            client_credential=self._credential,
            http_client=self._http,
            token_cache=_NoCache(),
            exclude_scopes=["offline_access"],
            **{where: self._authority},
        )

    async def _verified(self, id_token: object) -> Mapping[str, object]:
        if not isinstance(id_token, str) or len(id_token) > ID_TOKEN_LIMIT:
            raise SignInRefusedError("no id token")
        try:
            kid = jwt.get_unverified_header(id_token).get("kid")
            key = await self._keys.find(kid) if isinstance(kid, str) else None
            if key is None:
                raise SignInRefusedError("the id token is signed with an unknown key")
            claims: Mapping[str, object] = jwt.decode(
                id_token,
                key,
                algorithms=["RS256"],
                audience=self._client_id,
                leeway=LEEWAY,
                options={"require": ["exp", "iat", "iss", "aud", "nonce"]},
            )
        except jwt.PyJWTError as error:
            raise SignInRefusedError(f"id token: {type(error).__name__}") from None
        except KeysUnavailableError:
            raise SignInUnavailableError("Microsoft's signing keys cannot be fetched") from None
        expected = self._keys.issuer.replace("{tenantid}", str(claims.get("tid", "")))
        if not expected or claims.get("iss") != expected:
            raise SignInRefusedError("the id token is of another issuer")
        return claims

    def _user(self, claims: Mapping[str, object]) -> MicrosoftUser:
        tid, oid = str(claims.get("tid", "")).lower(), str(claims.get("oid", "")).lower()
        if not _GUID.fullmatch(tid) or not _GUID.fullmatch(oid):
            raise SignInRefusedError("the id token names no directory account")
        if tid not in self._tenants:
            raise ForeignTenantError("the account is of a tenant that is not allowed")
        email = claims.get("email") or claims.get("preferred_username") or ""
        return MicrosoftUser(Person(tid, oid), str(claims.get("name") or email), str(email))


async def _in_thread(function: Callable[..., _T], *args: object, **kwargs: object) -> _T:
    """MSAL blocks; raises `SignInUnavailableError` when Microsoft does not answer in time."""
    try:
        async with asyncio.timeout(CALL_SECONDS):
            return await asyncio.to_thread(function, *args, **kwargs)
    except (MicrosoftUnavailableError, TimeoutError) as error:
        log.warning("Microsoft's sign-in does not answer", error=type(error).__name__)
        raise SignInUnavailableError("Microsoft's sign-in does not answer") from None
