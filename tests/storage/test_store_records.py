"""What `Store` promises of records, for both engines."""

from __future__ import annotations

import asyncio
import time
from typing import Any

import pytest

from bot.storage.base import Row, Store, Write

LONG_AGO, LATER = 1.0, time.time() + 3600


async def test_a_record_comes_back_as_it_was_written(store: Store) -> None:
    value = {"name": "Zoë 😀", "n": 2**53 - 1, "deep": [{"a": [None, True, 1.5, ""]}]}
    assert await store.get("people", "a") is None
    assert await store.put("people", "a", value) == Row("a", value, 1)
    assert await store.put("people", "a", {"x": 1}) == Row("a", {"x": 1}, 2)
    assert await store.get("people", "a") == Row("a", {"x": 1}, 2)
    assert await store.get("people", "b") is None
    assert await store.get("other", "a") is None


async def test_callers_cannot_reach_into_the_store(store: Store) -> None:
    value: dict[str, Any] = {"list": [1]}
    await store.put("people", "a", value)
    value["list"].append(2)
    assert await store.get("people", "a") == Row("a", {"list": [1]}, 1)


async def test_compare_and_set_writes_only_over_the_version_it_names(store: Store) -> None:
    assert await store.replace("people", "a", {"n": 1}, version=1) is None
    assert await store.replace("people", "a", {"n": 1}, version=0) == Row("a", {"n": 1}, 1)
    assert await store.replace("people", "a", {"n": 2}, version=0) is None
    assert await store.replace("people", "a", {"n": 2}, version=1, tags=["t"]) == Row("a", {"n": 2}, 2)
    assert await store.replace("people", "a", {"n": 3}, version=1) is None
    assert await store.find("people", "t") == [Row("a", {"n": 2}, 2)]


async def test_one_of_many_concurrent_compare_and_sets_wins(store: Store) -> None:
    rows = await asyncio.gather(*(store.replace("people", "a", {"n": n}, version=0) for n in range(20)))
    winners = [row for row in rows if row is not None]
    assert len(winners) == 1
    assert await store.get("people", "a") == winners[0]


async def test_no_step_of_many_concurrent_ones_is_lost(store: Store) -> None:
    async def step(key: str) -> None:
        while True:
            row = await store.get("counters", key)
            value, version = (row.value["n"], row.version) if row else (0, 0)
            assert isinstance(value, int)
            if await store.replace("counters", key, {"n": value + 1}, version=version):
                return

    keys = [f"k{n % 30}" for n in range(150)]
    await asyncio.gather(*map(step, keys))
    assert {row.value["n"] for row in await store.page("counters")} == {5}
    assert await store.count("counters") == 30


async def test_t02_a_record_is_taken_by_exactly_one_of_many(store: Store) -> None:
    await store.put("states", "s", {"n": 1})
    rows = await asyncio.gather(*(store.take("states", "s") for _ in range(50)))
    assert [row for row in rows if row is not None] == [Row("s", {"n": 1}, 1)]
    assert await store.get("states", "s") is None


async def test_delete_tells_whether_there_was_anything(store: Store) -> None:
    await store.put("people", "a", {})
    assert await store.delete("people", "a") is True
    assert await store.delete("people", "a") is False
    assert await store.put("people", "a", {}) == Row("a", {}, 1)


async def test_an_expired_record_is_as_good_as_none(store: Store) -> None:
    await store.put("states", "old", {"n": 1}, tags=["t"], expires_at=LONG_AGO)
    await store.put("states", "new", {"n": 2}, tags=["t"], expires_at=LATER)
    assert await store.get("states", "old") is None
    assert [row.key for row in await store.find("states", "t")] == ["new"]
    assert [row.key for row in await store.page("states", limit=1)] == ["new"]
    assert await store.count("states") == 2
    assert await store.replace("states", "old", {}, version=1) is None
    assert await store.take("states", "old") is None
    assert await store.count("states") == 1
    await store.put("states", "old", {"n": 1}, expires_at=LONG_AGO)
    assert await store.replace("states", "old", {"n": 3}, version=0) == Row("old", {"n": 3}, 1)


async def test_a_sweep_removes_what_has_expired(store: Store) -> None:
    for n in range(5):
        await store.put("states", f"{n}", {}, expires_at=LONG_AGO if n % 2 else LATER)
    assert await store.sweep() == 2
    assert await store.sweep() == 0
    assert await store.count("states") == 3


