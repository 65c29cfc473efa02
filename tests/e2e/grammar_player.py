"""Plays rows of the table in a world, as people do: type, press what was seen, look at the answer."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from sandbox.teams_cards import actions, words
from tests.e2e.grammar_table import Chapter, Happened, Pressed, Row, Sought, Typed
from tests.world import World

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

    async def _type(self, row: Typed) -> str:
        teams = self._world.teams
        teams.people += [person for person in row.mentions if person not in teams.people]
        async with teams.expecting(row.chat) as got:
            text = row.text.replace("{site}", self._world.sandbox.site.url)
            answer = await teams.say(row.user, row.chat, text, mentions=row.mentions)
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
        asked = {"queryText": row.words, "queryOptions": {"skip": 0, "top": 15}, "dataset": query["dataset"]}
        answer = await self._world.teams.invoke(row.user, row.chat, "application/search", asked)
        return words(answer.body)

    async def _happen(self, row: Happened) -> str:
        async with self._world.teams.expecting(row.chat) as got:
            self._world.create_issue(row.project, row.summary, by="d@example.com")
        self._seen[row.chat.id] = got[0].id, got[0].card
        return says(got[0].card, got[0].text)


async def play(world: World, chapter: Chapter, subtests: pytest.Subtests) -> None:
    """A chapter from its beginning; each row that shows something else is a failure of its own."""
    for user in chapter.linked:
        await world.link(user)
    player = Player(world)
    for row in chapter.rows:
        with subtests.test(str(row)):
            said = await player.play(row)
            assert row.seen.casefold() in said.casefold(), said


def inputs(node: object) -> Iterator[tuple[str, Json]]:
    """The inputs of a card, with their ids."""
    if isinstance(node, dict):
        if str(node.get("type", "")).startswith("Input."):
            yield str(node["id"]), node
        for part in node.values():
            yield from inputs(part)
    elif isinstance(node, list):
        for part in node:
            yield from inputs(part)


def says(card: object, text: str = "") -> str:
    """All that a message shows, the labels of a form's fields too."""
    labels = " ".join(str(made.get("label", "")) for _, made in inputs(card))
    return " ".join(f"{text} {words(card)} {labels}".split())
