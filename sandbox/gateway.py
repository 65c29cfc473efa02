"""The gateway in front of Jira (api.atlassian.com): tokens, sites, scopes and error bodies.

The modules `jira_api_*` list their routes as `Route` rows; a handler gets a `Call` of one person on one site, and
may raise `JiraProblem`.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from aiohttp import web

from sandbox.errors import JiraProblem
from sandbox.model import Issue, Json
from sandbox.points import Points
from sandbox.render import View
from sandbox.site import Site

if TYPE_CHECKING:
    from sandbox.atlassian_login import AtlassianLogin
    from sandbox.webhooks import Webhooks

READ = ("read:jira-work",)
WRITE = ("write:jira-work",)
USER = ("read:jira-user",)
WEBHOOK = ("read:jira-work", "manage:jira-webhook")
SPRINT = ("write:sprint:jira-software",)
CONNECT_SESSION = "Failed to parse Connect Session Auth Token"
"""What a site answers to a 3LO token, which only the gateway takes."""
ALL = (*READ, *WRITE, *USER, *WEBHOOK, *SPRINT)
MAX_BODY = 15 * 1024 * 1024


@dataclass(slots=True)
class RequestRecord:
    """A call of Jira's REST API. `account_id` is empty if the token was refused; `body` is the JSON sent."""

    method: str
    path: str
    """Behind `/ex/jira/{cloudId}`, without the query."""
    query: Mapping[str, str]
    account_id: str
    body: object
    status: int = 0
    cloud_id: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    """The request's headers, without Authorization."""


@dataclass(frozen=True, slots=True)
class Call:
    """An authorised request. `body` is a JSON object, `raw` any other body."""

    site: Site
    webhooks: Webhooks
    account_id: str
    view: View
    path: Mapping[str, str]
    query: Mapping[str, str]
    queries: Mapping[str, list[str]]
    body: Mapping[str, object]
    raw: object
    request: web.Request

    def issue(self) -> Issue:
        """Return the issue in the path. Raises `JiraProblem` 404."""
        return self.site.issue(self.path["key"], self.account_id)

    def number(self, name: str, default: int, maximum: int) -> int:
        """Return a paging parameter of the query, capped like Jira's."""
        text = self.query.get(name, str(default))
        if not text.isdecimal():
            raise JiraProblem(400, f"The value '{text}' for '{name}' is not a number.")
        return min(int(text), maximum)


Handler = Callable[[Call], Awaitable[web.Response]]


@dataclass(frozen=True, slots=True)
class Route:
    """An operation. `path` is as in Atlassian's documents; `scopes` are the classic scopes that it needs."""

    method: str
    path: str
    scopes: tuple[str, ...]
    handler: Handler


def answer(body: object, status: int = 200) -> web.Response:
    """Build a JSON response."""
    return web.json_response(body, status=status)


def empty(status: int = 204) -> web.Response:
    """Build a response without a body, Jira's answer to most writes."""
    return web.Response(status=status)


@dataclass(frozen=True, slots=True)
class ApiToken:
    """An API token of an account. One with scopes works at the gateway alone, one without at the site alone."""

    account_id: str
    scopes: tuple[str, ...] = ()


