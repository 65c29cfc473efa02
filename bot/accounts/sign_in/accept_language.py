"""Reads the language that a browser asks for."""

from __future__ import annotations

import re

from bot.language import LANGUAGE_CODES

_RANGE = re.compile(
    r"([A-Za-z]{1,8}(?:-[A-Za-z0-9]{1,8})*)(?:\s*;\s*q\s*=\s*([01](?:\.[0-9]{0,3})?))?", re.IGNORECASE
)
_MAX_HEADER_CHARS = 1000
_MAX_RANGES = 50


def preferred_language(header: str) -> str:
    """Return the supported tag to which `Accept-Language` (RFC 9110, 12.5.4) gives most weight.

    Empty if it names none. `*` is ignored: it would be answered in English anyway.
    """
    ranges = (_RANGE.fullmatch(each.strip()) for each in header[:_MAX_HEADER_CHARS].split(",")[:_MAX_RANGES])
    weighed = [(match[1], float(match[2] or 1)) for match in ranges if match]
    supported = [
        (tag, weight) for tag, weight in weighed if weight > 0 and tag.partition("-")[0].lower() in LANGUAGE_CODES
    ]
    return max(supported, key=lambda pair: pair[1], default=("", 0.0))[0]
