"""PostgreSQL engine: the schema, its migrations, and two releases on one schema (F25)."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import psycopg
import pytest
from psycopg.rows import dict_row

from bot.storage.base import Job, Leased, QueueStats, StoreOutdatedError, StoreUnavailableError
from bot.storage.postgres import PostgresStore, migrate
from bot.storage.postgres.sql import migrations, queries
from tests.support.storage.previous_release import (
    MIGRATIONS,
    PreviousRelease,
    migrated_by_previous_release,
    previous_queries,
)
from tests.support.storage.workers import work_off

TOMORROW = time.time() + 86_400


class PreviousCalls:
    """The previous release's statements on a connection, before the schema is migrated."""

    def __init__(self, connection: psycopg.Connection[dict[str, Any]]) -> None:
        self._connection = connection

    def run(self, query: str, **values: object) -> list[dict[str, Any]]:
        statement = previous_queries()[query]
        return self._connection.execute(statement, {"queue": "work", **values}).fetchall()

    def put(self, name: str, group: str = "", due: float = 0.0) -> None:
        job = {"id": name, "group": group, "names": [name], "keys": [], "payload": {}, "due": due}
        self.run("enqueue", jobs=psycopg.types.json.Jsonb([job | {"put_id": "0" * 32}]))

    def lease(self, lease: str, limit: int) -> list[str]:
        rows = self.run("lease", limit=limit, seconds=3600.0, lease=lease * 32, lost=[])
        return [row["id"] for row in rows]


async def ids(store: PostgresStore, limit: int = 100) -> list[str]:
    return [leased.job.id for leased in await store.lease("work", limit=limit, seconds=3600)]


async def test_f19_what_could_not_be_opened_opens_when_the_cause_is_gone(postgres: Any) -> None:
    url = postgres.new_schema()
    store = PostgresStore(url)
    with pytest.raises(StoreOutdatedError):
        await store.open()
    await migrate(url)
    await store.open()
    row = await store.put("people", "a", {})
    assert await store.get("people", "a") == row
    await store.close()


async def test_f25_a_schema_that_is_not_up_to_date_is_refused(postgres: Any) -> None:
    url = postgres.new_schema()
    with pytest.raises(StoreOutdatedError, match=r"python app\.py migrate"):
        await PostgresStore(url, 2).open()
    applied = await asyncio.gather(*(migrate(url) for _ in range(3)))
    assert sorted(applied, key=len)[:2] == [[], []]
    assert sorted(applied, key=len)[2] == [step.name for step in migrations()]
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("INSERT INTO migrations (number, name) VALUES (9999, 'of a newer release')")
    store = PostgresStore(url, 2)
    await store.open()
    await store.close()
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("DELETE FROM migrations WHERE number < 9999")
    with pytest.raises(StoreOutdatedError):
        await PostgresStore(url, 2).open()


async def test_f25_a_migration_that_was_interrupted_goes_on(postgres: Any) -> None:
    missing = [step.name for step in migrations()[MIGRATIONS:]]
    interrupted = migrations()[MIGRATIONS]
    for finished in range(len(interrupted.alone) + 1):
        url = migrated_by_previous_release(postgres)
        with psycopg.connect(url, autocommit=True) as connection:
            for text in (interrupted.text, *interrupted.alone[:finished]):
                connection.execute(text)
        assert await migrate(url) == missing
        with psycopg.connect(url, autocommit=True) as connection:
            invalid = connection.execute(
                "SELECT FROM pg_index WHERE indrelid = 'jobs'::regclass AND NOT indisvalid"
            )
            assert invalid.rowcount == 0
        assert await migrate(url) == []


async def test_a_migration_waits_neither_long_nor_in_vain_for_a_table(postgres: Any) -> None:
    url = migrated_by_previous_release(postgres)
    with psycopg.connect(url) as reader:  # a backup, say
        reader.execute("SELECT FROM jobs")
        with pytest.raises(StoreUnavailableError, match="another transaction holds its tables"):
            await migrate(url)
    assert len(await migrate(url)) == len(migrations()) - MIGRATIONS


async def test_f25_the_jobs_of_the_previous_release_go_on(postgres: Any) -> None:
    url = migrated_by_previous_release(postgres)
    with psycopg.connect(url, autocommit=True, row_factory=dict_row) as connection:
        previous = PreviousCalls(connection)
        for name in ("held", "dead", "ready"):
            previous.put(name)
        previous.put("later", due=TOMORROW)
        previous.put("g1", "g", due=TOMORROW)
        previous.put("g2", "g", due=TOMORROW)
        assert previous.lease("a", 2) == ["held", "dead"]
        connection.execute(
            "UPDATE jobs SET reason = 'why', died_at = 0, lease = NULL, leased_until = 0 WHERE id = 'dead'"
        )
    await migrate(url)
    store = PostgresStore(url)
    await store.open()
    stats = await store.stats("work")
    assert (stats.waiting, stats.leased, stats.dead) == (4, 1, 1)
    assert stats.oldest < 60
    assert await ids(store) == ["ready"]
    assert await store.done("work", Leased(Job("held", {}), "a" * 32, 1, 0, 0), remember=0)
    assert await store.hasten("work", "g") == 2
    assert await ids(store) == ["g1"]
    assert await store.revive("work", "dead")
    assert await ids(store) == ["dead"]
    stats = await store.stats("work")
    assert (stats.waiting, stats.leased, stats.dead) == (2, 3, 0)
    assert stats.oldest < 60
    await store.close()


async def test_f25_two_releases_work_on_one_queue(dsn: str) -> None:
    stores = [PreviousRelease(dsn), PostgresStore(dsn)]
    for store in stores:
        await store.open()
    await work_off(stores)
    assert await stores[1].stats("work") == QueueStats()
    for store in stores:
        await store.close()


@pytest.mark.parametrize("swapped", [False, True])
async def test_f25_each_release_respects_what_the_other_put_off(dsn: str, swapped: bool) -> None:
    one: PostgresStore = PreviousRelease(dsn)
    other = PostgresStore(dsn)
    if swapped:
        one, other = other, one
    await one.open()
    await other.open()
    await one.enqueue("work", Job("a", {}, group="g"))
    await one.enqueue("work", Job("later", {}, due=TOMORROW))
    [a] = await one.lease("work", limit=9, seconds=3600)
    assert await other.lease("work", limit=9, seconds=3600) == []
    await one.retry("work", a, due=TOMORROW)
    assert await other.lease("work", limit=9, seconds=3600) == []
    assert await other.hasten("work", "g") == 1
    [a] = await other.lease("work", limit=9, seconds=0)
    [b] = await one.lease("work", limit=9, seconds=3600)
    assert (a.job.id, b.job.id, b.attempts) == ("a", "a", 3)
    assert not await other.done("work", a, remember=0)
    assert await one.bury("work", b, reason="why")
    assert await one.stats("work") == await other.stats("work") == QueueStats(1, 0, 1, 0)
    assert await one.drop("work", "a")
    await one.enqueue_all("work", [Job(f"h{n}", {}, group="h") for n in range(3)])
    assert await other.drop_group("work", "h") == 3
    assert await one.stats("work") == await other.stats("work") == QueueStats(1, 0, 0, 0)
    await one.close()
    await other.close()


def test_every_query_has_a_name_and_every_migration_a_number() -> None:
    assert {"get", "put", "replace"} <= set(queries("records"))
    assert all(
        text and not text.startswith(b"--")
        for name in ("records", "queue", "transfer")
        for text in queries(name).values()
    )
    assert [step.number for step in migrations()] == list(range(1, len(migrations()) + 1))
