"""help: what can be asked, made from the same table that the text is parsed with."""

from __future__ import annotations

from collections.abc import Callable

from bot.commands.grammar import Command, Grammar
from bot.commands.model import Reply
from bot.commands.turn import Turn
from cards.help import CommandHelp, help_card, suggestions_card


def helping(grammar: Callable[[], Grammar]) -> Command:
    """The command, for the grammar that it will itself be part of."""

    async def run(turn: Turn, arguments: str) -> Reply:
        """All commands that work here, or one of them in full."""
        table = grammar()
        if arguments:
            command = table.find(arguments)
            if command is None:
                return not_understood(arguments, table.nearest(arguments))
            return Reply(card=help_card([described(command)]), summary=f"Help on {command.name}")
        here = [c for c in table.commands if turn.request.conversation.scope in c.where]
        return Reply(card=help_card([described(c) for c in here]), summary="What you can ask")

    return Command("help", "help [command]", "What you can ask.", run, ("help", "help move"), ("?", "hi", "hello"))


def not_understood(text: str, nearest: tuple[str, ...]) -> Reply:
    """The nearest commands as buttons."""
    return Reply(card=suggestions_card(text, nearest), summary="I did not understand that")


def described(command: Command) -> CommandHelp:
    """A row of the grammar as a row of the help card."""
    return CommandHelp(command.name, command.usage, command.effect, command.examples)
