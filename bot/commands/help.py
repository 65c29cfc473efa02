"""help: what can be asked, made from the same table that the text is parsed with."""

from __future__ import annotations

from bot.commands.grammar import Command
from bot.commands.model import Reply
from bot.commands.turn import Turn
from cards.help import CommandHelp, help_card, suggestions_card


async def help_(turn: Turn, arguments: str) -> Reply:
    """All commands that work here, or one of them in full."""
    grammar = turn.services.grammar
    if arguments:
        command = grammar.find(arguments)
        if command is None:
            return not_understood(arguments, grammar.nearest(arguments))
        return Reply(card=help_card([described(command)]), summary=f"Help on {command.name}")
    here = [c for c in grammar.commands if turn.request.conversation.scope in c.where]
    return Reply(card=help_card([described(c) for c in here]), summary="What you can ask")


def not_understood(text: str, nearest: tuple[str, ...]) -> Reply:
    """The nearest commands as buttons."""
    return Reply(card=suggestions_card(text, nearest), summary="I did not understand that")


def described(command: Command) -> CommandHelp:
    """A row of the grammar as a row of the help card."""
    return CommandHelp(command.name, command.usage, command.effect, command.examples)


COMMANDS = (
    Command("help", "help [command]", "What you can ask.", help_, ("help", "help move"), ("?", "hi", "hello")),
)
