"""help: what people can ask."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from bot.accounts.model import NotConnectedError
from bot.commands.command import Command, command
from bot.commands.context import Context
from bot.commands.parser import Parser
from bot.commands.phrases.small_talk import Talk
from bot.commands.request import Reply
from bot.language import mark, tr
from bot.storage.base import StoreError
from cards.help import CommandHelp, HelpGroup, Suggestion, command_card, help_card, suggestions_card
from cards.messages import message_card

SUGGESTIONS: Mapping[str, str] = {
    "mine": mark("My open issues"),
    "recent": mark("Recently viewed"),
    "create": mark("Create an issue"),
    "filter": mark("Saved filters"),
    "notify": mark("Notifications"),
    "subscriptions": mark("Subscriptions"),
}
"""Commands that change nothing as they stand here, in the order in which they are offered."""

_ANSWER = mark("OK. Type “help” to see what I can do.")
_SMALL_TALK: Mapping[Talk, str] = {
    Talk.ABOUT_BOT: mark("I'm a bot that works in Jira for you. Type “help” to see what I can do."),
    Talk.ONLY_IN_JIRA: mark(
        "I can't do that here. Open the issue in Jira to attach files, or to delete, clone or export it."
    ),
    Talk.LANGUAGE: mark("I answer in the language that your Teams is set to, if that's English or German."),
    Talk.UNDO: mark(
        "I can't undo changes. Open the issue and change it back; its history in Jira shows what it was."
    ),
}
_CHANGE = mark("Change")
GROUPS: Mapping[str, tuple[str, ...]] = {
    mark("Find"): ("show", "mine", "reported", "watched", "recent", "list", "search", "jql", "filter", "issues"),
    _CHANGE: (),
    mark("Create"): ("create", "comment", "log", "link"),
    mark("Notify"): ("notify", "subscribe", "subscriptions", "unsubscribe", "pause", "resume", "watch", "unwatch"),
    mark("Account"): ("connect", "disconnect", "whoami", "site", "invite", "help"),
}
"""The groups of the overview, and the commands in them. A command that is in none of them changes an issue."""


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
            return await _overview(ctx, parser().commands)
        named = parser().find(arguments)
        if named is None:
            return not_understood(arguments, parser().nearest(arguments))
        return Reply(card=command_card(_explain(named)), summary=tr("Help on {command}", command=named.name))

    return show_help


def answer_small_talk(talk: Talk, suggestions: Sequence[str]) -> Reply:
    """Answer in a few words who asked for nothing that the bot does. The suggestions become buttons."""
    if talk is Talk.THANKS:
        return Reply(text=tr("You're welcome."))
    words = tr(_SMALL_TALK.get(talk, _ANSWER))
    return Reply(card=message_card(words, suggestions=suggestions), summary=words)


def not_understood(text: str, nearest: tuple[str, ...]) -> Reply:
    """Suggest the nearest commands as buttons."""
    return Reply(card=suggestions_card(text, nearest), summary=tr("I didn't understand that"))


def group_of(each: Command) -> str:
    """Return the title of the group that a command is in."""
    return next((title for title, names in GROUPS.items() if each.name in names), _CHANGE)


async def _overview(ctx: Context, commands: Sequence[Command]) -> Reply:
    scope = ctx.request.conversation.scope
    usable = [each for each in commands if scope in each.where]
    names = {each.name for each in usable}
    card = help_card(
        [HelpGroup(tr(title), [_explain(each) for each in usable if group_of(each) == title]) for title in GROUPS],
        [Suggestion(tr(title), name) for name, title in SUGGESTIONS.items() if name in names],
        scope=scope.value,
        sign=ctx.sign,
        offer_link=not await _may_be_linked(ctx),
    )
    return Reply(card=card, summary=tr("What you can do"))


async def _may_be_linked(ctx: Context) -> bool:
    """Return whether the person is linked, and True if that cannot be known now: help needs no store."""
    try:
        await ctx.session.account()
    except NotConnectedError:
        return False
    except StoreError:
        return True
    return True


def _explain(each: Command) -> CommandHelp:
    return CommandHelp(each.name, each.usage, tr(each.effect), each.examples)
