"""help: what can be asked, made from the same table that the text is parsed with."""

from __future__ import annotations

from collections.abc import Callable

from bot.commands.context import Context
from bot.commands.parser import Command, Parser
from bot.commands.request import Reply
from bot.language import mark, tr
from cards.help import CommandHelp, help_card, suggestions_card


def helping(parser: Callable[[], Parser]) -> Command:
    """The command, for the parser that it will itself be part of."""

    async def run(ctx: Context, arguments: str) -> Reply:
        """All commands that work here, or one of them in full."""
        table = parser()
        if arguments:
            command = table.find(arguments)
            if command is None:
                return not_understood(arguments, table.nearest(arguments))
            return Reply(
                card=help_card([described(command)]), summary=tr("Help on {command}", command=command.name)
            )
        here = [c for c in table.commands if ctx.request.conversation.scope in c.where]
        return Reply(card=help_card([described(c) for c in here]), summary=tr("What you can ask"))

    examples, aliases = ("help", "help move"), ("?", "hi", "hello", "hilfe")
    return Command("help", "help [command]", mark("What you can ask."), run, examples, aliases)


def not_understood(text: str, nearest: tuple[str, ...]) -> Reply:
    """The nearest commands as buttons."""
    return Reply(card=suggestions_card(text, nearest), summary=tr("I did not understand that"))


def described(command: Command) -> CommandHelp:
    """A row of the grammar as a row of the help card."""
    return CommandHelp(command.name, command.usage, tr(command.effect), command.examples)
