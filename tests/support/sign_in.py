"""The whole sign-in on sockets: our pages, a Microsoft login over TLS, an Atlassian login, and browsers."""

from __future__ import annotations

import asyncio
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp
import pytest
from aiohttp import CookieJar, web

from bot.accounts.connect_links import ConnectLinks
from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import Account, Pending, WaitingRequest
from bot.accounts.sign_in.about import website
from bot.accounts.sign_in.flow import LinkFlow
from bot.accounts.sign_in.microsoft import MicrosoftSignIn
from bot.accounts.sign_in.microsoft_calls import MicrosoftCalls
from bot.accounts.sign_in.msal_http import MsalHttp
from bot.accounts.sign_in.web import routes
from bot.accounts.token_endpoint import TokenEndpoint
from bot.chat.identity import Conversation, Person, Scope
from bot.http.client import tls_context
from bot.http.client_limit import ClientLimit
from bot.jira.errors import JiraUnavailableError, NotFoundOrForbiddenError
from bot.jira.models import JiraUser
from bot.security.entra import metadata_url
from bot.security.jwks import KeySet
from bot.storage.embedded import EmbeddedStore
from bot.storage.encryption import Keyring, new_key
from sandbox.atlassian_login import AtlassianLogin
from sandbox.microsoft_login import MicrosoftLogin
from sandbox.people import PEOPLE, TENANT, by_account
from sandbox.server import Sandbox
from tests.support.clock import Clock
from tests.support.serving import serving
from tests.support.world import free_port

ALICE, BOB = PEOPLE[0], PEOPLE[1]
SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user")


@dataclass
class PageResponse:
    """What a browser got."""

    status: int
    url: str
    text: str
    headers: Mapping[str, str]
    cookies: list[str]

    @property
    def location(self) -> str:
        return urljoin(self.url, self.headers.get("Location", ""))

    @property
    def query(self) -> dict[str, str]:
        """The parameters of the redirect."""
        return dict(parse_qsl(urlsplit(self.location).query))

    @property
    def form(self) -> Form:
        parser = Form(self.url)
        parser.feed(self.text)
        return parser


class Form(HTMLParser):
    """The first form of a page, filled in as it is shown."""

    def __init__(self, url: str) -> None:
        super().__init__()
        self.url, self.action, self.forms = url, "", 0
        self.fields: dict[str, str] = {}

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        have = {k: v or "" for k, v in attrs}
        if tag == "form":
            self.forms += 1
            self.action = self.action or urljoin(self.url, have["action"])
        if tag == "input" and self.forms == 1 and (have.get("type") == "hidden" or "checked" in have):
            self.fields[have["name"]] = have.get("value", "")


class Browser:
    """Keeps cookies, follows no redirect by itself."""

    def __init__(self) -> None:
        self._session = aiohttp.ClientSession(cookie_jar=CookieJar(unsafe=True))

    @property
    def cookies(self) -> CookieJar:
        return self._session.cookie_jar  # type: ignore[return-value]

    async def close(self) -> None:
        await self._session.close()

    async def get(self, url: str, **how: object) -> PageResponse:
        return await self._send("GET", url, **how)

    async def post(self, url: str, data: object, **how: object) -> PageResponse:
        return await self._send("POST", url, data=data, **how)

    async def _send(self, method: str, url: str, **how: object) -> PageResponse:
        async with self._session.request(method, url, allow_redirects=False, **how) as response:  # type: ignore[arg-type]
            cookies = response.headers.getall("Set-Cookie", [])
            return PageResponse(response.status, url, await response.text(), response.headers, cookies)

    async def sign_in(self, page: PageResponse, email: str, decision: str, **fields: str) -> PageResponse:
        """Fill in a login's page; the answer is its redirect back to us."""
        form = page.form
        return await self.post(form.action, {**form.fields, "person": email, "decision": decision, **fields})


