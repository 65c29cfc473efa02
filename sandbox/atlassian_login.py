"""Atlassian's login: the consent page, the token endpoint and the Connected apps page."""

from __future__ import annotations

import json
import secrets
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from urllib.parse import urlencode, urlsplit

from aiohttp import web

from sandbox.model import Json
from sandbox.pages import message, page
from sandbox.people import Person, by_account, by_email
from sandbox.site import Site
from sandbox.tokens import CODE_LIFE, Code, Issued, OAuthProblem, Tokens

AUDIENCE = "api.atlassian.com"
IN_DEVELOPMENT = "This app is in development - only the owner of this app may grant it access to their account."
"""What Atlassian says to everybody else while the app is not shared."""
SCOPES = frozenset(
    {
        "read:jira-work",
        "write:jira-work",
        "read:jira-user",
        "manage:jira-webhook",
        "manage:jira-project",
        "manage:jira-configuration",
        "offline_access",
        "read:me",
        "report:personal-data",
        "read:sprint:jira-software",
        "write:sprint:jira-software",
        "read:board-scope:jira-software",
    }
)


@dataclass(frozen=True, slots=True)
class _Request:
    """An authorization request whose page is open."""

    redirect_uri: str
    state: str
    scopes: tuple[str, ...]
    challenge: str


class _PageError(Exception):
    """A refused authorization request that must be answered with a page, not with a redirect."""


