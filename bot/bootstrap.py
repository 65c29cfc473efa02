"""The composition root: every part of the bridge, made once and given to those that need it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass

import aiohttp
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.accounts.access import JiraAccess, whoami
from bot.accounts.grants import GrantVault, WhoAmI
from bot.accounts.model import Account, Pending
from bot.accounts.renewal import RENEW_IDLE_SECONDS, RETRY_INTENTS_SECONDS, GrantRenewal
from bot.accounts.sign_in.flow import LinkFlow
from bot.accounts.sign_in.microsoft import MicrosoftSignIn
from bot.accounts.sign_in.msal_http import MsalHttp
from bot.accounts.sign_in.web import routes as account_routes
from bot.accounts.tickets import TicketOffice
from bot.accounts.token_endpoint import TokenEndpoint
from bot.chat.identity import Person
from bot.chat.last_issue import LastIssueStore
from bot.chat.viewers import RecentViewers
from bot.commands import registry
from bot.commands.account.connect import waiting
from bot.commands.account.notices import Notices
from bot.commands.account.welcome import Arrivals
from bot.commands.dispatcher import Dispatcher
from bot.commands.idempotency import PressClaims
from bot.commands.invitations import Invitations
from bot.commands.issue import compose_box, from_message
from bot.commands.services import AccountServices, CardServices, NotificationServices, Services
from bot.config.settings import Settings
from bot.http import server
from bot.http.client import open_session
from bot.jira.http.transport import Transport
from bot.jobs.periodic import PeriodicTask
from bot.jobs.tasks import BackgroundTasks
from bot.notifications.cards import Looks
from bot.notifications.inbox.endpoint import Receiver, Secrets
from bot.notifications.inbox.endpoint import routes as webhook_routes
from bot.notifications.jira_reader import JiraReader
from bot.notifications.metrics import Metrics
from bot.notifications.personal.service import Personal, PersonalNeeds
from bot.notifications.recovery.tasks import upkeep
from bot.notifications.service import Notifications
from bot.security import entra
from bot.security.card_signing import Signer
from bot.security.jwks import KeySet
from bot.storage.base import Store, StoreError, parse_store_url
from bot.storage.encryption import EncryptionError, Keyring, reseal_canary
from bot.teams.adapter import TeamsAdapter
from bot.teams.app_token import AppTokens
from bot.teams.connector import Connector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.endpoint import AllowList, MessagesEndpoint
from bot.teams.endpoint import routes as message_routes
from bot.teams.handler import TeamsHandler
from bot.teams.inbound_auth import BotTokens
from bot.teams.messenger import TeamsMessenger
from bot.teams.roster import TeamsRoster
from bot.teams.search import Search

SIGNING = "card actions"
SWEEP_SECONDS = 3600.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Ground:
    settings: Settings
    store: Store
    keyring: Keyring
    session: aiohttp.ClientSession
    http: MsalHttp
    credential: entra.Credential


@dataclass(frozen=True, slots=True)
class _Teams:
    connector: Connector
    references: ConversationReferences
    messenger: TeamsMessenger
    """For a person who waits: it tries again by itself. Notifications have a schedule of their own."""
    people: TeamsRoster


@dataclass(frozen=True, slots=True)
class _Accounts:
    tickets: TicketOffice
    atlassian: TokenEndpoint
    whoami: WhoAmI
    vault: GrantVault
    access: JiraAccess
    notices: Notices


@dataclass(frozen=True, slots=True)
class _Telling:
    signer: Signer
    shown: LastIssueStore
    audience: RecentViewers
    counted: CollectorRegistry
    metrics: Metrics
    personal: Personal
    notifications: Notifications


@asynccontextmanager
async def bridge(settings: Settings, store: Store, keyring: Keyring) -> AsyncIterator[web.Application]:
    """The whole service on an open store, as an aiohttp application whose background work has begun."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(settings.ca_bundle))
        http = MsalHttp(str(settings.ca_bundle or ""))
        stack.callback(http.close)
        ground = _Ground(settings, store, keyring, session, http, _credential(settings, http))
        teams = _teams(ground, stack)
        accounts = _accounts(ground, teams, stack)
        telling = _telling(ground, teams, accounts)
        handler = _handler(ground, teams, accounts, telling)
        adapter = TeamsAdapter(teams.connector, teams.messenger)
        stack.push_async_callback(adapter.drain, server.DRAIN_SECONDS)
        flow = _flow(ground, accounts, telling, handler)
        stack.push_async_callback(flow.close)
        await _begin(ground, accounts, telling, stack)
        allow_list = AllowList(settings.tenants, settings.service_hosts, settings.loopback_services)
        yield server.application(
            store,
            [
                *message_routes(MessagesEndpoint(adapter, handler, _bot_tokens(settings, session), allow_list)),
                *webhook_routes(_receiver(ground, telling)),
                *account_routes(flow),
            ],
            telling.counted,
        )


