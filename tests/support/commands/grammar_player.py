"""Plays rows of the table in a world, as people do: type, press what was seen, look at the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.teams import Answer, Chat
from sandbox.teams_cards import actions, links, words
from tests.support.commands.grammar_rows import (
    Begun,
    Chapter,
    Followed,
    Happened,
    Pressed,
    Row,
    Sent,
    Sought,
    Typed,
)
from tests.support.json_path import at
from tests.support.world import World

ADAPTIVE_CARD = "application/vnd.microsoft.card.adaptive"

Json = dict[str, object]


class Player:
    """Remembers, per conversation, the message and the card that were seen last."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._seen: dict[str, tuple[str, Json]] = {}

    async def play(self, row: Row) -> str:
        """Do it; everything that the answer says."""
        match row:
            case Typed():
                return await self._type(row)
            case Pressed():
                return await self._press(row)
            case Sought():
                return await self._seek(row)
            case Happened():
                return await self._happen(row)
            case Begun():
                return await self._begin(row)
            case Sent():
                return await self._send(row)
            case Followed():
                return await self._follow(row)

    async def _type(self, row: Typed) -> str:
        teams = self._world.teams
        teams.people += [person for person in row.mentions if person not in teams.people]
        async with teams.expecting(row.chat) as got:
            text = row.text.replace("{site}", self._world.sandbox.site.url)
            answer = await teams.say(
                row.user, row.chat, text, mentions=row.mentions, files=row.files, pictures=row.pictures
            )
            assert answer.status < 300
        self._seen[row.chat.id] = got[0].id, got[0].card
        return says(got[0].card, got[0].text)

    async def _press(self, row: Pressed) -> str:
        posted, card = self._seen[row.chat.id]
        fitting = [a for a in actions(card, row.verb) if not row.title or str(a["title"]).startswith(row.title)]
        assert fitting, f"no button {row.verb} {row.title}: {words(card)}"
        button = next((a for a in fitting if a["title"] == row.title), fitting[-1])
        there = {name: str(made["value"]) for name, made in inputs(card) if "value" in made}
        answer = await self._world.teams.press(row.user, row.chat, posted, button, {**there, **row.filled})
        assert answer.status == 200
        self._seen[row.chat.id] = posted, answer.card
        return says(answer.card)

    async def _seek(self, row: Sought) -> str:
        _posted, card = self._seen[row.chat.id]
        query = dict(inputs(card))[row.name].get("choices.data")
        assert isinstance(query, dict)
        words_typed = row.words.replace("{site}", self._world.sandbox.site.url)
        asked = {"queryText": words_typed, "queryOptions": {"skip": 0, "top": 15}, "dataset": query["dataset"]}
        answer = await self._world.teams.invoke(row.user, row.chat, "application/search", asked)
        return words(answer.body)

    async def _happen(self, row: Happened) -> str:
        async with self._world.teams.expecting(row.chat) as got:
            self._world.create_issue(row.project, row.summary, by="d@example.com")
        self._seen[row.chat.id] = got[0].id, got[0].card
        return says(got[0].card, got[0].text)

    async def _begin(self, row: Begun) -> str:
        payload = {
            "id": "1700000000000",
            "body": {"contentType": "html", "content": row.message},
            "attachments": list(row.attached),
            "from": {"user": {"displayName": "Bob B"}},
            "linkToMessage": "https://teams.microsoft.com/l/message/19:x/1700000000000",
        }
        value = {"commandId": row.action, "commandContext": "message", "messagePayload": payload}
        answer = await self._world.teams.invoke(row.user, row.chat, "composeExtension/fetchTask", value)
        return self._in_dialog(row.chat, answer)

    async def _send(self, row: Sent) -> str:
        _posted, card = self._seen[row.chat.id]
        data = submit_data(card, row.verb)
        there = {name: str(made["value"]) for name, made in inputs(card) if "value" in made}
        value = {"commandId": row.action, "commandContext": "message", "data": {**data, **there, **row.filled}}
        answer = await self._world.teams.invoke(row.user, row.chat, "composeExtension/submitAction", value)
        return self._in_dialog(row.chat, answer)

    async def _follow(self, row: Followed) -> str:
        _posted, card = self._seen[row.chat.id]
        async with self._world.teams.expecting(row.chat, lambda p: "Jira is connected" in words(p.card)) as got:
            await self._world.follow_url(links(card)[0], row.user)
        self._seen[row.chat.id] = got[0].id, got[0].card
        return says(got[0].card)

    def _in_dialog(self, chat: Chat, answer: Answer) -> str:
        """Return what a dialog shows, or the message that is being written in its place."""
        assert answer.status == 200
        shown = [part for part in parts(answer.body) if part.get("contentType") == ADAPTIVE_CARD]
        cards = [at(part, "content") for part in shown]
        if not cards:
            return words(answer.body)
        self._seen[chat.id] = "", cards[0]
        return says(cards[0])


async def play(world: World, chapter: Chapter, subtests: pytest.Subtests) -> None:
    """Play a chapter from its beginning; each row that shows something else is a failure of its own."""
    if chapter.prepare is not None:
        chapter.prepare(world.sandbox.site)
    for user in chapter.linked:
        await world.link(user)
    player = Player(world)
    for row in chapter.rows:
        with subtests.test(str(row)):
            said = await player.play(row)
            assert row.seen.casefold() in said.casefold(), said


def parts(node: object) -> Iterator[Json]:
    """All objects in a piece of JSON."""
    if isinstance(node, dict):
        yield node
        for part in node.values():
            yield from parts(part)
    elif isinstance(node, list):
        for part in node:
            yield from parts(part)


def submit_data(card: Json, verb: str) -> Json:
    """Find the data of the `Action.Submit` with this verb."""
    found = [part["data"] for part in parts(card) if part.get("type") == "Action.Submit"]
    return next(data for data in found if isinstance(data, dict) and data.get("verb") == verb)


def inputs(node: object) -> Iterator[tuple[str, Json]]:
    """Yield the inputs of a card, with their ids."""
    return ((str(part["id"]), part) for part in parts(node) if str(part.get("type", "")).startswith("Input."))


def says(card: object, text: str = "") -> str:
    """All that a message shows, the labels of a form's fields too."""
    labels = " ".join(str(made.get("label", "")) for _, made in inputs(card))
    return " ".join(f"{text} {words(card)} {labels}".split())
