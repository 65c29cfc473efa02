"""Parses time spent as people type it: `1h 30m`, `1h30m`, `1.5 h`, `2 hours`, `30 Minuten`. Pure, linear."""

from __future__ import annotations

import re

_UNITS = {
    "w": r"weeks?|wochen?|w",
    "d": r"days?|tagen?|tage?|d",
    "h": r"hours?|hrs?|stunden?|std|h",
    "m": r"minutes?|minuten?|mins?|m",
}
_MINUTES = re.compile(r"(?<=[hH])0?([0-9]{1,2})(?![\w:]|[.,][0-9])[.,]?")
"""As in `1h30`."""
_AND = re.compile(r"\s*(?:and|und|&|\+)(?=[\s\d])", re.IGNORECASE)
_DASH = re.compile(r"[ \t]*[-–—][ \t]+")
_PART = re.compile(
    r"\s*([0-9]{1,6}(?:[.,][0-9]{1,4})?)\s?(?:"
    + "|".join(f"(?P<{unit}>{words})" for unit, words in _UNITS.items())
    + r")(?![^\W\d_])\.?(?=[\s,:]|\d|$)[,:]?",
    re.IGNORECASE,
)


def take_duration(text: str) -> tuple[str, str]:
    """Return the time that a text begins with, in Jira's notation (`1h 30m`, empty if none), and the rest.

    Units get smaller: in `2h 3 days of logs analysed` the days belong to the note. A dash between time and note
    belongs to neither; one at the beginning of a line is a list's.
    """
    spent: list[str] = []
    position, units = 0, "wdhm"
    while (part := _part(text, position, bool(spent))) and (unit := part.lastgroup or "m") in units:
        spent.append(part.group(1).replace(",", ".") + unit)
        position, units = part.end(), units.partition(unit)[2]
    dash = _DASH.match(text, position) if spent else None
    return " ".join(spent), text[dash.end() if dash else position :].strip()


def _part(text: str, position: int, further: bool) -> re.Match[str] | None:
    """Match a number with its unit; a further one also after an “and”, or as the minutes after an hour."""
    also = _AND.match(text, position) if further else None
    return _PART.match(text, also.end() if also else position) or (
        _MINUTES.match(text, position) if further else None
    )
