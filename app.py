"""The command line, and the only place where the parts of the bridge are wired together."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Coroutine, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import structlog
from aiohttp import web
from prometheus_client import CollectorRegistry
from rich.console import Console

from bot import entra, logs, server
from bot.accounts.access import JiraAccess, whoami
from bot.accounts.flow import LinkFlow
from bot.accounts.grants import GrantVault
from bot.accounts.microsoft import MicrosoftSignIn, metadata_url
from bot.accounts.model import Account, Pending
from bot.accounts.msal_http import MsalHttp
from bot.accounts.tickets import TicketOffice
from bot.accounts.token_endpoint import TokenEndpoint
from bot.accounts.upkeep import Upkeep
from bot.accounts.web import routes as account_routes
from bot.admin import check, cli, records, stores
from bot.commands import compose, registry
from bot.commands.dispatcher import Dispatcher
from bot.commands.model import Request
from bot.commands.notices import Notices
from bot.commands.repeats import Repeats
from bot.commands.turn import Services
from bot.commands.welcome import Arrivals
from bot.config import Settings
from bot.config_rules import EX_CONFIG, ConfigError, load
from bot.http import open_session
from bot.identity import Person
from bot.jira.transport import Transport
from bot.jwks import KeySet
from bot.notifications.looks import Looks
from bot.notifications.metrics import Metrics
from bot.notifications.personal_service import Personal, PersonalNeeds
from bot.notifications.reader import JiraReader
from bot.notifications.receiver import Receiver, Secrets
from bot.notifications.receiver import routes as webhook_routes
from bot.notifications.service import Notifications
from bot.notifications.upkeep import upkeep
from bot.signing import Signer
from bot.storage.base import Store, StoreError, StoreLockedError, StoreUnavailableError
from bot.storage.encryption import Keyring, WrongKeyError, new_key
from bot.storage.factory import open_store
from bot.teams.adapter import TeamsAdapter
from bot.teams.app_token import AppTokens
from bot.teams.connector import Connector
from bot.teams.endpoint import Gate, MessagesEndpoint
from bot.teams.endpoint import routes as message_routes
from bot.teams.handler import TeamsHandler
from bot.teams.inbound_auth import BotTokens
from bot.teams.messenger import References, TeamsMessenger
from bot.teams.people import People
from bot.teams.search import Search

EX_TEMPFAIL = 75
"""Exit status for "another process holds the store" (sysexits.h)."""
SIGNING = "card actions"

log = structlog.get_logger("app")


@asynccontextmanager
async def bridge(settings: Settings, store: Store, keyring: Keyring) -> AsyncIterator[web.Application]:
    """The whole service on an open store, as an aiohttp application whose background work has begun."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(open_session(settings.ca_bundle))
        http = MsalHttp(str(settings.ca_bundle or ""))
        stack.callback(http.close)
        credential = _credential(settings, http)

        tokens = None if settings.bot_auth == "off" else AppTokens(_app(settings, credential, http))
        if tokens is not None:
            stack.push_async_callback(tokens.close)
        connector = Connector(session, tokens)
        references = References(store)
        patient = TeamsMessenger(connector, references, patient=True)

        tickets = TicketOffice(store, settings.base_url)
        transport = Transport(session, settings.atlassian_api_url)
        atlassian = _atlassian(settings, session)
        who = whoami(transport)
        notices = Notices(patient, tickets, references.personal)
        vault = GrantVault(store, keyring, atlassian, whoami=who, on_revoked=notices.revoked)
        stack.push_async_callback(vault.close)
        access = JiraAccess(vault, transport)

        signer = Signer(keyring.derive(SIGNING))
        counted = CollectorRegistry()
        metrics = Metrics(counted)
        reader, looks = JiraReader(access), Looks(signer)
        personal = Personal(store, PersonalNeeds(vault, references.personal, reader, looks))
        notifications = Notifications(
            store,
            TeamsMessenger(connector, references),
            reader,
            looks,
            metrics,
            personal=personal,
        )
        people = People(connector)
        services = Services(
            vault,
            tickets,
            access,
            signer,
            notifications.subscriptions,
            registry.grammar(),
            Repeats(store),
            personal.table,
            people,
            settings.subscribe_role,
        )
        handler = TeamsHandler(
            answers=Dispatcher(services),
            messenger=patient,
            references=references,
            people=people,
            hosts=Arrivals(services, store, notifications),
            search=Search(lambda r: compose.suggest(r, services), lambda r: compose.unfurl(r, services)),
        )
        adapter = TeamsAdapter(connector)
        stack.push_async_callback(adapter.drain, server.DRAIN_SECONDS)

        async def linked(person: Person, account: Account, pending: Pending | None) -> None:
            first = await personal.table.begin(account)
            await notices.linked(person, account, pending, first=first)
            await notifications.owner_back(person)
            if pending is not None and pending.request:
                await handler.resume(Request.from_json(person, pending.conversation, pending.request))

        flow = LinkFlow(
            store=store,
            keyring=keyring,
            vault=vault,
            tickets=tickets,
            microsoft=MicrosoftSignIn(
                authority=settings.authority,
                client_id=settings.microsoft_app_id,
                credential=credential,
                redirect_uri=f"{settings.base_url}/auth/microsoft/callback",
                allowed_tenants=settings.tenants,
                keys=KeySet(session, metadata_url(settings.authority)),
                http=http,
            ),
            atlassian=atlassian,
            whoami=who,
            public_url=settings.base_url,
            on_linked=linked,
        )
        stack.push_async_callback(flow.close)

        await notifications.start()
        stack.push_async_callback(notifications.stop)
        await stack.enter_async_context(
            server.background(Upkeep(vault, store, on_expiring=notices.expiring).run())
        )
        for rounds in upkeep(
            store,
            notifications.subscriptions,
            access,
            metrics,
            backlog=notifications.backlog,
            webhook_url=f"{settings.base_url}/jira/webhooks",
            scopes=settings.scopes,
            reconcile_seconds=settings.reconcile_seconds,
        ):
            await stack.enter_async_context(server.background(rounds.run()))
        secrets = Secrets(
            settings.webhook_secrets, settings.jira_client_secret.get_secret_value(), settings.jira_client_id
        )
        receiver = Receiver(store, secrets, metrics, backlog=notifications.backlog)
        gate = Gate(settings.tenants, settings.service_hosts, settings.loopback_services)
        yield server.application(
            store,
            [
                *message_routes(MessagesEndpoint(adapter, handler, _bot_tokens(settings, session), gate)),
                *webhook_routes(receiver),
                *account_routes(flow),
            ],
            counted,
        )


