"""PostgreSQL engine: leases, counts and locks of its queues."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator

import psycopg
import pytest

from bot.storage.base import Job, QueueStats, StoreUnavailableError
from bot.storage.postgres import PostgresStore

FAR = time.time() + 86_400


@pytest.fixture
async def pair(dsn: str) -> AsyncIterator[tuple[PostgresStore, PostgresStore]]:
    """Two replicas."""
    one, two = PostgresStore(dsn), PostgresStore(dsn)
    await one.open()
    await two.open()
    yield one, two
    await one.close()
    await two.close()


Pair = tuple[PostgresStore, PostgresStore]


async def test_f24_a_lease_that_is_renewed_goes_on(pair: Pair) -> None:
    await pair[0].enqueue("work", Job("a", {}))
    [leased] = await pair[0].lease("work", limit=1, seconds=0)
    assert await pair[0].renew("work", leased, seconds=60)
    assert await pair[1].lease("work", limit=1, seconds=60) == []
    assert await pair[0].renew("work", leased, seconds=0)
    [again] = await pair[1].lease("work", limit=1, seconds=60)
    assert again.attempts == 2
    assert not await pair[0].renew("work", leased, seconds=60)
    assert await pair[1].done("work", again, remember=0)
    assert not await pair[1].renew("work", again, seconds=60)


async def test_jobs_that_were_put_off_are_leased_in_their_order_once_due(dsn: str, pair: Pair) -> None:
    names = [f"{n:04}" for n in range(500)]
    jobs = [Job(name, {}, group=name, due=FAR) for name in names]
    assert all(await pair[0].enqueue_all("work", jobs))
    assert await pair[0].lease("work", limit=10, seconds=60) == []
    with psycopg.connect(dsn, autocommit=True) as connection:  # their time has come
        connection.execute("ALTER TABLE jobs DISABLE TRIGGER job_rests")
        connection.execute("UPDATE jobs SET due = 1, rests_until = 1")
        connection.execute("ALTER TABLE jobs ENABLE TRIGGER job_rests")
    leased: list[str] = []
    while batch := await pair[len(leased) % 2].lease("work", limit=64, seconds=60):
        leased += [one.job.id for one in batch]
    assert sorted(leased) == names
    await pair[0].enqueue_all("work", [Job("late", {}, due=time.time() + 0.3), Job("now", {})])
    assert [one.job.id for one in await pair[0].lease("work", limit=9, seconds=60)] == ["now"]
    async with asyncio.timeout(10):
        while not (batch := await pair[1].lease("work", limit=9, seconds=60)):
            await pair[1].arrival("work", seconds=0.05)
    assert [one.job.id for one in batch] == ["late"]


async def test_the_counts_are_right_whichever_connection_did_what(dsn: str, pair: Pair) -> None:
    chance = random.Random(3)

    async def act(store: PostgresStore, number: int) -> None:
        for step in range(10):
            names = [f"{number} {step} {n}" for n in range(3)]
            await store.enqueue_all("work", [Job(name, {}, group=chance.choice("gh")) for name in names])
            for leased in await store.lease("work", limit=2, seconds=60):
                match chance.randrange(3):
                    case 0:
                        await store.done("work", leased, remember=0.0)
                    case 1:
                        await store.retry("work", leased, due=chance.choice([0.0, FAR]))
                    case _:
                        await store.bury("work", leased, reason="why")
                        if chance.random() < 0.5:
                            await store.revive("work", leased.job.id)
            if chance.random() < 0.2:
                await store.drop_group("work", chance.choice("gh"))
            await store.sweep()

    await asyncio.gather(*(act(pair[n % 2], n) for n in range(6)))
    with psycopg.connect(dsn, autocommit=True) as connection:
        row = connection.execute(
            "SELECT count(*) FILTER (WHERE reason IS NULL AND leased_until <= date_part('epoch', now())),"
            " count(*) FILTER (WHERE reason IS NULL AND leased_until > date_part('epoch', now())),"
            " count(*) FILTER (WHERE reason IS NOT NULL) FROM jobs"
        ).fetchone()
        stats = await pair[0].stats("work")
        assert (stats.waiting, stats.leased, stats.dead) == row
        connection.execute("TRUNCATE jobs")
    assert await pair[1].stats("work") == QueueStats()


async def test_the_counts_of_connections_that_ended_are_merged(dsn: str, pair: Pair) -> None:
    for name in "abc":
        store = PostgresStore(dsn)
        await store.open()
        await store.enqueue("work", Job(name, {}))
        await store.close()
    with psycopg.connect(dsn, autocommit=True) as connection:
        while connection.execute("SELECT FROM job_counts WHERE backend <> 0").rowcount:
            await pair[0].sweep()  # a server process ends a moment after its connection
        assert connection.execute("SELECT unfinished, dead FROM job_counts").fetchall() == [(3, 0)]
    assert (await pair[0].stats("work")).waiting == 3


async def test_jobs_of_many_groups_are_finished_while_others_are_put(pair: Pair) -> None:
    """Both lock the groups; without a common order they would wait for each other in a circle."""
    chance = random.Random(4)

    async def produce(store: PostgresStore, number: int) -> None:
        for step in range(20):
            jobs = [Job(f"{number} {step} {n}", {}, group=f"g{chance.randrange(40)}") for n in range(20)]
            assert all(await store.enqueue_all("work", jobs))

    async def consume(store: PostgresStore) -> None:
        while batch := await store.lease("work", limit=30, seconds=60):
            chance.shuffle(batch)
            assert all(await store.done_all("work", batch, remember=0.0))

    await asyncio.gather(*(produce(pair[n % 2], n) for n in range(4)), *(consume(pair[n % 2]) for n in range(4)))
    await consume(pair[0])
    assert await pair[0].stats("work") == QueueStats()


@pytest.mark.parametrize("pool_size", [1, 4])
async def test_what_was_refused_is_not_done_later(dsn: str, pool_size: int) -> None:
    """A call that gets no answer in time has been given up by the server too, also if it got its turn late."""
    store = PostgresStore(dsn, pool_size)
    await store.open()
    with psycopg.connect(dsn, autocommit=True) as other, psycopg.connect(dsn, autocommit=True) as watcher:
        other.execute("SELECT pg_advisory_lock(lock_of_group_2('work', 'g'))")
        calls = [store.enqueue("work", Job(name, {}, group="g")) for name in "abc"]
        began = time.monotonic()
        refusals = await asyncio.gather(*calls, return_exceptions=True)
        assert time.monotonic() - began < 2.5
        assert {type(refusal) for refusal in refusals} == {StoreUnavailableError}
        at_work = watcher.execute(
            "SELECT FROM pg_stat_activity WHERE state = 'active' AND query LIKE '%put_jobs_3%'"
            " AND pid <> pg_backend_pid()"
        )
        assert at_work.rowcount == 0
        other.execute("SELECT pg_advisory_unlock_all()")
        assert watcher.execute("SELECT FROM jobs").rowcount == 0
    assert await store.enqueue("work", Job("a", {}, group="g"))
    await store.close()
