"""TinyDB engine: what a call costs does not grow with the table, and memory is bounded."""

from __future__ import annotations

import asyncio
import gc
import threading
import time
import tracemalloc
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from bot.storage.base import Job, Row, Stored, StoredNames, StoredRecord
from bot.storage.tiny import TinyStore
from bot.storage.tiny.cache import Record, RecordCache
from bot.storage.tiny.queue import Queue
from bot.storage.tiny.settled import Settled
from bot.storage.tiny.store import WORKERS
from bot.storage.tiny.tree import MAX_DOCUMENTS, Tree

PEOPLE = 3000


@pytest.fixture(scope="module")
def crowd(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("crowd") / "store"


@pytest.fixture
async def crowded(crowd: Path) -> AsyncIterator[TinyStore]:
    store = TinyStore(crowd)
    await store.open()
    if not await store.tables():
        await store.import_(people())
    yield store
    await store.close()


async def people() -> AsyncIterator[Stored]:
    for n in range(PEOPLE):
        yield StoredRecord("people", f"p{n}", {"n": n, "text": "x" * 300}, (f"one:{n}", f"mod:{n % 100}"), None)


async def test_no_file_grows_with_the_table(crowded: TinyStore, crowd: Path) -> None:
    files = list((crowd / "tables/people").iterdir())
    sizes = [len(orjson.loads(path.read_bytes())["tables"]["documents"]) for path in files]
    assert sum(sizes) == PEOPLE
    assert max(sizes) <= MAX_DOCUMENTS
    assert len(files) < PEOPLE / 8


async def test_one_write_replaces_one_file(crowded: TinyStore, crowd: Path) -> None:
    def stamps() -> dict[str, int]:
        return {path.name: path.stat().st_ino for path in (crowd / "tables/people").iterdir()}

    before = stamps()
    await crowded.put("people", "p7", {"n": 7, "text": "x" * 300}, tags=["one:7", "mod:7"])
    after = stamps()
    assert sum(before[name] != after[name] for name in before) == 1


async def test_opening_reads_no_record(crowd: Path, crowded: TinyStore) -> None:
    await crowded.close()
    victim = next((crowd / "tables/people").iterdir())
    raw = victim.read_bytes()
    victim.write_bytes(b"damaged")
    store = TinyStore(crowd)
    started = time.monotonic()
    await store.open()
    assert time.monotonic() - started < 1
    await store.close()
    victim.write_bytes(raw)


async def test_a_table_that_is_read_for_the_first_time_keeps_no_other_waiting(
    crowded: TinyStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    await crowded.put("others", "a", {})
    reading, go_on = asyncio.Event(), threading.Event()
    loop, scan = asyncio.get_running_loop(), Tree.scan

    def slowly(tree: Tree, *how: Any) -> int | None:
        loop.call_soon_threadsafe(reading.set)
        assert go_on.wait(20)
        return scan(tree, *how)

    monkeypatch.setattr(Tree, "scan", slowly)
    finding = [asyncio.create_task(crowded.find("people", "mod:7"))]
    await reading.wait()
    finding += [asyncio.create_task(crowded.find("people", "mod:8")) for _ in range(2 * WORKERS)]
    writing = asyncio.create_task(crowded.put("others", "a", {"still": "written"}))  # after all of them
    try:
        await asyncio.wait_for(writing, 5)
    finally:
        go_on.set()
    assert {len(rows) for rows in await asyncio.gather(*finding)} == {PEOPLE // 100}


async def test_every_record_is_found(crowded: TinyStore) -> None:
    assert await crowded.count("people") == PEOPLE
    assert [row.key for row in await crowded.find("people", "one:17")] == ["p17"]
    assert len(await crowded.find("people", "mod:42")) == PEOPLE // 100
    assert len(await crowded.page("people", limit=PEOPLE)) == PEOPLE
    row = await crowded.get("people", "p99")
    assert row is not None
    assert row.value["n"] == 99


def test_the_cache_lets_the_least_recently_used_go() -> None:
    def record(key: str, size: int) -> Record:
        return Record(Row(key, {}, 1), (), None, size)

    cache = RecordCache(capacity=100)
    for n in range(10):
        cache.put("t", record(f"{n}", 10))
    assert cache.get("t", "0") is not None
    cache.put("t", record("new", 10))
    assert cache.get("t", "1") is None
    assert cache.get("t", "0") is not None
    cache.put("t", record("huge", 50))
    assert cache.get("t", "huge") is None
    assert cache.get("t", "0") is not None
    cache.forget("t", "0")
    assert cache.get("t", "0") is None


@pytest.mark.parametrize("groups", [0, 7])
def test_f22_a_long_queue_takes_little_memory(tmp_path: Path, groups: int) -> None:
    queue = Queue(tmp_path / "work", "queues/work", time.time, durable=False)
    queue.load()

    def put(numbers: range) -> None:
        for n in numbers:
            group = f"group {n % groups}" if groups else ""
            queue.enqueue(Job(f"the matter of number {n}", {"n": n}, group, keys=(f"another name {n}",)))

    put(range(100))
    tracemalloc.start()
    put(range(100, 3000))
    gc.collect()
    # What Python keeps for itself, such as its table of interned names, grows by leaps.
    held = tracemalloc.take_snapshot().filter_traces([tracemalloc.Filter(True, "*/bot/storage/*")])
    tracemalloc.stop()
    assert sum(one.size for one in held.traces) / 2900 < 150
    order = []
    while leased := queue.lease(10, 60):
        order += [one.job.payload["n"] for one in leased]
        queue.done_all(leased, 60.0)
    assert len(order) == 3000
    for group in range(groups or 1):
        own = [n for n in order if n % (groups or 1) == group]
        assert own == sorted(own)


def test_remembered_names_go_by_files_and_come_back_after_a_restart(tmp_path: Path) -> None:
    settled = Settled(tmp_path, "queues/work", durable=False)
    for n in range(600):
        settled.add({n: [f"n{n}"]}, 100.0 if n < 300 else 200.0)
    assert settled.knows(["n5"], 99.0)
    assert not settled.knows(["n5"], 100.0)
    assert not settled.knows(["other"], 0.0)
    again = Settled(tmp_path, "queues/work")
    assert again.load() == set(range(600))
    assert again.knows(["x", "n400"], 150.0)
    assert again.sweep(150.0) == 256
    assert len(list(tmp_path.iterdir())) == 2
    assert again.sweep(200.0) == 344
    assert list(tmp_path.iterdir()) == []
    assert not again.knows(["n400"], 0.0)


async def test_remembered_names_are_swept_when_their_time_is_over(tmp_path: Path) -> None:
    now = 1000.0
    store = TinyStore(tmp_path / "store", clock=lambda: now)
    await store.open()

    async def names() -> AsyncIterator[Stored]:
        yield StoredNames("work", ("a", "b"), 1500.0)

    await store.import_(names())
    assert await store.sweep() == 0
    now = 2000.0
    assert await store.sweep() == 1
    await store.close()
