"""The whole sandbox: a Jira with two sites, Atlassian's login and Microsoft's login, on loopback ports."""

from __future__ import annotations

import asyncio
import ssl
import tempfile
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

import trustme
from aiohttp import web

from sandbox import (
    adf,
    jira_api_activity,
    jira_api_issue,
    jira_api_search,
    jira_api_site,
    jira_api_webhooks,
    jql_match,
    pages,
)
from sandbox.atlassian_login import AtlassianLogin
from sandbox.board import Board
from sandbox.data_center import DataCenter
from sandbox.data_center_login import DataCenterLogin
from sandbox.faults import Faults
from sandbox.gateway import MAX_BODY, ApiToken, Gateway, RequestRecord
from sandbox.microsoft_login import MicrosoftLogin
from sandbox.openapi import Contract
from sandbox.people import PEOPLE, TENANT
from sandbox.personal_data import PersonalDataApi
from sandbox.points import Points
from sandbox.seed import data_center_site, first_site, second_site
from sandbox.site import Site
from sandbox.webhooks import AdminWebhook, Webhooks

HOST = "127.0.0.1"
LOGIN_HOSTS = ("login.microsoftonline.com", "login.microsoftonline.us", "login.partner.microsoftonline.cn")
"""Microsoft's, which the login answers for, too, when a proxy leads there (`sandbox.connect_proxy`)."""
ROUTES = (
    *jira_api_issue.ROUTES,
    *jira_api_activity.ROUTES,
    *jira_api_search.ROUTES,
    *jira_api_site.ROUTES,
    *jira_api_webhooks.ROUTES,
)
RETRIES = (0.2, 0.5, 1.0, 2.0, 4.0)
"""Seconds before each of the five retries of a webhook; the real ones are minutes apart."""