class AtlassianLogin:
    """The login of one registered app. `redirect_uris` None: any loopback address may be the callback."""

    def __init__(
        self,
        client_id: str,
        client_secret: str,
        sites: list[Site],
        people: tuple[Person, ...],
        clock: Callable[[], float],
        *,
        redirect_uris: frozenset[str] | None = None,
    ) -> None:
        self.client_id, self.client_secret = client_id, client_secret
        self.sites, self.people, self.clock = sites, people, clock
        self.redirect_uris = redirect_uris
        self.tokens = Tokens(clock)
        self.owner = ""
        """Account of the app's owner; nobody else may consent while the app is not `shared`."""
        self.shared = True
        """Whether Distribution → Sharing is on, which it is not for a new app."""
        self.permissions = SCOPES
        """What was added on the app's Permissions page."""
        self.extra_resources: list[Json] = []
        """Further `accessible-resources` rows for everybody, such as a Confluence site's."""
        self._open: dict[str, _Request] = {}

    def revoke(self, account_id: str) -> None:
        """Revoke a person's consent, as on their Connected apps page."""
        self.tokens.revoke(account_id)

    def routes(self) -> list[web.RouteDef]:
        """Return the routes of auth.atlassian.com."""
        return [
            web.get("/authorize", self._authorize),
            web.post("/authorize", self._decide),
            web.post("/oauth/token", self._token),
            web.get("/connected-apps", self._connected_apps),
            web.post("/connected-apps", self._remove),
        ]

    def resources(self, account_id: str, scopes: tuple[str, ...]) -> list[Json]:
        """Return the body of `accessible-resources`."""
        granted = self.tokens.sites.get(account_id, set())
        own = [s for s in scopes if s not in {"offline_access", "read:me"}]
        rows: list[Json] = [
            {
                "id": s.cloud_id,
                "url": s.url,
                "name": s.name,
                "scopes": own,
                "avatarUrl": f"{s.url}/avatar/site/{s.cloud_id}",
            }
            for s in self.sites
            if s.cloud_id in granted
        ]
        return [*self.extra_resources, *rows]

    def _registered(self, uri: str) -> bool:
        if self.redirect_uris is not None:
            return uri in self.redirect_uris
        return urlsplit(uri).hostname in {"127.0.0.1", "localhost", "::1"}

    def _checked(self, query: Mapping[str, str]) -> _Request:
        if query.get("client_id") != self.client_id:
            raise _PageError("There is no app with this client id.")
        redirect_uri = query.get("redirect_uri", "")
        if not self._registered(redirect_uri):
            raise _PageError(f"redirect_uri is not registered for client: {self.client_id}")
        if query.get("audience") != AUDIENCE:
            raise _PageError(f"The audience has to be {AUDIENCE}.")
        if query.get("response_type") != "code":
            raise _PageError("The response type has to be code.")
        if query.get("prompt") != "consent":
            raise _PageError("The prompt has to be consent.")
        if not query.get("state"):
            raise _PageError("A state is missing.")
        scopes = tuple(query.get("scope", "").split())
        if not scopes or not set(scopes) <= self.permissions:
            raise _PageError("The scope is missing or names something the app has not been given.")
        challenge = query.get("code_challenge", "")
        if challenge and query.get("code_challenge_method") != "S256":
            raise _PageError("The code challenge method has to be S256.")
        return _Request(redirect_uri, query["state"], scopes, challenge)

    async def _authorize(self, request: web.Request) -> web.Response:
        try:
            authorization = self._checked(request.query)
        except _PageError as error:
            return message("Something went wrong", str(error))
        transaction = secrets.token_urlsafe(24)
        self._open[transaction] = authorization
        values = {
            "transaction": transaction,
            "people": self.people,
            "sites": self.sites,
            "scopes": authorization.scopes,
        }
        return page("atlassian_consent.html", values)

    async def _decide(self, request: web.Request) -> web.Response:
        form = await request.post()
        authorization = self._open.pop(str(form.get("transaction", "")), None)
        person = by_email(str(form.get("person", "")))
        if authorization is None or person is None:
            return message("Something went wrong", "This page is no longer valid.")
        if not self.shared and person.account_id != self.owner:
            return message("Something went wrong", IN_DEVELOPMENT)
        if form.get("decision") != "accept":
            refusal = {"error": "access_denied", "error_description": "User did not authorize the request"}
            raise web.HTTPFound(_with(authorization.redirect_uri, {**refusal, "state": authorization.state}))
        known = {s.cloud_id for s in self.sites if s.person(person.account_id)}
        chosen = {str(v) for v in form.getall("site", [])} & known
        if not chosen:
            return message("No site", "Choose a site on which the app may be used.")
        code = Code(
            person.account_id,
            authorization.scopes,
            authorization.redirect_uri,
            authorization.challenge,
            self.clock() + CODE_LIFE,
        )
        name = self.tokens.consent(person.account_id, chosen, code)
        raise web.HTTPFound(_with(authorization.redirect_uri, {"state": authorization.state, "code": name}))

    async def _token(self, request: web.Request) -> web.Response:
        fields = await _fields(request)
        try:
            issued = self._granted(fields)
        except OAuthProblem as problem:
            body = {"error": problem.error, "error_description": problem.description}
            return web.json_response(body, status=problem.status)
        answer: Json = {
            "access_token": issued.access_token,
            "expires_in": issued.expires_in,
            "token_type": "Bearer",
            "scope": " ".join(issued.scopes),
        }
        if issued.refresh_token:
            answer["refresh_token"] = issued.refresh_token
        return web.json_response(answer, headers={"Cache-Control": "no-store"})

    def _granted(self, fields: Mapping[str, str]) -> Issued:
        grant_type = fields.get("grant_type", "")
        secret_is_right = secrets.compare_digest(fields.get("client_secret", ""), self.client_secret)
        if fields.get("client_id") != self.client_id or not secret_is_right:
            raise self.tokens.refuse(grant_type, OAuthProblem(401, "access_denied", "Unauthorized"))
        if grant_type == "authorization_code":
            verifier = fields.get("code_verifier", "")
            return self.tokens.exchange(fields.get("code", ""), fields.get("redirect_uri", ""), verifier)
        if grant_type == "refresh_token":
            return self.tokens.rotate(fields.get("refresh_token", ""))
        problem = OAuthProblem(403, "unsupported_grant_type", f"Unsupported grant type: {grant_type}")
        raise self.tokens.refuse(grant_type, problem)

    async def _connected_apps(self, _request: web.Request) -> web.Response:
        connected = [p for p in (by_account(a) for a in self.tokens.sites) if p]
        return page("connected_apps.html", {"connected": connected})

    async def _remove(self, request: web.Request) -> web.Response:
        form = await request.post()
        self.revoke(str(form.get("account", "")))
        raise web.HTTPFound("/connected-apps")


def _with(uri: str, values: Mapping[str, str]) -> str:
    return f"{uri}{'&' if '?' in uri else '?'}{urlencode(values)}"


async def _fields(request: web.Request) -> dict[str, str]:
    """Return the fields of a token request: JSON as documented, or a form, which Atlassian accepts, too."""
    if request.content_type == "application/json":
        try:
            body = await request.json()
        except json.JSONDecodeError:
            return {}
        return {str(k): v for k, v in body.items() if isinstance(v, str)} if isinstance(body, dict) else {}
    return {k: v for k, v in (await request.post()).items() if isinstance(v, str)}
