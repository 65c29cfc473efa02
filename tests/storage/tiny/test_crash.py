"""TinyDB engine: whatever call a crash or a full disk comes at, the store is as before or as after (F26, F28)."""

from __future__ import annotations

import asyncio
import random
import shutil
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.storage.base import Job, Stored, StoredJob, StoredNames, StoredRecord, StoreUnavailableError
from bot.storage.tiny import TinyStore
from bot.storage.tiny.cache import RecordCache
from bot.storage.tiny.database import Database
from bot.storage.values import draft
from tests.support.storage.crash_points import CrashPoints, disk_full, files, in_child, kill

NOW = 1_000_000.0
_numbers = count()
Operation = Callable[[Database], Any]


@contextmanager
def opened(folder: Path, cache: RecordCache | None = None) -> Iterator[Database]:
    database = Database(folder, cache or RecordCache(), lambda: NOW)
    database.open()
    try:
        yield database
    finally:
        database.close()


def put(table: str, key: str, n: int) -> Operation:
    return lambda db: db.put(table, draft(key, {"n": n}, [f"t{n}"], None), None)


def enqueue(name: str, **fields: Any) -> Operation:
    return lambda db: db.queue("work").enqueue(Job(name, {"name": name}, **fields))


def settle(step: Callable[[Any, Any], bool], name: str = "first") -> Operation:
    def work(db: Database) -> bool:
        queue = db.queue("work")
        [leased] = queue.lease(1, 60)
        assert leased.job.id == name
        return step(queue, leased)

    return work


def set_up(folder: Path) -> None:
    """A table whose one file is full, and a queue with jobs of every state."""
    with opened(folder) as db:
        for n in range(16):
            put("people", f"k{n}", n)(db)
        for name in ("known", "dead", "first", "second"):
            enqueue(name, group="g" if name in ("first", "second") else "")(db)
        queue = db.queue("work")
        for leased in queue.lease(2, 60):
            _ = queue.done(leased, 600) if leased.job.id == "known" else queue.bury(leased, "why")


OPERATIONS: dict[str, Operation] = {
    "put, splitting a file": put("people", "new", 99),
    "put over": put("people", "k3", 99),
    "put into a new table": put("grants", "new", 99),
    "take": lambda db: db.take("people", "k3"),
    "enqueue": enqueue("third", keys=("x",)),
    "enqueue into a new queue": lambda db: db.queue("fresh").enqueue(Job("a", {})),
    "lease": lambda db: db.queue("work").lease(1, 60),
    "done and remembered": settle(lambda queue, leased: queue.done(leased, 600)),
    "done and forgotten": settle(lambda queue, leased: queue.done(leased, 0)),
    "retry": settle(lambda queue, leased: queue.retry(leased, NOW + 5, {"new": 1})),
    "bury": settle(lambda queue, leased: queue.bury(leased, "because")),
    "revive": lambda db: db.queue("work").revive("dead"),
    "drop": lambda db: db.queue("work").drop("dead"),
    "drop a group": lambda db: db.queue("work").drop_group("g"),
}


def content(folder: Path) -> list[Stored]:
    with opened(folder) as db:
        return content_of(db)


def content_of(db: Database) -> list[Stored]:
    return sorted((item for batch in db.export() for item in batch), key=repr)


def allowed(before: list[Stored], after: list[Stored]) -> list[list[Stored]]:
    """Before, after, and before with leases counted, which the steps on a leased job begin with."""
    counted = [
        replace(item, attempts=item.attempts + 1)
        if isinstance(item, StoredJob) and item.job.id == "first"
        else item
        for item in before
    ]
    return [before, after, sorted(counted, key=repr)]


def part_of_group_gone(before: list[Stored], now: list[Stored]) -> bool:
    return [item for item in before if item not in now] == [
        item for item in before if isinstance(item, StoredJob) and item.job.id == "first"
    ]


@pytest.fixture(scope="module")
def prepared(quick_folder: Path) -> Path:
    folder = quick_folder / "prepared"
    set_up(folder)
    return folder


