"""Continue with Microsoft: identifies the person at the browser.

MSAL runs the authorization code flow with PKCE and nonce. It does not validate the id token (since MSAL 1.38 the
application has to), so signature, issuer, audience and times are checked here before a claim is used.
"""

from __future__ import annotations

import asyncio
import re
import time
import warnings
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import msal
import structlog

from bot.accounts.model import SignInUnavailableError
from bot.accounts.sign_in.microsoft_calls import MAX_CALLS, MicrosoftCalls, SignInBusyError
from bot.accounts.sign_in.msal_http import MsalHttp
from bot.accounts.token_endpoint import error_code
from bot.chat.identity import Person
from bot.security import entra
from bot.security.jwks import InvalidTokenError, KeySet, KeysUnavailableError

log = structlog.get_logger(__name__)

CLOCK_LEEWAY = 120
"""Seconds of clock difference that are forgiven."""
MAX_ID_TOKEN_CHARS = 16 * 1024
RETRY_AFTER_ERROR = 2.0
"""Seconds until Microsoft is asked again after it failed to describe its sign-in."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.ASCII)
_OUTAGES = frozenset({"temporarily_unavailable", "server_error", "invalid_client", "unauthorized_client"})

# The answer has to come in the query: a form posted by another site does not carry our SameSite=Lax cookie.
warnings.filterwarnings("ignore", message="response_mode='form_post' is recommended")


class SignInRefusedError(Exception):
    """The answer is no valid sign-in. The message is for the log."""


class ForeignTenantError(SignInRefusedError):
    """The person is of a directory that may not use this bridge."""


@dataclass(frozen=True, slots=True)
class MicrosoftUser:
    """A signed-in person. `name` and `email` are only shown; nothing depends on them."""

    person: Person
    name: str
    email: str


class _NoCache(msal.TokenCache):  # type: ignore[misc]  # MSAL has no types
    """Keeps no tokens: a person is identified once and nothing is called on their behalf."""

    def add(self, event: object, now: object = None) -> None:
        """Do not keep the token."""


class MicrosoftSignIn:
    """Signs people in with one registration. `clock` gives seconds and must never run backwards."""

    def __init__(
        self,
        *,
        authority: str,
        client_id: str,
        credential: entra.Credential,
        redirect_uri: str,
        allowed_tenants: frozenset[str],
        keys: KeySet,
        http: MsalHttp,
        calls: MicrosoftCalls,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._authority = authority
        self._client_id = client_id
        self._credential = credential
        self._redirect_uri = redirect_uri
        self._tenants = frozenset(tenant.lower() for tenant in allowed_tenants)
        self._keys = keys
        self._http, self._calls, self._clock = http, calls, clock
        self._app: msal.ConfidentialClientApplication | None = None
        self._creating = asyncio.Lock()
        self._waiting = 0
        self._failed_at = float("-inf")

    async def use_credential(self, credential: entra.Credential) -> None:
        """Prove the registration with this from now on, also in the sign-ins under way."""
        async with self._creating:
            self._credential, self._app = credential, None
            self._failed_at = float("-inf")

    async def is_issuer(self, iss: str) -> bool:
        """Whether `iss` of a response (RFC 9207) is this authority. Raises `SignInUnavailableError`."""
        try:
            await self._keys.load()
        except KeysUnavailableError:
            raise SignInUnavailableError("Microsoft's metadata cannot be fetched") from None
        return any(iss == self._keys.issuer.replace("{tenantid}", tenant) for tenant in self._tenants)

    async def begin(self, state: str) -> tuple[str, dict[str, object]]:
        """Return where to send the browser, and what `finish` needs (secret). Raises `SignInUnavailableError`."""
        app = await self._application()
        # It computes and asks nobody.
        flow: dict[str, object] = app.initiate_auth_code_flow(
            [], redirect_uri=self._redirect_uri, state=state, prompt="select_account"
        )
        return str(flow.pop("auth_uri")), flow

    async def finish(self, flow: Mapping[str, object], code: str) -> MicrosoftUser:
        """Exchange the code and return who signed in.

        Raises `SignInRefusedError`, `ForeignTenantError`, `SignInUnavailableError`.
        """
        app = await self._application()
        answer = {"code": code, "state": flow.get("state")}
        try:
            result: Mapping[str, object] = await self._calls.run(
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
        return self._read_user(await self._validate(result.get("id_token")))

    async def _application(self) -> msal.ConfidentialClientApplication:
        """Make MSAL's application at the first sign-in: that asks Microsoft, which may be down at the start."""
        if self._app is not None:
            return self._app
        if self._waiting >= MAX_CALLS:
            raise SignInBusyError
        self._waiting += 1
        try:
            return await self._make_application()
        finally:
            self._waiting -= 1

    async def _make_application(self) -> msal.ConfidentialClientApplication:
        async with self._creating:
            if self._app is None:
                if self._clock() - self._failed_at < RETRY_AFTER_ERROR:
                    raise SignInUnavailableError("Microsoft sign-in isn't responding")
                try:
                    self._app = await self._calls.run(self._create)
                except SignInUnavailableError:
                    self._failed_at = self._clock()
                    raise
                except (ValueError, RuntimeError, KeyError) as error:
                    self._failed_at = self._clock()
                    log.error("MICROSOFT_AUTHORITY is not usable", error=type(error).__name__)  # noqa: TRY400 - MSAL's text may quote the page it got
                    raise SignInUnavailableError("Microsoft's sign-in does not work now") from None
            return self._app

    def _create(self) -> msal.ConfidentialClientApplication:
        return entra.make_confidential_client(
            self._authority,
            self._client_id,
            self._credential,
            self._http,
            token_cache=_NoCache(),
            exclude_scopes=["offline_access"],
        )

    async def _validate(self, id_token: object) -> Mapping[str, object]:
        if not isinstance(id_token, str) or len(id_token) > MAX_ID_TOKEN_CHARS:
            raise SignInRefusedError("no id token")
        try:
            valid = await self._keys.decode(
                id_token,
                audience=self._client_id,
                required=("exp", "iat", "iss", "aud", "nonce"),
                leeway=CLOCK_LEEWAY,
            )
        except InvalidTokenError as error:
            raise SignInRefusedError(f"id token: {error}") from None
        except KeysUnavailableError:
            raise SignInUnavailableError("Microsoft's signing keys cannot be fetched") from None
        expected = self._keys.issuer.replace("{tenantid}", str(valid.claims.get("tid", "")))
        if not expected or valid.claims.get("iss") != expected:
            raise SignInRefusedError("the id token is of another issuer")
        return valid.claims

    def _read_user(self, claims: Mapping[str, object]) -> MicrosoftUser:
        tid, oid = str(claims.get("tid", "")).lower(), str(claims.get("oid", "")).lower()
        if not _GUID.fullmatch(tid) or not _GUID.fullmatch(oid):
            raise SignInRefusedError("the id token names no directory account")
        if tid not in self._tenants:
            raise ForeignTenantError("the account is of a tenant that is not allowed")
        email = claims.get("email") or claims.get("preferred_username") or ""
        return MicrosoftUser(Person(tid, oid), str(claims.get("name") or email), str(email))
