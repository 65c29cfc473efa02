"""Commands: what people can type, each declared above its handler."""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from enum import Enum, auto

from bot.chat.identity import Scope
from bot.commands.context import Context
from bot.commands.errors import SurplusWordsError
from bot.commands.issue_lookup import IssueHandle
from bot.commands.request import Reply
from bot.commands.several import answer_each

Handler = Callable[[Context, str], Awaitable[Reply]]
"""Answers a command with these arguments: the text after the command's name."""
IssueHandler = Callable[[Context, IssueHandle, str], Awaitable[Reply]]
"""Answers a command about an issue; the text is what follows the issue."""

EVERYWHERE = frozenset(Scope)
_NAME = re.compile(r"[a-z]+(?: [a-z]+)*(?= |$)")
_OPTIONAL = re.compile(r" \[.*")
_BARE_ISSUE_USAGE = re.compile(r"[a-z ]+ PROJ-12")


class Takes(Enum):
    """What may follow a command's name, and its issue if it takes one."""

    NOTHING = auto()
    """Any word is answered with `SurplusWordsError`, and nothing is done."""
    WORDS = auto()
    """The handler understands every word, or raises."""
    FIELD = auto()
    """A field of the issue and its value, which is `TEXT` if the field is one of text."""
    TEXT = auto()
    """Text that is used as it was typed: courtesy, question marks and all."""


@dataclass(frozen=True, slots=True)
class Command:
    """A command, from which parsing, help, the manifest's command lists and docs/commands.md are made."""

    name: str
    usage: str
    effect: str
    """One sentence, as the catalogue has it."""
    run: Handler = field(repr=False)
    examples: tuple[str, ...]
    takes: Takes
    aliases: tuple[str, ...] = ()
    where: frozenset[Scope] = EVERYWHERE
    takes_issue: bool = False
    """Whether its first argument is an issue, so that `PROJ-12 comment …` means `comment PROJ-12 …`."""
    takes_people: bool = False
    """Whether it needs to know who is @mentioned; any other command gets the names in its text."""
    read_only: bool = False
    """Whether it changes nothing: it may run when Teams delivers a message twice, and for a question."""
    writes_words: bool = False
    """Whether some of its words go to Jira as they were typed, although it does not take text."""

    @property
    def verbatim(self) -> bool:
        """Whether it gets its arguments as they were written, with characters that nobody sees."""
        return self.writes_words or self.takes in (Takes.TEXT, Takes.FIELD)

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
    takes: Takes | None = None,
    takes_people: bool = False,
    read_only: bool = False,
    writes_words: bool = False,
) -> Callable[[Handler], Command]:
    """Declare a command above its handler.

    Unless given, its name is the lower-case words that `usage` begins with, its example is `usage` up to the
    first optional part, and it takes words if there are any in `usage` after its name. `effect` must be marked for
    translation.
    """
    name = name or _name(usage)
    takes = takes or (Takes.NOTHING if usage == name else Takes.WORDS)

    def declare(handler: Handler) -> Command:
        async def run(ctx: Context, arguments: str) -> Reply:
            if takes is Takes.NOTHING and arguments:
                raise SurplusWordsError(name, arguments)
            return await handler(ctx, arguments)

        return Command(
            name,
            usage,
            effect,
            run,
            examples or (_OPTIONAL.sub("", usage),),
            takes,
            aliases,
            where,
            takes_people=takes_people,
            read_only=read_only,
            writes_words=writes_words,
        )

    return declare


def issue_command(
    usage: str,
    effect: str,
    *,
    examples: tuple[str, ...] = (),
    aliases: tuple[str, ...] = (),
    takes: Takes | None = None,
    takes_people: bool = False,
    read_only: bool = False,
    several: bool = False,
    writes_words: bool = False,
) -> Callable[[IssueHandler], Command]:
    """Declare a command whose first argument is an issue, above a handler that gets this issue.

    With `several`, its first arguments may be several issues: the handler then runs for each of them.
    """
    name = _name(usage)
    takes = takes or (Takes.NOTHING if _BARE_ISSUE_USAGE.fullmatch(usage) else Takes.WORDS)

    def declare(handler: IssueHandler) -> Command:
        async def run(ctx: Context, arguments: str) -> Reply:
            issue, text = await ctx.issues.parse(arguments)
            others, rest = await ctx.issues.parse_others(issue, text) if several else ([], text)
            if takes is Takes.NOTHING and rest:
                raise SurplusWordsError(name, rest)
            if not others:
                return await handler(ctx, issue, rest)
            return await answer_each([issue, *others], lambda each: handler(ctx, each, rest))

        return Command(
            name,
            usage,
            effect,
            run,
            examples or (_OPTIONAL.sub("", usage),),
            takes,
            aliases,
            takes_issue=True,
            takes_people=takes_people,
            read_only=read_only,
            writes_words=writes_words,
        )

    return declare


def _name(usage: str) -> str:
    words = _NAME.match(usage)
    if words is None:
        raise ValueError(f"“{usage}” does not begin with a command's name")
    return words.group()
