"""From what a person typed to a command and its arguments: linear in the text's length, never an exception."""

from __future__ import annotations

import difflib
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.chat.identity import Scope
from bot.commands.text_input import QUOTES, Target, as_target, is_it, take_target

if TYPE_CHECKING:
    from bot.commands.context import Context
    from bot.commands.request import Reply

EVERYWHERE = frozenset(Scope)
_POLITE = re.compile(r"\A[\s,:;!]*(?:(?:please|pls|bitte)[\s,]+(?=\S))?", re.IGNORECASE)
"""What stands between the bot's name and the command: `@Jira, please show …`."""
_AND = frozenset({"and", "und", "&", "+", ",", "/"})


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table from which parsing, help, the manifest's command list and the docs are made."""

    name: str
    usage: str
    effect: str
    run: Callable[[Context, str], Awaitable[Reply]] = field(repr=False)
    examples: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    where: frozenset[Scope] = EVERYWHERE
    takes_issue: bool = False
    """Whether its first argument is an issue, so that `PROJ-12 comment …` means `comment PROJ-12 …`."""
    takes_people: bool = False
    """Whether it does something about people who are @mentioned; any other reads their names."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names it answers to."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Found:
    """A command and the rest of the text."""

    command: Command
    arguments: str


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing fits; `nearest` are texts that would, best first."""

    nearest: tuple[str, ...]


class Grammar:
    """Finds the command in a text: whole words, the longest name first, either way round with an issue key."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = tuple(commands)
        self._by_name: Mapping[str, Command] = {n: c for c in commands for n in c.names}
        self._longest = max(n.count(" ") + 1 for n in self._by_name)

    def parse(self, text: str, *, show: Command, move: Command, several: Command) -> Found | NotUnderstood:
        """What to run. A bare issue is shown, several are listed, and an issue with other words is moved."""
        text = _POLITE.sub("", text, count=1)
        found = Found(show, text) if is_it(text) else self._leading_command(text)
        if found:
            listed = found.command is show and _are_issues(found.arguments)
            return Found(several, found.arguments) if listed else found
        target, rest = take_target(text)
        if target is None:
            return NotUnderstood(self.nearest(text))
        if not rest:
            return Found(show, target.text)
        if _are_issues(text):
            return Found(several, text.strip())
        return self._on_issue(target, rest) or Found(move, text.strip())

    def _on_issue(self, target: Target, rest: str) -> Found | None:
        """`PROJ-12 comment …`, or a tie as it is said: `PROJ-12 blocks PROJ-13`."""
        inner = self._leading_command(rest)
        if inner and inner.command.takes_issue:
            return Found(inner.command, f"{target.text} {inner.arguments}".strip())
        tie = self._by_name.get("link")
        return Found(tie, f"{target.text} {rest}") if tie and as_target(rest.rsplit(maxsplit=1)[-1]) else None

    def _leading_command(self, text: str) -> Found | None:
        words = text.split(None, self._longest)
        for count in range(min(self._longest, len(words)), 0, -1):
            name = " ".join(words[:count]).casefold().translate(QUOTES)
            command = self._by_name.get(name) or self._by_name.get(name.rstrip(":,.!?"))
            if command:
                parts = text.split(None, count)
                return Found(command, parts[count].strip() if len(parts) > count else "")
        return None

    def find(self, name: str) -> Command | None:
        """The command that answers to `name`."""
        return self._by_name.get(" ".join(name.casefold().split()))

    def nearest(self, text: str) -> tuple[str, ...]:
        """Up to three texts that the person may have meant."""
        words = text.split(None, 1)
        if not words:
            return ("help",)
        first, rest = words[0].casefold()[:40], words[1] if len(words) > 1 else ""
        close = difflib.get_close_matches(first, self._by_name, n=3, cutoff=0.6)
        # Two letters in each other's place are the likelier slip.
        close.sort(key=lambda name: sorted(name) != sorted(first))
        near = dict.fromkeys(self._by_name[n] for n in close)
        issue = next((t for t in map(as_target, text.split()[:50]) if t), None)
        if issue:
            return (*_about(issue.text, first, rest, [c.name for c in near if c.takes_issue]), "help")
        texts = [f"{command.name} {rest}".strip()[:200] for command in near]
        if not texts and first.isascii() and len(text) <= 200:
            texts = [f"search {' '.join(text.split())}"]
        return (*texts, "help")


def _about(issue: str, first: str, rest: str, near: Sequence[str]) -> tuple[str, ...]:
    """What may be meant by words that name an issue: a command misspelt, a status (`close PROJ-12`), or a look."""
    target, more = take_target(rest)
    commands = [f"{name} {rest}"[:200] for name in near] if target else []
    moves = [f"move {issue} to {first}"] if target and not more and first.isalpha() else []
    return tuple(dict.fromkeys([*commands, *moves, f"show {issue}"]))[:3]


def _are_issues(text: str) -> bool:
    """Whether a text names several issues and nothing else."""
    words = [word for word in text.split()[:50] if word.casefold() not in _AND]
    return len(words) > 1 and all(map(as_target, words))
