"""A press counts once, on whichever replica each of its clicks lands."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.identity import Conversation, Person, Scope
from bot.commands.idempotency import PressClaims
from bot.commands.request import Press, Reply, Request
from bot.security.card_signing import UncheckedData
from bot.storage.base import Store
from bot.storage.embedded import EmbeddedStore

PRESS = Press("issue.watch", UncheckedData({"issue": "DEMO-1"}), card_id="1")
REQUEST = Request(
    person=Person("tenant", "alice"),
    name="Alice",
    conversation=Conversation("19:a", Scope.CHANNEL, "tenant", "https://smba.example/", "28:bot"),
    press=PRESS,
)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    store = EmbeddedStore(tmp_path / "store")
    await store.open()
    yield store
    await store.close()


async def answer(claims: PressClaims, text: str, *, press: Press = PRESS, repeatable: bool = False) -> Reply:
    """Answer a press: with `text` if it is the first, and "again" if another replica had it."""
    async with claims.claim(REQUEST, press) as claim:
        if claim.reply is None:
            claim.reply = Reply(text=text if claim.first else "again", repeatable=repeatable)
    return claim.reply


async def test_a_repetition_gets_the_first_answer(store: Store) -> None:
    claims = PressClaims(store)
    assert [(await answer(claims, text)).text for text in ("one", "two")] == ["one", "one"]


async def test_t50_a_repetition_is_not_the_first(store: Store) -> None:
    claims = PressClaims(store)
    await answer(claims, "one")
    async with claims.claim(REQUEST, PRESS) as claim:
        assert not claim.first


async def test_an_answer_is_given_though_its_claim_cannot_be_released(store: Store) -> None:
    async with PressClaims(store).claim(REQUEST, PRESS) as claim:
        claim.reply = Reply(text="one", repeatable=True)
        await store.close()


async def test_a_repetition_waits_for_the_first_answer(store: Store) -> None:
    claims, go = PressClaims(store), asyncio.Event()

    async def slow() -> Reply:
        async with claims.claim(REQUEST, PRESS) as claim:
            await go.wait()
            claim.reply = reply = Reply(text="one")
        return reply

    first = asyncio.create_task(slow())
    await asyncio.sleep(0)
    second = asyncio.create_task(answer(claims, "two"))
    await asyncio.sleep(0)
    go.set()
    assert [(await task).text for task in (first, second)] == ["one", "one"]


async def test_t50_a_repetition_on_another_replica_is_not_the_first(store: Store) -> None:
    texts = [(await answer(PressClaims(store), text)).text for text in ("one", "two")]
    assert texts == ["one", "again"]


async def test_a_repeatable_answer_lets_the_press_be_made_again(store: Store) -> None:
    claims = PressClaims(store)
    assert (await answer(claims, "one", repeatable=True)).text == "one"
    assert (await answer(claims, "two")).text == "two"
    assert (await answer(PressClaims(store), "three")).text == "again"


async def test_after_an_unforeseen_error_the_press_counts_as_made(store: Store) -> None:
    claims = PressClaims(store)
    with pytest.raises(ZeroDivisionError):
        async with claims.claim(REQUEST, PRESS):
            raise ZeroDivisionError
    assert (await answer(claims, "two")).text == "again"


@pytest.mark.parametrize(
    "other",
    [replace(PRESS, card_id="2"), replace(PRESS, verb="issue.vote"), replace(PRESS, data=UncheckedData({}))],
    ids=str,
)
async def test_another_press_is_another(store: Store, other: Press) -> None:
    claims = PressClaims(store)
    assert (await answer(claims, "one")).text == "one"
    assert (await answer(claims, "two", press=other)).text == "two"


async def test_after_the_window_the_press_may_be_made_again(store: Store, tmp_path: Path) -> None:
    now = 1_800_000_000.0
    aged = EmbeddedStore(tmp_path / "aged", clock=lambda: now)
    await aged.open()
    assert (await answer(PressClaims(aged, lambda: now), "one")).text == "one"
    now += 59.5
    assert (await answer(PressClaims(aged, lambda: now), "again")).text == "again"
    now += 0.5
    assert (await answer(PressClaims(aged, lambda: now), "two")).text == "two"
    await aged.close()
