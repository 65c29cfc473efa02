"""The whole sign-in on sockets: our pages, a Microsoft login over TLS, an Atlassian login, and browsers."""

from __future__ import annotations

import asyncio
import socket
import ssl
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import parse_qsl, urljoin, urlsplit

import aiohttp
import pytest
import trustme
from aiohttp import web

from bot.accounts.flow import LinkFlow
from bot.accounts.grants import GrantVault
from bot.accounts.microsoft import MicrosoftSignIn, metadata_url
from bot.accounts.model import Account, Pending
from bot.accounts.msal_http import MsalHttp
from bot.accounts.tickets import TicketOffice
from bot.accounts.token_endpoint import TokenEndpoint
from bot.accounts.web import routes
from bot.identity import Conversation, Person, Scope
from bot.jira.errors import JiraUnavailableError
from bot.jira.models import JiraUser
from bot.jwks import KeySet
from bot.storage.encryption import Keyring, new_key
from bot.storage.tiny import TinyStore
from sandbox.atlassian_login import AtlassianLogin
from sandbox.faults import Faults
from sandbox.gateway import Gateway
from sandbox.microsoft_login import MicrosoftLogin
from sandbox.people import PEOPLE, TENANT, by_account
from sandbox.site import Site

ALICE, BOB = PEOPLE[0], PEOPLE[1]
APP_ID, APP_SECRET = "22222222-2222-4222-8222-222222222222", "app-secret-canary"
SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user")


@dataclass
class Answer:
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
        self.url, self.action, self.fields, self.forms = url, "", {}, 0

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
        self._session = aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))

    async def close(self) -> None:
        await self._session.close()

    async def get(self, url: str, **how: object) -> Answer:
        return await self._send("GET", url, **how)

    async def post(self, url: str, data: object, **how: object) -> Answer:
        return await self._send("POST", url, data=data, **how)

    async def _send(self, method: str, url: str, **how: object) -> Answer:
        async with self._session.request(method, url, allow_redirects=False, **how) as response:  # type: ignore[arg-type]
            cookies = response.headers.getall("Set-Cookie", [])
            return Answer(response.status, url, await response.text(), response.headers, cookies)

    async def sign_in(self, page: Answer, email: str, decision: str, **fields: str) -> Answer:
        """Fill in a login's page; the answer is its redirect back to us."""
        form = page.form
        return await self.post(form.action, {**form.fields, "person": email, "decision": decision, **fields})


@dataclass
class Linking:
    """The bridge's sign-in and the two logins."""

    url: str
    store: TinyStore
    flow: LinkFlow
    vault: GrantVault
    tickets: TicketOffice
    microsoft: MicrosoftLogin
    atlassian: AtlassianLogin
    faults: Faults
    linked: list[tuple[Person, Account, Pending | None]] = field(default_factory=list)
    jira_names: dict[str, str] = field(default_factory=dict)
    jira_down: bool = False
    browsers: list[Browser] = field(default_factory=list)

    def browser(self) -> Browser:
        self.browsers.append(Browser())
        return self.browsers[-1]

    async def after_link(self) -> None:
        """What `on_linked` does further; tests put their own here."""

    async def whoami(self, token: str, cloud_id: str) -> JiraUser:
        if self.jira_down:
            raise JiraUnavailableError
        family = self.atlassian.tokens.who(token)
        assert family is not None
        person = by_account(family.account_id)
        assert person is not None
        return JiraUser(person.account_id, self.jira_names.get(person.email, person.name), person.email)

    async def ticket(self, sandbox_person: object = ALICE, text: str = "mine") -> str:
        """A connect card's link for this person."""
        who = person(sandbox_person)
        place = Conversation("19:abc", Scope.PERSONAL, TENANT, "https://smba.example/", "28:bot")
        return await self.tickets.connect_url(who, Pending(place, {"text": text}))

    async def to_microsoft(self, browser: Browser, start: str = "", who: object = ALICE) -> Answer:
        """Up to Microsoft's redirect back."""
        begun = await browser.get(start or f"{self.url}/connect")
        assert begun.status == 302, begun.text
        return await browser.sign_in(await browser.get(begun.location), who.email, "continue")  # type: ignore[attr-defined]

    async def to_jira(self, browser: Browser, start: str = "", who: object = ALICE, **fields: str) -> Answer:
        """Up to Atlassian's redirect back."""
        signed_in = await browser.get((await self.to_microsoft(browser, start, who)).location)
        assert signed_in.status == 302, signed_in.text
        return await browser.sign_in(await browser.get(signed_in.location), who.email, "accept", **fields)  # type: ignore[attr-defined]

    async def to_confirm(self, browser: Browser, start: str = "", who: object = ALICE) -> Answer:
        """Up to the page that names both accounts."""
        return await browser.get((await self.to_jira(browser, start, who)).location)

    async def link(self, browser: Browser, start: str = "", who: object = ALICE) -> Answer:
        """The whole way."""
        return await self.press_connect(browser, await self.to_confirm(browser, start, who))

    async def press_connect(self, browser: Browser, page: Answer, **how: object) -> Answer:
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
    """The Teams person of one of the sandbox's people."""
    return Person(TENANT, who.oid)  # type: ignore[attr-defined]


