"""“it” is the last issue that this person was shown in this conversation, within an hour."""

from __future__ import annotations

import asyncio
import time
from pathlib import Path
from typing import Any

import pytest

from bot.chat.identity import Conversation, Person, Scope
from bot.chat.last_issue import LIFETIME, LastIssueStore
from bot.storage.embedded import EmbeddedStore
from sandbox.teams import ALICE, BOB, CHANNEL, Chat, TeamsUser, personal
from sandbox.teams_cards import words
from tests.support.rows import Row
from tests.support.world import World

OWN_CHAT = personal(ALICE)
HERE = Conversation("a:1", Scope.PERSONAL, "tenant", "https://smba.example/", "28:bot")


async def said(world: World, text: str, chat: Chat = OWN_CHAT, user: TeamsUser = ALICE) -> str:
    """Say something; the bot's answer."""
    async with world.teams.expecting(chat) as got:
        await world.teams.say(user, chat, text)
    return f"{got[0].text} {words(got[0].card)}"


ABOUT_IT = [
    ("assign it to me", "Assigned to you"),
    ("move it to in progress", "Moved to In Progress"),
    ("comment it looks good", "Comment added"),
    ("log it 1h", "Logged 1h"),
    ("watch it", "You're watching"),
    ("priority it high", "High"),
    ("link it blocks DEMO-3", "DEMO-2 blocks DEMO-3"),
    ("link DEMO-3 blocks it", "DEMO-3 blocks DEMO-2"),
    ("show it", "DEMO-2"),
    ("it", "DEMO-2"),
]


async def test_it_is_the_last_issue_shown(world: World, row: Row) -> None:
    await world.link()
    for text, expected in ABOUT_IT:
        with row(text):
            await said(world, "DEMO-1")
            await said(world, "DEMO-2")
            assert expected in await said(world, text)


async def test_a_new_issue_is_it(world: World) -> None:
    await world.link()
    assert "Created" in await said(world, "create task DEMO A door that squeaks")
    answer = await said(world, "assign it to me")
    assert "A door that squeaks" in answer
    assert "Assigned to you" in answer


async def test_it_belongs_to_one_person_in_one_conversation(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    await said(world, "DEMO-1", CHANNEL)
    assert "haven't opened one" in await said(world, "watch it")
    assert "haven't opened one" in await said(world, "watch it", CHANNEL, BOB)
    assert "DEMO-1" in await said(world, "watch it", CHANNEL)


async def test_words_that_begin_with_it_are_no_command(world: World) -> None:
    await world.link()
    await said(world, "DEMO-1")
    assert "didn't understand" in await said(world, "it does not work")


async def test_what_is_told_in_a_persons_own_chat_is_it_too(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB, jira=BOB.email)
    async with world.teams.expecting(personal(BOB), lambda p: "assigned" in words(p.card)):
        await said(world, "assign DEMO-1 to Bob B")
    assert "DEMO-1" in await said(world, "watch it", personal(BOB), BOB)


async def test_another_replica_and_a_later_start_know_it(tmp_path: Path) -> None:
    now = time.time()
    store, alice = EmbeddedStore(tmp_path / "store"), Person("tenant", "alice")
    await store.open()
    first, second = LastIssueStore(store, lambda: now), LastIssueStore(store, lambda: now + LIFETIME - 1)
    writing = asyncio.create_task(first.run())
    await asyncio.sleep(0)  # it has begun, so that cancelling it makes it write
    first.remember(alice, HERE, "DEMO-1", "site")
    writing.cancel()
    await asyncio.wait({writing})
    found = await second.last(alice, HERE)
    assert found is not None
    assert (found.issue, found.site) == ("DEMO-1", "site")
    assert await LastIssueStore(store, lambda: now + LIFETIME).last(alice, HERE) is None
    await store.close()


async def test_another_replica_knows_it_before_anybody_can_type(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    store, alice, written = EmbeddedStore(tmp_path / "store"), Person("tenant", "alice"), asyncio.Event()
    await store.open()
    put_all = store.put_all

    async def telling(*place: Any, **what: Any) -> None:
        await put_all(*place, **what)
        written.set()

    monkeypatch.setattr(store, "put_all", telling)
    first, second = LastIssueStore(store), LastIssueStore(store)
    writing = asyncio.create_task(first.run())
    await asyncio.sleep(0)  # it has begun
    first.remember(alice, HERE, "DEMO-1", "site")
    async with asyncio.timeout(0.5):
        await written.wait()
    found = await second.last(alice, HERE)
    assert found is not None
    assert found.issue == "DEMO-1"
    writing.cancel()
    await asyncio.wait({writing})
    await store.close()
