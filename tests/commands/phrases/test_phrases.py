"""Plain requests: each phrase of the table is its command, and neither negations nor questions ever write."""

from __future__ import annotations

import pytest

from bot.commands.parser import ParsedCommand
from bot.commands.phrases.listing import heading
from bot.commands.registry import parser
from tests.commands.phrases.meaning import meaning, understood
from tests.support.commands import held_out_english, held_out_german
from tests.support.commands.phrases import PHRASES
from tests.support.commands.statements import STATEMENTS

HELD_OUT = (*held_out_english.PHRASES, *held_out_german.PHRASES)


def writes(text: str) -> bool:
    parsed = parser().parse(text)
    return isinstance(parsed, ParsedCommand) and not parsed.command.read_only


WRITING = [text for text, _ in (*PHRASES, *HELD_OUT) if writes(text)]


@pytest.mark.parametrize(("text", "command"), PHRASES)
def test_phrase_stands_for_its_command(text: str, command: str) -> None:
    assert understood(text) == command


@pytest.mark.parametrize(("text", "expected"), HELD_OUT)
def test_phrase_that_was_held_out(text: str, expected: str) -> None:
    assert meaning(text) == expected


@pytest.mark.parametrize("text", ["close PROJ-3", "take PROJ-3", "my open bugs", "log 2 hours on PROJ-3"])
@pytest.mark.parametrize("around", ["hi, {}", "{}, thanks!", "could you please {}?", "Hello bot! {} please"])
def test_courtesy_changes_no_meaning(text: str, around: str) -> None:
    assert understood(around.format(text)) == understood(text)


@pytest.mark.parametrize(
    "around",
    [
        *["don't {}", "do not {}", "never {}", "please don't {}", "should I {}?", "why {}?"],
        *["warum {}?", "bitte nicht: {}"],
    ],
)
def test_negations_and_questions_never_write(around: str) -> None:
    assert [text for text in WRITING if writes(around.format(text))] == []


@pytest.mark.parametrize("text", STATEMENTS)
def test_statement_never_writes(text: str) -> None:
    assert not writes(text)


@pytest.mark.parametrize(
    "text", ["what can you do?", "tell me a joke", "the weather is nice", "I love this", "lol"]
)
def test_small_talk_is_offered_nothing_that_writes(text: str) -> None:
    offered = [parser().parse(suggestion) for suggestion in parser().nearest(text)]
    assert all(isinstance(parsed, ParsedCommand) and parsed.command.read_only for parsed in offered)
    assert len(set(parser().nearest(text))) == len(parser().nearest(text))


def test_a_text_is_kept_as_it_was_typed() -> None:
    text = "comment on PROJ-3: {key}  two  spaces\nand a line\u200d"
    assert understood(text) == "comment PROJ-3 {key}  two  spaces\nand a line\u200d"


@pytest.mark.parametrize(
    ("words", "title"),
    [
        ("are the open bugs in DEMO", "Open bugs in DEMO"),
        ("my open bugs", "My open bugs"),
        ("overdue in PROJ?", "Overdue in PROJ"),
        ("sind offene Tickets in DEMO", "Offene Tickets in DEMO"),
        ("the", "The"),
    ],
)
def test_heading_of_a_list_is_what_was_asked_for(words: str, title: str) -> None:
    assert heading(words) == title
