"""What `Store` promises of its calls that are about many things at once, for both engines."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator

import pytest

from bot.storage.base import Job, Row, Store, Write
from tests.support.storage.engines import Engine


@pytest.fixture
async def pair(engine: Engine, store: Store) -> AsyncIterator[tuple[Store, Store]]:
    """Two callers: of two processes where the engine lets two in."""
    if engine.name != "postgresql":
        yield store, store
        return
    other = engine.make()
    await other.open()
    yield store, other
    await other.close()


async def drained(store: Store, queue: str = "work") -> list[str]:
    """Finish all that can be leased; the ids in order."""
    ids = []
    while batch := await store.lease(queue, limit=100, seconds=60):
        assert all(await store.done_all(queue, batch, remember=0.0))
        ids += [leased.job.id for leased in batch]
    return ids


async def test_many_records_are_written_as_one_by_one(store: Store) -> None:
    await store.put("people", "b", {"n": 0}, tags=["old"])
    past = time.time() - 1
    await store.put_all(
        "people",
        [
            Write("a", {"text": "é\0"}, tags=["t", "u"]),
            Write("b", {"n": 1}, tags=["t"]),
            Write("gone", {}, tags=["t"], expires_at=past),
        ],
    )
    assert await store.get("people", "a") == Row("a", {"text": "é\ufffd"}, 1)
    assert await store.get("people", "b") == Row("b", {"n": 1}, 2)
    assert await store.find("people", "old") == []
    assert [row.key for row in await store.find("people", "t")] == ["a", "b"]
    await store.put_all("people", [])


async def test_many_records_outlive_the_store(engine: Engine, store: Store) -> None:
    await store.put_all("people", [Write(f"k{n}", {"n": n}) for n in range(100)])
    await store.close()
    again = engine.make()
    await again.open()
    assert await again.get_all("people", [f"k{n}" for n in range(100)]) == {
        f"k{n}": Row(f"k{n}", {"n": n}, 1) for n in range(100)
    }
    await again.close()


async def test_one_of_many_that_cannot_be_stored_leaves_nothing_written(store: Store) -> None:
    with pytest.raises(ValueError, match="key"):
        await store.put_all("people", [Write("a", {}), Write("", {})])
    with pytest.raises(ValueError, match="job id"):
        await store.enqueue_all("work", [Job("a", {}), Job("", {})])
    assert await store.get("people", "a") is None
    assert (await store.stats("work")).waiting == 0


async def test_those_that_are_there_are_read_together(store: Store) -> None:
    await store.put("people", "a", {"n": 1})
    await store.put("people", "b", {"n": 2}, expires_at=time.time() - 1)
    await store.put("others", "c", {"n": 3})
    assert await store.get_all("people", ["a", "b", "c"]) == {"a": Row("a", {"n": 1}, 1)}
    assert await store.get_all("people", []) == {}
    assert await store.get_all("nothing", ["a"]) == {}
    assert await store.count("people") == 2  # the embedded engine has its index now
    assert await store.get_all("people", ["a", "b", "c"]) == {"a": Row("a", {"n": 1}, 1)}


async def test_each_tag_has_its_own_rows(store: Store) -> None:
    for key, tags in (("b", ["x", "y"]), ("a", ["x"]), ("c", ["z"])):
        await store.put("people", key, {}, tags=tags)
    await store.put("others", "d", {}, tags=["x"])
    found = await store.find_each("people", ["y", "none", "x"])
    assert [[row.key for row in rows] for rows in found] == [["b"], [], ["a", "b"]]
    assert await store.find_each("people", []) == []


async def test_many_jobs_are_put_in_their_order(store: Store) -> None:
    await store.enqueue("work", Job("known", {}, keys=("k",)))
    jobs = [
        Job("a", {"n": 1}, group="g", keys=("one",)),
        Job("b", {"n": 2}, group="g"),
        Job("c", {}, keys=("k",)),
        Job("d", {}, keys=("one",)),
        Job("a", {}),
        Job("e", {"n": 3}, due=5.0),
    ]
    assert await store.enqueue_all("work", jobs) == [True, True, False, False, False, True]
    assert await store.enqueue_all("work", []) == []
    first = await store.lease("work", limit=100, seconds=60)
    assert [leased.job for leased in first] == [Job("known", {}, keys=("k",)), jobs[0], jobs[5]]
    assert await store.enqueue_all("work", jobs) == [False] * 6
    assert await store.done_all("work", first, remember=0.0) == [True] * 3
    assert await drained(store) == ["b"]


async def test_more_jobs_than_one_statement_takes(store: Store) -> None:
    jobs = [Job(f"{n:04}", {}, group=f"g{n % 7}") for n in range(600)]
    assert all(await store.enqueue_all("work", jobs))
    ids = await drained(store)
    for group in range(7):
        assert [i for i in ids if int(i) % 7 == group] == [f"{n:04}" for n in range(group, 600, 7)]


async def test_many_jobs_are_finished_together(store: Store) -> None:
    await store.enqueue_all("work", [Job(name, {}, keys=(f"key of {name}",)) for name in "abc"])
    [stale] = await store.lease("work", limit=1, seconds=0.0)
    held = await store.lease("work", limit=10, seconds=60)
    assert [leased.job.id for leased in held] == ["a", "b", "c"]
    assert await store.done_all("work", [stale, *held[1:]], remember=3600) == [False, True, True]
    assert await store.done_all("work", held, remember=3600) == [True, False, False]
    assert await store.done_all("work", [], remember=3600) == []
    names = ["a", "key of a", "b", "key of b", "c", "key of c"]
    assert await store.enqueue_all("work", [Job(name, {}) for name in names]) == [False] * 6


async def test_a_job_in_two_lists_is_put_by_one(pair: tuple[Store, Store]) -> None:
    chance = random.Random(1)
    names = [f"j{n}" for n in range(40)]
    lists = [chance.sample(names, 20) for _ in range(8)]
    put = await asyncio.gather(
        *(
            pair[n % 2].enqueue_all("work", [Job(name, {}, group=name[-1]) for name in chosen])
            for n, chosen in enumerate(lists)
        )
    )
    fresh = [
        name
        for chosen, answers in zip(lists, put, strict=True)
        for name, new in zip(chosen, answers, strict=True)
        if new
    ]
    assert sorted(fresh) == sorted({name for chosen in lists for name in chosen})
    assert sorted(await drained(pair[0])) == sorted(fresh)


async def test_no_group_is_left_behind(pair: tuple[Store, Store]) -> None:
    """However putting, finishing, burying, reviving and dropping meet: what is there can be leased."""
    chance = random.Random(2)

    async def act(store: Store, number: int) -> None:
        for step in range(15):
            group = f"g{chance.randrange(2)}"
            await store.enqueue_all("work", [Job(f"{number} {step} {n}", {}, group=group) for n in range(2)])
            for leased in await store.lease("work", limit=1, seconds=60):
                if chance.random() < 0.3:
                    await store.bury("work", leased, reason="why")
                    await store.revive("work", leased.job.id)
                else:
                    await store.done("work", leased, remember=0.0)
            if chance.random() < 0.3:
                await store.drop_group("work", group)

    await asyncio.gather(*(act(pair[n % 2], n) for n in range(6)))
    await store_is_empty_after_draining(pair[0])


async def store_is_empty_after_draining(store: Store) -> None:
    await store.enqueue_all("work", [Job(f"last of {group}", {}, group=group) for group in ("g0", "g1")])
    ids = await drained(store)
    assert {"last of g0", "last of g1"} <= set(ids)
    stats = await store.stats("work")
    assert stats.waiting + stats.leased == 0