@asynccontextmanager
async def serving(app: web.Application, tls: ssl.SSLContext | None = None, port: int = 0) -> AsyncIterator[str]:
    """The address of `app` while it runs."""
    runner = web.AppRunner(app, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, ssl_context=tls).start()
    yield f"{'https' if tls else 'http'}://127.0.0.1:{runner.addresses[0][1]}"
    await runner.cleanup()


@asynccontextmanager
async def logins(
    microsoft: MicrosoftLogin, atlassian: AtlassianLogin, faults: Faults, authority: trustme.CA
) -> AsyncIterator[str]:
    """Both logins; the address of Atlassian's."""
    tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert("127.0.0.1").configure_cert(tls)
    tokens, pages, jira = (
        web.Application(middlewares=[faults.middleware(n)]) for n in ("microsoft", "pages", "atlassian")
    )
    tokens.add_routes(microsoft.tls_routes())
    pages.add_routes(microsoft.page_routes())
    jira.add_routes(atlassian.routes())
    Gateway(atlassian, atlassian.sites, {}, str).install(jira, [])
    async with (
        serving(tokens, tls) as microsoft.tls_url,
        serving(pages) as microsoft.page_url,
        serving(jira) as url,
    ):
        yield url


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@pytest.fixture(scope="session")
def authority() -> trustme.CA:
    return trustme.CA()


@pytest.fixture
async def bundle(tmp_path: Path, authority: trustme.CA) -> Path:
    path = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(path))
    return path


@pytest.fixture
async def linking(tmp_path: Path, authority: trustme.CA, bundle: Path) -> AsyncIterator[Linking]:
    store, keyring, faults = TinyStore(tmp_path / "store"), Keyring([new_key()]), Faults()
    sites = [Site("cloud-1", "One", "https://one.example", PEOPLE, time.time)]
    microsoft = MicrosoftLogin(APP_ID, APP_SECRET, PEOPLE)
    atlassian = AtlassianLogin("client", "client-secret-canary", sites, PEOPLE, time.time)
    trust = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(bundle)))
    await store.open()
    async with aiohttp.ClientSession(connector=trust) as session, AsyncExitStack() as stack:
        api = await stack.enter_async_context(logins(microsoft, atlassian, faults, authority))
        port = free_port()
        url = f"http://127.0.0.1:{port}"
        bench = linked_parts(url, store, keyring, session, bundle, microsoft, atlassian, api, faults)
        app = web.Application()
        app.add_routes(routes(bench.flow))
        await stack.enter_async_context(serving(app, port=port))
        yield bench
        await bench.flow.close()
        await asyncio.gather(*(browser.close() for browser in bench.browsers))
    await store.close()


def linked_parts(
    url: str,
    store: TinyStore,
    keyring: Keyring,
    session: aiohttp.ClientSession,
    bundle: Path,
    microsoft: MicrosoftLogin,
    atlassian: AtlassianLogin,
    api: str,
    faults: Faults,
) -> Linking:
    """Wire the sign-in as the application does."""
    endpoint = TokenEndpoint(
        session,
        auth_url=api,
        api_url=api,
        client_id="client",
        client_secret="client-secret-canary",
        redirect_uri=f"{url}/auth/jira/callback",
        scopes=SCOPES,
    )
    sign_in = MicrosoftSignIn(
        authority=microsoft.authority,
        client_id=APP_ID,
        credential=APP_SECRET,
        redirect_uri=f"{url}/auth/microsoft/callback",
        allowed_tenants=frozenset({TENANT.upper()}),
        keys=KeySet(session, metadata_url(microsoft.authority), retry_after_error=0.0),
        http=MsalHttp(str(bundle)),
    )
    vault, tickets = GrantVault(store, keyring, endpoint), TicketOffice(store, url)
    bench: Linking

    async def whoami(token: str, cloud_id: str) -> JiraUser:
        return await bench.whoami(token, cloud_id)

    async def on_linked(who: Person, account: Account, pending: Pending | None) -> None:
        bench.linked.append((who, account, pending))
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
    bench = Linking(url, store, flow, vault, tickets, microsoft, atlassian, faults)
    return bench
