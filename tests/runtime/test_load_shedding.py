"""What is refused under load: the rule as a table, and what counts as load on a real event loop."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import ExitStack, asynccontextmanager
from itertools import pairwise

import pytest
from structlog.testing import capture_logs

from bot.runtime.load_shedding import (
    BURST_DELIVERIES,
    BURST_SECONDS,
    MAX_HOLD_SECONDS,
    MIN_JOBS,
    MIN_UNDER_WAY,
    QUIET_SECONDS,
    TARGETS,
    LoadShedder,
    Shedding,
    Work,
)
from tests.support.clock import Clock

HIGH = 10 * max(target.delay for target in TARGETS.values())
BACKGROUND, DELIVERY, FURTHER, REQUEST = TARGETS.values()


def after(delays: Sequence[float]) -> Shedding:
    """Return what is shed after windows with these delays."""
    shedding = Shedding()
    for delay in delays:
        shedding = shedding.after(delay)
    return shedding


@pytest.mark.parametrize(
    ("delays", "refused"),
    [
        ([], set()),
        ([0.0] * 20, set()),
        ([0.9 * BACKGROUND.delay] * 50, set()),
        ([HIGH], {Work.BACKGROUND, Work.DELIVERY}),
        ([HIGH] * 2, {Work.BACKGROUND, Work.DELIVERY, Work.FURTHER_REQUEST}),
        ([HIGH] * 3, set(Work)),
        ([HIGH, 0.0] * 20, set()),
        ([HIGH, 0.0] * 20 + [HIGH], {Work.BACKGROUND, Work.DELIVERY}),
        ([1.1 * BACKGROUND.delay] * 50, {Work.BACKGROUND}),
        ([1.1 * DELIVERY.delay] * 50, {Work.BACKGROUND, Work.DELIVERY}),
        ([1.1 * FURTHER.delay] * 50, {Work.BACKGROUND, Work.DELIVERY, Work.FURTHER_REQUEST}),
        ([1.1 * REQUEST.delay] * 50, set(Work)),
        ([HIGH] * 50 + [0.0] * 10, set()),
    ],
    ids=[
        "nothing measured",
        "nothing waits",
        "a little for long",
        "one window",
        "two windows",
        "three windows",
        "bursts",
        "one more burst",
        "background is too much",
        "deliveries are too much",
        "further requests are too much",
        "requests are too much",
        "it is over",
    ],
)
def test_what_is_refused(delays: list[float], refused: set[Work]) -> None:
    assert {work for work, share in after(delays).shares.items() if share > 0} == refused


@pytest.mark.parametrize("work", Work)
def test_the_share_grows_with_the_delay_and_with_time_and_is_a_share(work: Work) -> None:
    target = TARGETS[work]
    steady = [after([1.5 * target.delay] * windows).shares[work] for windows in range(target.windows, 60)]
    assert steady == sorted(steady)
    assert steady[0] < steady[1] < 1.0 == steady[-1]
    assert after([2 * target.delay] * target.windows).shares[work] > steady[0]
    down = [after([HIGH] * 50 + [0.5 * target.delay] * windows).shares[work] for windows in range(1, 30)]
    assert down == sorted(down, reverse=True)
    assert down[-1] == 0.0


def adjusted(share_delay: float, windows: int, *, clock: Callable[[], float] = time.monotonic) -> LoadShedder:
    load = LoadShedder(clock=clock)
    for _ in range(windows):
        load.adjust(share_delay)
    return load


def test_of_a_hundred_as_many_are_refused_as_the_share_says() -> None:
    delays = [1.2 * REQUEST.delay] * REQUEST.windows
    load = adjusted(delays[0], len(delays))
    share = after(delays).shares[Work.REQUEST]
    refused = [not load.admits(Work.REQUEST) for _ in range(100)]
    assert 0 < share < 0.5
    assert sum(refused) == pytest.approx(100 * share, abs=1)
    assert not any(one and other for one, other in pairwise(refused)), "spread evenly"


def test_queues_slow_down_but_never_stop() -> None:
    idle, full = LoadShedder(), adjusted(HIGH, 10)
    assert (idle.pause, idle.limit(64)) == (0.0, 64)
    assert (full.pause, full.limit(64), full.limit(2)) == (1.0, MIN_JOBS, 2)
    some = adjusted(1.5 * BACKGROUND.delay, 1)
    assert 0 < some.pause < 1
    assert MIN_JOBS < some.limit(64) < 64


def test_an_overload_is_two_lines_of_the_log() -> None:
    with capture_logs() as logged:
        _play_an_overload(logged)
    refused = {"background": 0, "delivery": 10, "further request": 0, "request": 10}
    assert logged[1]["refused"] == refused
    assert logged[1]["seconds"] == 10


def _play_an_overload(logged: Sequence[Mapping[str, object]]) -> None:
    clock = Clock()
    load = adjusted(HIGH, 3, clock=clock)
    for _ in range(10):
        clock.now += 1
        load.adjust(HIGH)
        load.admits(Work.REQUEST)
        load.admits(Work.DELIVERY)
    for _ in range(3):
        load.adjust(0.0)
    assert [entry["event"] for entry in logged] == ["overload began"]
    clock.now += QUIET_SECONDS + 0.1
    load.adjust(0.0)
    assert [entry["event"] for entry in logged] == ["overload began", "overload ended"]


FAST = BURST_SECONDS / BURST_DELIVERIES / 2
SLOW = BURST_SECONDS / BURST_DELIVERIES * 2


@pytest.mark.parametrize(
    ("deliveries", "apart", "silence", "held"),
    [
        (0, FAST, 0.0, False),
        (BURST_DELIVERIES - 1, FAST, 0.0, False),
        (BURST_DELIVERIES, FAST, 0.0, True),
        (BURST_DELIVERIES, FAST, BURST_SECONDS, False),
        (10 * BURST_DELIVERIES, SLOW, 0.0, False),
        (round(0.9 * MAX_HOLD_SECONDS / FAST), FAST, 0.0, True),
        (round(1.1 * MAX_HOLD_SECONDS / FAST), FAST, 0.0, False),
    ],
    ids=[
        "none",
        "a few",
        "a burst",
        "it is over",
        "steadily",
        "a long burst",
        "it has held them up for long enough",
    ],
)
def test_queues_wait_for_a_burst_of_deliveries(deliveries: int, apart: float, silence: float, held: bool) -> None:
    clock = Clock()
    load = LoadShedder(clock=clock)
    for _ in range(deliveries):
        clock.now += apart
        load.note_delivery()
    clock.now += silence
    assert load.is_burst_first == held


def test_the_next_burst_holds_queues_up_again() -> None:
    clock = Clock()
    load = LoadShedder(clock=clock)
    for number in range(2 * round(1.1 * MAX_HOLD_SECONDS / FAST)):
        clock.now += FAST if number != round(1.1 * MAX_HOLD_SECONDS / FAST) else BURST_SECONDS
        load.note_delivery()
        if number == round(1.1 * MAX_HOLD_SECONDS / FAST) + BURST_DELIVERIES:
            assert load.is_burst_first
    assert not load.is_burst_first


class Samples:
    """A store for whose connections calls wait so long; tells when so many samples were taken."""

    def __init__(self, wait: float = 0.0) -> None:
        self.wait, self._left, self._taken = wait, 0, asyncio.Event()

    def __call__(self) -> float:
        self._left -= 1
        if self._left <= 0:
            self._taken.set()
        return self.wait

    async def take(self, count: int) -> None:
        self._left = count
        self._taken.clear()
        async with asyncio.timeout(30):
            await self._taken.wait()


@asynccontextmanager
async def measured(samples: Samples, *, under_way: int = MIN_UNDER_WAY) -> AsyncIterator[LoadShedder]:
    load = LoadShedder(samples)
    measuring = asyncio.create_task(load.run())
    with ExitStack() as requests:
        for _ in range(under_way):
            requests.enter_context(load.under_way())
        yield load
    measuring.cancel()
    await asyncio.wait({measuring})


@pytest.mark.slow
async def test_a_busy_event_loop_is_load_until_it_is_free_again() -> None:
    samples = Samples()
    async with measured(samples) as load, asyncio.timeout(30):
        while load.admits(Work.REQUEST):
            time.sleep(0.5)  # noqa: ASYNC251 - the event loop is to stall
            await asyncio.sleep(0)
        await samples.take(30)
        assert load.pause == 0.0
        assert load.admits(Work.REQUEST)


async def test_waiting_for_connections_is_load() -> None:
    samples = Samples(wait=5.0)
    async with measured(samples) as load:
        await samples.take(30)
        assert not load.admits(Work.REQUEST)


async def test_where_little_is_under_way_a_delay_is_no_load() -> None:
    samples = Samples(wait=10.0)
    async with measured(samples, under_way=MIN_UNDER_WAY - 1) as load:
        await samples.take(30)
        assert load.pause == 0.0
        assert load.admits(Work.REQUEST)


async def test_turns_that_wait_for_a_slow_site_are_no_load() -> None:
    samples, site = Samples(), asyncio.Event()
    waiting = [asyncio.create_task(site.wait()) for _ in range(2000)]
    async with measured(samples) as load:
        await samples.take(30)
        assert load.pause == 0.0
        assert load.admits(Work.REQUEST)
    site.set()
    await asyncio.gather(*waiting)
