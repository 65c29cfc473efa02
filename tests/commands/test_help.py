"""The groups of the help, and what it offers to try."""

from __future__ import annotations

from bot.commands.help import GROUPS, SUGGESTIONS, group_of
from bot.commands.parser import ParsedCommand
from bot.commands.registry import COMMANDS, parser


def test_groups_name_commands_that_exist_each_once() -> None:
    named = [name for names in GROUPS.values() for name in names]
    assert len(named) == len(set(named))
    assert set(named) <= {command.name for command in COMMANDS}


def test_what_is_in_no_group_changes_an_issue() -> None:
    rest = [command for command in COMMANDS if group_of(command) == "Change"]
    assert len(rest) > 10
    assert [command.name for command in rest if not command.takes_issue or command.read_only] == []


def test_what_is_offered_to_try_is_understood_without_arguments() -> None:
    for text in SUGGESTIONS:
        parsed = parser().parse(text)
        assert isinstance(parsed, ParsedCommand)
        assert (parsed.command.name, parsed.arguments) == (text, "")