def _teams(ground: _Ground, stack: AsyncExitStack) -> _Teams:
    tokens = None
    if ground.settings.bot_auth == "on":
        tokens = AppTokens(_app(ground))
        stack.push_async_callback(tokens.close)
    connector, references = Connector(ground.session, tokens), ConversationReferences(ground.store)
    return _Teams(connector, references, TeamsMessenger(connector, references, retry=True), TeamsRoster(connector))


def _accounts(ground: _Ground, teams: _Teams, stack: AsyncExitStack) -> _Accounts:
    transport = Transport(ground.session, ground.settings.atlassian_api_url)
    tickets = TicketOffice(ground.store, ground.settings.base_url)
    endpoint, who = atlassian(ground.settings, ground.session), whoami(transport)
    notices = Notices(teams.messenger, tickets, teams.references.personal)
    vault = GrantVault(ground.store, ground.keyring, endpoint, whoami=who, on_revoked=notices.revoked)
    stack.push_async_callback(vault.close)
    return _Accounts(tickets, endpoint, who, vault, JiraAccess(vault, transport), notices)


def _telling(ground: _Ground, teams: _Teams, accounts: _Accounts) -> _Telling:
    signer, counted = Signer(ground.keyring.derive(SIGNING)), CollectorRegistry()
    metrics, reader, shown, audience = (
        Metrics(counted),
        JiraReader(accounts.access),
        LastIssueStore(ground.store),
        RecentViewers(),
    )
    looks = Looks(signer, audience)
    personal = Personal(ground.store, PersonalNeeds(accounts.vault, teams.references.personal, reader, looks))
    messenger = TeamsMessenger(teams.connector, teams.references)
    notifications = Notifications(ground.store, messenger, reader, looks, metrics, personal=personal, shown=shown)
    return _Telling(signer, shown, audience, counted, metrics, personal, notifications)


def _handler(ground: _Ground, teams: _Teams, accounts: _Accounts, telling: _Telling) -> TeamsHandler:
    services = Services(
        accounts=AccountServices(
            grants=accounts.vault,
            tickets=accounts.tickets,
            access=accounts.access,
            invitations=Invitations(ground.store, teams.messenger, accounts.tickets),
        ),
        notifications=NotificationServices(
            subscriptions=telling.notifications.subscriptions,
            personal=telling.personal.table,
            subscribe_role=ground.settings.subscribe_role,
        ),
        cards=CardServices(signer=telling.signer, last_issue=telling.shown, viewers=telling.audience),
        roster=teams.people,
    )
    return TeamsHandler(
        dispatcher=Dispatcher(services, registry.parser(), PressClaims(ground.store)),
        messenger=teams.messenger,
        references=teams.references,
        roster=teams.people,
        events=Arrivals(ground.store, accounts.tickets, telling.signer, telling.notifications),
        search=Search(lambda r: compose_box.suggest(r, services), lambda r: compose_box.unfurl(r, services)),
        begin_action=lambda request, action, quoted: from_message.begin(request, action, quoted, services),
    )


def _flow(ground: _Ground, accounts: _Accounts, telling: _Telling, handler: TeamsHandler) -> LinkFlow:
    async def linked(person: Person, account: Account, asked: Sequence[Pending]) -> None:
        first = await telling.personal.table.begin(account)
        # Before anybody is told: Teams may be slow, and what happens in Jira meanwhile is to be heard.
        await telling.notifications.owner_back(person, account.sites)
        await accounts.notices.linked(person, account, asked[-1] if asked else None, first=first)
        for request in waiting(person, asked):
            await handler.resume(request)

    microsoft = MicrosoftSignIn(
        authority=ground.settings.authority,
        client_id=ground.settings.microsoft_app_id,
        credential=ground.credential,
        redirect_uri=f"{ground.settings.base_url}/auth/microsoft/callback",
        allowed_tenants=ground.settings.tenants,
        keys=KeySet(ground.session, entra.metadata_url(ground.settings.authority)),
        http=ground.http,
    )
    return LinkFlow(
        store=ground.store,
        keyring=ground.keyring,
        vault=accounts.vault,
        tickets=accounts.tickets,
        microsoft=microsoft,
        atlassian=accounts.atlassian,
        whoami=accounts.whoami,
        public_url=ground.settings.base_url,
        on_linked=linked,
        on_misused=accounts.notices.misused,
    )


