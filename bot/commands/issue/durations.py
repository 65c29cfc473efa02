"""Time spent, as people type it: `1h 30m`, `1h30m`, `1.5 h`, `2 hours`, `30 Minuten`. Pure, linear."""

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
    """The time that `text` starts with, in Jira's notation (`1h 30m`; empty if there is none), and the rest.

    Its units grow smaller: in `2h 3 days of logs analysed` the days are a note. A dash between the two is of
    neither; one that begins a line is a list's.
    """
    spent: list[str] = []
    at, units = 0, "wdhm"
    while (found := _part(text, at, bool(spent))) and (unit := found.lastgroup or "m") in units:
        spent.append(found.group(1).replace(",", ".") + unit)
        at, units = found.end(), units.partition(unit)[2]
    dash = _DASH.match(text, at) if spent else None
    return " ".join(spent), text[dash.end() if dash else at :].strip()


def _part(text: str, at: int, further: bool) -> re.Match[str] | None:
    """A number with its unit; a further one also behind an “and”, or as the minutes behind an hour."""
    also = _AND.match(text, at) if further else None
    return _PART.match(text, also.end() if also else at) or (_MINUTES.match(text, at) if further else None)
