"""Notifications between the sandbox's Jira, over sockets, and a Teams that keeps a record."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.accounts.access import JiraAccess
from bot.accounts.model import Account, NotConnectedError
from bot.chat.identity import Conversation, Person
from bot.jira.http.transport import Transport
from bot.jira.models import JiraUser, Site
from bot.jira.webhooks.model import Topic
from bot.notifications.inbox.endpoint import WebhookEndpoint, WebhookSecrets, routes
from bot.notifications.jira_reader import JiraReader
from bot.notifications.recovery.reconcile import Reconciler
from bot.notifications.recovery.registration import Registrar
from bot.notifications.recovery.search import Searcher
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.runtime.load_shedding import LoadShedder
from bot.storage.base import Store
from bot.storage.embedded import EmbeddedStore
from sandbox import activity, changes, people
from sandbox.adf import document
from sandbox.model import Issue
from sandbox.server import Sandbox
from sandbox.tokens import Code
from sandbox.webhooks import Webhooks
from tests.support.clock import Clock
from tests.support.notifications.bench import ServiceBench
from tests.support.notifications.fakes import PlainCards
from tests.support.notifications.payloads import HERE
from tests.support.paths import JIRA_OPENAPI
from tests.support.serving import serving

SCOPES = ("read:jira-work", "write:jira-work", "read:jira-user", "offline_access", "manage:jira-webhook")


def person(email: str) -> Person:
    return Person(people.TENANT, account(email).oid)


def account(email: str) -> people.Person:
    found = people.by_email(email)
    assert found is not None
    return found


class Linked:
    """`Grants` for people whose consent the sandbox has, without a vault."""

    def __init__(self, sandbox: Sandbox, scopes: tuple[str, ...]) -> None:
        self._sandbox, self._scopes = sandbox, scopes
        self._tokens: dict[Person, str] = {}
        self.gone: set[Person] = set()

    async def account(self, who: Person) -> Account:
        if who in self.gone:
            raise NotConnectedError
        human = next(p for p in people.PEOPLE if p.oid == who.oid)
        sites = tuple(Site(s.cloud_id, s.url, s.name, self._scopes) for s in self._sandbox.sites)
        user = JiraUser(human.account_id, human.name)
        return Account(who, user, sites, sites[0].cloud_id, self._scopes, 0.0)

    async def access_token(self, who: Person, *, rejected: str = "", interactive: bool = False) -> str:
        if who not in self._tokens:
            tokens = self._sandbox.atlassian.tokens
            account_id = (await self.account(who)).user.account_id
            clouds = {s.cloud_id for s in self._sandbox.sites}
            code = Code(account_id, self._scopes, "https://bridge/", "", 10.0**12)
            tokens.access_seconds = 10**9
            issued = tokens.exchange(tokens.consent(account_id, clouds, code), code.redirect_uri, "")
            self._tokens[who] = issued.access_token
        return self._tokens[who]

    async def choose_site(self, person: Person, cloud_id: str) -> Account:
        raise NotImplementedError

    async def disconnect(self, person: Person) -> bool:
        raise NotImplementedError

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        raise NotImplementedError


class JiraBench(ServiceBench):
    """The service with the sandbox's Jira. `url` is where webhooks are taken; the sandbox does not know it yet."""

    def __init__(self, store: Store, sandbox: Sandbox, session: aiohttp.ClientSession, clock: Clock) -> None:
        self.sandbox, self.url = sandbox, ""
        self.grants = Linked(sandbox, SCOPES)
        self.access = JiraAccess(self.grants, Transport(session, sandbox.api_url, clock=clock))
        super().__init__(store, clock, JiraReader(self.access), PlainCards())
        secrets = WebhookSecrets((sandbox.webhook_secret,), sandbox.client_secret, sandbox.client_id)
        self.receiver = WebhookEndpoint(
            store, secrets, self.metrics, backlog=self.backlog, load=LoadShedder(), clock=clock
        )

    @property
    def hooks(self) -> Webhooks:
        return self.sandbox.webhooks[self.sandbox.site.cloud_id]

    def reconciler(self) -> Reconciler:
        return Reconciler(
            self.store,
            self.service.subscriptions,
            Searcher(self.store, self.access, self.metrics, clock=self.clock),
            backlog=self.backlog,
            clock=self.clock,
        )

    def registrar(self, url: str = "") -> Registrar:
        return Registrar(
            self.store,
            self.service.subscriptions,
            self.access,
            self.metrics,
            url=url or self.url,
            clock=self.clock,
        )

    async def subscribe(
        self,
        *topics: Topic,
        to: Conversation = HERE,
        owner: str = "alice@example.com",
        project: str = "DEMO",
        jql: str = "",
    ) -> Subscription:
        site = self.sandbox.site
        request = SubscribeRequest(project, frozenset(topics or Topic), jql)
        return await self.service.subscriptions.create(
            to, person(owner), Site(site.cloud_id, site.url, site.name), request, now=self.clock()
        )

    def create(self, summary: str, *, project: str = "DEMO", by: str = "bob@example.com") -> Issue:
        body = {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": summary}
        return changes.create(self.sandbox.site, account(by).account_id, {"fields": body})

    def move(self, issue: Issue, transition: str = "11", *, by: str = "bob@example.com") -> None:
        body = {"transition": {"id": transition}}
        changes.move(self.sandbox.site, account(by).account_id, issue, body)

    def comment(self, issue: Issue, text: str, *, by: str = "bob@example.com") -> None:
        activity.add_comment(self.sandbox.site, account(by).account_id, issue, {"body": document(text)})

    async def quiet(self) -> None:
        """Wait until every delivery has been taken and every job is done."""
        await self.sandbox.webhooks_settled()
        await self.settle(step=0.0)


@asynccontextmanager
async def jira_bench(folder: Path) -> AsyncIterator[JiraBench]:
    """Run the service; nobody is subscribed."""
    clock = Clock()
    store = EmbeddedStore(folder / "store", clock=clock)
    await store.open()
    async with (
        Sandbox(clock=clock, webhook_retries=(), validate_with=JIRA_OPENAPI) as sandbox,
        aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=10)) as session,
    ):
        bench = JiraBench(store, sandbox, session, clock)
        app = web.Application()
        app.add_routes(routes(bench.receiver))
        async with serving(app) as url:
            bench.url = f"{url}/jira/webhooks"
            await bench.service.start()
            try:
                yield bench
                assert sandbox.violations == []
            finally:
                await bench.service.stop(seconds=2)
    await store.close()
