"""Rate limits for outgoing messages, and the detection of bursts.

Teams' limits: 50 requests a second for an app in a tenant, 1,800 an hour for a thread
(https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit); its shorter windows for a thread are
7 in 1 s and 60 in 30 s. Windows slide, so that no window of any length is ever exceeded.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

Window = tuple[int, float]
"""At most so many, in so many seconds."""

CONVERSATION_LIMITS: Sequence[Window] = ((7, 1.0), (60, 30.0), (1800, 3600.0))
TENANT_LIMITS: Sequence[Window] = ((50, 1.0),)

_IDLE_WINDOWS = 60
"""After this many burst windows without an event a conversation is forgotten; a backlog's events are old."""


class RateLimitExceededError(Exception):
    """Waiting for the rate limit would take longer than a job should; `seconds` is how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.1f} s")
        self.seconds = seconds


class SlidingWindows:
    """The times of the last few requests, and when the next one may happen. Times are of a monotonic clock."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self._times: deque[float] = deque(maxlen=max(count for count, _ in windows))

    def next_at(self, now: float) -> float:
        """Return the earliest time for the next request."""
        full = [(count, seconds) for count, seconds in self._windows if len(self._times) >= count]
        return max([now, *(self._times[-count] + seconds for count, seconds in full)])

    def take(self, at: float) -> None:
        """Record a request at `at`, not before `next_at`."""
        self._times.append(at)

    @property
    def latest(self) -> float:
        """When the last request happens."""
        return self._times[-1] if self._times else float("-inf")


class RateLimiter:
    """The limits of all conversations and tenants that this process posts to."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, max_wait: float = 5.0) -> None:
        self._clock, self._max_wait = clock, max_wait
        self._windows: dict[str, SlidingWindows] = {}

    async def acquire(self, conversation: str, tenant: str) -> None:
        """Return when one more request may be made. Raises `RateLimitExceededError` beyond `max_wait` seconds."""
        now = self._clock()
        here = self._windows_of(f"conversation {conversation}", CONVERSATION_LIMITS)
        there = self._windows_of(f"tenant {tenant}", TENANT_LIMITS)
        at = max(here.next_at(now), there.next_at(now))
        if at - now > self._max_wait:
            raise RateLimitExceededError(at - now)
        here.take(at)
        there.take(at)
        if at > now:
            await asyncio.sleep(at - now)

    def forget_idle(self) -> None:
        """Forget conversations that were silent for the longest window."""
        now = self._clock()
        idle = [name for name, windows in self._windows.items() if now - windows.latest > 3600.0]
        for name in idle:
            del self._windows[name]

    def _windows_of(self, name: str, limits: Sequence[Window]) -> SlidingWindows:
        return self._windows.setdefault(name, SlidingWindows(limits))


class BurstDetector:
    """Detects more than `max_events` in `seconds` for a conversation; the rest becomes one digest (F22)."""

    def __init__(self, *, max_events: int = 10, seconds: float = 10.0) -> None:
        self._max_events, self._seconds = max_events, seconds
        self._arrived: dict[str, deque[tuple[float, str]]] = {}
        self._posted: dict[str, deque[float]] = {}

    def is_burst(self, conversation: str, job_id: str, put_at: float, now: float) -> bool:
        """Whether one more event, put at `put_at` (both Unix seconds), is one too many. Repeating it is harmless.

        Both the rate at which events arrive and that at which they would be posted count: a backlog that built up
        over hours becomes a digest too.
        """
        arrived = self._arrived.setdefault(conversation, deque(maxlen=self._max_events + 1))
        if all(known != job_id for _, known in arrived):
            arrived.append((put_at, job_id))
        posted = self._posted.get(conversation, ())
        arriving = len(arrived) > self._max_events and put_at - arrived[0][0] < self._seconds
        posting = len(posted) >= self._max_events and now - posted[-self._max_events] < self._seconds
        return arriving or posting

    def record_posted(self, conversation: str, now: float) -> None:
        """Count an event that was posted by itself."""
        self._posted.setdefault(conversation, deque(maxlen=self._max_events)).append(now)

    def forget_idle(self, now: float) -> None:
        """Forget conversations without a recent event."""
        horizon = now - _IDLE_WINDOWS * self._seconds
        for name in [name for name in {*self._arrived, *self._posted} if self._latest(name) < horizon]:
            self._arrived.pop(name, None)
            self._posted.pop(name, None)

    def _latest(self, name: str) -> float:
        arrived, posted = self._arrived.get(name), self._posted.get(name)
        return max(arrived[-1][0] if arrived else 0.0, posted[-1] if posted else 0.0)
