"""Tells texts that are negated, in English and German: nothing is written on them. Pure."""

from __future__ import annotations

import re

from bot.commands.text_input import parse_target

_NEGATED = re.compile(
    r"\b(?:not|never|no|dont|cannot|without|\w{1,8}n't|nicht|kein\w{0,2}|nie|niemals|ohne)\b",
    re.IGNORECASE,
)

_NEGATED_VALUE = re.compile(
    r"(?:(?:is|are|was|still|already|ist|sind|war|noch|schon) ){0,2}"
    r"(?:not|never|no longer|isn't|wasn't|aren't|hasn't|doesn't|don't|do not|can't|cannot|nicht|nie|kein\w{0,2})\b"
    r"(?! (?:started|doing|applicable|begonnen|gestartet)\Z)",
    re.IGNORECASE,
)
_NEGATED_START = re.compile(
    r"(?:[\w-]{1,20} )?(?:to )?(?:not|never|nicht|nie|niemals|kein\w{0,2})(?=[\s,.!]|\Z)"
    r"(?! (?:started|doing|applicable|begonnen|gestartet)\Z)",
    re.IGNORECASE,
)


def is_negated_value(text: str) -> bool:
    """Return whether a text says that something is not so (“not done”); “Not Started” is a status."""
    return _NEGATED_VALUE.match(text) is not None or (text.count(" ") > 1 and _NEGATED.search(text) is not None)


def starts_with_negation(text: str) -> bool:
    """Return whether what a command is given begins with “not”, maybe after a field's name: `to not Bob`."""
    return _NEGATED_START.match(text) is not None


def is_negated_before_issue(text: str) -> bool:
    """Return whether a text is negated before it names an issue, or after an issue that it begins with."""
    words = text.split()
    place = next((n for n, word in enumerate(words) if parse_target(word)), len(words))
    if place == 0:
        return is_negated_value(" ".join(words[1:]))
    return _NEGATED.search(" ".join(words[:place])) is not None


def contains_negation(text: str) -> bool:
    """Return whether a text has a negation anywhere."""
    return _NEGATED.search(text) is not None
