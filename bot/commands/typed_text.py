"""Typed text, as it was written beside as it is understood. Never fails; linear in the text's length.

A command is found in a text without the characters that nobody sees; what goes to Jira has all of them.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import regex

from bot.commands.text_input import INVISIBLE, QUOTES, parse_target

MAX_TEXT = 34_000
"""Characters of a message that are read: Jira's longest text field (32,767) with a command in front, so that a
longer text is refused and not cut."""

_CONTROL = re.compile("[\u0000-\u0008\u000e-\u001f\u007f]")
_LINE_END = re.compile("\r\n?|[\u000b\u000c]")
_DROPPED = re.compile(f"[{INVISIBLE}]")
_SPACES = dict.fromkeys((*map(ord, "\t\u00a0\u1680\u202f\u205f\u3000"), *range(0x2000, 0x200B)), " ")
_CLUSTER = regex.compile(r"\X")
_MAX_CLUSTER = 32
_STACKED = regex.compile(r"\p{M}{31}")
"""More combining marks in a row than stream-safe text has (UAX #15). Python sorts them in quadratic time: 32,000
of them took 1.6 s. Of a cluster that is longer only the beginning is understood."""
_MARKDOWN_LINK = re.compile(
    r"\[((?>(?:[^\[\]\n\\]|\\.|\[[^\[\]\n]{0,100}\]){0,200}))\]\((https?://[^\s()]{1,2000})\)"
)
"""Browsers copy a page with its title; that of an issue is `[PROJ-12] Its summary - Jira`."""


@dataclass(frozen=True, slots=True)
class TypedText:
    """A text twice. The character `n` of `understood` is `written[spans[n][0]:spans[n][1]]`."""

    written: str
    """Whole: only control characters and Teams' own markup are left out of it."""
    understood: str
    """With plain spaces, composed, and without what nobody sees."""
    spans: Sequence[tuple[int, int]] | None = None
    """None if both have the same characters in the same places, but for spaces."""

    def as_written(self, part: str) -> str:
        """Return `part`, with its end as it was written if the text has that.

        `part` is what a command was given: the text behind the command's name, or what was made of it, such as
        `PROJ-3 looks good` of `add a comment to PROJ-3: looks good`.
        """
        reversed_part, reversed_text = (each.translate(QUOTES)[::-1] for each in (part, self.understood))
        length = _longest_prefix(reversed_part, reversed_text)
        start = len(part) - length
        while 0 < start < len(part) and not part[start - 1].isspace():
            start += 1
        if start == len(part):
            return part
        end = len(self.understood) - reversed_text.find(reversed_part[: len(part) - start])
        return part[:start] + self._written(end - len(part) + start, end).strip()

    def _written(self, begin: int, end: int) -> str:
        """Return what was written between two places of `understood`, with what nobody sees at both ends."""
        if self.spans is None:
            return self.written[begin:end]
        first = self.spans[begin - 1][1] if begin else 0
        last = self.spans[end][0] if end < len(self.spans) else len(self.written)
        return self.written[first:last]


def _longest_prefix(prefix: str, text: str) -> int:
    """Return the length of the longest prefix of `prefix` that is anywhere in `text`."""
    low, high = 0, len(prefix)
    while low < high:
        middle = (low + high + 1) // 2
        if prefix[:middle] in text:
            low = middle
        else:
            high = middle - 1
    return low


def read_typed(text: str) -> TypedText:
    """Read a text that somebody typed."""
    if text.isascii() and text.isprintable() and "&" not in text and "[" not in text:
        return TypedText(text.strip(), text.strip())
    cut = text[:MAX_TEXT].replace("&nbsp;", "\u00a0").encode("utf-8", "replace").decode()
    lines = _CONTROL.sub("", _LINE_END.sub("\n", cut))
    written = _MARKDOWN_LINK.sub(_bare, lines).strip()
    is_plain = not _DROPPED.search(written) and not _STACKED.search(written)
    if is_plain and unicodedata.is_normalized("NFC", written):
        return TypedText(written, written.translate(_SPACES))
    characters = list(_characters(written))
    understood = "".join(character for character, _ in characters)
    spaces = len(understood) - len(understood.lstrip())
    understood = understood.strip()
    return TypedText(written, understood, [span for _, span in characters][spaces : spaces + len(understood)])


def tidy(text: str) -> str:
    """Return a text as it is understood."""
    return read_typed(text).understood


def _characters(written: str) -> Iterator[tuple[str, tuple[int, int]]]:
    """Yield the characters that are understood, and where they come from."""
    for match in _CLUSTER.finditer(written):
        cluster, start = match.group(), match.start()
        composed = unicodedata.normalize("NFC", cluster[:_MAX_CLUSTER])
        for place, character in enumerate(composed):
            span = (start + place, start + place + 1) if composed == cluster else match.span()
            if not _DROPPED.match(character):
                yield character.translate(_SPACES), span


def _bare(link: re.Match[str]) -> str:
    """Return the address of a link that Teams made of a pasted address, or that names an issue; else all of it."""
    words, address = link.groups()
    return address if "://" in words or parse_target(address) else link.group()
