"""From what a person typed to a command and its arguments: linear in the text's length, never an exception."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from bot.identity import Scope
from bot.jira.models import issue_key

if TYPE_CHECKING:
    from bot.commands.model import Reply
    from bot.commands.turn import Turn

EVERYWHERE = frozenset(Scope)
MAX_TEXT = 32_768
"""Characters of a message that are looked at; Jira's own text fields take 32,767."""

_DROPPED = re.compile(
    "[\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]"
)
_SPACES = str.maketrans({"\u00a0": " ", "\u2007": " ", "\u202f": " ", "\t": " ", "\r": "\n"})
_QUOTES = str.maketrans({"“": '"', "”": '"', "„": '"', "‘": "'", "’": "'", "‚": "'"})
_LINK = re.compile(
    r"(https?://[^\s/<>\"'?#@\\]{1,255})/browse/([A-Za-z][A-Za-z0-9_]{1,9}-[1-9][0-9]{0,9})(?![\w-])[^\s<>\"')\]]*"
)
_MARKDOWN_LINK = re.compile(r"\[[^\[\]\n]{0,200}\]\((https?://[^\s()]{1,2000})\)")


@dataclass(frozen=True, slots=True)
class Command:
    """One row of the table from which parsing, help, the manifest's command list and the docs are made."""

    name: str
    usage: str
    effect: str
    run: Callable[[Turn, str], Awaitable[Reply]] = field(repr=False)
    examples: tuple[str, ...] = ()
    aliases: tuple[str, ...] = ()
    where: frozenset[Scope] = EVERYWHERE
    takes_issue: bool = False
    """Whether its first argument is an issue, so that `PROJ-12 comment …` means `comment PROJ-12 …`."""

    @property
    def names(self) -> tuple[str, ...]:
        """All names it answers to."""
        return (self.name, *self.aliases)


@dataclass(frozen=True, slots=True)
class Target:
    """An issue that was named. `origin` (`https://host`) is set when it was named by a link."""

    key: str
    origin: str = ""

    @property
    def text(self) -> str:
        """It, as it could be typed."""
        return f"{self.origin}/browse/{self.key}" if self.origin else self.key


@dataclass(frozen=True, slots=True)
class Found:
    """A command and the rest of the text."""

    command: Command
    arguments: str


@dataclass(frozen=True, slots=True)
class NotUnderstood:
    """Nothing fits; `nearest` are texts that would, best first."""

    nearest: tuple[str, ...]


def tidy(text: str) -> str:
    """Text as a person meant it: plain spaces, no invisible characters; line breaks and letters are kept."""
    if len(text) < 200 and text.isascii() and text.isprintable() and "&" not in text and "[" not in text:
        return text.strip()
    cut = text[:MAX_TEXT].replace("&nbsp;", " ").translate(_SPACES)
    clean = _DROPPED.sub("", unicodedata.normalize("NFC", cut.encode("utf-8", "replace").decode("utf-8")))
    return _MARKDOWN_LINK.sub(r"\1", clean).strip()


def take_target(text: str) -> tuple[Target | None, str]:
    """The issue that `text` starts with (a key or a Jira link), and the rest."""
    words = text.split(None, 1)
    target = as_target(words[0]) if words else None
    if target is None:
        return None, text.strip()
    return target, words[1].strip() if len(words) > 1 else ""


def as_target(word: str) -> Target | None:
    """A single word as an issue: `PROJ-12`, `proj-12:`, or a link whose path is `/browse/PROJ-12`."""
    link = _LINK.fullmatch(word)
    if link:
        key = issue_key(link.group(2))
        return Target(key, link.group(1).lower()) if key else None
    key = issue_key(word.strip("#,.:;!?()[]"))
    return Target(key) if key else None


class Grammar:
    """Finds the command in a text: whole words, the longest name first, either way round with an issue key."""

    def __init__(self, commands: Sequence[Command]) -> None:
        self.commands = tuple(commands)
        self._by_name: Mapping[str, Command] = {n: c for c in commands for n in c.names}
        self._longest = max(n.count(" ") + 1 for n in self._by_name)

    def parse(self, text: str, *, show: Command, move: Command, several: Command) -> Found | NotUnderstood:
        """What to run. A bare issue is shown, several are listed, and an issue with other words is moved."""
        found = self._leading_command(text)
        if found:
            return found
        target, rest = take_target(text)
        if target is None:
            return NotUnderstood(self.nearest(text))
        if not rest:
            return Found(show, target.text)
        if all(as_target(word) for word in rest.split()[:50]):
            return Found(several, text.strip())
        inner = self._leading_command(rest)
        if inner and inner.command.takes_issue:
            return Found(inner.command, f"{target.text} {inner.arguments}".strip())
        return Found(move, text.strip())

    def _leading_command(self, text: str) -> Found | None:
        words = text.split(None, self._longest)
        for count in range(min(self._longest, len(words)), 0, -1):
            name = " ".join(words[:count]).casefold().translate(_QUOTES).rstrip(":,.!?")
            command = self._by_name.get(name)
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
        names = dict.fromkeys(self._by_name[n].name for n in close)
        texts = [f"{name} {rest}".strip()[:200] for name in names]
        if not texts and first.isascii() and len(text) <= 200:
            texts = [f"search {' '.join(text.split())}"]
        return (*texts, "help")
