"""The composition root: builds every part of the bridge once and passes it to those that need it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager
from functools import partial

import aiohttp
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.accounts.access import JiraAccess, make_whoami
from bot.accounts.audit import AuditLog
from bot.accounts.connect_links import ConnectLinks
from bot.accounts.grant_maintenance import DAY, GrantMaintenance
from bot.accounts.grant_vault import GrantVault
from bot.accounts.model import Account, Pending, Tickets, WaitingRequest
from bot.accounts.sign_in.flow import LinkFlow, OnLinked
from bot.accounts.sign_in.settings_page import settings_page
from bot.accounts.sign_in.web import routes as account_routes
from bot.accounts.sites import SiteUpdates
from bot.chat.identity import Person
from bot.chat.last_issue import LastIssueStore
from bot.chat.viewers import RecentViewers
from bot.commands import registry
from bot.commands.account.notices import Notices
from bot.commands.account.waiting import split_waiting, to_request
from bot.commands.account.welcome import InstallationEvents
from bot.commands.dispatcher import Dispatcher
from bot.commands.idempotency import PressClaims
from bot.commands.invitations import Invitations
from bot.commands.issue import compose_box, compose_settings, from_message
from bot.commands.phrases.patterns import read_tables
from bot.commands.services import AccountServices, CardServices, NotificationServices, Services
from bot.config.settings import Settings
from bot.credentials import Credentials
from bot.http import server
from bot.http.client import open_session, tls_context
from bot.http.client_limit import ClientLimit
from bot.http.reachability import PURPOSE, Reachability
from bot.jira.http.transport import Transport
from bot.jira_sites import build_data_centers, build_service_accounts
from bot.jobs.tasks import BackgroundTasks
from bot.microsoft_identity import build_inbound_tokens
from bot.notifications.build import build_notifications
from bot.notifications.cards import NotificationCards
from bot.notifications.inbox.endpoint import Backlog, WebhookEndpoint
from bot.notifications.inbox.endpoint import routes as webhook_routes
from bot.notifications.jira_reader import JiraReader
from bot.notifications.metrics import Metrics
from bot.notifications.personal.recipients import RecipientFinder
from bot.notifications.personal.settings import PersonalSettingsTable
from bot.notifications.restricted_content import RestrictedContent
from bot.notifications.service import Notifications
from bot.notifications.subscriptions.limits import SubscriptionLimits
from bot.notifications.subscriptions.repository import Subscriptions
from bot.notifications.unreachable import UnreachableConversations
from bot.periodic_tasks import build_grant_tasks, build_notification_tasks
from bot.reload import RELOADER, Reloader
from bot.runtime.load_shedding import LoadShedder
from bot.security.card_signing import Signer
from bot.storage.base import Store, StoreError, parse_store_url
from bot.storage.encryption import EncryptionError, Keyring, reseal_canary
from bot.teams.activity_deduplication import ActivityDeduplicator
from bot.teams.adapter import TeamsAdapter
from bot.teams.connector import Connector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.endpoint import AllowList, MessagesEndpoint
from bot.teams.endpoint import routes as message_routes
from bot.teams.handler import TeamsHandler
from bot.teams.messenger import TeamsMessenger
from bot.teams.roster import TeamsRoster
from bot.teams.search import Search

SIGNING_PURPOSE = "card actions"

log = structlog.get_logger(__name__)


@asynccontextmanager
async def create_app(settings: Settings, store: Store, keyring: Keyring) -> AsyncIterator[web.Application]:
    """Build the service on an open store and start its background work, which ends with the block."""
    async with AsyncExitStack() as stack:
        session, credentials = await stack.enter_async_context(_outgoing(settings))
        tasks = await stack.enter_async_context(BackgroundTasks())
        load = _watch_load(store, tasks)
        subscriptions_changed, viewers = asyncio.Event(), RecentViewers(store)
        signer, last_issues = Signer(keyring.derive(SIGNING_PURPOSE)), LastIssueStore(store)
        for work in (last_issues.run(), viewers.run()):
            tasks.start(work)

        # Teams. While a person waits the messenger tries again itself; notifications have a retry schedule.
        connector = Connector(session, credentials.microsoft.app_tokens)
        references, roster = ConversationReferences(store), TeamsRoster(connector)
        messenger = TeamsMessenger(connector, references, retry=True, on_posted=last_issues.remember_post)
        background_messenger = TeamsMessenger(connector, references, on_posted=last_issues.remember_post)

        # Accounts
        transport = Transport(session, settings.atlassian_api_url)
        audit = AuditLog(store, retention=settings.audit_retention_days * DAY)
        data_centers = build_data_centers(settings, session)
        ask_whoami = make_whoami(transport, data_centers.sites)
        tickets = ConnectLinks(store, settings.base_url)
        notices = Notices(messenger, tickets, references.personal, signer)
        vault = GrantVault(
            store,
            keyring,
            credentials.token_endpoint,
            whoami=ask_whoami,
            on_revoked=notices.announce_revoked,
            audit=audit,
            data_centers=data_centers.sign_ins,
        )
        stack.push_async_callback(vault.close)

        # Notifications
        subscriptions = Subscriptions(
            store, on_change=subscriptions_changed.set, audit=audit, limits=_subscription_limits(settings)
        )
        site_updates = SiteUpdates(
            vault,
            credentials.token_endpoint.sites,
            credentials.token_endpoint.scopes,
            tasks,
            on_changed=subscriptions.update_sites,
        )
        access = JiraAccess(
            vault,
            transport,
            build_service_accounts(settings.sites),
            data_centers=data_centers.sites,
            on_use=site_updates.note_use,
        )
        maintenance = GrantMaintenance(
            vault, notices.announce_expiring, ended_days=settings.ended_link_retention_days
        )
        personal_settings, unreachable = PersonalSettingsTable(store), UnreachableConversations(store)
        people = RecipientFinder(store, personal_settings, vault, references.personal)
        metrics_registry = CollectorRegistry()
        metrics, backlog = Metrics(metrics_registry), Backlog()
        reader, cards = JiraReader(access), NotificationCards(signer, viewers.recent)
        notifications = build_notifications(
            store,
            background_messenger,
            metrics,
            subscriptions=subscriptions,
            unreachable=unreachable,
            settings=personal_settings,
            people=people,
            reader=reader,
            search=reader,
            cards=cards,
            daily_cards=cards,
            last_issues=last_issues,
            viewers=viewers,
            backlog=backlog,
            load=load,
            trace_retention=settings.trace_retention_days * DAY,
            post_retention=settings.post_retention_days * DAY,
        )
        periodic_tasks = [
            *build_grant_tasks(settings, store, session, vault, maintenance=maintenance, ask_whoami=ask_whoami),
            *build_notification_tasks(
                settings,
                store,
                access,
                metrics,
                subscriptions=subscriptions,
                unreachable=unreachable,
                personal_settings=personal_settings,
                people=people,
                backlog=backlog,
                subscriptions_changed=subscriptions_changed,
            ),
        ]

        # Commands
        services = Services(
            accounts=AccountServices(
                grants=vault,
                tickets=tickets,
                access=access,
                invitations=Invitations(store, messenger, tickets),
                sites=site_updates,
            ),
            notifications=NotificationServices(
                subscriptions=subscriptions,
                personal=personal_settings,
                subscribe_role=settings.subscribe_role,
                audit=audit,
            ),
            cards=CardServices(
                signer=signer,
                last_issue=last_issues,
                viewers=viewers,
                restricted_content=RestrictedContent(subscriptions, reader),
            ),
            roster=roster,
        )
        handler = TeamsHandler(
            dispatcher=Dispatcher(services, registry.parser(), PressClaims(store)),
            messenger=messenger,
            references=references,
            roster=roster,
            events=InstallationEvents(store, vault, tickets, signer, notifications),
            search=Search(
                lambda request, skip: compose_box.suggest(request, services, skip),
                lambda request: compose_box.unfurl(request, services),
            ),
            begin_action=lambda request, action, quoted: from_message.start_action(
                request, action, quoted, services
            ),
            settings_url=lambda request: compose_settings.settings_url(request, services, settings.base_url),
            save_settings=lambda request, state: compose_settings.save_settings(request, state, services),
        )
        adapter = TeamsAdapter(connector, messenger, ActivityDeduplicator(store), load)
        stack.push_async_callback(adapter.drain, server.DRAIN_SECONDS)

        # Sign-in
        flow = LinkFlow(
            store=store,
            keyring=keyring,
            vault=vault,
            tickets=tickets,
            microsoft=credentials.microsoft.sign_in,
            atlassian=credentials.token_endpoint,
            whoami=ask_whoami,
            public_url=settings.base_url,
            on_linked=_on_linked(
                references=references,
                personal_settings=personal_settings,
                notifications=notifications,
                notices=notices,
                handler=handler,
                tickets=tickets,
            ),
            on_misused=notices.announce_misused,
            audit=audit,
            data_centers=data_centers.sign_ins,
            uses_cloud=settings.uses_cloud,
        )
        stack.push_async_callback(flow.close)

        # Background work; it is stopped in the opposite order.
        await notifications.start()
        stack.push_async_callback(notifications.stop)
        tasks.start(_reseal(settings, store, keyring, vault))
        for task in periodic_tasks:
            await stack.enter_async_context(task)

        allow_list = AllowList(settings.tenants, settings.service_hosts, settings.loopback_services)
        messages_endpoint = MessagesEndpoint(adapter, handler, build_inbound_tokens(settings, session), allow_list)
        webhook_endpoint = WebhookEndpoint(store, credentials.webhook_secrets, metrics, backlog=backlog, load=load)
        routes = [
            *message_routes(messages_endpoint),
            *webhook_routes(webhook_endpoint),
            *account_routes(flow, ClientLimit(settings.client_address_header), partial(settings_page, signer)),
        ]
        app = server.application(store, routes, metrics_registry, with_metrics=settings.metrics_endpoint is None)
        Reachability(keyring.derive(PURPOSE)).add_to(app)
        app[RELOADER] = Reloader(settings, credentials)
        tasks.start(asyncio.to_thread(read_tables))  # not before: the start would wait for it
        yield app


@asynccontextmanager
async def _outgoing(settings: Settings) -> AsyncIterator[tuple[aiohttp.ClientSession, Credentials]]:
    """Open the session for all outgoing calls, and build what proves the bridge in them."""
    tls = tls_context(settings.ca_bundle)
    async with open_session(tls) as session:
        credentials = Credentials(settings, session, tls)
        try:
            yield session, credentials
        finally:
            await credentials.microsoft.close()


def _watch_load(store: Store, tasks: BackgroundTasks) -> LoadShedder:
    load = LoadShedder(store.expected_wait)
    tasks.start(load.run())
    return load


def _on_linked(
    *,
    references: ConversationReferences,
    personal_settings: PersonalSettingsTable,
    notifications: Notifications,
    notices: Notices,
    handler: TeamsHandler,
    tickets: Tickets,
) -> OnLinked:
    async def on_linked(
        person: Person, account: Account, met: Pending | None, waiting: Sequence[WaitingRequest]
    ) -> None:
        met = waiting[-1].pending if waiting else met
        if met and met.conversation.is_personal:
            # This process may know the chat although an admin has removed it from the store since.
            await references.remember(met.conversation, person, force=True)
        first_settings = await personal_settings.initialise(account)
        # Before any message: Teams may be slow, and events in Jira meanwhile should be posted.
        await notifications.owner_back(person, account.sites)
        earlier, repeated = split_waiting(waiting)
        for each in repeated:
            await tickets.take_pending(each.name, person)
        await notices.announce_linked(person, account, met, first=first_settings, offers=earlier)
        if waiting:
            last = await tickets.take_pending(waiting[-1].name, person)
            if last is not None:
                await handler.resume(to_request(person, last))

    return on_linked


async def _reseal(settings: Settings, store: Store, keyring: Keyring, vault: GrantVault) -> None:
    """Re-encrypt an embedded store with the first key while people work; nobody else can have it open (T39).

    Replicas of a shared store may not all have the new key yet: there `app.py keys rotate` does it.
    """
    is_embedded = parse_store_url(settings.store_url.get_secret_value()).is_embedded
    if not is_embedded or len(settings.keys) == 1:
        return
    try:
        changed = await vault.rotate_keys()
        await reseal_canary(store, keyring)
    except (StoreError, EncryptionError):
        log.exception("keys not rotated; the next start tries again")
    else:
        log.info("keys rotated", grants=changed)


def _subscription_limits(settings: Settings) -> SubscriptionLimits:
    return SubscriptionLimits(settings.max_conversation_subscriptions, settings.max_person_subscriptions)