@pytest.fixture
def fresh(prepared: Path, quick_folder: Path) -> Callable[[], Path]:
    """Copies of the prepared store."""

    def copy() -> Path:
        return shutil.copytree(prepared, quick_folder / f"{next(_numbers)}")

    return copy


@pytest.mark.parametrize("name", OPERATIONS)
def test_f28_killed_at_any_call_the_store_is_as_before_or_as_after(name: str, fresh: Callable[[], Path]) -> None:
    operation = OPERATIONS[name]
    before = content(fresh())
    done = fresh()
    with opened(done) as db:
        operation(db)
    after = content(done)
    assert after != before
    for at in count(1):
        folder = fresh()
        with opened(folder) as db:
            finished = in_child(lambda db=db: operation(db), CrashPoints(at, kill))  # type: ignore[misc]
        now = content(folder)
        if finished:
            assert now == after
            break
        assert now in allowed(before, after) or (name == "drop a group" and part_of_group_gone(before, now)), at
        assert not list(folder.rglob("*.tmp"))
    assert at > 3


@pytest.mark.parametrize("name", OPERATIONS)
def test_f26_a_full_disk_at_any_call_loses_nothing(name: str, fresh: Callable[[], Path]) -> None:
    operation = OPERATIONS[name]
    before = content(fresh())
    done = fresh()
    with opened(done) as db:
        operation(db)
        after = content_of(db)
    for at in count(1):
        folder = fresh()
        points = CrashPoints(at, disk_full)
        cache = RecordCache()
        with opened(folder, cache) as db:
            for n in range(16):
                db.get("people", f"k{n}")  # fills the cache
            db.count("people")  # and the index
            try:
                with points.active():
                    operation(db)
            except StoreUnavailableError:
                in_memory = content_of(db)
            else:
                in_memory = after
            everything = {
                item.key for item in in_memory if isinstance(item, StoredRecord) and item.table == "people"
            }
            assert {row.key for row in db.page("people", "", 100)} == everything
            for key in everything:
                cached = cache.get("people", key)
                assert cached is None or cached.row == db.get("people", key)
        now = content(folder)
        assert now in allowed(before, after) or name == "drop a group", at
        if points.count < at:
            assert now == after
            break


@pytest.mark.parametrize(
    "name", ["put, splitting a file", "put over", "enqueue", "enqueue into a new queue", "take"]
)
def test_f26_what_failed_works_when_the_disk_is_well_again(name: str, fresh: Callable[[], Path]) -> None:
    operation = OPERATIONS[name]
    done = fresh()
    with opened(done) as db:
        operation(db)
    after = content(done)
    for at in count(1):
        folder = fresh()
        points = CrashPoints(at, disk_full)
        with opened(folder) as db:
            try:
                with points.active():
                    operation(db)
            except StoreUnavailableError:
                operation(db)
            assert content_of(db) == after
        assert content(folder) == after
        assert len(files(folder)) == len(files(done))
        if points.count < at:
            break


def test_f26_a_failed_write_leaves_the_cached_record(tmp_path: Path) -> None:
    with opened(tmp_path / "store") as db:
        put("people", "a", 1)(db)
        with CrashPoints(2, disk_full).active(), pytest.raises(StoreUnavailableError, match="No space left"):
            put("people", "a", 2)(db)
        row = db.get("people", "a")
        assert row is not None
        assert (row.value, row.version) == ({"n": 1}, 1)


def test_f28_a_write_is_synced_renamed_and_its_folder_synced_in_this_order(tmp_path: Path) -> None:
    with opened(tmp_path / "store") as db:
        put("people", "a", 1)(db)
        calls: list[str] = []
        points = CrashPoints(-1, kill)
        wrap = points.wrap

        def noted(call: Any) -> Any:
            counted = wrap(call)
            return lambda *args, **kwargs: (calls.append(call.__name__), counted(*args, **kwargs))[1]

        points.wrap = noted  # type: ignore[method-assign]
        with points.active():
            put("people", "a", 2)(db)
    assert calls == ["open", "write", "fsync", "replace", "open", "fsync"]


