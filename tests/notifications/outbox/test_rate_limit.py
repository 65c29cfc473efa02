"""How fast, and when it is too fast."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.notifications.outbox.rate_limit import (
    CONVERSATION_LIMITS,
    BurstDetector,
    RateLimiter,
    RateLimitExceededError,
    SlidingWindows,
)


@given(st.lists(st.floats(0, 3), min_size=1, max_size=150))
def test_f14_no_window_ever_holds_more_than_its_limit(gaps: list[float]) -> None:
    windows, now, taken = SlidingWindows(CONVERSATION_LIMITS), 0.0, []
    for gap in gaps:
        now += gap / 10
        at = windows.next_at(now)
        windows.take(at)
        taken.append(at)
        now = max(now, at)
    for count, seconds in CONVERSATION_LIMITS:
        for earlier, later in zip(taken, taken[count:], strict=False):
            assert later - earlier >= seconds - 1e-9


async def test_waiting_long_is_refused_and_takes_nothing() -> None:
    now = [0.0]
    limiter = RateLimiter(clock=lambda: now[0], max_wait=0.0)
    for _ in range(7):
        await limiter.acquire("a", "t")
    for _ in range(3):
        with pytest.raises(RateLimitExceededError) as caught:
            await limiter.acquire("a", "t")
        assert caught.value.seconds == 1.0
    await limiter.acquire("b", "t")
    now[0] = 1.0
    await limiter.acquire("a", "t")


async def test_a_tenant_has_a_limit_of_its_own() -> None:
    limiter = RateLimiter(clock=lambda: 0.0, max_wait=0.0)
    for n in range(50):
        await limiter.acquire(f"conversation {n}", "t")
    with pytest.raises(RateLimitExceededError):
        await limiter.acquire("one more", "t")
    await limiter.acquire("one more", "another tenant")


def test_more_than_ten_arrivals_in_ten_seconds_are_a_burst() -> None:
    bursts = BurstDetector()
    assert [bursts.is_burst("a", f"j{n}", n * 0.1, 1000.0) for n in range(12)] == [False] * 10 + [True] * 2
    assert not bursts.is_burst("b", "j", 1.2, 1000.0)


def test_asking_again_about_a_job_is_no_arrival() -> None:
    bursts = BurstDetector()
    assert not any(bursts.is_burst("a", "the same", 0.0, 0.0) for _ in range(30))


def test_a_backlog_told_all_at_once_is_a_burst_too() -> None:
    bursts = BurstDetector()
    for n in range(10):
        assert not bursts.is_burst("a", f"j{n}", n * 100.0, 5000.0)
        bursts.record_posted("a", 5000.0)
    assert bursts.is_burst("a", "j10", 1000.0, 5001.0)
    assert not bursts.is_burst("a", "j11", 1100.0, 5011.0)


def test_f22_a_backlog_of_hours_is_a_burst_though_idle_conversations_are_forgotten_meanwhile() -> None:
    bursts, now = BurstDetector(), 100_000.0
    alone = 0
    for n in range(40):
        bursts.forget_idle(now)
        if not bursts.is_burst("a", f"j{n}", now - 7200 + n * 60, now):
            bursts.record_posted("a", now)
            alone += 1
        now += 0.3
    assert alone < 20


def test_what_was_told_of_an_idle_conversation_is_forgotten_too() -> None:
    bursts = BurstDetector(max_events=1)
    bursts.record_posted("a", 1000.0)
    bursts.forget_idle(1700.0)
    assert not bursts.is_burst("a", "j", 1.0, 1002.0)
