"""Embedded engine: at whatever call a crash or a full disk comes, nothing is lost or half done (F26, F28)."""

from __future__ import annotations

import asyncio
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from functools import cache, partial
from itertools import count
from pathlib import Path
from typing import Any

import pytest

from bot.storage.base import Job, Leased, Stored, StoredJob, StoredRecord, StoreUnavailableError, Write
from bot.storage.embedded import EmbeddedStore
from tests.support.storage.crash_points import (
    CrashPoints,
    Operation,
    die_beyond,
    disk_full,
    in_child,
    kill,
    no_room_beyond,
    opened_for,
)

pytestmark = pytest.mark.slow

Outcomes = Callable[[str], tuple[list[Stored], list[Stored]]]

_numbers = count()
FRAME = 4096 + 24
"""What one changed page adds to SQLite's write-ahead log."""


def settle(step: Callable[[EmbeddedStore, Leased], Any]) -> Operation:
    async def work(store: EmbeddedStore) -> None:
        [leased] = await store.lease("work", limit=1, seconds=60)
        assert leased.job.id == "first"
        assert await step(store, leased)

    return work


async def set_up(store: EmbeddedStore) -> None:
    """Two tables, one of them in files, and a queue with jobs of every state."""
    for n in range(8):
        await store.put("people", f"k{n}", {"n": n}, tags=[f"t{n}"])
        await store.put("grants", f"tenant/k{n}", {"n": n}, tags=[f"t{n}"])
    for name in ("known", "dead", "first", "second"):
        await store.enqueue("work", Job(name, {"name": name}, group="g" if name in ("first", "second") else ""))
    for leased in await store.lease("work", limit=2, seconds=60):
        if leased.job.id == "known":
            await store.done("work", leased, remember=600)
        else:
            await store.bury("work", leased, reason="why")


OPERATIONS: dict[str, Operation] = {
    "put": lambda store: store.put("people", "new", {"n": 99}, tags=["new"]),
    "put over": lambda store: store.put("people", "k3", {"n": 99}, tags=["other"]),
    "put many": lambda store: store.put_all("people", [Write(f"many{n}", {}) for n in range(3)]),
    "take": lambda store: store.take("people", "k3"),
    "put a grant": lambda store: store.put("grants", "tenant/new", {"n": 99}, tags=["intent"]),
    "put over a grant": lambda store: store.put("grants", "tenant/k3", {"n": 99}, tags=["t3"]),
    "tag a grant": lambda store: store.put("grants", "tenant/k3", {"n": 99}, tags=["intent"]),
    "take a grant": lambda store: store.take("grants", "tenant/k3"),
    "enqueue": lambda store: store.enqueue("work", Job("third", {"name": "third"}, "g", keys=("x",))),
    "enqueue many": lambda store: store.enqueue_all("work", [Job(f"m{n}", {"x": "y" * 3000}) for n in range(3)]),
    "lease": lambda store: store.lease("work", limit=1, seconds=60),
    "done and remembered": settle(lambda store, leased: store.done("work", leased, remember=600)),
    "done and forgotten": settle(lambda store, leased: store.done("work", leased, remember=0)),
    "retry": settle(lambda store, leased: store.retry("work", leased, due=1_000_005.0, payload={"new": 1})),
    "bury": settle(lambda store, leased: store.bury("work", leased, reason="because")),
    "revive": lambda store: store.revive("work", "dead"),
    "drop": lambda store: store.drop("work", "dead"),
    "drop a group": lambda store: store.drop_group("work", "g"),
}


async def content_of(store: EmbeddedStore) -> list[Stored]:
    return sorted([item async for item in store.export()], key=repr)


def content(folder: Path) -> list[Stored]:
    """Everything, once a new process has opened the store; tags find what carries them."""

    async def work(store: EmbeddedStore) -> list[Stored]:
        items = await content_of(store)
        for table in ("people", "grants"):
            rows = await store.page(table, limit=1000)
            assert await store.count(table) == len(rows)
            records = [item for item in items if isinstance(item, StoredRecord) and item.table == table]
            for tag in ("new", "intent", "other", "t3"):
                expected = sorted(record.key for record in records if tag in record.tags)
                assert [row.key for row in await store.find(table, tag)] == expected
        return items

    result: list[Stored] = asyncio.run(opened_for(folder, work))
    return result


def allowed(before: list[Stored], after: list[Stored]) -> list[list[Stored]]:
    """Before, after, and before with leases counted, which the steps on a leased job begin with."""
    counted = [
        replace(item, attempts=item.attempts + 1)
        if isinstance(item, StoredJob) and item.job.id == "first"
        else item
        for item in before
    ]
    return [before, after, sorted(counted, key=repr)]


@pytest.fixture(scope="module")
def prepared(quick_folder: Path) -> Path:
    folder = quick_folder / "prepared"
    asyncio.run(opened_for(folder, set_up))
    return folder


@pytest.fixture
def fresh(prepared: Path, quick_folder: Path) -> Callable[[], Path]:
    """Make copies of the prepared store."""

    def copy() -> Path:
        return shutil.copytree(prepared, quick_folder / f"{next(_numbers)}")

    return copy