WRITER = """
import asyncio, sys
from pathlib import Path
from bot.storage.base import Job
from bot.storage.tiny import TinyStore

async def writer(store, name):
    for n in range(1000000):
        await store.put("people", f"{name}-{n % 40}", {"n": n})
        print(f"put {name}-{n % 40} {n}", flush=True)
        if await store.enqueue("work", Job(f"{name}-{n}", {"n": n}, group=name)):
            print(f"job {name}-{n} {n}", flush=True)

async def worker(store):
    while True:
        for leased in await store.lease("work", limit=3, seconds=60):
            await store.done("work", leased, remember=600)
            print(f"done {leased.job.id} 0", flush=True)

async def main():
    store = TinyStore(Path(sys.argv[1]))
    await store.open()
    await asyncio.gather(*(writer(store, f"w{n}") for n in range(4)), worker(store))

asyncio.run(main())
"""


async def test_f28_killed_at_random_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    folder = tmp_path / "store"
    records: dict[str, int] = {}
    jobs: set[str] = set()
    done: set[str] = set()
    for round_ in range(4):
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-c", WRITER, str(folder), stdout=asyncio.subprocess.PIPE
        )
        assert process.stdout is not None
        lines = random.Random(round_).randint(50, 400)
        acknowledged = [await process.stdout.readline() for _ in range(lines)]
        process.kill()
        acknowledged += (await process.communicate())[0].splitlines(keepends=True)
        for line in acknowledged:
            if not line.endswith(b"\n"):
                continue
            kind, name, number = line.decode().split()
            if kind == "put":
                records[name] = int(number)
            else:
                (jobs if kind == "job" else done).add(name)
        await check(folder, records, jobs, done)
        records.clear()  # the next round counts from 0 again


async def check(folder: Path, records: dict[str, int], jobs: set[str], done: set[str]) -> None:
    store = TinyStore(folder)
    await store.open()
    for name, number in records.items():
        row = await store.get("people", name)
        assert row is not None
        assert row.value["n"] in (number, number + 40)  # the last one may have been written, not acknowledged
    items = [item async for item in store.export()]
    unfinished = {item.job.id for item in items if isinstance(item, StoredJob)}
    remembered = {name for item in items if isinstance(item, StoredNames) for name in item.names}
    assert jobs <= unfinished | remembered
    assert done <= remembered
    assert not unfinished & remembered
    await store.close()


def test_f28_of_many_jobs_a_crash_leaves_a_beginning(fresh: Callable[[], Path]) -> None:
    names = ["many-0", "many-1", "many-2"]
    jobs = [(Job(name, {"name": name}, group="many"), b"{}") for name in names]
    kept_counts = set()
    for at in count(1):
        folder = fresh()
        with opened(folder) as db:
            points = CrashPoints(at, kill)
            finished = in_child(lambda db=db: db.queue("work").enqueue_all(jobs), points)  # type: ignore[misc]
        kept = [i.job.id for i in content(folder) if isinstance(i, StoredJob) and i.job.group == "many"]
        assert sorted(kept) == names[: len(kept)]
        kept_counts.add(len(kept))
        if finished:
            break
    assert kept_counts == {0, 1, 2, 3}


@pytest.mark.parametrize("at", range(1, 19))
def test_f26_of_many_jobs_a_full_disk_leaves_none(fresh: Callable[[], Path], at: int) -> None:
    folder = fresh()
    before = content(folder)
    with opened(folder) as db, pytest.raises(StoreUnavailableError), CrashPoints(at, disk_full).active():
        db.queue("work").enqueue_all([(Job(f"many-{n}", {}), b"{}") for n in range(4)])
    with opened(folder) as db:
        assert db.queue("work").enqueue(Job("later", {}))
    assert [i for i in content(folder) if i not in before] == [
        i for i in content(folder) if isinstance(i, StoredJob) and i.job.id == "later"
    ]
