"""Sheds load: refuses some of the new work while this process cannot do all of it in time.

Measured is what is short: how late the event loop runs what is due, and how long calls wait for a connection to
the store. A turn that waits for Jira or Teams uses neither, so a slow site is no load. Nor is it one if little is
under way: then other programs of the machine hold this one up, and refusing would not help.

Two ideas come from routers, which keep their queues short: of the delays in a short window the least counts, for
a burst leaves it near zero and a queue that does not go away does not (CoDel, RFC 8289); and the share that is
refused follows the delay and its change (PIE, RFC 8033), so that it settles where the rest is done in time. What
is refused first has the lowest target. All of it costs some microseconds, twenty times a second.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import Enum
from typing import Final

import structlog
from prometheus_client import Counter, Gauge

SAMPLE_SECONDS: Final = 0.05
WINDOW_SECONDS, MIN_SAMPLES = 0.25, 3
"""How long a window is at least, after which the shares are adjusted, and how many samples it has: what holds the
event loop up once, or twice, is no load."""
LOOP_WAITS: Final = 6
STORE_CALLS: Final = 6
"""How often a turn waits for the event loop and for the store, about. With 256 turns under way a `show` takes some
six times as long as a sample is late; it was counted to take 6 calls."""
MIN_UNDER_WAY: Final = 32
"""With fewer requests and deliveries under way a delay counts as none."""
MAX_EXCESS: Final = 4.0
"""Delays of more than so many targets count as so many."""
DELAY_GAIN: Final = 0.1
CHANGE_GAIN: Final = 0.3
MIN_JOBS: Final = 4
"""What a queue may begin in `MAX_PAUSE_SECONDS` at least, so that nothing waits for ever."""
MAX_PAUSE_SECONDS: Final = 1.0
BURST_DELIVERIES: Final = 16
BURST_SECONDS: Final = 0.05
"""So many deliveries in so short a time are a burst: as when a sprint is closed or issues are edited in bulk."""
MAX_HOLD_SECONDS: Final = 1.0
"""For how long a burst holds the queues up at most."""
QUIET_SECONDS: Final = 5.0
"""An overload is over when nothing was to be refused for so long."""


class Work(Enum):
    """Kinds of new work, in the order in which they are refused."""

    BACKGROUND = "background"
    """What can wait in its queue, and the own views of cards that clients ask for by themselves."""
    DELIVERY = "delivery"
    """Jira repeats it, and a search finds what it gives up."""
    FURTHER_REQUEST = "further request"
    """Of a person who has several under way: whoever asks for much does not crowd others out."""
    REQUEST = "request"
    """A person reads that they should try again."""


@dataclass(frozen=True, slots=True)
class Target:
    """More work is refused while the delay stays above `delay` seconds for so many windows."""

    delay: float
    windows: int


TARGETS: Final[Mapping[Work, Target]] = {
    Work.BACKGROUND: Target(0.3, 1),
    Work.DELIVERY: Target(0.8, 1),
    Work.FURTHER_REQUEST: Target(1.2, 2),
    Work.REQUEST: Target(2.0, 3),
}
"""A person rather waits for two seconds than tries again. At such a delay each call of a turn waits for a third of
a second; calls to the store are given up after two."""

MAX_WINDOWS: Final = max(target.windows for target in TARGETS.values())

DELAY = Gauge("load_delay_seconds", "How long a turn waits for the processor and the store, as estimated")
SHARE = Gauge("load_shed_share", "Which share of new work is refused or put off now", ["work"])
SHED = Counter("load_shed_total", "What was refused because of load", ["work"])
for _work in Work:
    SHARE.labels(_work.value)
    SHED.labels(_work.value)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Shedding:
    """Which share of each kind of work is refused after windows with these delays (in seconds, newest last)."""

    delays: tuple[float, ...] = ()
    shares: Mapping[Work, float] = field(default_factory=lambda: dict.fromkeys(Work, 0.0))

    @property
    def refuses(self) -> bool:
        """Whether anything is refused to somebody outside."""
        return any(share > 0 for work, share in self.shares.items() if work is not Work.BACKGROUND)

    def after(self, delay: float) -> Shedding:
        """Return what follows on a window in which everything waited at least `delay` seconds."""
        delays = (*self.delays, delay)[-MAX_WINDOWS:]
        shares = {
            work: _adjust(self.shares[work], _standing(self.delays, target), _standing(delays, target))
            for work, target in TARGETS.items()
        }
        return Shedding(delays, shares)


def _standing(delays: Sequence[float], target: Target) -> float:
    """Return the delay that has stood for as many windows as the target wants, in targets."""
    if len(delays) < target.windows:
        return 0.0
    return min(MAX_EXCESS, min(delays[-target.windows :]) / target.delay)


def _adjust(share: float, before: float, now: float) -> float:
    """Adjust a share to two delays, each in targets."""
    return min(1.0, max(0.0, share + DELAY_GAIN * (now - 1) + CHANGE_GAIN * (now - before)))


def no_wait() -> float:
    """Return how long calls wait for the connections of a store that has none."""
    return 0.0


class LoadShedder:
    """Measures the load while `run` runs, and says what to refuse.

    `store_wait` returns for how many seconds a call would wait now for a connection to the store.
    `clock` gives seconds (`time.monotonic`).
    """

    def __init__(
        self, store_wait: Callable[[], float] = no_wait, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._store_wait, self._clock = store_wait, clock
        self._shedding = Shedding()
        self._under_way = 0
        self._owed = dict.fromkeys(Work, 0.0)
        self._refused = dict.fromkeys(Work, 0)
        self._began: float | None = None
        self._last_refusing = 0.0
        self._deliveries: deque[float] = deque(maxlen=BURST_DELIVERIES)
        self._burst_began = 0.0

    async def run(self) -> None:
        """Measure for ever."""
        while True:
            end, delays = self._clock() + WINDOW_SECONDS, list[float]()
            while len(delays) < MIN_SAMPLES or self._clock() < end:
                delays.append(await self._sample())
            self.adjust(min(delays) if self._under_way >= MIN_UNDER_WAY else 0.0)

    @contextmanager
    def under_way(self) -> Iterator[None]:
        """Count a request or delivery while it is handled."""
        self._under_way += 1
        try:
            yield
        finally:
            self._under_way -= 1

    def note_delivery(self) -> None:
        """Note that a delivery has come."""
        now = self._clock()
        if not self._is_burst(now):
            self._burst_began = now
        self._deliveries.append(now)

    async def let_burst_pass(self) -> None:
        """Return when queues may begin more jobs: no burst comes in, or it has held them up for long enough."""
        while self.is_burst_first:  # noqa: ASYNC110  # what ends it is that time passes
            await asyncio.sleep(BURST_SECONDS)

    @property
    def is_burst_first(self) -> bool:
        """Whether queues wait for a burst: Jira waits for each answer, and gives up after seconds."""
        now = self._clock()
        return self._is_burst(now) and now - self._burst_began < MAX_HOLD_SECONDS

    def _is_burst(self, now: float) -> bool:
        return len(self._deliveries) == BURST_DELIVERIES and now - self._deliveries[0] < BURST_SECONDS

    async def _sample(self) -> float:
        due = self._clock() + SAMPLE_SECONDS
        await asyncio.sleep(SAMPLE_SECONDS)
        return LOOP_WAITS * (self._clock() - due) + STORE_CALLS * self._store_wait()

    def adjust(self, delay: float) -> None:
        """Adjust the shares after a window in which everything waited at least `delay` seconds."""
        self._shedding = self._shedding.after(delay)
        DELAY.set(delay)
        for work, share in self._shedding.shares.items():
            SHARE.labels(work.value).set(share)
        self._note_overload()

    def admits(self, work: Work) -> bool:
        """Whether new work may begin. Of a hundred calls as many are refused as its share says."""
        share = self._shedding.shares[work]
        if not share:
            return True
        self._owed[work] += share
        if self._owed[work] < 1:
            return True
        self._owed[work] -= 1
        self._refused[work] += 1
        SHED.labels(work.value).inc()
        return False

    @property
    def pause(self) -> float:
        """For how many seconds a queue waits now before it begins more jobs."""
        return self._shedding.shares[Work.BACKGROUND] * MAX_PAUSE_SECONDS

    def limit(self, most: int) -> int:
        """Return how many jobs a queue may begin at once that otherwise begins up to `most`."""
        return max(min(MIN_JOBS, most), round(most * (1 - self._shedding.shares[Work.BACKGROUND])))

    def _note_overload(self) -> None:
        """Log the beginning and the end of an overload, not each refusal."""
        now = self._clock()
        if self._shedding.refuses:
            self._last_refusing = now
            if self._began is None:
                self._began = now
                self._refused = dict.fromkeys(Work, 0)
                log.warning("overload began", delay_seconds=round(self._shedding.delays[-1], 3))
        elif self._began is not None and now - self._last_refusing > QUIET_SECONDS:
            refused = {work.value: count for work, count in self._refused.items()}
            log.warning("overload ended", seconds=round(self._last_refusing - self._began, 1), refused=refused)
            self._began = None
