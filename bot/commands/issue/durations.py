"""Parses time spent as people type it: `1h 30m`, `1h30m`, `1.5 h`, `2 hours`, `half an hour`. Pure, linear."""

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
_CLOCK = re.compile(
    r"\s*([0-9]{1,2}):([0-5][0-9])(?: ?h(?:rs?|ours?)?(?![\w]))?(?=[\s,]|\Z)"
    r"(?!\s*(?:[ap]\.?m\b|uhr\b|(?:-|–|to|until|bis)\s*[0-9]))",
    re.IGNORECASE,
)
"""As in `1:30`: hours and minutes, unless it is a time of day."""
_AND = re.compile(r"\s*(?:and|und|&|\+)(?=[\s\d])", re.IGNORECASE)
_DASH = re.compile(r"[ \t]*[-–—][ \t]+")
_PART = re.compile(
    r"\s*([0-9]{1,6}(?:[.,][0-9]{1,4})?)\s?(?:"
    + "|".join(f"(?P<{unit}>{words})" for unit, words in _UNITS.items())
    + r")(?![^\W\d_])\.?(?=[\s,:]|\d|$)[,:]?",
    re.IGNORECASE,
)
_NUMBERS = {
    **{"a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8},
    **{"ein": 1, "eine": 1, "einen": 1, "zwei": 2, "drei": 3, "vier": 4, "fünf": 5, "sechs": 6, "sieben": 7},
    **{"acht": 8, "half a": 0.5, "half an": 0.5, "a half": 0.5, "eine halbe": 0.5, "einen halben": 0.5},
    **{"anderthalb": 1.5, "eineinhalb": 1.5, "zweieinhalb": 2.5, "dreieinhalb": 3.5, "a quarter of an": 0.25},
}
NUMBER_WORDS = "|".join(sorted(_NUMBERS, key=len, reverse=True))
_SPOKEN = re.compile(
    rf"\s*({NUMBER_WORDS}|[0-9]{{1,6}})( and a half)?"
    rf" (?P<unit>{'|'.join(_UNITS.values())})(?P<half> and a half)?(?=[\s,:.]|$)",
    re.IGNORECASE,
)
"""As in `two and a half hours`, `an hour and a half`."""


def take_duration(text: str) -> tuple[str, str]:
    """Return the time that a text begins with, in Jira's notation (`1h 30m`, empty if none), and the rest.

    Units get smaller: in `2h 3 days of logs analysed` the days belong to the note. A dash between time and note
    belongs to neither; one at the beginning of a line is a list's.
    """
    text = _CLOCK.sub(_in_units, text, count=1) if _CLOCK.match(text) else text
    text = _SPOKEN.sub(_in_digits, text, count=1) if _SPOKEN.match(text) else text
    spent: list[str] = []
    position, units = 0, "wdhm"
    while (part := _part(text, position, bool(spent))) and (unit := part.lastgroup or "m") in units:
        spent.append(part.group(1).replace(",", ".") + unit)
        position, units = part.end(), units.partition(unit)[2]
    dash = _DASH.match(text, position) if spent else None
    return " ".join(spent), text[dash.end() if dash else position :].strip()


def _in_units(clock: re.Match[str]) -> str:
    hours, minutes = int(clock[1]), int(clock[2])
    return " ".join([f"{hours}h"] * (hours > 0) + [f"{minutes}m"] * (minutes > 0))


def _in_digits(spoken: re.Match[str]) -> str:
    number = _NUMBERS.get(spoken[1].casefold()) or int(spoken[1])
    return f"{number + (0.5 if spoken[2] or spoken['half'] else 0):g} {spoken['unit']}"


def _part(text: str, position: int, further: bool) -> re.Match[str] | None:
    """Match a number with its unit; a further one also after an “and”, or as the minutes after an hour."""
    also = _AND.match(text, position) if further else None
    return _PART.match(text, also.end() if also else position) or (
        _MINUTES.match(text, position) if further else None
    )
