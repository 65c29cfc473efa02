"""When to try again. Pure."""

from __future__ import annotations

import random

DELAYS = (1.0, 2.0, 5.0, 15.0, 60.0, 300.0, 1800.0, 7200.0, 21600.0)
"""Seconds before the next try, by how many there were (F14); afterwards the last one."""

GIVE_UP_AFTER = 86400.0
"""Seconds after which a job is a dead letter."""

MOST_FAULTS = 5
"""How often a job may crash its handler or its process before it is a dead letter (F21)."""


def next_delay(tries: int, retry_after: float, rng: random.Random) -> float:
    """Seconds to wait after `tries` failed ones; never less than was asked for, with jitter of a fifth."""
    own = DELAYS[min(tries, len(DELAYS) - 1)] * rng.uniform(0.8, 1.2)
    return max(own, min(retry_after, DELAYS[-1]))


def fault_delay(faults: int) -> float:
    """Seconds before a job that crashed its handler runs again: short, for its conversation waits behind it."""
    return 0.1 * 2.0**faults
