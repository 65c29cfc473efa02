"""An app that is registered with the sandbox, and people who have gone through its consent page."""

from __future__ import annotations

import json
import secrets
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

import aiohttp
from aiohttp import web

from sandbox.browser import Browser, Page
from sandbox.server import Sandbox
from sandbox.tokens import s256

SCOPES = "read:jira-work write:jira-work read:jira-user manage:jira-webhook offline_access read:me"
OFF_SCREEN = "Field '{}' cannot be set. It is not on the appropriate screen, or unknown."
"""What Jira says of a field."""


@dataclass
class App:
    """The other side: an OAuth callback that shows its query, and a webhook receiver."""

    url: str = ""
    hooks: list[tuple[dict[str, str], bytes]] = field(default_factory=list)
    statuses: list[int] = field(default_factory=list)
    """What the receiver answers, one after another; 200 when used up."""

    @property
    def callback(self) -> str:
        return f"{self.url}/callback"

    async def _hook(self, request: web.Request) -> web.Response:
        self.hooks.append((dict(request.headers), await request.read()))
        return web.Response(status=self.statuses.pop(0) if self.statuses else 200)

    async def _callback(self, request: web.Request) -> web.Response:
        values = {**request.query, **(await request.post())}
        return web.json_response({k: str(v) for k, v in values.items()})

    def server(self) -> web.Application:
        app = web.Application(client_max_size=1024**2)
        app.router.add_post("/hook", self._hook)
        app.router.add_route("*", "/callback", self._callback)
        return app

    def events(self) -> list[str]:
        return [json.loads(body)["webhookEvent"] for _, body in self.hooks]


@dataclass
class Response:
    """What an endpoint of Atlassian's answered."""

    status: int
    body: object
    headers: dict[str, str]

    def __getitem__(self, name: str) -> Any:
        assert isinstance(self.body, dict)
        return self.body[name]


@dataclass
class Client:
    """An app that holds somebody's tokens."""

    session: aiohttp.ClientSession
    sandbox: Sandbox
    access: str
    refresh: str
    cloud_id: str = ""

    async def call(self, method: str, path: str, body: object = None, **query: str) -> Response:
        site = self.cloud_id or self.sandbox.site.cloud_id
        path = path if path.startswith("/rest") else f"/rest/api/3{path}"
        url = f"{self.sandbox.api_url}/ex/jira/{site}{path}"
        data = None if body is None else json.dumps(body)
        headers = {"Authorization": f"Bearer {self.access}"}
        if data is not None:
            headers["Content-Type"] = "application/json"
        async with self.session.request(method, url, data=data, params=query, headers=headers) as answer:
            text = await answer.text()
            is_json = answer.content_type == "application/json" and text
            return Response(answer.status, json.loads(text) if is_json else text, dict(answer.headers))

    async def get(self, path: str, **query: str) -> Response:
        return await self.call("GET", path, **query)

    async def post(self, path: str, body: object = None, **query: str) -> Response:
        return await self.call("POST", path, body, **query)

    async def renew(self, refresh: str | None = None) -> Response:
        """Use a refresh token; keeps what comes back."""
        answer = await token(
            self.session, self.sandbox, grant_type="refresh_token", refresh_token=refresh or self.refresh
        )
        if answer.status == 200:
            self.access, self.refresh = str(answer["access_token"]), str(answer["refresh_token"])
        return answer


async def token(session: aiohttp.ClientSession, sandbox: Sandbox, **fields: str) -> Response:
    """One call of Atlassian's token endpoint."""
    body = {"client_id": sandbox.client_id, "client_secret": sandbox.client_secret, **fields}
    async with session.post(f"{sandbox.auth_url}/oauth/token", json=body) as answer:
        return Response(answer.status, await answer.json(), dict(answer.headers))


def authorize_url(sandbox: Sandbox, app: App, **changes: str) -> str:
    """Build the address of the consent page; an empty value leaves a parameter out."""
    query = {
        "audience": "api.atlassian.com",
        "client_id": sandbox.client_id,
        "scope": SCOPES,
        "redirect_uri": app.callback,
        "state": "a-state",
        "response_type": "code",
        "prompt": "consent",
        **changes,
    }
    return f"{sandbox.auth_url}/authorize?{urlencode({k: v for k, v in query.items() if v})}"


async def consented(session: aiohttp.ClientSession, url: str, email: str, **fields: str) -> Page:
    """Through the consent page as somebody."""
    browser = Browser(session)
    return await browser.submit(await browser.open(url), {"person": email, **fields})


async def connect(
    session: aiohttp.ClientSession,
    sandbox: Sandbox,
    app: App,
    email: str,
    *,
    scope: str = SCOPES,
    site: str = "",
) -> Client:
    verifier = secrets.token_urlsafe(32)
    url = authorize_url(sandbox, app, scope=scope, code_challenge=s256(verifier), code_challenge_method="S256")
    page = await consented(session, url, email, **({"site": site} if site else {}))
    answer = await token(
        session,
        sandbox,
        grant_type="authorization_code",
        code=json.loads(page.text)["code"],
        redirect_uri=app.callback,
        code_verifier=verifier,
    )
    assert answer.status == 200, answer
    assert isinstance(answer.body, dict)
    return Client(session, sandbox, answer.body["access_token"], answer.body.get("refresh_token", ""), site)


def adf(text: str) -> dict[str, object]:
    return {
        "type": "doc",
        "version": 1,
        "content": [{"type": "paragraph", "content": [{"type": "text", "text": text}]}],
    }
