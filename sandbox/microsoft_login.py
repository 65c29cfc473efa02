"""Microsoft's login: an OpenID Connect provider with `tid` and `oid`, and the bot's connector token.

Discovery, keys and tokens are served over TLS, as MSAL requires; the sign-in page is plain HTTP on loopback, so
that a browser without the sandbox's certificate authority can open it.
"""

from __future__ import annotations

import base64
import json
import re
import secrets
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from urllib.parse import urlencode, urlsplit

import jwt
from aiohttp import web
from cryptography.hazmat.primitives.asymmetric import rsa

from sandbox.keys import signing_key
from sandbox.microsoft_registrations import Registrations
from sandbox.model import Json
from sandbox.pages import message, page
from sandbox.people import TENANT, Person, by_email
from sandbox.tokens import s256

CONNECTOR_SCOPE = "https://api.botframework.com/.default"
ANY_TENANT = ("organizations", "common")
"""In place of a tenant, for people of every tenant. No app gets a token of its own there."""
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KID = "sandbox-microsoft-1"


@dataclass(frozen=True, slots=True)
class _Request:
    client_id: str
    redirect_uri: str
    state: str
    nonce: str
    scopes: tuple[str, ...]
    challenge: str
    form_post: bool


@dataclass(frozen=True, slots=True)
class _Code:
    person: Person
    request: _Request
    expires: float


@dataclass(frozen=True, slots=True)
class WrongIdToken:
    """How to spoil id tokens: claims to overwrite, claims to leave out, no or a foreign signature."""

    claims: Mapping[str, object] = field(default_factory=dict)
    without: tuple[str, ...] = ()
    unsigned: bool = False
    foreign_key: bool = False


class _PageError(Exception):
    """A refused authorization request that must be answered with a page, not with a redirect."""


