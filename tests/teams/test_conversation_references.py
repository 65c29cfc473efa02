"""F37 with replicas: where a conversation is reached, whichever of them heard of it last."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.chat.identity import Conversation, Person, Scope
from bot.chat.reference_keys import TABLE, person_key
from bot.storage.embedded import EmbeddedStore
from bot.teams.conversation_references import ConversationReferences

CHAT = Conversation("a:chat", Scope.PERSONAL, "tenant", "https://smba.example/emea/", "28:bot", language="de")
ANN = Person("tenant", "ann")


@pytest.fixture
async def replicas(tmp_path: Path) -> AsyncIterator[tuple[ConversationReferences, ConversationReferences]]:
    """Two, over one store; both have met Ann in her chat."""
    store = EmbeddedStore(tmp_path / "store")
    await store.open()
    both = ConversationReferences(store), ConversationReferences(store)
    for one in both:
        await one.remember(CHAT, ANN)
    yield both
    await store.close()


async def test_what_is_stored_already_is_not_written_again(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store")
    await store.open()

    async def versions() -> list[int]:
        return [row.version for row in (await store.get_all(TABLE, [CHAT.key, person_key(ANN)])).values()]

    for _ in range(3):  # each as after a restart
        await ConversationReferences(store).remember(CHAT, ANN)
    assert await versions() == [1, 1]
    await ConversationReferences(store).remember(replace(CHAT, service_url="https://smba.example/amer/"), ANN)
    assert await versions() == [2, 2]
    await store.close()


async def test_f37_an_address_that_another_replica_has_heard_of_is_used(
    replicas: tuple[ConversationReferences, ConversationReferences],
) -> None:
    mine, other = replicas
    moved = replace(CHAT, service_url="https://smba.example/amer/")
    await other.remember(moved, ANN)
    assert await mine.latest(CHAT) == moved


async def test_f37_a_chat_that_another_replica_saw_end_can_begin_again(
    replicas: tuple[ConversationReferences, ConversationReferences],
) -> None:
    mine, other = replicas
    await other.forget(CHAT, ANN)
    await mine.remember(CHAT, ANN, force=True)
    assert await other.personal(ANN) == CHAT


async def test_an_activity_that_names_no_team_leaves_the_channel_in_its_team(
    replicas: tuple[ConversationReferences, ConversationReferences],
) -> None:
    mine, other = replicas
    channel = replace(CHAT, id="19:1@thread.tacv2", scope=Scope.CHANNEL, team="19:team@thread.tacv2")
    await mine.remember(channel)
    await mine.remember(replace(channel, team="", service_url="https://smba.example/amer/"))
    assert await other.latest(channel) == replace(channel, service_url="https://smba.example/amer/")