def _credential(settings: Settings, http: MsalHttp) -> entra.Credential:
    if settings.microsoft_app_type == "UserAssignedMSI":
        return entra.managed_assertion(settings.microsoft_app_id, http)
    if settings.microsoft_app_certificate is not None:
        return entra.certificate(settings.microsoft_app_certificate)
    return settings.microsoft_app_password.get_secret_value()


def _app(
    settings: Settings, credential: entra.Credential, http: MsalHttp
) -> entra.RegisteredApp | entra.ManagedApp:
    if settings.microsoft_app_type == "UserAssignedMSI":
        return entra.ManagedApp(settings.microsoft_app_id, http)
    return entra.RegisteredApp(settings.microsoft_app_id, credential, settings.authority, http)


def _atlassian(settings: Settings, session: aiohttp.ClientSession) -> TokenEndpoint:
    return TokenEndpoint(
        session,
        auth_url=settings.atlassian_auth_url,
        api_url=settings.atlassian_api_url,
        client_id=settings.jira_client_id,
        client_secret=settings.jira_client_secret.get_secret_value(),
        redirect_uri=f"{settings.base_url}/auth/jira/callback",
        scopes=settings.scopes,
    )


def _store(settings: Settings) -> Store:
    return open_store(settings.store_url.get_secret_value())


def _bot_tokens(settings: Settings, session: aiohttp.ClientSession) -> BotTokens | None:
    if settings.bot_auth == "off":
        return None
    keys = KeySet(session, settings.bot_openid_metadata_url)
    return BotTokens(keys, app_id=settings.microsoft_app_id, issuer=settings.bot_token_issuer)


# The command line ------------------------------------------------------------------------------------------


async def serve(settings: Settings) -> int:
    """Run until SIGTERM."""
    keyring = Keyring(settings.keys)
    async with (
        server.opened(_store(settings), keyring) as store,
        bridge(settings, store, keyring) as app,
        server.listening(app, settings.host, settings.port),
    ):
        server.settle_memory()
        log.info("ready", address=f"http://{settings.host}:{settings.port}", public_url=settings.base_url)
        await server.until_stopped()
    return 0


