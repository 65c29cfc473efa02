"""Records that replicas keep in memory: no change of them goes unnoticed, whoever makes it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from pathlib import Path

import psycopg
import pytest

from bot.storage.base import Json, Row, StoreUnavailableError, Write
from bot.storage.cache import MAX_AGE_SECONDS, MAX_BYTES, RecordCache
from bot.storage.postgres import PostgresStore, listener
from bot.storage.postgres.listener import TRUST_SECONDS
from tests.support.clock import Clock
from tests.support.storage.engines import Server
from tests.support.storage.lossy_proxy import LossyProxy

Pair = tuple[PostgresStore, PostgresStore]
TABLE = "grants"
UNANNOUNCED = b"SET session_replication_role = replica"
"""For a connection whose writes no trigger sees."""
CHANGE = b"""UPDATE records SET value = '{"n": 2}'"""
END_LISTENERS = b"""
SELECT count(pg_terminate_backend(pid)) FROM pg_stat_activity
WHERE (query = 'SELECT 1' OR query LIKE 'LISTEN %') AND pid <> pg_backend_pid()
"""


OLD, NEW = Row("a", {"n": 1}, 1), Row("a", {"n": 2}, 2)


@pytest.fixture
async def pair(dsn: str) -> AsyncIterator[Pair]:
    """Two replicas."""
    one, two = PostgresStore(dsn), PostgresStore(dsn)
    await one.open()
    await two.open()
    yield one, two
    await one.close()
    await two.close()


async def value(store: PostgresStore) -> Json | None:
    row = await store.get_cached(TABLE, "a")
    return row.value if row is not None else None


async def until_it_is(expected: Json | None, store: PostgresStore, seconds: float = 2.0) -> None:
    """Wait until a replica has noticed a change."""
    async with asyncio.timeout(seconds):
        while await value(store) != expected:
            await store.arrival("quiet", seconds=0.01)


async def keep(store: PostgresStore, other: PostgresStore) -> None:
    """Let `store` keep a record that `other` writes."""
    assert await value(store) is None
    await other.put(TABLE, "a", {"n": 1})
    await until_it_is({"n": 1}, store)


def run(dsn: str, *statements: bytes) -> None:
    with psycopg.connect(dsn, autocommit=True) as connection:
        for statement in statements:
            connection.execute(statement)


CHANGES: dict[str, tuple[Callable[[PostgresStore], Awaitable[object]], Json | None]] = {
    "put": (lambda store: store.put(TABLE, "a", {"n": 2}), {"n": 2}),
    "put_all": (lambda store: store.put_all(TABLE, [Write("b", {}), Write("a", {"n": 2})]), {"n": 2}),
    "replace": (lambda store: store.replace(TABLE, "a", {"n": 2}, version=1), {"n": 2}),
    "delete": (lambda store: store.delete(TABLE, "a"), None),
}


@pytest.mark.slow
@pytest.mark.parametrize("change", CHANGES)
async def test_who_changes_a_record_sees_it_at_once_and_other_replicas_soon(pair: Pair, change: str) -> None:
    one, two = pair
    await keep(one, two)
    await until_it_is({"n": 1}, two)
    make, expected = CHANGES[change]
    await make(one)
    assert await value(one) == expected
    await until_it_is(expected, two)


@pytest.mark.slow
async def test_a_record_is_read_once(pair: Pair, dsn: str) -> None:
    await keep(*pair)
    await asyncio.to_thread(run, dsn, UNANNOUNCED, CHANGE)
    assert await value(pair[0]) == {"n": 1}
    row = await pair[0].get(TABLE, "a")
    assert row is not None
    assert row.value == {"n": 2}


@pytest.mark.slow
async def test_nothing_is_kept_of_a_table_whose_changes_are_not_announced(pair: Pair) -> None:
    one, two = pair
    for number in range(3):
        await one.put("others", "a", {"n": number})
        row = await two.get_cached("others", "a")
        assert row is not None
        assert row.value == {"n": number}


@pytest.mark.slow
async def test_that_there_is_no_record_is_known_until_there_is_one(pair: Pair, dsn: str) -> None:
    one, two = pair
    assert await value(two) is None
    row = b"('grants', 'a', '{}', 1, '{}', NULL, gen_random_uuid())"
    await asyncio.to_thread(run, dsn, UNANNOUNCED, b"INSERT INTO records VALUES " + row)
    assert await value(two) is None
    await one.put(TABLE, "a", {"n": 2})
    await until_it_is({"n": 2}, two)


@pytest.mark.slow
async def test_what_an_admin_changes_by_hand_is_noticed(pair: Pair, dsn: str) -> None:
    await keep(*pair)
    await asyncio.to_thread(run, dsn, b"DELETE FROM records WHERE key = 'a'")
    await until_it_is(None, pair[0])


@pytest.mark.slow
async def test_nothing_is_kept_once_no_announcement_can_arrive(pair: Pair, dsn: str) -> None:
    one, two = pair
    await keep(one, two)
    await asyncio.to_thread(run, dsn, UNANNOUNCED, CHANGE, END_LISTENERS)
    await until_it_is({"n": 2}, one)
    for number in range(3, 6):  # and again once it listens on another connection
        await two.put(TABLE, "a", {"n": number})
        await until_it_is({"n": number}, one)


@pytest.mark.slow
async def test_a_connection_that_falls_silent_is_not_trusted_for_long(
    dsn: str, postgres: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(listener, "TRUST_SECONDS", 1.0)
    monkeypatch.setattr(listener, "HEARTBEAT_SECONDS", 0.1)
    proxy, options = LossyProxy(Path(postgres.server.pgdata) / ".s.PGSQL.5432"), dsn.partition("&")[2]
    async with proxy.running():
        store = PostgresStore(f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=disable&{options}")
        await store.open()
        assert await value(store) is None
        await store.arrival("quiet", seconds=1.3)
        proxy.silent = True
        assert await value(store) is None  # its heartbeats were answered until now
        with pytest.raises(StoreUnavailableError):
            await until_it_is({}, store, seconds=10.0)
        proxy.silent = False
        await store.close()


async def test_what_was_read_while_it_changed_is_not_kept() -> None:
    cache = RecordCache()
    cache.trust(TRUST_SECONDS)
    reading, changed = asyncio.Event(), asyncio.Event()

    async def read_slowly(_table: str, _key: str) -> Row:
        reading.set()
        await changed.wait()
        return OLD

    async def read(_table: str, _key: str) -> Row:
        return NEW

    slow = asyncio.create_task(cache.get(TABLE, "a", read_slowly))
    await reading.wait()
    cache.forget(TABLE, "a")
    changed.set()
    assert await slow == OLD
    assert await cache.get(TABLE, "a", read) == NEW
    assert await cache.get(TABLE, "a", read_slowly) == NEW


async def test_nothing_is_kept_for_longer_than_the_limit() -> None:
    clock, reads = Clock(), 0
    cache = RecordCache(clock)

    async def read(_table: str, key: str) -> Row:
        nonlocal reads
        reads += 1
        return Row(key, {}, reads)

    for _ in range(3):
        cache.trust(TRUST_SECONDS)
        await cache.get(TABLE, "a", read)
    assert reads == 1
    clock.advance(MAX_AGE_SECONDS)
    cache.trust(TRUST_SECONDS)
    await cache.get(TABLE, "a", read)
    assert reads == 2


async def test_no_more_is_kept_than_fits() -> None:
    cache, reads = RecordCache(), list[str]()
    cache.trust(60)

    async def read(_table: str, key: str) -> Row:
        reads.append(key)
        return Row(key, {"text": "x" * (MAX_BYTES if key == "huge" else MAX_BYTES // 3)}, 1)

    for key in ("a", "a", "b", "c", "a", "huge", "huge"):
        assert (await cache.get(TABLE, key, read)).key == key  # type: ignore[union-attr]
    assert reads == ["a", "b", "c", "a", "huge", "huge"]