async def _begin(ground: _Ground, accounts: _Accounts, telling: _Telling, stack: AsyncExitStack) -> None:
    """Start what runs in the background; it is stopped in the opposite order."""
    await telling.notifications.start()
    stack.push_async_callback(telling.notifications.stop)
    tasks = await stack.enter_async_context(BackgroundTasks())
    tasks.start(telling.shown.run())
    tasks.start(_reseal(ground, accounts.vault))
    for periodic in _periodic_tasks(ground, accounts, telling):
        await stack.enter_async_context(periodic)


def _periodic_tasks(ground: _Ground, accounts: _Accounts, telling: _Telling) -> list[PeriodicTask]:
    store, renewal = ground.store, GrantRenewal(accounts.vault, accounts.notices.expiring)
    recovery = upkeep(
        ground.store,
        telling.notifications.subscriptions,
        accounts.access,
        telling.metrics,
        backlog=telling.notifications.backlog,
        webhook_url=f"{ground.settings.base_url}/jira/webhooks",
        scopes=ground.settings.scopes,
        reconcile_seconds=ground.settings.reconcile_seconds,
        personal=telling.personal,
    )
    return [
        PeriodicTask(store, "sweep", store.sweep, every=SWEEP_SECONDS),
        PeriodicTask(store, "refreshes", renewal.retry_open_intents, every=RETRY_INTENTS_SECONDS),
        PeriodicTask(store, "grants", renewal.renew_idle, every=RENEW_IDLE_SECONDS),
        *recovery,
    ]


async def _reseal(ground: _Ground, vault: GrantVault) -> None:
    """Bring an embedded store under the first key while people work; nobody else can have it open (T39).

    Replicas of a shared store may not all have the new key yet: there it is done by `app.py keys rotate`.
    """
    embedded = parse_store_url(ground.settings.store_url.get_secret_value()).engine == "tinydb"
    if not embedded or len(ground.settings.keys) == 1:
        return
    try:
        changed = await vault.rotate_keys()
        await reseal_canary(ground.store, ground.keyring)
    except (StoreError, EncryptionError):
        log.exception("keys not rotated; the next start tries again")
    else:
        log.info("keys rotated", grants=changed)


def _receiver(ground: _Ground, telling: _Telling) -> Receiver:
    client_secret = ground.settings.jira_client_secret.get_secret_value()
    secrets = Secrets(ground.settings.webhook_secrets, client_secret, ground.settings.jira_client_id)
    return Receiver(ground.store, secrets, telling.metrics, backlog=telling.notifications.backlog)


def _credential(settings: Settings, http: MsalHttp) -> entra.Credential:
    if settings.microsoft_app_type == "UserAssignedMSI":
        return entra.managed_assertion(settings.microsoft_app_id, http)
    if settings.microsoft_app_certificate is not None:
        return entra.certificate(settings.microsoft_app_certificate)
    return settings.microsoft_app_password.get_secret_value()


def _app(ground: _Ground) -> entra.RegisteredApp | entra.ManagedApp:
    client_id = ground.settings.microsoft_app_id
    if ground.settings.microsoft_app_type == "UserAssignedMSI":
        return entra.ManagedApp(client_id, ground.http)
    return entra.RegisteredApp(client_id, ground.credential, ground.settings.authority, ground.http)


def atlassian(settings: Settings, session: aiohttp.ClientSession) -> TokenEndpoint:
    """Atlassian's sign-in, as the settings describe it."""
    return TokenEndpoint(
        session,
        auth_url=settings.atlassian_auth_url,
        api_url=settings.atlassian_api_url,
        client_id=settings.jira_client_id,
        client_secret=settings.jira_client_secret.get_secret_value(),
        redirect_uri=f"{settings.base_url}/auth/jira/callback",
        scopes=settings.scopes,
    )


def _bot_tokens(settings: Settings, session: aiohttp.ClientSession) -> BotTokens | None:
    if settings.bot_auth == "off":
        return None
    keys = KeySet(session, settings.bot_openid_metadata_url)
    return BotTokens(keys, app_id=settings.microsoft_app_id, issuer=settings.bot_token_issuer)
