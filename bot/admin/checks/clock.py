"""Compares the clock of this machine with those of the services that were asked."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import median

from bot.accounts.sign_in.microsoft import CLOCK_LEEWAY
from bot.admin.checks.finding import Finding, failed, noted, passed, warned

MAX_GOOD_SECONDS = 30.0
NAME = "Clock"
_SYNCHRONIZE = "Synchronize the clock: timedatectl set-ntp true, or chrony; in a container, that of its host."


def judge_clock(skews: Sequence[float]) -> Finding:
    """Say how far this clock is from the others; `skews` are by how many seconds it is ahead of each.

    Their median counts: one service, or a proxy with a cache, may be wrong.
    """
    if not skews:
        return noted(NAME, "could not be compared: no service answered.")
    ahead = median(skews)
    how_far = f"{_duration(abs(ahead))} {'ahead of' if ahead > 0 else 'behind'} Microsoft's and Atlassian's"
    if abs(ahead) > CLOCK_LEEWAY:
        return failed(
            NAME, f"the clock of this machine is {how_far}: sign-ins and tokens are refused.", _SYNCHRONIZE
        )
    if abs(ahead) > MAX_GOOD_SECONDS:
        return warned(NAME, f"the clock of this machine is {how_far}.", _SYNCHRONIZE)
    return passed(NAME, "agrees with Microsoft's and Atlassian's")


def _duration(seconds: float) -> str:
    return f"{seconds / 60:.0f} minutes" if seconds >= 120 else f"{seconds:.0f} seconds"