class MicrosoftLogin:
    """The login of one tenant. While `wrong` is set, it spoils every id token."""

    def __init__(
        self,
        app_id: str,
        app_secret: str,
        people: tuple[Person, ...],
        clock: Callable[[], float] = time.time,
        tenant: str = TENANT,
    ) -> None:
        self.app_id, self.app_secret, self.people = app_id, app_secret, people
        self.clock, self.tenant = clock, tenant
        self.tls_url = self.page_url = ""
        self.wrong: WrongIdToken | None = None
        self.registrations = Registrations({app_id: app_secret})
        self.connector_scope = CONNECTOR_SCOPE
        self.token_seconds = 3600
        self.redirect_uris: frozenset[str] | None = None
        """What the registrations have; None: any loopback address."""
        self.token_calls: list[str] = []
        """The grant type of each call of the token endpoint, with a `!` behind it when it was refused."""
        self._open: dict[str, _Request] = {}
        self._codes: dict[str, _Code] = {}

    @property
    def _key(self) -> rsa.RSAPrivateKey:
        return signing_key("Microsoft")

    @property
    def authority(self) -> str:
        """The issuer; discovery is below it."""
        return f"{self.tls_url}/{self.tenant}/v2.0"

    @property
    def token_url(self) -> str:
        """The token endpoint."""
        return f"{self.tls_url}/{self.tenant}/oauth2/v2.0/token"

    def sign(self, claims: Mapping[str, object]) -> str:
        """Return claims as a token signed with the provider's key (published at the `jwks_uri`)."""
        return jwt.encode(dict(claims), self._key, "RS256", headers={"kid": _KID})

    def keys(self) -> Json:
        """Return the JSON Web Key Set."""
        public = json.loads(jwt.algorithms.RSAAlgorithm.to_jwk(self._key.public_key()))
        return {"keys": [{**public, "kid": _KID, "use": "sig", "alg": "RS256", "issuer": self.authority}]}

    def tls_routes(self) -> list[web.RouteDef]:
        """Return the routes that MSAL calls; a tenant can also be named by a domain, or be any (`ANY_TENANT`)."""
        return [
            web.get("/{tenant}/v2.0/.well-known/openid-configuration", self._discovery),
            web.get("/{tenant}/discovery/v2.0/keys", self._keys),
            web.post("/{tenant}/oauth2/v2.0/token", self._token),
        ]

    def page_routes(self) -> list[web.RouteDef]:
        """Return the routes that a browser opens."""
        path = "/{tenant}/oauth2/v2.0/authorize"
        return [web.get(path, self._authorize), web.post(path, self._decide)]

    async def _discovery(self, request: web.Request) -> web.Response:
        tenant = request.match_info["tenant"]
        if _GUID.fullmatch(tenant) and tenant != self.tenant:
            body = {"error": "invalid_tenant", "error_description": f"AADSTS90002: Tenant '{tenant}' not found."}
            return web.json_response(body, status=400)
        tls = f"{self.tls_url}/{tenant}"
        return web.json_response(
            {
                "issuer": f"{self.tls_url}/{{tenantid}}/v2.0" if tenant in ANY_TENANT else self.authority,
                "authorization_endpoint": f"{self.page_url}/{tenant}/oauth2/v2.0/authorize",
                "token_endpoint": f"{tls}/oauth2/v2.0/token",
                "jwks_uri": f"{tls}/discovery/v2.0/keys",
                "response_types_supported": ["code", "id_token", "code id_token", "id_token token"],
                "response_modes_supported": ["query", "fragment", "form_post"],
                "subject_types_supported": ["pairwise"],
                "id_token_signing_alg_values_supported": ["RS256"],
                "scopes_supported": ["openid", "profile", "email", "offline_access"],
                "token_endpoint_auth_methods_supported": ["client_secret_post", "private_key_jwt"],
                "claims_supported": ["sub", "iss", "aud", "exp", "iat", "nonce", "tid", "oid", "name"],
            }
        )

    async def _keys(self, _request: web.Request) -> web.Response:
        return web.json_response(self.keys())

    def _checked(self, query: Mapping[str, str]) -> _Request:
        client_id = query.get("client_id", "")
        if not self.registrations.can_sign_in(client_id):
            raise _PageError("AADSTS700016: Application was not found in the directory.")
        redirect_uri = query.get("redirect_uri", "")
        if not self._is_registered(redirect_uri):
            raise _PageError("AADSTS50011: The redirect URI does not match those configured for the application.")
        if query.get("response_type") != "code":
            raise _PageError("AADSTS900144: The request must ask for the response type 'code'.")
        scopes = tuple(query.get("scope", "").split())
        if "openid" not in scopes:
            raise _PageError("AADSTS900144: The request must contain the scope 'openid'.")
        challenge = query.get("code_challenge", "")
        if challenge and query.get("code_challenge_method") != "S256":
            raise _PageError("AADSTS501491: Invalid size or method of code challenge.")
        mode = query.get("response_mode", "query")
        if mode not in {"query", "form_post"}:
            raise _PageError("AADSTS70007: The response mode is not supported here.")
        state, nonce = query.get("state", ""), query.get("nonce", "")
        return _Request(client_id, redirect_uri, state, nonce, scopes, challenge, mode == "form_post")

    def _is_registered(self, redirect_uri: str) -> bool:
        if self.redirect_uris is not None:
            return redirect_uri in self.redirect_uris
        return urlsplit(redirect_uri).hostname in {"127.0.0.1", "localhost", "::1"}

    async def _authorize(self, request: web.Request) -> web.Response:
        try:
            authorization = self._checked(request.query)
        except _PageError as error:
            return message("Sorry, but we're having trouble signing you in", str(error))
        if request.query.get("prompt") == "none":
            refusal = {"error": "login_required", "error_description": "AADSTS50058: No user is signed in."}
            target = f"{authorization.redirect_uri}?{urlencode({**refusal, 'state': authorization.state})}"
            raise web.HTTPFound(target)
        transaction = secrets.token_urlsafe(24)
        self._open[transaction] = authorization
        values = {"transaction": transaction, "people": self.people, "action": request.path}
        return page("microsoft_sign_in.html", values)

    async def _decide(self, request: web.Request) -> web.Response:
        form = await request.post()
        authorization = self._open.pop(str(form.get("transaction", "")), None)
        person = by_email(str(form.get("person", "")))
        if authorization is None or person is None:
            return message("Something went wrong", "This page is no longer valid.")
        answer = {"state": authorization.state}
        if form.get("decision") == "cancel":
            answer |= {"error": "access_denied", "error_description": "AADSTS65004: User declined to consent."}
        else:
            answer["code"] = secrets.token_urlsafe(32)
            self._codes[answer["code"]] = _Code(person, authorization, self.clock() + 600)
        if authorization.form_post:
            return page("form_post.html", {"action": authorization.redirect_uri, "values": answer})
        raise web.HTTPFound(
            f"{authorization.redirect_uri}{'&' if '?' in authorization.redirect_uri else '?'}{urlencode(answer)}"
        )

    async def _token(self, request: web.Request) -> web.Response:
        form = {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
        grant_type = form.get("grant_type", "")
        refusal = self._refusal(form, request.match_info["tenant"])
        if refusal is None:
            self.token_calls.append(grant_type)
            body = self._connector_token() if grant_type == "client_credentials" else self._sign_in(form)
            return web.json_response(body, headers={"Cache-Control": "no-store"})
        self.token_calls.append(f"{grant_type}!")
        status, error, description = refusal
        return web.json_response({"error": error, "error_description": description}, status=status)

    def _refusal(self, form: Mapping[str, str], tenant: str) -> tuple[int, str, str] | None:
        problem = self.registrations.client_problem(form, self._key.public_key())
        if problem:
            return 401, "invalid_client", problem
        if form.get("grant_type") == "client_credentials":
            if tenant in ANY_TENANT:
                return 400, "invalid_request", "AADSTS90002: A token of an app needs a tenant."
            right_scope = form.get("scope") in (self.connector_scope, f"{form['client_id']}/.default")
            return None if right_scope else (400, "invalid_scope", "AADSTS70011: The provided scope is not valid.")
        if form.get("grant_type") != "authorization_code":
            return 400, "unsupported_grant_type", "AADSTS70003: The grant type is not supported."
        problem = self._code_problem(form)
        return (400, "invalid_grant", problem) if problem else None

    def _code_problem(self, form: Mapping[str, str]) -> str:
        code = self._codes.get(form.get("code", ""))
        if code is None or code.expires < self.clock() or code.request.client_id != form["client_id"]:
            return "AADSTS70008: The provided authorization code has expired or is unknown."
        if code.request.redirect_uri != form.get("redirect_uri"):
            return "AADSTS500112: The reply address does not match."
        if code.request.challenge and s256(form.get("code_verifier", "")) != code.request.challenge:
            return "AADSTS501481: The Code_Verifier does not match the code_challenge."
        return ""

    def _connector_token(self) -> Json:
        now = int(self.clock())
        claims = {
            "aud": self.connector_scope.removesuffix("/.default"),
            "iss": self.authority,
            "appid": self.app_id,
            "tid": self.tenant,
            "iat": now,
            "nbf": now,
            "exp": now + self.token_seconds,
            "jti": secrets.token_hex(8),
        }
        seconds = {"expires_in": self.token_seconds, "ext_expires_in": self.token_seconds}
        return {"token_type": "Bearer", **seconds, "access_token": self.sign(claims)}

    def _sign_in(self, form: Mapping[str, str]) -> Json:
        code = self._codes.pop(form["code"])
        client_info = json.dumps({"uid": code.person.oid, "utid": self.tenant}).encode()
        return {
            "token_type": "Bearer",
            "scope": " ".join(code.request.scopes),
            "expires_in": self.token_seconds,
            "access_token": secrets.token_urlsafe(48),
            "id_token": self._id_token(code),
            "client_info": base64.urlsafe_b64encode(client_info).rstrip(b"=").decode(),
        }

    def _id_token(self, code: _Code) -> str:
        now = int(self.clock())
        claims: Json = {
            "ver": "2.0",
            "iss": self.authority,
            "sub": s256(code.person.oid),
            "aud": code.request.client_id,
            "iat": now,
            "nbf": now,
            "exp": now + self.token_seconds,
            "name": code.person.name,
            "preferred_username": code.person.email,
            "oid": code.person.oid,
            "tid": self.tenant,
        }
        if code.request.nonce:
            claims["nonce"] = code.request.nonce
        wrong = self.wrong or WrongIdToken()
        claims = {k: v for k, v in {**claims, **wrong.claims}.items() if k not in wrong.without}
        if wrong.unsigned:
            return jwt.encode(claims, "", "none")
        if wrong.foreign_key:
            return jwt.encode(claims, signing_key("somebody else"), "RS256", headers={"kid": _KID})
        return self.sign(claims)
