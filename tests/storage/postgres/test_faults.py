"""PostgreSQL engine: a server that goes away, answers that get lost, replicas side by side (F19, F23, F24)."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import psycopg
import pytest

from bot.storage.base import Job, Row, StoreError, StoreUnavailableError
from bot.storage.postgres import PostgresStore, migrate
from bot.storage.postgres.locks import AdvisoryLocks
from tests.support.storage.lossy_proxy import LossyProxy
from tests.support.storage.workers import work_off

pytestmark = pytest.mark.slow


@pytest.fixture
async def pair(dsn: str) -> AsyncIterator[tuple[PostgresStore, PostgresStore]]:
    """Two replicas."""
    one, two = PostgresStore(dsn, pool_size=4), PostgresStore(dsn, pool_size=4)
    await one.open()
    await two.open()
    yield one, two
    await one.close()
    await two.close()


@pytest.fixture
async def lossy(dsn: str, postgres: Any) -> AsyncIterator[tuple[LossyProxy, PostgresStore]]:
    socket = Path(postgres.server.pgdata) / ".s.PGSQL.5432"
    proxy = LossyProxy(socket)
    async with proxy.running():
        options = dsn.partition("&")[2]
        store = PostgresStore(
            f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=disable&{options}", 1
        )
        await store.open()
        yield proxy, store
        proxy.silent = proxy.mute = proxy.swallow = False
        await store.close()


async def again(work: Any) -> Any:
    """As a caller does to whom "later" was said."""
    while True:
        try:
            return await work()
        except StoreUnavailableError:
            await asyncio.sleep(0)


async def test_f23_a_server_that_crashes_in_mid_work_loses_nothing(mortal_postgres: Any) -> None:
    url = mortal_postgres.new_schema()
    await migrate(url)
    store = PostgresStore(url, pool_size=4)
    await store.open()
    stop = asyncio.Event()
    progress = asyncio.Condition()
    put = dict.fromkeys("abc", 0)
    queued: set[str] = set()
    worked: set[str] = set()

    async def writer(name: str) -> None:
        n = 0
        while not stop.is_set():
            n += 1
            await again(lambda n=n: store.put("people", name, {"n": n}))
            put[name] = n
            await again(lambda n=n: store.enqueue("work", Job(f"{name}{n}", {}, group=name)))
            queued.add(f"{name}{n}")
            async with progress:
                progress.notify_all()

    async def all_write(more: int) -> None:
        before = dict(put)
        async with progress:
            await progress.wait_for(lambda: all(put[name] > before[name] + more for name in put))

    async def worker() -> None:
        while not (stop.is_set() and queued <= worked):
            for leased in await again(lambda: store.lease("work", limit=5, seconds=0.5)):
                worked.add(leased.job.id)
                await again(lambda leased=leased: store.done("work", leased, remember=60))

    tasks = [asyncio.create_task(writer(name)) for name in "abc"] + [asyncio.create_task(worker())]
    for _ in range(2):
        await all_write(5)
        await asyncio.to_thread(mortal_postgres.stop, "immediate")
        await asyncio.to_thread(mortal_postgres.start)
        await asyncio.wait_for(all_write(0), 10)
    stop.set()
    await asyncio.wait_for(asyncio.gather(*tasks), 20)
    for name, n in put.items():
        row = await store.get("people", name)
        assert row is not None
        assert row.value == {"n": n}
        assert row.version >= n  # a write that was refused may have happened
    assert (await store.stats("work")).waiting == 0
    async with store.lock("a", seconds=5):
        pass
    waiting = asyncio.create_task(store.arrival("work", seconds=20))
    await store.enqueue("work", Job("new", {}))
    await asyncio.wait_for(waiting, 10)
    await store.close()


async def test_f19_without_a_server_a_write_is_refused_within_two_seconds(mortal_postgres: Any) -> None:
    url = mortal_postgres.new_schema()
    await migrate(url)
    store = PostgresStore(url, pool_size=4)
    await store.open()
    await asyncio.to_thread(mortal_postgres.stop, "immediate")
    started = time.monotonic()
    with pytest.raises(StoreUnavailableError):
        await store.enqueue("inbox", Job("a", {}))
    with pytest.raises(StoreUnavailableError):
        async with store.lock("a", seconds=1):
            pytest.fail("a lock without a server")
    assert time.monotonic() - started < 4.5
    with pytest.raises(StoreUnavailableError):
        await PostgresStore(url).open()
    await asyncio.to_thread(mortal_postgres.start)
    assert await again(lambda: store.enqueue("inbox", Job("a", {}))) is True
    await store.close()


async def test_f36_a_silent_network_is_given_up_in_time(lossy: tuple[LossyProxy, PostgresStore]) -> None:
    proxy, store = lossy
    async with store.lock("b"):
        pass
    proxy.silent = True

    async def lock() -> None:
        async with store.lock("a", seconds=1):
            pytest.fail("a lock without an answer")

    locking = asyncio.create_task(lock())
    started = time.monotonic()
    with pytest.raises(StoreUnavailableError, match="in time"):
        await store.put("people", "a", {})
    assert time.monotonic() - started < 3
    with pytest.raises(StoreUnavailableError):
        await locking
    assert time.monotonic() - started < 6


async def test_f36_nobody_waits_for_a_lock_of_a_silent_server_longer_than_they_said() -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        locks = AdvisoryLocks(f"postgresql://x@127.0.0.1:{silent.getsockname()[1]}/x?sslmode=disable")

        async def hold(name: str) -> None:
            async with locks.hold(name, 0.5):
                pass

        began = time.monotonic()
        outcomes = await asyncio.gather(*(hold(f"lock {n}") for n in range(6)), return_exceptions=True)
        assert time.monotonic() - began < 5
        assert {type(outcome) for outcome in outcomes} == {StoreUnavailableError, TimeoutError}


async def test_f23_a_write_whose_answer_was_lost_is_known_as_ones_own(
    lossy: tuple[LossyProxy, PostgresStore],
) -> None:
    proxy, store = lossy
    for version in (0, 1):
        proxy.swallow = True
        row = await store.replace("people", "a", {"n": version}, version=version)
        assert not proxy.swallow
        assert row == Row("a", {"n": version}, version + 1)
    proxy.swallow = True
    assert await store.put("people", "a", {}) == Row("a", {}, 3)
    proxy.swallow = True
    assert await store.enqueue("work", Job("a", {})) is True
    assert await store.enqueue("work", Job("a", {})) is False
    assert (await store.stats("work")).waiting == 1


async def test_f24_jobs_whose_lease_was_not_answered_need_not_wait_for_it(
    lossy: tuple[LossyProxy, PostgresStore],
) -> None:
    proxy, store = lossy
    for job in (Job("a", {}, group="g"), Job("b", {}, group="g"), Job("c", {})):
        await store.enqueue("work", job)
    proxy.swallow = True
    leased = await store.lease("work", limit=5, seconds=60)
    assert not proxy.swallow
    assert [(one.job.id, one.attempts) for one in leased] == [("a", 1), ("c", 1)]
    for one in leased:
        assert await store.done("work", one, remember=60)
    proxy.mute = True
    with pytest.raises(StoreUnavailableError):
        await store.lease("work", limit=5, seconds=60)
    proxy.mute = False
    await store.enqueue("work", Job("d", {}))
    assert [one.job.id for one in await store.lease("work", limit=5, seconds=60)] == ["b", "d"]
    assert await store.lease("work", limit=5, seconds=60) == []


async def test_t02_a_record_whose_taking_was_not_answered_is_given_to_nobody(
    lossy: tuple[LossyProxy, PostgresStore],
) -> None:
    proxy, store = lossy
    await store.put("states", "s", {})
    proxy.swallow = True
    with pytest.raises(StoreUnavailableError, match="may be gone"):
        await store.take("states", "s")
    assert await store.take("states", "s") is None


async def test_f24_two_replicas_never_share_a_job_nor_run_a_group_twice(
    pair: tuple[PostgresStore, PostgresStore],
) -> None:
    await work_off(list(pair))


async def test_a_job_that_is_seen_late_does_not_run_beside_its_group(
    dsn: str, pair: tuple[PostgresStore, PostgresStore]
) -> None:
    """Its place was given before that of the job that runs, its transaction ended after."""
    for name in ("early", "late"):
        await pair[0].enqueue("work", Job(name, {}, group="g"))
    [early] = await pair[0].lease("work", limit=1, seconds=60)
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("UPDATE jobs SET place = 0 WHERE id = 'late'")
    assert await pair[1].lease("work", limit=1, seconds=60) == []
    await pair[0].done("work", early, remember=60)
    assert len(await pair[1].lease("work", limit=1, seconds=60)) == 1


async def test_a_job_that_one_replica_puts_wakes_the_other(pair: tuple[PostgresStore, PostgresStore]) -> None:
    waiting = asyncio.create_task(pair[0].arrival("work", seconds=30))
    await pair[1].enqueue("work", Job("a", {}))
    await asyncio.wait_for(waiting, 5)


async def test_t02_of_two_replicas_one_takes_a_record(pair: tuple[PostgresStore, PostgresStore]) -> None:
    await pair[0].put("states", "s", {})
    rows = await asyncio.gather(*(pair[n % 2].take("states", "s") for n in range(20)))
    assert sum(row is not None for row in rows) == 1


@pytest.mark.parametrize(
    "url",
    ["postgresql://bridge:s3cret@127.0.0.1:1/bridge", "postgresql://bridge:s3cret@127.0.0.1:notaport/bridge"],
)
async def test_t40_no_error_repeats_the_connection_string(url: str, caplog: pytest.LogCaptureFixture) -> None:
    with pytest.raises((StoreUnavailableError, ValueError)) as refused:
        await PostgresStore(url).open()
    error: BaseException | None = refused.value
    while error is not None:
        assert "s3cret" not in f"{error} {error!r}"
        error = error.__cause__
    assert "s3cret" not in caplog.text
    with pytest.raises((StoreUnavailableError, ValueError)):
        await migrate(url)


async def test_a_query_that_makes_no_sense_is_no_outage(
    dsn: str, pair: tuple[PostgresStore, PostgresStore]
) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        connection.execute("ALTER TABLE records RENAME TO elsewhere")
    with pytest.raises(StoreError, match="SQLSTATE 42P01") as refused:
        await pair[0].get("people", "a")
    assert not isinstance(refused.value, StoreUnavailableError)