@dataclass
class Linking:
    """The bridge's sign-in and the two logins."""

    url: str
    store: EmbeddedStore
    flow: LinkFlow
    vault: GrantVault
    tickets: ConnectLinks
    sandbox: Sandbox
    clock: Clock
    """What the sign-in with Microsoft goes by; it stands still unless a test turns it."""
    linked: list[tuple[Person, Account, Sequence[Pending]]] = field(default_factory=list)
    jira_names: dict[str, str] = field(default_factory=dict)
    jira_down: bool = False
    refusing_sites: set[str] = field(default_factory=set)
    """Cloud ids of sites that refuse the token that they were consented for."""
    browsers: list[Browser] = field(default_factory=list)

    @property
    def microsoft(self) -> MicrosoftLogin:
        return self.sandbox.microsoft

    @property
    def atlassian(self) -> AtlassianLogin:
        return self.sandbox.atlassian

    def browser(self) -> Browser:
        self.browsers.append(Browser())
        return self.browsers[-1]

    async def after_link(self) -> None:
        """Run at the end of `on_linked`; tests put their own here."""

    async def whoami(self, token: str, cloud_id: str) -> JiraUser:
        if self.jira_down:
            raise JiraUnavailableError
        if cloud_id in self.refusing_sites:
            raise NotFoundOrForbiddenError
        family = self.atlassian.tokens.who(token)
        assert family is not None
        person = by_account(family.account_id)
        assert person is not None
        return JiraUser(person.account_id, self.jira_names.get(person.email, person.name), person.email)

    async def ticket(self, sandbox_person: object = ALICE, text: str = "mine") -> str:
        """Make a connect card's link for this person; without a `text` they asked for nothing but to connect."""
        who = person(sandbox_person)
        place = Conversation("19:abc", Scope.PERSONAL, TENANT, "https://smba.example/", "28:bot")
        return await self.tickets.connect_url(who, Pending(place, {"text": text} if text else {}))

    async def to_microsoft(self, browser: Browser, start: str = "", who: object = ALICE) -> PageResponse:
        """Up to Microsoft's redirect back."""
        begun = await browser.get(start or f"{self.url}/connect")
        assert begun.status == 302, begun.text
        return await browser.sign_in(await browser.get(begun.location), who.email, "continue")  # type: ignore[attr-defined]

    async def to_jira(self, browser: Browser, start: str = "", who: object = ALICE, **fields: str) -> PageResponse:
        """Up to Atlassian's redirect back."""
        signed_in = await browser.get((await self.to_microsoft(browser, start, who)).location)
        assert signed_in.status == 302, signed_in.text
        return await browser.sign_in(await browser.get(signed_in.location), who.email, "accept", **fields)  # type: ignore[attr-defined]

    async def to_confirm(self, browser: Browser, start: str = "", who: object = ALICE) -> PageResponse:
        """Up to the page that names both accounts."""
        return await browser.get((await self.to_jira(browser, start, who)).location)

    async def link(self, browser: Browser, start: str = "", who: object = ALICE) -> PageResponse:
        """Go the whole way."""
        return await self.press_connect(browser, await self.to_confirm(browser, start, who))

    async def press_connect(self, browser: Browser, page: PageResponse, **how: object) -> PageResponse:
        return await browser.post(page.form.action, page.form.fields, **how)

    @property
    def token_calls(self) -> int:
        """Calls that reached Atlassian's token endpoint."""
        return len(self.atlassian.tokens.calls)

    async def rows(self) -> dict[str, int]:
        """How many rows each table of the accounts holds."""
        tables = ("grants", "jira_accounts", "tickets", "pending_links", "transactions")
        return {table: len(await self.store.page(table)) for table in tables}

    async def nothing_linked(self) -> bool:
        rows = await self.rows()
        return rows["grants"] == rows["jira_accounts"] == 0 and not self.linked


def person(who: object) -> Person:
    """Return the Teams person of one of the sandbox's people."""
    return Person(TENANT, who.oid)  # type: ignore[attr-defined]


@pytest.fixture
async def linking(tmp_path: Path) -> AsyncIterator[Linking]:
    store = EmbeddedStore(tmp_path / "store")
    await store.open()
    async with Sandbox(client_secret="client-secret-canary", app_secret="app-secret-canary") as sandbox:
        trust = await asyncio.to_thread(ssl.create_default_context, cafile=str(sandbox.ca_bundle))
        async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trust)) as session:
            port = free_port()
            bench = wire(f"http://127.0.0.1:{port}", store, session, sandbox)
            app = web.Application()
            app.add_routes(routes(bench.flow, ClientLimit(), lambda _query: website()))
            async with serving(app, port):
                yield bench
                await bench.flow.close()
                await asyncio.gather(*(browser.close() for browser in bench.browsers))
    await store.close()


def wire(url: str, store: EmbeddedStore, session: aiohttp.ClientSession, sandbox: Sandbox) -> Linking:
    """Wire the sign-in as the application does."""
    settings, clock = sandbox.settings(), Clock()
    keyring = Keyring([new_key()])
    endpoint = TokenEndpoint(
        session,
        auth_url=sandbox.auth_url,
        api_url=sandbox.api_url,
        client_id=settings["JIRA_CLIENT_ID"],
        client_secret=settings["JIRA_CLIENT_SECRET"],
        redirect_uri=f"{url}/auth/jira/callback",
        scopes=SCOPES,
    )
    sign_in = MicrosoftSignIn(
        authority=settings["MICROSOFT_AUTHORITY"],
        client_id=settings["MICROSOFT_APP_ID"],
        credential=settings["MICROSOFT_APP_PASSWORD"],
        redirect_uri=f"{url}/auth/microsoft/callback",
        allowed_tenants=frozenset({TENANT.upper()}),
        keys=KeySet(session, metadata_url(settings["MICROSOFT_AUTHORITY"]), clock=clock),
        http=MsalHttp(tls_context(Path(settings["CA_BUNDLE"]))),
        calls=MicrosoftCalls(),
        clock=clock,
    )
    vault, tickets = GrantVault(store, keyring, endpoint), ConnectLinks(store, url)
    bench: Linking

    async def whoami(token: str, cloud_id: str) -> JiraUser:
        return await bench.whoami(token, cloud_id)

    async def on_linked(
        who: Person, account: Account, _met: Pending | None, waiting: Sequence[WaitingRequest]
    ) -> None:
        bench.linked.append((who, account, [each.pending for each in waiting]))
        for each in waiting:
            await tickets.take_pending(each.name, who)
        await bench.after_link()

    flow = LinkFlow(
        store=store,
        keyring=keyring,
        vault=vault,
        tickets=tickets,
        microsoft=sign_in,
        atlassian=endpoint,
        whoami=whoami,
        public_url=url,
        on_linked=on_linked,
    )
    bench = Linking(url, store, flow, vault, tickets, sandbox, clock)
    return bench
