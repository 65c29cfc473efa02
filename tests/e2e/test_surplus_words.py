"""No command drops a word that it does not understand: it says which, and Jira is asked to change nothing."""

from __future__ import annotations

from bot.chat.identity import Scope
from bot.commands.command import Command, Takes
from bot.commands.registry import COMMANDS
from sandbox.teams import ALICE, BOB, CHANNEL, personal
from sandbox.teams_cards import words
from tests.support.commands.form_player import writes
from tests.support.rows import Row
from tests.support.world import World

SURPLUS = "qwertz asdfg"
LISTS_OF_WORDS = frozenset({"labels", "label"})
"""Commands for which any word is a value."""
STRICT = [
    command for command in COMMANDS if command.takes is not Takes.TEXT and command.name not in LISTS_OF_WORDS
]


def typed(command: Command) -> str:
    example = command.examples[-1] if command.takes is Takes.NOTHING else command.examples[0]
    text = example.replace("PROJ", "DEMO").replace("DEMO-12", "DEMO-2").replace("DEMO-13", "DEMO-4")
    return f"{text.replace('@Bob', '<at>Bob B</at>')} {SURPLUS}"


async def test_surplus_words_are_named_and_nothing_is_done(world: World, row: Row) -> None:
    await world.link()
    for command in STRICT:
        with row(command.name):
            await surplus_words_do_nothing(world, command)


async def surplus_words_do_nothing(world: World, command: Command) -> None:
    chat = personal(ALICE) if Scope.PERSONAL in command.where else CHANNEL
    issues = str(world.sandbox.site.issues)
    async with world.teams.expecting(chat) as got:
        await world.teams.say(ALICE, chat, typed(command), mentions=(BOB,))
    said = f"{got[0].text} {words(got[0].card)}"
    assert "qwertz" in said.casefold(), said
    assert not writes(world)
    assert str(world.sandbox.site.issues) == issues
    async with world.teams.expecting(personal(ALICE)) as still:
        await world.teams.say(ALICE, personal(ALICE), "whoami")
    assert "Alice Example" in still[0].text
