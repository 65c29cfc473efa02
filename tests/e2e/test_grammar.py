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


def test_each_name_of_a_command_has_a_row() -> None:
    played = {leading_name(row.text.casefold()) for row in ROWS if isinstance(row, Typed)}
    assert [name for name in NAMES if name not in played] == []


def test_each_button_has_a_row() -> None:
    played = {verb_of(row) for row in ROWS}
    assert [verb for verb in VERBS if verb not in played] == []


def leading_name(text: str) -> str:
    """Find the longest name of a command that a text starts with."""
    return max((n for n in NAMES if re.match(rf"{re.escape(n)}(?!\w)", text)), key=len, default="")


def verb_of(row: Row) -> str:
    """Name the button of a row; a client presses one by itself when it asks for choices."""
    if isinstance(row, Pressed | Sent):
        return row.verb
    return "form.choices" if isinstance(row, Sought) else ""
