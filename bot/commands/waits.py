"""Says how long to wait, as people put it."""

from __future__ import annotations

import math

from bot.language import trn

MAX_SECONDS, MAX_MINUTES, MAX_HOURS = 59, 89, 47
"""What is said in seconds, in minutes and in hours; more is said in the next unit, rounded up."""


def in_time(seconds: float) -> str:
    """Return “in 20 seconds”, “in a minute”, “in 5 minutes”, “in an hour”, never less than there is to wait."""
    count = max(1, math.ceil(seconds))
    if count <= MAX_SECONDS:
        return trn("in a second", "in {count} seconds", count)
    minutes = math.ceil(count / 60)
    if minutes <= MAX_MINUTES and minutes != 60:
        return trn("in a minute", "in {count} minutes", minutes)
    hours = math.ceil(minutes / 60)
    if hours <= MAX_HOURS:
        return trn("in an hour", "in {count} hours", hours)
    return trn("in a day", "in {count} days", math.ceil(hours / 24))
