"""Emoji of a message: Teams writes some as elements, and leaves them out of the plain text of an activity.

They are `<emoji alt="🚀">`, or an `<img>` of the item type `http://schema.skype.com/Emoji`, in the HTML that comes
as an attachment beside the text (https://github.com/microsoftgraph/msgraph-sdk-javascript/issues/1995).
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from html import unescape

MAX_HTML_CHARS = 40_000
"""Characters that are read of a message's HTML; Teams takes some 28 KB."""
MAX_EMOJI_CHARS = 40
"""The longest sequences of Unicode have some ten; a picture that somebody uploaded has a name."""

_ALT = re.compile(r"""(?<![\w-])alt\s?=\s?(?:"([^"<>]*)"|'([^'<>]*)')""", re.IGNORECASE)
_ELEMENT = re.compile(r"<(emoji|img)\b([^<>]{0,2000})>(?:</emoji>)?", re.IGNORECASE)
_PIECE = re.compile(
    r"<(?P<slash>/?)(?P<tag>[A-Za-z][A-Za-z0-9-]{0,20})(?P<attributes>[^<>]{0,2000})>"
    r"|&(?:#[0-9]{1,7}|#x[0-9a-f]{1,6}|[a-z0-9]{1,30});|.",
    re.IGNORECASE | re.DOTALL,
)
_UNIT = re.compile(
    r"</?(?:at|quoted|emoji|span)\b[^<>]{0,1000}>|&[a-z0-9#]{1,30};|\r\n|.", re.IGNORECASE | re.DOTALL
)
"""Of a text, in which only Teams' own tags are tags."""
_REPLY = "schema.skype.com/reply"
_MAX_BETWEEN = 50
"""Spaces and tags of a text before an emoji."""
_LOOK_AHEAD = 8
"""Characters that the text may have and the HTML has not: the signs of a list."""


def replace_emoji(markup: str) -> str:
    """Write the emoji that stand in a text as elements as their characters."""
    if "<" not in markup:
        return markup
    return _ELEMENT.sub(lambda element: _emoji(element[1], element[2]) or element[0], markup)


def with_emoji_of(text: str, html: str) -> str:
    """Return a message's text with the emoji that only its HTML has, each where it stands there.

    Where both differ in other characters, the text stays as it is.
    """
    if not html:
        return text
    pieces = list(_pieces(html[:MAX_HTML_CHARS]))
    if not any(is_emoji for _, is_emoji in pieces):
        return text
    merger = _Merger(text)
    fits = all(merger.emoji(piece) if is_emoji else merger.character(piece) for piece, is_emoji in pieces)
    return merger.finish() if fits else text


class _Merger:
    """Goes through a text and the HTML of the same message side by side."""

    def __init__(self, text: str) -> None:
        self._units = _UNIT.findall(text)
        self._place = 0
        self._merged: list[str] = []
        self._space = ""
        """The spaces and line breaks of the HTML since its last character."""
        self._is_after_emoji = False

    def character(self, character: str) -> bool:
        """Go on to the place of a character; return whether the text has it."""
        if character.isspace():
            self._space += "\n" if character == "\n" else " "
            return True
        last = min(len(self._units), self._place + _LOOK_AHEAD)
        skipped = self._place
        while skipped < last and _visible(self._units[skipped]) != character:
            last += not _visible(self._units[skipped])
            last, skipped = min(len(self._units), last), skipped + 1
        if skipped == last:
            return False
        between = self._units[self._place : skipped]
        if self._is_after_emoji and not any(map(str.isspace, between)):
            self._merged.append(self._one_space())
        self._merged += [*between, self._units[skipped]]
        self._place, self._space, self._is_after_emoji = skipped + 1, "", False
        return True

    def emoji(self, emoji: str) -> bool:
        """Write an emoji here, unless the text has it."""
        ahead = self._place
        furthest = min(len(self._units), self._place + _MAX_BETWEEN)
        while ahead < furthest and not _visible(self._units[ahead]):
            ahead += 1
        # U+FE0F asks for colours, and may be in one of both alone.
        plain = emoji.rstrip("\ufe0f")
        if "".join(self._units[ahead : ahead + len(plain)]) == plain:
            has_it = all(map(self.character, plain))
            while self._next() == "\ufe0f":
                self._take()
            return has_it
        while self._next().startswith("</"):
            self._take()
        if not self._take_spaces() and self._merged:
            self._merged.append(self._one_space())
        self._merged.append(emoji)
        self._space, self._is_after_emoji = "", True
        return True

    def finish(self) -> str:
        """Return the text with all emoji."""
        return "".join([*self._merged, *self._units[self._place :]])

    def _take_spaces(self) -> bool:
        """Take the spaces of the text that the HTML has here as well; return whether there are any."""
        line_ends, blanks = self._space.count("\n"), self._space.count(" ")
        begin = self._place
        while self._next().isspace() and (line_ends if "\n" in self._next() else blanks):
            line_ends, blanks = (line_ends - 1, blanks) if "\n" in self._next() else (line_ends, blanks - 1)
            self._take()
        return self._place > begin

    def _one_space(self) -> str:
        return "\n" if "\n" in self._space else self._space[:1]

    def _next(self) -> str:
        return self._units[self._place] if self._place < len(self._units) else ""

    def _take(self) -> None:
        self._merged.append(self._next())
        self._place += 1


def _visible(unit: str) -> str:
    """Return the character that a tag, an entity or a character shows; empty for tags and spaces."""
    return "" if len(unit) > 1 and unit.startswith("<") else unescape(unit).strip()


def _pieces(html: str) -> Iterator[tuple[str, bool]]:
    """Yield the characters and emoji of HTML, without quoted messages; a line break is a space."""
    quotes = 0
    for piece in _PIECE.finditer(html):
        tag, attributes = (piece["tag"] or "").lower(), piece["attributes"] or ""
        if tag == "blockquote" and (quotes or _REPLY in attributes.lower()):
            quotes = max(0, quotes - 1) if piece["slash"] else quotes + 1
        elif not quotes and not tag:
            yield unescape(piece[0]), False
        elif not quotes and (emoji := _emoji(tag, attributes)):
            yield emoji, True
        elif not quotes and tag in ("br", "p", "div", "li"):
            yield "\n" if piece["slash"] or tag == "br" else " ", False


def _emoji(tag: str, attributes: str) -> str:
    """Return what an element shows if it is an emoji; empty if it is anything else."""
    is_emoji = tag.lower() == "emoji" or (tag.lower() == "img" and "schema.skype.com/emoji" in attributes.lower())
    alternative = _ALT.search(attributes) if is_emoji else None
    return unescape(alternative[1] or alternative[2] or "")[:MAX_EMOJI_CHARS] if alternative else ""
