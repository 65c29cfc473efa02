"""When to try a job again. Pure."""

from __future__ import annotations

import random

RETRY_DELAYS = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0)
"""Seconds before the next attempt, by the number of failed ones (F14); afterwards the last one."""

MAX_AGE_SECONDS = 86400.0
"""Age at which a job that keeps failing becomes a dead letter."""

MAX_CRASHES = 5
"""How often a job may crash its handler or its process before it becomes a dead letter (F21)."""


def retry_delay(failures: int, retry_after: float, rng: random.Random) -> float:
    """Return the seconds to wait after `failures` attempts: never less than `retry_after`, with 20 % jitter."""
    scheduled = RETRY_DELAYS[min(failures, len(RETRY_DELAYS) - 1)] * rng.uniform(0.8, 1.2)
    return max(scheduled, min(retry_after, RETRY_DELAYS[-1]))


def crash_delay(crashes: int) -> float:
    """Return the seconds before a job that crashed its handler runs again: few, as its group waits behind it."""
    return 0.1 * 2.0**crashes
