"""What a conversation was sent lately, its rate limits, and bursts."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.notifications.outbox.conversation_limits import (
    HOUR_LIMIT,
    HOUR_SECONDS,
    SHORT_LIMITS,
    TABLE,
    Arrival,
    Traffic,
    TrafficLog,
)
from bot.storage.embedded import EmbeddedStore
from tests.support.notifications.payloads import HERE, THERE

START = 1_800_000_000.0


@given(st.lists(st.floats(0, 3), min_size=1, max_size=150))
def test_f14_no_window_ever_holds_more_than_its_limit(gaps: list[float]) -> None:
    traffic, now, taken = Traffic(), START, []
    for gap in gaps:
        now += gap / 10
        at = traffic.next_request_at(now)
        traffic = traffic.with_request(at)
        taken.append(at)
        now = max(now, at)
    for count, seconds in SHORT_LIMITS:
        for earlier, later in zip(taken, taken[count:], strict=False):
            assert later - earlier >= seconds - 1e-6


def test_f14_an_hour_never_holds_more_than_its_limit() -> None:
    traffic, now, taken = Traffic(), START, []
    for _ in range(3 * HOUR_LIMIT):
        now = traffic.next_request_at(now)
        traffic = traffic.with_request(now)
        taken.append(now)
    assert all(later - earlier >= HOUR_SECONDS for earlier, later in zip(taken, taken[HOUR_LIMIT:], strict=False))
    assert now - START < 3 * HOUR_SECONDS
    assert len(traffic.minutes) <= 62


def test_a_clock_that_was_ahead_holds_up_nothing() -> None:
    traffic = Traffic()
    for _ in range(7):
        traffic = traffic.with_request(START + 500)
    assert traffic.next_request_at(START) == START + 1.0


def arrive(traffic: Traffic, *put_at: float) -> Traffic:
    for number, at in enumerate(put_at):
        traffic = traffic.with_arrival(Arrival(at, f"{number} {at}"))
    return traffic


def post(traffic: Traffic, count: int, now: float) -> Traffic:
    for _ in range(count):
        traffic = traffic.with_posted(now)
    return traffic


BURSTS = {
    "ten arrivals in a second": (arrive(Traffic(), *(n * 0.1 for n in range(10))), 0.9, 1000.0, False),
    "eleven arrivals in a second": (arrive(Traffic(), *(n * 0.1 for n in range(11))), 1.0, 1000.0, True),
    "eleven arrivals in eleven seconds": (arrive(Traffic(), *(n * 1.1 for n in range(11))), 11.0, 1000.0, False),
    "the same arrival again": (
        arrive(Traffic(), *([0.0] * 30)[:1]).with_arrival(Arrival(0.0, "0 0.0")),
        0.0,
        0.0,
        False,
    ),
    "ten of a backlog posted at once": (post(arrive(Traffic(), 0.0), 10, 5000.0), 0.0, 5001.0, True),
    "nine of a backlog posted at once": (post(arrive(Traffic(), 0.0), 9, 5000.0), 0.0, 5001.0, False),
    "ten of a backlog posted a while ago": (post(arrive(Traffic(), 0.0), 10, 5000.0), 0.0, 5010.0, False),
}


@pytest.mark.parametrize("name", BURSTS)
def test_f22_a_burst(name: str) -> None:
    traffic, put_at, now, expected = BURSTS[name]
    assert traffic.is_burst(put_at, now) is expected


async def test_whoever_holds_a_conversation_next_knows_what_was_sent(tmp_path: Path) -> None:
    store = EmbeddedStore(tmp_path / "store", clock=lambda: START)
    await store.open()
    first, second = TrafficLog(store), TrafficLog(store)
    expected = arrive(Traffic(), START).with_posted(START).with_request(START)
    async with first.hold(HERE, now=START):
        first.set(HERE, expected)
        first.set(THERE, expected)
    async with second.hold(HERE, now=START):
        assert second.get(HERE) == expected
    async with second.hold(THERE, now=START):
        assert second.get(THERE) == Traffic()
    async with first.hold(HERE, now=START), first.hold(HERE, now=START):
        pass
    assert await store.count(TABLE) == 1
    await store.put(TABLE, HERE.key, {"requests": "spoilt"})
    async with second.hold(HERE, now=START):
        assert second.get(HERE) == Traffic()
    await store.close()
