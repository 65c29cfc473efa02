"""Commands: what people can type, each declared above its handler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field, replace

from bot.chat.identity import Scope
from bot.commands.context import Context
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply

Handler = Callable[[Context, str], Awaitable[Reply]]
"""Answers a command with these arguments: the text after the command's name."""
IssueHandler = Callable[[Context, IssueHandle, str], Awaitable[Reply]]
"""Answers a command about an issue; the text is what follows the issue."""

EVERYWHERE = frozenset(Scope)
_NAME = re.compile(r"[a-z]+(?: [a-z]+)*(?= |$)")
_OPTIONAL = re.compile(r" \[.*")


@dataclass(frozen=True, slots=True)
class Command:
    """A command, from which parsing, help, the manifest's command lists and docs/commands.md are made."""

    name: str
    usage: str
    effect: str
    """One sentence, as the catalogue has it."""
    run: Handler = field(repr=False)
    examples: tuple[str, ...]
    aliases: tuple[str, ...] = ()
    where: frozenset[Scope] = EVERYWHERE
    takes_issue: bool = False
    """Whether its first argument is an issue, so that `PROJ-12 comment …` means `comment PROJ-12 …`."""
    takes_people: bool = False
    """Whether it needs to know who is @mentioned; any other command gets the names in its text."""
    read_only: bool = False
    """Whether it changes nothing, so that it does no harm when Teams delivers a message twice."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names it answers to."""
        return (self.name, *self.aliases)


def command(
    usage: str,
    effect: str,
    *,
    name: str = "",
    examples: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    where: frozenset[Scope] = EVERYWHERE,
    takes_people: bool = False,
    read_only: bool = False,
) -> Callable[[Handler], Command]:
    """Declare a command above its handler.

    Unless given, its name is the lower-case words that `usage` begins with, and its example is `usage` up to the
    first optional part. `effect` must be marked for translation.
    """
    examples = examples or (_OPTIONAL.sub("", usage),)
    return lambda handler: Command(
        name or _name(usage),
        usage,
        effect,
        handler,
        examples,
        aliases,
        where,
        takes_people=takes_people,
        read_only=read_only,
    )


def issue_command(
    usage: str,
    effect: str,
    *,
    examples: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    takes_people: bool = False,
    read_only: bool = False,
) -> Callable[[IssueHandler], Command]:
    """Declare a command whose first argument is an issue, above a handler that gets this issue."""

    def declare(handler: IssueHandler) -> Command:
        async def run(ctx: Context, arguments: str) -> Reply:
            issue, text = await ctx.issues.parse(arguments)
            return await handler(ctx, issue, text)

        declared = command(usage, effect, examples=examples, aliases=aliases, takes_people=takes_people)(run)
        return replace(declared, takes_issue=True, read_only=read_only)

    return declare


def _name(usage: str) -> str:
    words = _NAME.match(usage)
    if words is None:
        raise ValueError(f"“{usage}” does not begin with a command's name")
    return words.group()
