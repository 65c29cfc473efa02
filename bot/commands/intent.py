"""What a text or a press asks for: read once a turn, before it is known whether it is carried out. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from bot.commands.parser import NotUnderstood, ParsedCommand, Parser, SmallTalk
from bot.commands.registry import BUTTONS
from bot.commands.typed_text import MAX_TEXT, TypedText, read_typed


@dataclass(frozen=True, slots=True)
class Intent:
    """What is asked for. A press has no text; what it does is known by its verb and its signed data."""

    only_reads: bool
    """Whether it changes nothing, so that it may be carried out twice."""
    typed: TypedText | None = None
    """The text; None of a press, and if it is longer than `MAX_TEXT`. So is `parsed`."""
    parsed: ParsedCommand | NotUnderstood | SmallTalk | None = None


def read_text(text: str, parser: Parser) -> Intent:
    """Read a typed text. A mention of the bot alone, or a picture, asks what it can do."""
    if len(text) > MAX_TEXT:
        return Intent(only_reads=True)
    typed = read_typed(text)
    parsed = parser.parse(typed.understood or "help")
    return Intent(not isinstance(parsed, ParsedCommand) or parsed.command.read_only, typed, parsed)


def read_press(verb: str) -> Intent:
    """Read the press of a button with this verb."""
    return Intent(only_reads=verb in BUTTONS and BUTTONS[verb].read_only)
