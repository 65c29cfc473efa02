"""The table of the grammar, played; and that nothing that can be typed or pressed is missing from it."""

from __future__ import annotations

import re

import pytest

from bot.commands.registry import BUTTONS, COMMANDS
from tests.support.commands.grammar_player import play
from tests.support.commands.grammar_rows import Pressed, Row, Sent, Sought, Typed
from tests.support.commands.grammar_table import CHAPTERS
from tests.support.world import World

ROWS = [row for chapter in CHAPTERS.values() for row in chapter.rows]
NAMES = sorted(name for command in COMMANDS for name in command.names)
VERBS = sorted(BUTTONS)


@pytest.mark.parametrize("chapter", CHAPTERS)
async def test_chapter(world: World, chapter: str, subtests: pytest.Subtests) -> None:
    await play(world, CHAPTERS[chapter], subtests)


@pytest.mark.parametrize("name", NAMES)
def test_name_of_a_command_has_a_row(name: str) -> None:
    assert name in {leading_name(row.text.casefold()) for row in ROWS if isinstance(row, Typed)}


@pytest.mark.parametrize("verb", VERBS)
def test_button_has_a_row(verb: str) -> None:
    assert verb in {verb_of(row) for row in ROWS}


def leading_name(text: str) -> str:
    """Find the longest name of a command that a text starts with."""
    return max((n for n in NAMES if re.match(rf"{re.escape(n)}(?!\w)", text)), key=len, default="")


def verb_of(row: Row) -> str:
    """Name the button of a row; a client presses one by itself when it asks for choices."""
    if isinstance(row, Pressed | Sent):
        return row.verb
    return "form.choices" if isinstance(row, Sought) else ""
