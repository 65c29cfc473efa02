"""`Table`: values of one type in a table, on both engines."""

from __future__ import annotations

import asyncio
import time
from dataclasses import dataclass, replace
from typing import Any

import pytest

from bot.storage.base import Store, StoreCorruptError, StoreUnavailableError
from bot.storage.table import MAX_CONFLICTS, PAGE_SIZE, Draft, Entry, Table


@dataclass(frozen=True)
class Count:
    number: int = 0
    names: frozenset[str] = frozenset()


@pytest.fixture
def table(store: Store) -> Table[Count]:
    return Table(store, "counts", Count)


async def test_a_value_comes_back_as_it_was_put(table: Table[Count]) -> None:
    assert await table.get("a") is None
    await table.put("a", Count(1, frozenset({"x", "y"})), tags=["t"])
    assert await table.get("a") == Count(1, frozenset({"x", "y"}))
    assert await table.find("t") == [Entry("a", Count(1, frozenset({"x", "y"})), 1)]
    assert await table.find_each(["t", "u"]) == [[Entry("a", Count(1, frozenset({"x", "y"})), 1)], []]
    assert await table.delete("a")
    assert not await table.delete("a")


async def test_what_has_expired_is_not_there(table: Table[Count]) -> None:
    await table.put("a", Count(1), expires_at=time.time() - 1)
    assert await table.get("a") is None


async def test_replace_writes_over_the_version_it_names(table: Table[Count]) -> None:
    assert await table.replace("a", Count(1), version=0)
    assert not await table.replace("a", Count(2), version=0)
    assert await table.replace("a", Count(2), version=1)
    assert await table.entry("a") == Entry("a", Count(2), 2)


async def test_no_update_of_many_concurrent_ones_is_lost(table: Table[Count]) -> None:
    async def add() -> None:
        await table.update("a", lambda c: replace(c, number=c.number + 1), default=Count(), tags=lambda c: ["t"])

    await asyncio.gather(*(add() for _ in range(20)))
    assert [entry.value.number for entry in await table.find("t")] == [20]


async def test_an_update_of_nothing_writes_nothing(table: Table[Count]) -> None:
    assert await table.update("a", lambda c: replace(c, number=1)) is None
    assert await table.get("a") is None


async def test_a_change_that_changes_nothing_is_not_written(table: Table[Count]) -> None:
    await table.put("a", Count(1))
    assert await table.update("a", lambda c: c) == Count(1)
    entry = await table.entry("a")
    assert entry
    assert entry.version == 1


async def test_a_change_may_be_vetoed(table: Table[Count]) -> None:
    async def veto(_before: Count, after: Count) -> None:
        if after.number > 1:
            raise OverflowError

    await table.update("a", lambda c: replace(c, number=1), default=Count(), before_write=veto)
    with pytest.raises(OverflowError):
        await table.update("a", lambda c: replace(c, number=2), before_write=veto)
    assert await table.get("a") == Count(1)


async def test_an_update_that_loses_every_race_gives_up(store: Store, table: Table[Count]) -> None:
    await table.put("a", Count())
    attempts = 0

    async def overtake(_before: Count, _after: Count) -> None:
        nonlocal attempts
        attempts += 1
        await store.put("counts", "a", {"number": attempts})

    with pytest.raises(StoreUnavailableError):
        await table.update("a", lambda c: replace(c, number=-1), before_write=overtake)
    assert attempts == MAX_CONFLICTS


async def test_a_scan_gives_every_record_in_key_order(table: Table[Count]) -> None:
    keys = [f"{n:04}" for n in range(PAGE_SIZE + 3)]
    await table.put_all(Draft(key, Count(int(key))) for key in keys)
    assert [entry.key async for entry in table.scan()] == keys
    assert [entry.key for entry in await table.page(after="0001", limit=2)] == ["0002", "0003"]


async def test_a_spoilt_record_does_not_hold_up_the_others(store: Store, table: Table[Count]) -> None:
    await table.put("a", Count(1), tags=["t"])
    await store.put("counts", "b", {"number": "seven"}, tags=["t"])
    await table.put("c", Count(3), tags=["t"])
    assert [entry.key async for entry in table.scan()] == ["a", "c"]
    assert [entry.key for entry in await table.find("t")] == ["a", "c"]
    with pytest.raises(StoreCorruptError):
        await table.get("b")
    with pytest.raises(StoreCorruptError):
        await table.update("b", lambda c: c)


async def test_a_remembered_value_is_never_an_old_one(store: Store) -> None:
    table: Table[Any] = Table(store, "counts", Count, cache_size=1)
    await table.put("a", Count(1))
    assert await table.get("a") is await table.get("a")
    await store.put("counts", "a", {"number": 2})
    assert await table.get("a") == Count(2)
