"""Markdown made ready for a parser that would lose or reorder some of what people write in chat."""

from __future__ import annotations

import re
from collections import Counter

GUARD = "\ufdd0"
"""Stands behind a bracket that is to mean nothing. It is no character, says Unicode, so nobody types it."""

_GUARDS = re.compile(f"{GUARD}|%EF%B7%90")
_LABEL = re.compile(r"\[([^\[\]\n]{1,200})\]")
_DEFINITION = re.compile(r"(?:\[([^\[\]\n]{1,200}))?\](?=:)")
_TARGET = re.compile(r":[ \t]*<?(?:https?://|mailto:)", re.IGNORECASE)
_QUOTED = re.compile(r" {0,3}>")
_ITEM = re.compile(r" {0,3}(?:[-+*]|[0-9]{1,9}[.)])[ \t]")
_FENCE = re.compile(r" {0,3}(`{3,}(?=[^`]*$)|~{3,})")


def prepared(source: str) -> str:
    """`source` as it is to be parsed; what comes out of the parser goes through `unguarded`."""
    return _parted(_defused(source) if "]:" in source else source)


def unguarded(value: object) -> object:
    """A parsed document without the guards."""
    if isinstance(value, str):
        return _GUARDS.sub("", value)
    if isinstance(value, list):
        return [unguarded(each) for each in value]
    return {name: unguarded(each) for name, each in value.items()} if isinstance(value, dict) else value


def _defused(source: str) -> str:
    """`source` without what Markdown takes for the definition of a link and swallows, as in `[note]: done`.

    It stays one where it leads to the web or to mail and something refers to it.
    """
    used = Counter(label.casefold() for label in _LABEL.findall(source))

    def guard(match: re.Match[str]) -> str:
        label = (match.group(1) or "").casefold()
        defines = used[label] > 1 and _TARGET.match(source, match.end())
        return match.group() if defines else match.group() + GUARD

    return _DEFINITION.sub(guard, source)


def _parted(source: str) -> str:
    """`source` with an empty line between a quotation and a list: mistune may tell the list first."""
    if ">" not in source:
        return source
    lines: list[str] = []
    fence, in_quote = "", False
    for line in source.split("\n"):
        if not fence and in_quote and _ITEM.match(line):
            lines.append("")
            in_quote = False
        mark = _FENCE.match(line)
        if mark and not fence:
            fence = mark.group(1)
        elif mark and mark.group(1).startswith(fence):
            fence = ""
        in_quote = bool(_QUOTED.match(line)) or (in_quote and bool(line.strip()))
        lines.append(line)
    return "\n".join(lines)
