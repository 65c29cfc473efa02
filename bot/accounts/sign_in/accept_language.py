"""The language that a browser asks for."""

from __future__ import annotations

import re

from bot.language import SPOKEN

_RANGE = re.compile(
    r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?:\s*;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?", re.IGNORECASE
)
_LONGEST_HEADER = 1000
_MOST_RANGES = 50


def preferred(header: str) -> str:
    """Of the tags that we speak, the one to which `Accept-Language` (RFC 9110, 12.5.4) gives most weight.

    Empty if it names none. `*` is none: it would be answered in English anyway.
    """
    ranges = (_RANGE.fullmatch(each.strip()) for each in header[:_LONGEST_HEADER].split(",")[:_MOST_RANGES])
    weighed = [(found[1], float(found[2] or 1)) for found in ranges if found]
    spoken = [(tag, weight) for tag, weight in weighed if weight > 0 and tag.partition("-")[0].lower() in SPOKEN]
    return max(spoken, key=lambda one: one[1], default=("", 0.0))[0]
