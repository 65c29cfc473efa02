"""F24: two replicas on one PostgreSQL share the work, and no message is posted twice."""

from __future__ import annotations

import asyncio
import os
import random
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager
from pathlib import Path

import aiohttp
import pytest
from prometheus_client import CollectorRegistry

from bot.chat.identity import Conversation, Scope
from bot.jobs.worker import LEASE_SECONDS
from bot.notifications.messages import INBOX, OUTBOX
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.conversation_limits import MAX_BURST_EVENTS
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Job, Store
from bot.storage.factory import open_store
from bot.storage.postgres import PostgresStore
from bot.teams.connector import Connector as TeamsConnector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.messenger import TeamsMessenger
from tests.reliability.test_kill import victim
from tests.support.json_path import at
from tests.support.notifications.fakes import PlainCards
from tests.support.notifications.service import build_service
from tests.support.reliability.events import CONVERSATIONS, EveryIssue, created, subscribe
from tests.support.reliability.peers import Connector, WebhookSender, verdict
from tests.support.world import free_port


@asynccontextmanager
async def replicas(
    dsn: str, connector: Connector, count: int, *, conversations: int
) -> AsyncIterator[list[Store]]:
    """Run so many notification services on one database; their stores."""
    async with AsyncExitStack() as stack:
        session = await stack.enter_async_context(aiohttp.ClientSession())
        stores: list[Store] = []
        for number in range(count):
            store = PostgresStore(dsn, pool_size=5)
            await store.open()
            stack.push_async_callback(store.close)
            if number == 0:
                await subscribe(store, connector.url, conversations)
            messenger = TeamsMessenger(TeamsConnector(session, None), ConversationReferences(store))
            service = build_service(store, messenger, EveryIssue(), PlainCards(), Metrics(CollectorRegistry()))
            await service.start()
            stack.push_async_callback(service.stop, seconds=2)
            stores.append(store)
        yield stores


async def quiet(store: Store) -> None:
    """Wait until the queues are empty: nothing is still on its way."""
    for queue in (INBOX, OUTBOX):
        async with asyncio.timeout(30):
            while (stats := await store.stats(queue)).waiting + stats.leased:
                await store.arrival("quiet", seconds=0.05)


async def test_f24_two_replicas_post_everything_once(
    dsn: str, connector: Connector, events: int, number: int
) -> None:
    async with replicas(dsn, connector, 2, conversations=CONVERSATIONS) as stores:
        chance = random.Random(number)
        bodies = created(min(100, 4 * events))
        for body in bodies:
            job = Job(str(body), {"body": body, "delivery": "d", "received": 0.0})
            await asyncio.gather(*(store.enqueue(INBOX, job) for store in chance.sample(stores, 2)))
        await connector.until(lambda: len(connector.posts()) >= len(bodies))
        await quiet(stores[0])
    keys = [str(at(body, "issue", "key")) for body in bodies]
    lost, doubled = verdict(keys, connector.posts())
    assert (lost, dict(doubled)) == (set(), {})


@pytest.mark.parametrize("count", [1, 4])
async def test_f22_a_burst_is_one_on_any_number_of_replicas(dsn: str, connector: Connector, count: int) -> None:
    async with replicas(dsn, connector, count, conversations=1) as stores:
        bodies = created(60, conversations=1)
        for number, body in enumerate(bodies):
            job = Job(str(body), {"body": body, "delivery": "d", "received": 0.0})
            assert await stores[number % count].enqueue(INBOX, job)
        await connector.until(lambda: any("digest" in post.text for post in connector.posts()))
        await quiet(stores[0])
    singles = [post for post in connector.posts() if "digest" not in post.text]
    assert len(singles) == MAX_BURST_EVENTS
    assert len(connector.posts()) - len(singles) <= 3
    times = [taken.at for taken in connector.taken]
    # Each arrives later than it was sent, on a busy machine much later. Limits of one replica alone would give 0.
    assert all(later - earlier > 0.5 for earlier, later in zip(times, times[7:], strict=False))


async def test_f15_a_message_reopens_a_conversation_that_another_replica_has_just_given_up(dsn: str) -> None:
    place = Conversation("19:c@thread.tacv2", Scope.CHANNEL, "tenant", "https://smba.example/", "28:bot")
    async with AsyncExitStack() as stack:
        stores = [PostgresStore(dsn), PostgresStore(dsn)]
        for store in stores:
            await store.open()
            stack.push_async_callback(store.close)
        here, there = map(UnreachableConversations, stores)
        await here.remove(place)  # a message, whereupon this replica knows that all is well
        await there.add(place, now=0.0)
        async with asyncio.timeout(2):
            while not await here.contains(place):
                await stores[0].arrival("quiet", seconds=0.01)
        await here.remove(place)
        assert await there.among([place.key]) == set()


@pytest.mark.parametrize("engine", ["embedded", "postgresql"])
async def test_f17_a_conversation_in_flight_goes_on_within_20_seconds_of_a_kill_9(
    tmp_path: Path, dsn: str, connector: Connector, engine: str
) -> None:
    url = dsn if engine == "postgresql" else f"tinydb://{tmp_path}/store"
    store = open_store(url)
    await store.open()
    await subscribe(store, connector.url, 1)
    await store.close()
    ports = free_port(), free_port()
    jira = WebhookSender(f"http://127.0.0.1:{ports[0]}/jira/webhooks")
    async with victim(url, ports[0], "claimed") as mortal, asyncio.timeout(30):
        sending = asyncio.create_task(jira.send(created(1, conversations=1)))
        assert await mortal.wait() == -9
    sending.cancel()
    async with asyncio.timeout(20), victim(url, ports[1]):
        await connector.until(lambda: len(connector.posts()) == 1)


@pytest.mark.slow
@pytest.mark.timeout(180)
@pytest.mark.skipif(not os.environ.get("RELIABILITY_PAUSE"), reason="outlasts a lease; set RELIABILITY_PAUSE")
async def test_f24_a_replica_that_sleeps_through_its_lease(dsn: str, connector: Connector, events: int) -> None:
    store = PostgresStore(dsn)
    await store.open()
    await subscribe(store, connector.url)
    await store.close()
    ports = free_port(), free_port()
    async with victim(dsn, ports[0]) as sleeper, victim(dsn, ports[1]):
        bodies = created(min(90, 4 * events))
        half = len(bodies) // 2
        first, second = (WebhookSender(f"http://127.0.0.1:{port}/jira/webhooks", patience=120) for port in ports)
        sending = asyncio.create_task(first.send(bodies[:half]))
        await connector.until(lambda: len(connector.posts()) >= 3)
        sleeper.send_signal(signal.SIGSTOP)
        await second.send(bodies[half:])
        await asyncio.sleep(LEASE_SECONDS + 5)
        sleeper.send_signal(signal.SIGCONT)
        await sending
        await connector.until(lambda: len({t.text for t in connector.posts()}) >= len(bodies), seconds=90)
    lost, doubled = verdict(first.answered + second.answered, connector.posts())
    assert lost == set()
    # Each of its messages that were under way when it fell asleep may have been taken already.
    assert sum(doubled.values()) <= len({t.conversation for t in connector.posts()})
