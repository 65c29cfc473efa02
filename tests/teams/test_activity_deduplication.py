"""Teams sends an activity again when its answer was late or lost: it is carried out once, on whichever replica."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.commands.request import Reply
from bot.storage.embedded import EmbeddedStore
from bot.teams.activities import parse
from bot.teams.activity_deduplication import ActivityDeduplicator
from sandbox.teams import ALICE, CHANNEL, Answer, Json, personal
from tests.support.teams import Edge, running_edge

CHAT = personal(ALICE)


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[EmbeddedStore]:
    shared = EmbeddedStore(tmp_path / "shared")
    await shared.open()
    yield shared
    await shared.close()


@pytest.fixture
async def replicas(tmp_path: Path, store: EmbeddedStore) -> AsyncIterator[tuple[Edge, Edge]]:
    async with running_edge(tmp_path, store=store) as one, running_edge(tmp_path, store=store) as other:
        yield one, other


def typed(edge: Edge) -> Json:
    return edge.teams.activity(ALICE, CHAT, "message", text="comment DEMO-1 hello", entities=[])


def pressed(edge: Edge) -> Json:
    action = {"type": "Action.Execute", "verb": "issue.watch", "data": {"issue": "DEMO-1"}}
    value = {"action": action, "trigger": "manual"}
    return edge.teams.activity(ALICE, CHANNEL, "invoke", name="adaptiveCard/action", value=value, replyToId="1")


async def post(edge: Edge, activity: Json) -> Answer:
    return await edge.teams.post({**activity, "serviceUrl": edge.teams.service_url})


async def test_a_message_that_is_delivered_four_times_is_carried_out_once(replicas: tuple[Edge, Edge]) -> None:
    one, other = replicas
    message = typed(one)
    answers = [await post(edge, message) for edge in (one, one, other, other)]
    assert [answer.status for answer in answers] == [201] * 4
    assert len(one.dispatcher.asked) + len(other.dispatcher.asked) == 1
    assert len(one.teams.messages(CHAT)) + len(other.teams.messages(CHAT)) == 1


async def test_another_message_is_carried_out_though_its_id_was_used_before(replicas: tuple[Edge, Edge]) -> None:
    one, other = replicas
    for edge, words in ((one, "hello"), (other, "goodbye"), (one, "goodbye")):
        await post(edge, {**typed(one), "id": "1", "text": f"comment DEMO-1 {words}"})
    assert len(one.dispatcher.asked) + len(other.dispatcher.asked) == 2


async def test_deliveries_at_the_same_time_are_carried_out_once(replicas: tuple[Edge, Edge]) -> None:
    one, other = replicas
    one.dispatcher.gate = other.dispatcher.gate = asyncio.Event()
    message = typed(one)
    sent = [asyncio.create_task(post(edge, message)) for edge in (one, other, one, other)]
    asyncio.get_running_loop().call_later(0.3, one.dispatcher.gate.set)
    assert {(await each).status for each in sent} == {201}
    assert len(one.dispatcher.asked) + len(other.dispatcher.asked) == 1


async def test_a_repeated_press_is_answered_like_the_first_where_that_was_answered(
    replicas: tuple[Edge, Edge],
) -> None:
    one, other = replicas
    one.dispatcher.reply = other.dispatcher.reply = Reply(card={"type": "AdaptiveCard"})
    press = pressed(one)
    first, again, elsewhere = [await post(edge, press) for edge in (one, one, other)]
    assert first.card == again.card == {"type": "AdaptiveCard"}
    assert (elsewhere.status, elsewhere.body["statusCode"]) == (200, 200)
    assert elsewhere.body["value"] == "That's already done."
    assert len(one.dispatcher.asked) + len(other.dispatcher.asked) == 1


async def test_what_only_reads_is_claimed_in_no_store(replicas: tuple[Edge, Edge]) -> None:
    one, other = replicas
    one.dispatcher.reads = other.dispatcher.reads = True
    message = typed(one)
    for edge in (one, one, other):
        await post(edge, message)
    assert (len(one.dispatcher.asked), len(other.dispatcher.asked)) == (1, 1)


async def test_a_text_is_read_once_a_turn(replicas: tuple[Edge, Edge]) -> None:
    """What was read to know whether it writes is what is carried out."""
    one, _ = replicas
    await post(one, typed(one))
    [read] = one.dispatcher.read_as
    [answered] = one.dispatcher.intents
    assert answered is read


async def test_the_same_id_elsewhere_or_of_another_kind_is_no_repetition(replicas: tuple[Edge, Edge]) -> None:
    one, _ = replicas
    message = typed(one)
    await post(one, message)
    await post(one, {**message, "conversation": {"id": "a:other", "conversationType": "personal"}})
    await post(one, {**pressed(one), "id": message["id"]})
    assert len(one.dispatcher.asked) == 3


async def test_views_and_messages_without_an_id_are_answered_each_time(replicas: tuple[Edge, Edge]) -> None:
    one, _ = replicas
    view = pressed(one)
    view["value"] = {**view["value"], "trigger": "automatic"}  # type: ignore[dict-item]
    for activity in (view, {**typed(one), "id": ""}):
        for _ in range(2):
            await post(one, activity)
    assert len(one.dispatcher.asked) == 4


@pytest.mark.parametrize(("ago", "is_first"), [(590.0, False), (601.0, True)])
async def test_an_activity_is_known_for_ten_minutes(
    store: EmbeddedStore, edge: Edge, ago: float, is_first: bool
) -> None:
    activity = parse(typed(edge))
    assert await ActivityDeduplicator(store, lambda: time.time() - ago).is_first(activity)
    assert await ActivityDeduplicator(store).is_first(activity) is is_first


async def test_without_a_store_people_are_served_all_the_same(store: EmbeddedStore, edge: Edge) -> None:
    await store.close()
    assert await ActivityDeduplicator(store).is_first(parse(typed(edge)))
