"""Moving from one engine to the other."""

from __future__ import annotations

import time
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from bot.storage.base import Job, Row, Store, StoreCorruptError, Stored, StoredRecord, StoreError, Write
from bot.storage.copy import copy_store
from bot.storage.embedded import EmbeddedStore
from bot.storage.postgres import PostgresStore, migrate

LATER = float(int(time.time()) + 3600)


async def fill(store: Store) -> None:
    people = [Write(f"p{n}", {"n": n, "text": "é\n"}, tags=[f"mod:{n % 7}"]) for n in range(600)]
    await store.put_all("people", people)
    await store.put("states", "s", {"n": 1}, tags=["x"], expires_at=LATER)
    await store.put("states", "old", {}, expires_at=1.0)
    for name in ("done", "dead", "g1", "g2", "late"):
        await store.enqueue("work", Job(name, {"is": name}, "g" if "g" in name else "", keys=(f"k-{name}",)))
    await store.enqueue("other", Job("a", {}))
    leased = {one.job.id: one for one in await store.lease("work", limit=10, seconds=60)}
    await store.done("work", leased["done"], remember=3600)
    await store.bury("work", leased["dead"], reason="why")
    await store.retry("work", leased["late"], due=LATER, payload={"new": 1})
    await store.retry("work", leased["g1"], due=5.0)


async def check(store: Store) -> None:
    assert await store.count("people") == 600
    assert await store.get("people", "p17") == Row("p17", {"n": 17, "text": "é\n"}, 1)
    assert len(await store.find("people", "mod:3")) == 86
    assert await store.find("states", "x") == [Row("s", {"n": 1}, 1)]
    assert await store.count("states") == 1
    for name in ("done", "dead", "g1", "k-done", "k-dead", "k-g2"):
        assert await store.enqueue("work", Job(name, {})) is False
    [dead] = await store.dead("work")
    assert (dead.job, dead.reason, dead.attempts) == (Job("dead", {"is": "dead"}, keys=("k-dead",)), "why", 1)
    [g1] = await store.lease("work", limit=10, seconds=60)
    assert (g1.job.id, g1.attempts, g1.job.due) == ("g1", 2, 5.0)
    await store.done("work", g1, remember=0)
    [g2] = await store.lease("work", limit=10, seconds=60)
    assert (g2.job.id, g2.attempts) == ("g2", 1)
    assert (await store.stats("work")).waiting == 1
    assert (await store.stats("other")).waiting == 1


@pytest.fixture
async def other(engine: Any, tmp_path: Path, postgres: Any) -> AsyncIterator[Store]:
    """Open an empty store of the other engine."""
    store: Store
    if engine.name != "postgresql":
        url = postgres.new_schema()
        await migrate(url)
        store = PostgresStore(url, 2)
    else:
        store = EmbeddedStore(tmp_path / "other")
    await store.open()
    yield store
    await store.close()


async def test_everything_moves_and_works_on(store: Store, other: Store) -> None:
    await fill(store)
    assert await copy_store(store, other) == 600 + 1 + 4 + 1 + 2
    await check(other)
    await other.put("people", "p0", {})
    await other.sweep()


async def test_a_copy_survives_a_restart(engine: Any, other: Store, tmp_path: Path) -> None:
    """What was written without syncing each file is durable in the end."""
    await fill(other)
    target = engine.make()
    await target.open()
    await copy_store(other, target)
    await target.close()
    target = engine.make()
    await target.open()
    await check(target)
    await target.close()


@pytest.mark.parametrize("thing", ["record", "job", "name"])
async def test_a_store_that_is_not_empty_takes_nothing_in(store: Store, other: Store, thing: str) -> None:
    await other.put("people", "theirs", {})
    if thing == "record":
        await store.put("people", "mine", {})
    else:
        await store.enqueue("work", Job("mine", {}))
    if thing == "name":
        [leased] = await store.lease("work", limit=1, seconds=60)
        await store.done("work", leased, remember=3600)
    with pytest.raises(StoreError, match="not empty"):
        await copy_store(other, store)
    assert await store.count("people") == (1 if thing == "record" else 0)
    assert (await store.stats("work")).waiting == (1 if thing == "job" else 0)


async def test_f28_a_copy_that_was_cut_short_does_not_pass_for_one(engine: Any) -> None:
    async def broken() -> AsyncIterator[Stored]:
        for n in range(600):
            yield StoredRecord("people", f"{n}", {}, (), None)
        raise ZeroDivisionError

    target = engine.make()
    await target.open()
    with pytest.raises(ZeroDivisionError):
        await target.import_(broken())
    await target.close()
    again = engine.make()
    if engine.name != "postgresql":
        with pytest.raises(StoreCorruptError, match="unfinished copy"):
            await again.open()
    else:
        await again.open()
        assert await again.count("people") == 0
        await again.close()