async def test_tags_find_records_in_key_order_within_their_table(store: Store) -> None:
    for key in ("b", "a", "c"):
        await store.put("people", key, {"k": key}, tags=["site:x", f"one:{key}"])
    await store.put("others", "d", {}, tags=["site:x"])
    assert [row.key for row in await store.find("people", "site:x")] == ["a", "b", "c"]
    assert [row.key for row in await store.find("people", "one:b")] == ["b"]
    await store.put("people", "b", {}, tags=["one:b", "one:b"])
    assert [row.key for row in await store.find("people", "site:x")] == ["a", "c"]
    assert [row.key for row in await store.find("people", "one:b")] == ["b"]
    await store.delete("people", "b")
    assert await store.find("people", "one:b") == []
    assert await store.find("nobody", "one:b") == []


async def test_pages_cover_a_table_in_key_order(store: Store) -> None:
    keys = sorted([f"k{n:03}" for n in range(50)] + ["ä", "\uffff", "😀", "Z", "z", "-"])
    await asyncio.gather(*(store.put("people", key, {"k": key}) for key in keys))
    seen: list[str] = []
    while page := await store.page("people", after=seen[-1] if seen else "", limit=7):
        assert len(page) <= 7
        seen += [row.key for row in page]
    assert seen == keys
    assert await store.count("people") == len(keys)


async def test_a_record_in_memory_follows_each_change_of_its_own_process(store: Store) -> None:
    async def is_kept(row: Row | None) -> bool:
        return await store.get_cached("grants", "a") == row == await store.get_cached("grants", "a")

    assert await is_kept(None)
    assert await is_kept(await store.put("grants", "a", {"n": 1}))
    assert await is_kept(await store.replace("grants", "a", {"n": 2}, version=1))
    assert await store.replace("grants", "a", {"n": 3}, version=1) is None
    assert await is_kept(Row("a", {"n": 2}, 2))
    await store.put_all("grants", [Write("a", {"n": 4}), Write("b", {})])
    assert await is_kept(Row("a", {"n": 4}, 3))
    assert await store.delete("grants", "a")
    assert await is_kept(None)


async def test_everything_is_there_after_a_restart(engine: Any) -> None:
    first = engine.make()
    await first.open()
    await first.put("people", "a", {"n": 1}, tags=["t"], expires_at=LATER)
    await first.put("people", "a", {"n": 2}, tags=["t"], expires_at=LATER)
    await first.close()
    second = engine.make()
    await second.open()
    assert await second.find("people", "t") == [Row("a", {"n": 2}, 2)]
    assert await second.get("people", "a") == Row("a", {"n": 2}, 2)
    await second.close()


async def test_nul_and_lone_surrogates_become_replacement_characters_in_values(store: Store) -> None:
    row = await store.put("people", "a", {"te\0xt": ["a\0b", "\ud800c", "\\u0000"]})
    assert row.value == {"te\ufffdxt": ["a\ufffdb", "\ufffdc", "\\u0000"]}
    assert await store.get("people", "a") == row


@pytest.mark.parametrize("key", ["", "a\0b", "\ud800", "x" * 1025])
async def test_names_that_cannot_be_stored_are_refused(store: Store, key: str) -> None:
    with pytest.raises(ValueError, match="key"):
        await store.put("people", key, {})
    with pytest.raises(ValueError, match="key"):
        await store.get("people", key)
    with pytest.raises(ValueError, match="tag"):
        await store.put("people", "a", {}, tags=[key])
    assert await store.count("people") == 0


@pytest.mark.parametrize("table", ["", "People", "a-b", "../x", "a/b", "1a", "x" * 64])
async def test_table_names_are_lower_case_identifiers(store: Store, table: str) -> None:
    with pytest.raises(ValueError, match="identifier"):
        await store.put(table, "a", {})


@pytest.mark.parametrize("value", [{"a": object()}, {"a": 2**70}, {1: "x"}, {"a": {1, 2}}])
async def test_what_is_no_json_object_is_refused(store: Store, value: Any) -> None:
    with pytest.raises(ValueError, match="JSON"):
        await store.put("people", "a", value)


async def test_a_long_value_is_kept(store: Store) -> None:
    value = {"text": "ü" * 700_000}
    await store.put("people", "a", value)
    assert await store.get("people", "a") == Row("a", value, 1)


async def test_ping_says_nothing_when_all_is_well(store: Store) -> None:
    await store.ping()


async def test_a_write_that_nobody_waits_for_any_more_is_noticed(store: Store) -> None:
    for n in range(100):
        await store.put("grants", "a", {"n": n})
        writing = asyncio.create_task(store.put("grants", "a", {"n": -n}))
        for _ in range(n % 4):  # it is cancelled before its transaction, in it or after it
            await store.get("others", "b")
        writing.cancel()
        await asyncio.wait((writing,))
        await store.get_cached("grants", "a")
        await store.put("others", "b", {})
        async with asyncio.timeout(5):
            while await store.get_cached("grants", "a") != await store.get("grants", "a"):
                pass
