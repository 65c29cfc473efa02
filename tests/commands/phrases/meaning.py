"""What a text is understood as: a command, or the query of a list."""

from __future__ import annotations

from datetime import date

from bot.commands.parser import ParsedCommand
from bot.commands.phrases.issue_list.parser import parse_listing
from bot.commands.registry import parser

TODAY = date(2026, 5, 13)
"""A Wednesday."""


def understood(text: str) -> str:
    """Return the command that a text is understood as; empty if none."""
    parsed = parser().parse(text)
    return f"{parsed.command.name} {parsed.arguments}".strip() if isinstance(parsed, ParsedCommand) else ""


def query(text: str) -> str:
    """Return the JQL of a list with its order, or the command; empty if nothing is understood."""
    parsed = parser().parse(text)
    if not isinstance(parsed, ParsedCommand) or parsed.command.name != "list":
        return understood(text)
    return f"{meaning(text)} ORDER BY {parse_listing(parsed.arguments, TODAY).order}"


def meaning(text: str) -> str:
    """Return the command, or the JQL of a list, in which people stand as they were named."""
    parsed = parser().parse(text)
    if not isinstance(parsed, ParsedCommand) or parsed.command.name != "list":
        return understood(text)
    listing = parse_listing(parsed.arguments, TODAY)
    people = (person.condition(person.names) for person in listing.people)
    return " AND ".join((*listing.conditions, *people))
