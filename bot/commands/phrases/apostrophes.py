"""Writes apostrophes and spaces as the tables of phrases do."""

from __future__ import annotations

import re

_NEGATION = re.compile(
    r"\b(is|are|was|were|has|have|had|do|does|did|would|could|should|ca|wo|must|need)nt\b", re.IGNORECASE
)


def straighten(text: str) -> str:
    """Write `’` as `'`, and `isnt` as `isn't`."""
    return _NEGATION.sub(r"\1n't", text.replace("’", "'"))


def straight_line(text: str, limit: int) -> str:
    """Return the first `limit` characters and one more, straightened, with single spaces between words."""
    return " ".join(straighten(text[: limit + 1]).split())
