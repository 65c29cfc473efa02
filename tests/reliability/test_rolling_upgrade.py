"""F25: replicas are replaced one by one over a migration, while events arrive: none is lost, none told twice."""

from __future__ import annotations

import asyncio
import random
from collections.abc import AsyncIterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from bot.notifications.messages import INBOX, OUTBOX
from bot.notifications.metrics import Metrics
from bot.storage.base import Job, Store, StoreUnavailableError
from bot.storage.postgres import PostgresStore, migrate
from bot.storage.postgres.sql import migrations
from bot.teams.connector import Connector as TeamsConnector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.messenger import TeamsMessenger
from tests.support.json_path import at
from tests.support.notifications.fakes import PlainCards
from tests.support.notifications.service import build_service
from tests.support.reliability.events import EveryIssue, created, subscribe
from tests.support.reliability.peers import Connector, verdict
from tests.support.storage.engines import Server
from tests.support.storage.previous_release import MIGRATIONS, PreviousRelease, migrated_by_previous_release

STAGES = 4
"""The old replica alone, the same during the migration, both, the new one alone."""
EVENTS_PER_STAGE = 20

pytestmark = [pytest.mark.slow, pytest.mark.timeout(120)]


@asynccontextmanager
async def replica(store: Store) -> AsyncIterator[Store]:
    """Run a notification service on a store."""
    async with aiohttp.ClientSession() as session:
        await store.open()
        messenger = TeamsMessenger(TeamsConnector(session, None), ConversationReferences(store))
        service = build_service(store, messenger, EveryIssue(), PlainCards(), Metrics(CollectorRegistry()))
        await service.start()
        try:
            yield store
        finally:
            await service.stop(seconds=5)
            await store.close()


async def deliver(stores: Sequence[Store], bodies: Sequence[dict[str, object]], chance: random.Random) -> None:
    """Give each delivery to a replica, as Jira does: again and again, until one has stored it."""
    for body in bodies:
        job = Job(str(body), {"body": body, "delivery": "d", "received": 0.0})
        while True:
            try:
                await chance.choice(stores).enqueue(INBOX, job)
            except StoreUnavailableError:
                await asyncio.sleep(0.05)  # Jira waits for minutes
            else:
                break


async def test_f25_replicas_are_replaced_one_by_one_over_a_migration(
    postgres: Server, connector: Connector, number: int
) -> None:
    url, chance = migrated_by_previous_release(postgres), random.Random(number)
    bodies = created(STAGES * EVENTS_PER_STAGE)
    before, during, both, after = (
        bodies[stage * EVENTS_PER_STAGE :][:EVENTS_PER_STAGE] for stage in range(STAGES)
    )
    async with AsyncExitStack() as first, AsyncExitStack() as second:
        old = await first.enter_async_context(replica(PreviousRelease(url)))
        await subscribe(old, connector.url)
        await deliver([old], before, chance)
        applied, _ = await asyncio.gather(migrate(url), deliver([old], during, chance))
        assert len(applied) == len(migrations()) - MIGRATIONS
        new = await second.enter_async_context(replica(PostgresStore(url)))
        await deliver([old, new], both, chance)
        await first.aclose()
        await deliver([new], after, chance)
        await connector.until(lambda: len(connector.posts()) >= len(bodies))
        for queue in (INBOX, OUTBOX):
            async with asyncio.timeout(30):
                while (stats := await new.stats(queue)).waiting + stats.leased:
                    await new.arrival("quiet", seconds=0.05)
    keys = [str(at(body, "issue", "key")) for body in bodies]
    lost, doubled = verdict(keys, connector.posts())
    assert (lost, dict(doubled)) == (set(), {})
