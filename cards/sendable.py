"""Text that clients send back, from an input or by a button: it stays as it was written where it can. Pure.

Of direction controls those that are closed stay: right-to-left text has isolates and embeddings in it, in pairs
(UAX #9). One that is not closed would turn around what stands behind it; an override makes a text look like
another one, closed or not.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

from cards.size import size
from cards.text import break_markup

MAX_SAID_BYTES = 4_000
"""Of the text that a button sends, as JSON in UTF-8."""
MAX_SAID_TOGETHER = 14_000
"""Of the texts of all buttons of a card, so that it is not too large."""
_UNSENDABLE = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\x7f]")
_CONTROL = re.compile("[\u202a-\u202e\u2066-\u2069]")
_CONTROL_OR_LINE_END = re.compile("[\u202a-\u202e\u2066-\u2069\n\r\u2029]")
MAX_CONTROLS = 1_000
"""Direction controls of a text. Of one with more, which nobody writes, all are removed."""
_ISOLATES, _POP_ISOLATE = "\u2066\u2067\u2068", "\u2069"
_EMBEDDINGS, _POP_EMBEDDING = "\u202a\u202b", "\u202c"
_OVERRIDES = "\u202d\u202e"
_LINE_ENDS = "\n\r\u2029"
_OPENING = _ISOLATES + _EMBEDDINGS + _OVERRIDES


def strip_unsendable(text: str) -> str:
    """Remove what an input cannot hold: control characters, lone surrogates, and what turns a line around."""
    return strip_unclosed(_UNSENDABLE.sub("", text.encode("utf-8", "replace").decode()))


def can_say(text: str) -> bool:
    """Return whether a button can send the whole text. A part of it would be another command."""
    return inert(text) == text and size({"": text}) <= MAX_SAID_BYTES


def sayable(texts: Iterable[str], limit: int) -> list[str]:
    """Return the texts that buttons can send, `limit` at most."""
    offered: list[str] = []
    bytes_left = MAX_SAID_TOGETHER
    for text in filter(can_say, texts):
        bytes_left -= size({"": text})
        if bytes_left >= 0:
            offered.append(text)
    return offered[:limit]


def inert(text: str) -> str:
    """Return a text of any length that Teams sends as it is, and interprets nothing of."""
    return break_markup(strip_unsendable(text))


def strip_unclosed(text: str) -> str:
    """Remove overrides, and direction controls without their other half in the same line."""
    controls = len(_CONTROL.findall(text))
    if not controls or controls > MAX_CONTROLS:
        return _CONTROL.sub("", text)
    kept: set[int] = set()
    still_open: list[re.Match[str]] = []
    isolates = 0
    for control in _CONTROL_OR_LINE_END.finditer(text):
        sign = control.group()
        if sign in _OPENING:
            still_open.append(control)
            isolates += sign in _ISOLATES
        elif sign == _POP_ISOLATE and isolates:
            opened = _pop_isolate(still_open)
            kept |= {opened.start(), control.start()}
            isolates -= 1
        elif sign == _POP_EMBEDDING and still_open and still_open[-1].group() not in _ISOLATES:
            opened = still_open.pop()
            kept |= {opened.start(), control.start()} if opened.group() in _EMBEDDINGS else set()
        elif sign in _LINE_ENDS:  # all that is open ends there
            still_open.clear()
            isolates = 0
    return _CONTROL.sub(lambda control: control.group() if control.start() in kept else "", text)


def _pop_isolate(still_open: list[re.Match[str]]) -> re.Match[str]:
    """Remove the innermost isolate, and what was opened within it."""
    opened = still_open.pop()
    while opened.group() not in _ISOLATES:
        opened = still_open.pop()
    return opened
