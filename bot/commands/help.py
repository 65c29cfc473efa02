"""help: what people can ask."""

from __future__ import annotations

from collections.abc import Callable

from bot.commands.command import Command, command
from bot.commands.context import Context
from bot.commands.parser import Parser
from bot.commands.request import Reply
from bot.language import mark, tr
from cards.help import CommandHelp, help_card, suggestions_card


def help_command(parser: Callable[[], Parser]) -> Command:
    """Make the help command. The parser is asked for later, because it contains this command."""

    @command(
        "help [command]",
        mark("Show what you can do."),
        examples=("help", "help move"),
        aliases=("?", "hi", "hello", "hilfe"),
        read_only=True,
    )
    async def show_help(ctx: Context, arguments: str) -> Reply:
        """List the commands that work here, or explain one."""
        if not arguments:
            scope = ctx.request.conversation.scope
            commands = [_explain(each) for each in parser().commands if scope in each.where]
            return Reply(card=help_card(commands), summary=tr("What you can do"))
        named = parser().find(arguments)
        if named is None:
            return not_understood(arguments, parser().nearest(arguments))
        return Reply(card=help_card([_explain(named)]), summary=tr("Help on {command}", command=named.name))

    return show_help


def not_understood(text: str, nearest: tuple[str, ...]) -> Reply:
    """Suggest the nearest commands as buttons."""
    return Reply(card=suggestions_card(text, nearest), summary=tr("I didn't understand that"))


def _explain(each: Command) -> CommandHelp:
    return CommandHelp(each.name, each.usage, tr(each.effect), each.examples)