async def demo(*, once: bool, port: int) -> int:
    """The bridge with the sandbox around it, on loopback: one conversation, then it stays up."""
    # Only the demo needs the sandbox; `serve` starts sooner and smaller without it.
    from sandbox import demo as demo_script  # noqa: PLC0415
    from sandbox.server import Sandbox  # noqa: PLC0415
    from sandbox.teams import Teams  # noqa: PLC0415

    console = Console()
    url = f"http://127.0.0.1:{port}"
    async with AsyncExitStack() as stack:
        folder = stack.enter_context(tempfile.TemporaryDirectory(prefix="teams-jira-demo-"))
        sandbox = await stack.enter_async_context(Sandbox(webhook_url=f"{url}/jira/webhooks", port=port + 1))
        surroundings = sandbox.settings()
        teams = await stack.enter_async_context(
            Teams(surroundings["MICROSOFT_APP_ID"], bot_url=f"{url}/api/messages", port=port + 20)
        )
        values = {
            "port": port,
            "public_url": url,
            "bot_auth": "off",
            "store_url": f"tinydb://{folder}/store",
            "encryption_keys": new_key(),
            **{name.lower(): value for name, value in surroundings.items()},
        }
        settings = Settings(_env_file=None, **values)  # type: ignore[arg-type]  # pydantic validates them
        keyring = Keyring(settings.keys)
        store = await stack.enter_async_context(server.opened(_store(settings), keyring))
        app = await stack.enter_async_context(bridge(settings, store, keyring))
        await stack.enter_async_context(server.listening(app, settings.host, settings.port))
        try:
            await demo_script.play(teams, sandbox, console)
        except (demo_script.DemoError, TimeoutError) as error:
            console.print(f"[red]The demo failed:[/red] {error or 'nothing came in time'}")
            return 1
        if not once:
            demo_script.addresses(console, bot_url=f"{url}/api/messages", board_url=sandbox.board_url)
            await server.until_stopped()
    return 0


async def administer(settings: Settings, options: argparse.Namespace, console: Console) -> int:
    """The commands that look into the store."""
    keyring = Keyring(settings.keys)
    async with (
        server.opened(_store(settings), keyring, wait=False) as store,
        open_session(settings.ca_bundle) as session,
    ):
        office = records.Office(console, store, GrantVault(store, keyring, _atlassian(settings, session)), keyring)
        return await records.run(office, options.command, options.action, getattr(options, "name", ""))


def write_manifest(settings: Settings, options: argparse.Namespace, console: Console) -> int:
    """The installable Teams app."""
    from manifest import package  # noqa: PLC0415

    site = f"https://{settings.base_url.partition('://')[2]}"
    if not settings.base_url.startswith("https://"):
        console.print("[yellow]PUBLIC_URL is not https://; Teams itself will not reach this app.[/yellow]")
    manifest = package.build(
        app_id=settings.microsoft_app_id,
        public_url=site,
        commands=registry.COMMANDS,
        developer=package.Developer(
            options.developer, options.website or site, options.privacy or site, options.terms or site
        ),
        version=options.app_version,
    )
    package.write_zip(options.output, manifest)
    console.print(f"{options.output} is ready: upload it in the Teams admin center.")
    return 0


def main(arguments: Sequence[str] | None = None) -> int:
    """The exit status."""
    options = cli.parser().parse_args(arguments)
    console = Console()
    match options.command:
        case "keys" if not options.action:
            print(new_key())  # noqa: T201 - one bare line, for scripts
            return 0
        case "demo":
            logs.configure("WARNING", "console")
            return _run(demo(once=options.once, port=options.port))
        case "check":
            return _run(check.run(console, _store))
        case "store":
            return _run(stores.copy(options.source, options.target, console))
    return _with_settings(options, console)


def _with_settings(options: argparse.Namespace, console: Console) -> int:
    try:
        settings = load()
    except ConfigError as error:
        return _complain(EX_CONFIG, *error.problems)
    logs.configure(settings.log_level, settings.log_format)
    match options.command:
        case "manifest":
            return write_manifest(settings, options, console)
        case "migrate":
            return _run(stores.migrate(settings.store_url.get_secret_value(), console))
        case "accounts" | "outbox" | "keys" | "trace":
            return _run(administer(settings, options, console))
    return _run(serve(settings))


def _run(work: Coroutine[None, None, int]) -> int:
    """Run to the end, and turn what a start can fail with into an exit status and a sentence."""
    try:
        return asyncio.run(work)
    except (StoreLockedError, StoreUnavailableError) as error:
        return _complain(EX_TEMPFAIL, str(error))
    except (StoreError, WrongKeyError, ValueError) as error:
        return _complain(EX_CONFIG, str(error))
    except OSError as error:
        return _complain(EX_CONFIG, f"HOST and PORT: cannot listen there ({error.strerror}).")


def _complain(status: int, *problems: str) -> int:
    for problem in problems:
        print(problem, file=sys.stderr)  # noqa: T201 - before logging is set up, and for people
    return status


if __name__ == "__main__":
    sys.exit(main())
