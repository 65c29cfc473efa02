"""Under load a request is refused before it begins, in the form of its kind, and is not carried out afterwards."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from bot.runtime.load_shedding import TARGETS, LoadShedder, Work
from bot.storage.base import Row
from bot.storage.embedded import EmbeddedStore
from bot.teams.adapter import MANY_TURNS
from bot.teams.responder import BUSY
from sandbox.teams import ALICE, BOB, CHANNEL, Json, personal
from tests.support.teams import Edge, EdgeMaker

CHAT = personal(ALICE)
ACTION = {"action": {"type": "Action.Execute", "verb": "issue.watch", "data": {"issue": "DEMO-1"}}}
CARD = {"data": {"verb": "form.submit"}}
TEXT = {"statusCode": 200, "type": "application/vnd.microsoft.activity.message", "value": BUSY}
DIALOG = {"task": {"type": "message", "value": BUSY}}
SEARCH = {"composeExtension": {"type": "message", "text": BUSY}}


class WatchedStore(EmbeddedStore):
    """Notes each record that is asked for or written."""

    def __init__(self, folder: Path) -> None:
        super().__init__(folder)
        self.touched: list[str] = []

    async def get(self, table: str, key: str) -> Row | None:
        self.touched.append(table)
        return await super().get(table, key)

    async def put(self, table: str, *arguments: object, **more: object) -> Row:
        self.touched.append(table)
        return await super().put(table, *arguments, **more)  # type: ignore[arg-type]

    async def replace(self, table: str, *arguments: object, **more: object) -> Row | None:
        self.touched.append(table)
        return await super().replace(table, *arguments, **more)  # type: ignore[arg-type]


def overloaded() -> LoadShedder:
    load = LoadShedder()
    for _ in range(10):
        load.adjust(60.0)
    return load


def recover(load: LoadShedder) -> None:
    for _ in range(10):
        load.adjust(0.0)


def typed(edge: Edge, text: str) -> Json:
    return edge.teams.activity(ALICE, CHAT, "message", text=text, entities=[])


@pytest.mark.parametrize("chat", [CHAT, CHANNEL])
async def test_a_message_is_refused_in_a_sentence_where_it_was_written_without_a_look_at_the_store(
    tmp_path: Path, make_edge: EdgeMaker, chat: object
) -> None:
    store = WatchedStore(tmp_path / "watched")
    await store.open()
    edge = await make_edge(load=overloaded(), store=store)
    answer = await edge.teams.say(ALICE, chat, "comment DEMO-1 hello")  # type: ignore[arg-type]
    [posted] = edge.teams.messages(chat)  # type: ignore[arg-type]
    assert (answer.status, posted.text) == (201, BUSY)
    assert (edge.dispatcher.asked, store.touched) == ([], [])
    await store.close()


@pytest.mark.parametrize(
    ("name", "value", "body"),
    [
        ("adaptiveCard/action", {**ACTION, "trigger": "manual"}, TEXT),
        ("task/fetch", CARD, DIALOG),
        ("task/submit", CARD, DIALOG),
        ("composeExtension/fetchTask", {"commandId": "create"}, DIALOG),
        ("composeExtension/submitAction", CARD, DIALOG),
        ("composeExtension/query", {"parameters": [{"name": "query", "value": "demo"}]}, SEARCH),
        ("composeExtension/queryLink", {"url": "https://acme.atlassian.net/browse/DEMO-1"}, SEARCH),
    ],
)
async def test_an_invoke_is_refused_in_the_form_of_its_kind(
    make_edge: EdgeMaker, name: str, value: dict[str, object], body: dict[str, object]
) -> None:
    edge = await make_edge(load=overloaded())
    answer = await edge.teams.invoke(ALICE, CHANNEL, name, value, reply_to="1")
    assert (answer.status, answer.body) == (200, body)
    assert edge.dispatcher.asked == []
    assert edge.teams.messages(CHANNEL) == []


async def test_who_has_several_requests_under_way_is_refused_before_others(make_edge: EdgeMaker) -> None:
    load = LoadShedder()
    edge = await make_edge(load=load, acknowledge_after=0.1)
    edge.dispatcher.gate = asyncio.Event()
    for _ in range(MANY_TURNS):
        await edge.teams.say(ALICE, CHAT, "mine")
    for _ in range(TARGETS[Work.FURTHER_REQUEST].windows):
        load.adjust(60.0)
    await edge.teams.say(ALICE, CHAT, "mine")
    assert [posted.text for posted in edge.teams.messages(CHAT)] == [BUSY]
    async with edge.teams.expecting(personal(BOB), lambda posted: posted.text == "ok"):
        await edge.teams.say(BOB, personal(BOB), "mine")
        edge.dispatcher.gate.set()
    await edge.teams.next(CHAT, lambda _: len(edge.teams.messages(CHAT)) == 1 + MANY_TURNS)
    await edge.teams.say(ALICE, CHAT, "mine")
    assert edge.teams.messages(CHAT)[-1].text == "ok"


async def test_a_client_that_asks_for_its_own_view_keeps_its_card(make_edge: EdgeMaker) -> None:
    load = LoadShedder()
    load.adjust(60.0)  # so far only what nobody waits for is refused
    edge = await make_edge(load=load)
    asked = {**ACTION, "trigger": "automatic"}
    answers = [await edge.teams.invoke(ALICE, CHANNEL, "adaptiveCard/action", asked, reply_to="1") for _ in "12"]
    assert [answer.body["type"] for answer in answers] == ["application/vnd.microsoft.error"] * 2
    answer = await edge.teams.say(ALICE, CHAT, "mine")
    assert (answer.status, len(edge.dispatcher.asked)) == (201, 1)


async def test_what_was_refused_is_not_carried_out_when_teams_repeats_it_but_when_the_person_does(
    make_edge: EdgeMaker,
) -> None:
    load = overloaded()
    edge = await make_edge(load=load)
    message = typed(edge, "comment DEMO-1 hello")
    await edge.teams.post(message)
    recover(load)
    await edge.teams.post(message)
    assert [posted.text for posted in edge.teams.messages(CHAT)] == [BUSY]
    assert edge.dispatcher.asked == []
    await edge.teams.post(typed(edge, "comment DEMO-1 hello"))
    assert len(edge.dispatcher.asked) == 1


async def test_a_turn_that_has_begun_answers_its_repetition(make_edge: EdgeMaker) -> None:
    load = LoadShedder()
    edge = await make_edge(load=load)
    message = typed(edge, "comment DEMO-1 hello")
    await edge.teams.post(message)
    for _ in range(10):
        load.adjust(60.0)
    await edge.teams.post(message)
    assert [posted.text for posted in edge.teams.messages(CHAT)] == ["ok"]


async def test_an_installation_is_never_refused(make_edge: EdgeMaker) -> None:
    edge = await make_edge(load=overloaded())
    answer = await edge.teams.install(ALICE, CHAT)
    assert answer.status == 201
    assert [posted.text for posted in edge.teams.messages(CHAT)] == ["hello"]