class Gateway:
    """Serves the routes for all sites. `requests` is the log, oldest first."""

    def __init__(
        self,
        login: AtlassianLogin,
        sites: Sequence[Site],
        webhooks: Mapping[str, Webhooks],
        root: Callable[[], str],
        points: Points,
    ) -> None:
        self.requests: list[RequestRecord] = []
        self.api_tokens: dict[tuple[str, str], ApiToken] = {}
        """By the e-mail address of the account and the token."""
        self.points = points
        self._login, self._webhooks, self._root = login, webhooks, root
        self._sites = sites

    def install(self, app: web.Application, routes: Sequence[Route]) -> None:
        """Add the routes to the gateway's server, and answers for what Jira does not serve (any more)."""
        self._add(app, "/ex/jira/{cloud}", routes)
        app.router.add_get("/oauth/token/accessible-resources", self._resources)
        app.router.add_get("/me", self._me)

    def install_site(self, app: web.Application, routes: Sequence[Route], cloud_id: str) -> None:
        """Add the routes to the server at a site's own address, which accepts API tokens without scopes alone."""
        self._add(app, "", routes, cloud_id)

    def _add(self, app: web.Application, prefix: str, routes: Sequence[Route], cloud_id: str = "") -> None:
        gone = Route("*", "", READ, _removed)
        for path in ("/rest/api/3/search", "/rest/api/2/search", "/rest/api/3/issue/createmeta"):
            app.router.add_route("*", f"{prefix}{path}", self._serve(gone, cloud_id))
        # The first match wins: /issue/picker has to stand before /issue/{key}.
        for route in sorted(routes, key=lambda r: r.path.count("{")):
            app.router.add_route(route.method, f"{prefix}{route.path}", self._serve(route, cloud_id))
        unknown = Route("*", "", (), _unknown)
        app.router.add_route("*", f"{prefix}/rest/{{rest:.*}}", self._serve(unknown, cloud_id))

    def _site(self, cloud_id: str) -> Site | None:
        return next((s for s in self._sites if s.cloud_id == cloud_id), None)

    def _serve(self, route: Route, cloud_id: str) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            cloud = cloud_id or request.match_info["cloud"]
            path = request.path.removeprefix(f"/ex/jira/{cloud}")
            headers = {k: v for k, v in request.headers.items() if k.lower() != "authorization"}
            record = RequestRecord(request.method, path, dict(request.query), "", None, 0, cloud, headers)
            self.requests.append(record)
            if (refused := self.points.refuse()) is not None:
                record.status = refused.status
                return refused
            try:
                response = await self._handle(route, request, record, direct=bool(cloud_id))
            except JiraProblem as problem:
                response = answer(problem.body, problem.status)
            self.points.charge(request, response)
            record.status = response.status
            return response

        return serve

    def _caller(self, request: web.Request, cloud_id: str, *, direct: bool) -> tuple[str, tuple[str, ...]] | None:
        """Return account id and scopes of whoever calls a site, by a 3LO token or by an API token."""
        if (pair := _basic(request)) is not None:
            token = self.api_tokens.get(pair)
            return (token.account_id, token.scopes or ALL) if token and bool(token.scopes) != direct else None
        family = self._login.tokens.who(_bearer(request))
        if family is None or cloud_id not in self._login.tokens.sites.get(family.account_id, set()):
            return None
        return family.account_id, family.scopes

    async def _handle(
        self, route: Route, request: web.Request, record: RequestRecord, *, direct: bool
    ) -> web.Response:
        site = self._site(record.cloud_id)
        if site is None:
            return answer({"code": 404, "message": "Not Found"}, 404)
        if direct and _bearer(request):
            return answer({"error": CONNECT_SESSION}, 403)
        caller = self._caller(request, site.cloud_id, direct=direct)
        if caller is None:
            return answer({"code": 401, "message": "Unauthorized"}, 401)
        record.account_id, scopes = caller
        if not set(route.scopes) <= set(scopes):
            return answer({"code": 401, "message": "Unauthorized; scope does not match"}, 401)
        if request.method != "GET" and request.headers.get("User-Agent", "").startswith("Mozilla/"):
            return web.Response(status=403, text="XSRF check failed")
        raw = record.body = await _json(request)
        view = View(site, record.account_id, f"{self._root()}/ex/jira/{site.cloud_id}")
        queries = {k: request.query.getall(k) for k in request.query}
        body = raw if isinstance(raw, dict) else {}
        hooks = self._webhooks[site.cloud_id]
        call = Call(
            site,
            hooks,
            record.account_id,
            view,
            dict(request.match_info),
            dict(request.query),
            queries,
            body,
            raw,
            request,
        )
        return await route.handler(call)

    async def _resources(self, request: web.Request) -> web.Response:
        family = self._login.tokens.who(_bearer(request))
        if family is None:
            return answer({"code": 401, "message": "Unauthorized"}, 401)
        return answer(self._login.resources(family.account_id, family.scopes))

    async def _me(self, request: web.Request) -> web.Response:
        family = self._login.tokens.who(_bearer(request))
        if family is None:
            return answer({"code": 401, "message": "Unauthorized"}, 401)
        if "read:me" not in family.scopes:
            return answer({"code": 403, "message": "Forbidden"}, 403)
        person = next(p for p in self._login.people if p.account_id == family.account_id)
        row: Json = {
            "account_type": "atlassian",
            "account_id": person.account_id,
            "email": person.email,
            "email_verified": True,
            "name": person.name,
            "picture": f"{self._root()}/avatar",
            "account_status": "active",
            "nickname": person.name,
            "zoneinfo": person.time_zone,
            "locale": person.locale.replace("_", "-"),
        }
        return answer(row)


def _bearer(request: web.Request) -> str:
    scheme, _, token = request.headers.get("Authorization", "").partition(" ")
    return token if scheme.lower() == "bearer" else ""


def _basic(request: web.Request) -> tuple[str, str] | None:
    """Return user and password of a Basic Authorization; None if there is none."""
    scheme, _, pair = request.headers.get("Authorization", "").partition(" ")
    if scheme.lower() != "basic":
        return None
    user, _, password = base64.b64decode(pair).decode().partition(":")
    return user, password


async def _json(request: web.Request) -> object:
    if request.content_type == "multipart/form-data" or not request.can_read_body:
        return None
    if request.content_type != "application/json":
        raise JiraProblem(415, "Unsupported Media Type")
    try:
        parsed: object = json.loads(await request.text())
    except (json.JSONDecodeError, UnicodeDecodeError, RecursionError):
        raise JiraProblem(400, "There was an error parsing JSON. Check that your request body is valid.") from None
    return parsed


async def _removed(_call: Call) -> web.Response:
    raise JiraProblem(410, "The requested API has been removed. Please use the newer API instead.")


async def _unknown(_call: Call) -> web.Response:
    raise JiraProblem(404, "Not found.")