class Sandbox:
    """The sandbox's servers, as an async context manager.

    With `port` 0 every server takes a free port, else they take `port` and the following ones. `webhook_url` gets
    an admin webhook of each site, signed with `webhook_secret`. `validate_with` is Atlassian's OpenAPI document:
    with it all calls of Jira's REST API and their responses are checked, and `violations` lists the differences.
    `clock` is the time of Jira and of Atlassian's login.
    """

    def __init__(
        self,
        *,
        client_id: str = "sandbox-client",
        client_secret: str = "sandbox-client-secret",
        webhook_url: str | None = None,
        webhook_secret: str = "sandbox-webhook-secret",
        app_id: str = "00000000-0000-4000-8000-00000000abcd",
        app_secret: str = "sandbox-app-secret",
        port: int = 0,
        validate_with: Path | None = None,
        clock: Callable[[], float] = time.time,
        webhook_retries: Sequence[float] = RETRIES,
        redirect_uris: frozenset[str] | None = None,
    ) -> None:
        self.client_id, self.client_secret = client_id, client_secret
        self.webhook_secret = webhook_secret
        self.faults = Faults()
        self.violations: list[str] = []
        self.api_url = self.auth_url = self.board_url = ""
        self.sites: list[Site] = [first_site("", clock), second_site("", clock)]
        self.atlassian = AtlassianLogin(
            client_id, client_secret, self.sites, PEOPLE, clock, redirect_uris=redirect_uris
        )
        self.microsoft = MicrosoftLogin(app_id, app_secret, PEOPLE)
        self.webhooks: dict[str, Webhooks] = {
            s.cloud_id: Webhooks(s, client_id, client_secret, jql_match.matches, webhook_retries)
            for s in self.sites
        }
        office = data_center_site("", clock)
        hooks = Webhooks(office, client_id, client_secret, jql_match.matches, webhook_retries)
        self.data_center = DataCenter(office, hooks, DataCenterLogin(clock), ROUTES)
        self.points = Points(clock)
        self._gateway = Gateway(self.atlassian, self.sites, self.webhooks, lambda: self.api_url, self.points)
        self.personal_data = PersonalDataApi(self.atlassian.tokens, clock)
        self._validate_with = validate_with
        self._next_port = port
        self._runners: list[web.AppRunner] = []
        self._folder = tempfile.TemporaryDirectory(prefix="sandbox-")
        self.ca_bundle = Path(self._folder.name) / "ca.pem"
        if webhook_url:
            self.send_webhooks_to(webhook_url)

    @property
    def site(self) -> Site:
        """The first site, the demo's."""
        return self.sites[0]

    @property
    def requests(self) -> list[RequestRecord]:
        """All calls of Jira's REST API so far, oldest first."""
        return self._gateway.requests

    def add_api_token(self, email: str, token: str, scopes: tuple[str, ...] = ()) -> None:
        """Let an account of this address call Jira with an API token (Basic); see `ApiToken`."""
        person = next(p for p in PEOPLE if p.email == email)
        self._gateway.api_tokens[email, token] = ApiToken(person.account_id, scopes)

    def remove_api_token(self, email: str, token: str) -> None:
        """Refuse an API token from now on, as Atlassian does with one that has expired."""
        del self._gateway.api_tokens[email, token]

    @property
    def microsoft_authority(self) -> str:
        """The OpenID Connect issuer of the Microsoft login, over TLS."""
        return self.microsoft.authority

    def send_webhooks_to(self, url: str) -> None:
        """Make `url` the admin webhook of all sites, in place of an earlier one."""
        for hooks in self.webhooks.values():
            hooks.admin = [AdminWebhook(url, self.webhook_secret)]

    async def webhooks_settled(self) -> None:
        """Wait until no webhook is being delivered."""
        for hooks in self.webhooks.values():
            await hooks.settled()

    def settings(self) -> dict[str, str]:
        """Return the environment variables that connect the bridge to this sandbox."""
        return {
            "MICROSOFT_APP_ID": self.microsoft.app_id,
            "MICROSOFT_APP_PASSWORD": self.microsoft.app_secret,
            "MICROSOFT_APP_TENANT_ID": TENANT,
            "MICROSOFT_AUTHORITY": self.microsoft_authority,
            "ATLASSIAN_AUTH_URL": self.auth_url,
            "ATLASSIAN_API_URL": self.api_url,
            "JIRA_CLIENT_ID": self.client_id,
            "JIRA_CLIENT_SECRET": self.client_secret,
            "JIRA_WEBHOOK_SECRET": self.webhook_secret,
            "CA_BUNDLE": str(self.ca_bundle),
        }

    async def __aenter__(self) -> Sandbox:
        try:
            await self._start()
        except BaseException:
            await self.close()
            raise
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self.close()

    async def _start(self) -> None:
        tls = await asyncio.to_thread(self._prepare)
        await self._start_jira()
        auth = web.Application(middlewares=[self.faults.middleware("atlassian")])
        auth.add_routes(self.atlassian.routes())
        self.auth_url = await self._serve(auth)
        for site in self.sites:
            board = web.Application()
            board.add_routes(Board(site, self.webhooks[site.cloud_id]).routes())
            self._gateway.install_site(board, ROUTES, site.cloud_id)
            site.url = await self._serve(board)
            await self.webhooks[site.cloud_id].start()
        self.board_url = self.site.url
        sign_in = web.Application(middlewares=[self.faults.middleware("microsoft")])
        sign_in.add_routes(self.microsoft.page_routes())
        self.microsoft.page_url = await self._serve(sign_in)
        tokens = web.Application(middlewares=[self.faults.middleware("microsoft")])
        tokens.add_routes(self.microsoft.tls_routes())
        self.microsoft.tls_url = await self._serve(tokens, tls)
        data_center = web.Application(middlewares=[self.faults.middleware("datacenter")])
        self.data_center.install(data_center)
        self.data_center.site.url = await self._serve(data_center)
        await self.data_center.webhooks.start()

    async def _start_jira(self) -> None:
        middlewares = [self.faults.middleware("jira")]
        if self._validate_with:
            contract = await asyncio.to_thread(Contract.load, self._validate_with)
            middlewares.append(contract.middleware(self.violations))
        api = web.Application(middlewares=middlewares, client_max_size=MAX_BODY)
        self._gateway.install(api, ROUTES)
        api.add_routes(self.personal_data.routes())
        self.api_url = await self._serve(api)

    def _prepare(self) -> ssl.SSLContext:
        """Create the temporary certificate authority, and load all files that serving needs."""
        authority = trustme.CA()
        authority.cert_pem.write_to_path(str(self.ca_bundle))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        authority.issue_cert(HOST, "localhost", *LOGIN_HOSTS).configure_cert(context)
        adf.validator()
        pages.warm()
        self.microsoft.keys()
        return context

    async def _serve(self, app: web.Application, tls: ssl.SSLContext | None = None) -> str:
        runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.5)
        self._runners.append(runner)
        await runner.setup()
        site = web.TCPSite(runner, HOST, self._next_port, ssl_context=tls)
        await site.start()
        self._next_port += 1 if self._next_port else 0
        port = runner.addresses[0][1]
        return f"{'https' if tls else 'http'}://{HOST}:{port}"

    async def close(self) -> None:
        """Stop every server and forget everything."""
        for hooks in (*self.webhooks.values(), self.data_center.webhooks):
            await hooks.stop()
        for runner in self._runners:
            await runner.cleanup()
        self._runners.clear()
        await asyncio.to_thread(self._folder.cleanup)
