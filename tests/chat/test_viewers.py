"""Whom a card names, so that their clients ask for their own view of it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat import viewers
from bot.chat.identity import Conversation, Scope
from bot.chat.viewers import LOAD_SECONDS, RecentViewers
from bot.storage.base import Store
from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock

HERE = Conversation("19:a", Scope.CHANNEL, "tenant", "https://smba.example/", "28:bot")


@pytest.fixture
def clock() -> Clock:
    return Clock()


@pytest.fixture
async def store(tmp_path: Path, clock: Clock) -> AsyncIterator[Store]:
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    yield store
    await store.close()


@pytest.fixture
def known(store: Store, clock: Clock) -> RecentViewers:
    return RecentViewers(store, clock)


def test_the_newest_come_first_and_the_longest_silent_go(known: RecentViewers) -> None:
    for number in range(70):
        known.add(HERE, f"29:{number}")
    known.add(HERE, "29:12")
    assert known.recent(HERE)[:3] == ("29:12", "29:69", "29:68")
    assert len(known.recent(HERE)) == 60
    assert "29:9" not in known.recent(HERE)


@pytest.mark.parametrize(
    ("where", "who"),
    [(replace(HERE, scope=Scope.PERSONAL), "29:1"), (HERE, ""), (HERE, "8:orgid:1"), (HERE, "28:bot")],
    ids=["alone", "unnamed", "another kind of id", "a bot"],
)
def test_who_is_not_noted(known: RecentViewers, where: Conversation, who: str) -> None:
    known.add(where, who)
    assert known.recent(where) == ()


def test_another_tenants_conversation_is_another(known: RecentViewers) -> None:
    known.add(HERE, "29:1")
    assert known.recent(replace(HERE, tenant="other")) == ()
    assert known.recent(replace(HERE, thread="1")) == ("29:1",)


def test_who_has_no_link_any_more_is_forgotten(known: RecentViewers) -> None:
    known.add(HERE, "29:1")
    known.remove(HERE, "29:1")
    known.remove(replace(HERE, id="19:never"), "29:1")
    assert known.recent(HERE) == ()


def test_conversations_are_not_kept_without_end(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "MAX_CONVERSATIONS", 3)
    known = RecentViewers(store)
    for number in (1, 2, 3, 1, 4):
        known.add(replace(HERE, id=str(number)), "29:1")
    assert [n for n in (1, 2, 3, 4) if known.recent(replace(HERE, id=str(n)))] == [1, 3, 4]


async def write(known: RecentViewers) -> None:
    """Let what is unwritten be written: the last write comes when the task is cancelled."""
    task = asyncio.create_task(known.run())
    await asyncio.sleep(0)
    task.cancel()
    await asyncio.wait({task})


async def test_another_replica_knows_them_within_a_minute(
    known: RecentViewers, store: Store, clock: Clock
) -> None:
    other = RecentViewers(store, clock)
    known.add(HERE, "29:1")
    other.add(HERE, "29:2")
    await write(known)
    await write(other)
    await known.load(HERE)
    assert known.recent(HERE) == ("29:1", "29:2")
    assert other.recent(HERE) == ("29:2", "29:1")
    other.remove(HERE, "29:1")
    other.add(HERE, "29:3")
    await write(other)
    await known.load(HERE)
    assert known.recent(HERE) == ("29:1", "29:2")
    clock.advance(LOAD_SECONDS + 1)
    await known.load(HERE)
    assert known.recent(HERE) == ("29:1", "29:2", "29:3")
    fresh = RecentViewers(store, clock)
    await fresh.load(HERE)
    assert fresh.recent(HERE) == ("29:3", "29:2")
