"""When a job is tried again, and until when."""

from __future__ import annotations

import random

import pytest

from bot.jobs.retry import MAX_AGE_SECONDS, MAX_CRASHES, RETRY_DELAYS, crash_delay, retry_delay


@pytest.mark.parametrize("tries", range(12))
def test_f14_the_schedule(tries: int) -> None:
    nominal = RETRY_DELAYS[min(tries, 8)]
    assert 0.8 * nominal <= retry_delay(tries, 0.0, random.Random(tries)) <= 1.2 * nominal


def test_f14_retry_after_is_honoured_but_not_without_end() -> None:
    assert retry_delay(0, 90.0, random.Random(1)) == 90.0
    assert retry_delay(0, 1e12, random.Random(1)) == RETRY_DELAYS[-1]


def test_f14_the_whole_schedule_fits_into_the_day() -> None:
    assert sum(RETRY_DELAYS) * 1.2 < MAX_AGE_SECONDS


def test_f21_crashes_are_over_in_a_few_seconds() -> None:
    assert sum(crash_delay(n) for n in range(1, MAX_CRASHES + 1)) < 7
