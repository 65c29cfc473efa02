"""Makes text from Jira inert: it can neither format, link, mention, hide nor reorder anything on a card.

Threats T29-T31 and T48. `cards.elements` cleans all text that becomes part of a card.
"""

from __future__ import annotations

import re

import regex

ELLIPSIS = "…"

# Scripts in which the joiners U+200C and U+200D are part of the spelling.
_JOINING = r"\p{Arabic}\p{Syriac}\p{Devanagari}\p{Bengali}\p{Gurmukhi}\p{Gujarati}\p{Tamil}\p{Telugu}\p{Kannada}"
_JOINING += r"\p{Oriya}\p{Malayalam}\p{Sinhala}\p{Mongolian}"
_SPELLING = rf"(?<=[{_JOINING}])[\u200c\u200d](?=[{_JOINING}])"
# Where a vowel sign is killed, a joiner says how the consonant looks, also at the end of a word (ന് + U+200D).
_KILLED = "(?<=[\u094d\u09cd\u0a4d\u0acd\u0b4d\u0bcd\u0c4d\u0ccd\u0d4d\u0dca])[\u200c\u200d]"
_EMOJI = r"(?<=[\p{Extended_Pictographic}\p{Emoji_Modifier}\ufe0f])\u200d(?=\p{Extended_Pictographic})"

_INVISIBLE = regex.compile(
    rf"(?:{_SPELLING}|{_KILLED}|{_EMOJI})(*SKIP)(*FAIL)"
    r"|[\p{Cc}\p{Cf}\p{Cs}\p{Cn}\u115f\u1160\u3164\uffa0\u2800\U000e0100-\U000e01ef--[\n]]",
    regex.VERSION1,
)
_NEWLINE = regex.compile(r"\r\n?|[\u0085\u000b\u000c\p{Zl}\p{Zp}]")
_BLANK = regex.compile(r"[\p{Zs}\t]+")
_CLUSTER = regex.compile(r"\X")
# An `<at>` element is how Teams marks a mention; `{{DATE(…)}}` and `{{TIME(…)}}` are computed by the client.
_MENTION = regex.compile(r"<(?=[\s/]*at\b)", regex.IGNORECASE)
_MACRO = regex.compile(r"\{(?=\{\s*(?:DATE|TIME)\b)", regex.IGNORECASE)
_MARKDOWN = str.maketrans({c: "\\" + c for c in "\\`*_{}[]<>#~|!&()"})
_LIST_START = re.compile(r"^(?:[-+=]|\d+(?=[.)]))")

# What may have to be removed from a text that Python calls printable.
_SUSPECT = re.compile("[<{\u115f\u1160\u3164\uffa0\u2800\U000e0100-\U000e01ef]")
_UNTIDY = re.compile(_SUSPECT.pattern + "|^ |  | $")

# A cluster of more code points than the longest emoji sequences is a stack of accents ("zalgo").
_MAX_CLUSTER = 12
# Code points examined per grapheme of the limit, so that a megabyte costs as much as a line.
_LOOK_AHEAD = 16


def clean(text: str, limit: int = 255) -> str:
    """Return `text` on one line, without invisible characters, at most `limit` grapheme clusters long."""
    if len(text) <= limit and text.isprintable() and not _is_untidy(text):
        return text
    return cut(" ".join(_visible(text[: limit * _LOOK_AHEAD + 64]).split()), limit, len(text))


def clean_lines(text: str, limit: int = 2000) -> list[str]:
    """Return the lines of `text`, cleaned but with their spaces; `limit` is for all lines together."""
    if _is_clean(text, limit):
        return [text]
    visible = cut(_visible(text[: limit * _LOOK_AHEAD + 64], keep_spaces=True), limit, len(text))
    return visible.split("\n")


def cut(text: str, limit: int, original: int = 0) -> str:
    """Cut `text` to at most `limit` grapheme clusters, the last one an ellipsis if something was left out.

    The result has on average at most about 4 bytes (UTF-8) per cluster of `limit`, which bounds a card's size.
    `original` is the length in code points of the text that `text` was cut from before, if any.
    """
    lost = original > limit * _LOOK_AHEAD + 64
    if len(text) <= limit and not lost and (text.isascii() or len(text) <= _MAX_CLUSTER):
        return text
    kept: list[str] = []
    bytes_left = 4 * limit + 64
    for match in _CLUSTER.finditer(text):
        cluster = match.group()[:_MAX_CLUSTER]
        bytes_left -= len(cluster.encode("utf-8", "replace"))
        if len(kept) == limit or bytes_left < 0:
            lost = True
            break
        kept.append(cluster)
    if lost:
        return "".join(kept[: max(limit - 1, 0)]).rstrip() + ELLIPSIS
    return "".join(kept)


def escape(text: str, limit: int = 255) -> str:
    """Escape `text` for elements in which Teams reads Markdown (TextBlock, FactSet)."""
    escaped = clean(text, limit).translate(_MARKDOWN)
    start = _LIST_START.match(escaped)
    if start is None:
        return escaped
    sign, rest = start.group(), escaped[start.end() :]
    return f"{sign}\\{rest}" if sign.isdigit() else f"\\{escaped}"


def break_markup(text: str) -> str:
    """Break what Teams would make a mention or a date of, and leave everything else as it is."""
    return str(_MACRO.sub("{ ", _MENTION.sub("‹", text)))


def _is_untidy(text: str) -> bool:
    """Whether printable text may have something to remove, or spaces to join. Plain ASCII is told quickest."""
    if not text.isascii():
        return _UNTIDY.search(text) is not None
    return "<" in text or "{" in text or "  " in text or text.strip() != text


def _is_clean(text: str, limit: int) -> bool:
    """Tell quickly that text is clean: `str.isprintable` knows every category that `_INVISIBLE` names."""
    return len(text) <= limit and text.isprintable() and not _SUSPECT.search(text)


def _visible(text: str, *, keep_spaces: bool = False) -> str:
    unified = _NEWLINE.sub("\n", text).replace("\t", "    ")
    shown: str = _INVISIBLE.sub("", unified)
    if not keep_spaces:
        shown = _BLANK.sub(" ", shown)
    return break_markup(shown)