@pytest.fixture(scope="module")
def outcomes(prepared: Path, quick_folder: Path) -> Outcomes:
    """Tell what is in the store before and after an operation, found out once for each."""

    @cache
    def before_and_after(name: str) -> tuple[list[Stored], list[Stored]]:
        folder = shutil.copytree(prepared, quick_folder / f"{next(_numbers)}")
        before = content(folder)
        asyncio.run(opened_for(folder, OPERATIONS[name]))
        return before, content(folder)

    return before_and_after


async def killed_at(name: str, at: int, store: EmbeddedStore) -> None:
    with CrashPoints(at, kill).active(store):
        await OPERATIONS[name](store)
        os._exit(0)  # closing is no part of it


async def killed_beyond(name: str, size: int, store: EmbeddedStore) -> None:
    die_beyond(size)
    await OPERATIONS[name](store)
    os._exit(0)


async def refused_beyond(
    name: str, size: int, refused: Path, expected: list[list[Stored]], store: EmbeddedStore
) -> None:
    """Touch `refused` if the store refuses the operation for want of room."""
    with no_room_beyond(size):
        try:
            await OPERATIONS[name](store)
        except StoreUnavailableError:
            refused.touch()  # noqa: ASYNC240
            assert await content_of(store) in expected
            if size < FRAME:
                with pytest.raises(StoreUnavailableError):
                    await store.ping()
    await store.ping()
    assert await content_of(store) in expected


@pytest.mark.parametrize("name", OPERATIONS)
def test_f28_killed_at_any_call_the_store_is_as_before_or_as_after(
    name: str, fresh: Callable[[], Path], outcomes: Outcomes
) -> None:
    before, after = outcomes(name)
    assert after != before

    for at in count(1):
        folder = fresh()
        finished = in_child(folder, partial(killed_at, name, at))
        now = content(folder)
        if finished:
            assert now == after
            break
        assert now in allowed(before, after), at
        assert not list(folder.rglob("*.tmp"))
    assert at > 3


@pytest.mark.parametrize("name", OPERATIONS)
def test_f28_killed_while_it_writes_the_log_the_store_is_as_before_or_as_after(
    name: str, fresh: Callable[[], Path], outcomes: Outcomes
) -> None:
    """At every half of a page that SQLite adds to its log, and of what else grows."""
    before, after = outcomes(name)

    for size in range(0, 1_000_000, FRAME // 2):
        folder = fresh()
        finished = in_child(folder, partial(killed_beyond, name, size))
        now = content(folder)
        if finished:
            assert now == after
            break
        assert now in allowed(before, after), size
    assert size > 0


@pytest.mark.parametrize("name", OPERATIONS)
def test_f26_a_disk_that_is_full_at_any_page_loses_nothing(
    name: str, fresh: Callable[[], Path], outcomes: Outcomes
) -> None:
    """Writes are refused, reads go on, and all is well when there is room again."""
    before, after = outcomes(name)

    for size in range(100, 1_000_000, FRAME // 2):
        folder = fresh()
        refused = folder.with_suffix(".refused")
        assert in_child(folder, partial(refused_beyond, name, size, refused, allowed(before, after)))
        now = content(folder)
        if not refused.exists():
            assert now == after
            break
        assert now in allowed(before, after), size
    assert size > 100


@pytest.mark.parametrize("name", [name for name in OPERATIONS if "grant" in name])
def test_f26_a_grant_whose_write_fails_at_any_call_is_as_before_or_as_after(
    name: str, fresh: Callable[[], Path], outcomes: Outcomes
) -> None:
    before, after = outcomes(name)

    async def work(at: int, store: EmbeddedStore) -> bool:
        for n in range(8):
            await store.get("grants", f"tenant/k{n}")  # fills the cache
        points = CrashPoints(at, disk_full)
        try:
            with points.active():
                await OPERATIONS[name](store)
        except StoreUnavailableError:
            now = await content_of(store)
            assert now in (before, after)
            stored = {item.key: item.value for item in now if isinstance(item, StoredRecord)}
            for n in range(8):
                row = await store.get("grants", f"tenant/k{n}")
                assert (row and row.value) == stored.get(f"tenant/k{n}")
            await OPERATIONS[name](store)
        assert await content_of(store) == after
        return bool(points.count >= at)

    for at in count(1):
        folder = fresh()
        failed = asyncio.run(opened_for(folder, partial(work, at)))
        assert content(folder) == after
        if not failed:
            break
    assert at > 3


def test_f28_a_grant_is_synced_renamed_and_its_folder_synced_in_this_order(fresh: Callable[[], Path]) -> None:
    points = CrashPoints(-1, kill)

    async def work(store: EmbeddedStore) -> None:
        with points.active():
            await store.put("grants", "tenant/k3", {"n": 99}, tags=["t3"])

    asyncio.run(opened_for(fresh(), work))
    assert points.names == ["open", "write", "fsync", "replace", "open", "fsync"]
