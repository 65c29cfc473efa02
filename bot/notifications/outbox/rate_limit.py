"""How fast we may speak: sliding windows, so that no window of any length is ever exceeded.

Teams' limits: 50 requests a second for an app in a tenant, 1,800 an hour for a thread
(https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit); its shorter windows a thread are
7 in 1 s and 60 in 30 s.
"""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence

Window = tuple[int, float]
"""At most so many, in so many seconds."""

A_CONVERSATION: Sequence[Window] = ((7, 1.0), (60, 30.0), (1800, 3600.0))
A_TENANT: Sequence[Window] = ((50, 1.0),)


class TooFastError(Exception):
    """It would have to wait longer than it is worth holding a lease; `seconds` says how long."""

    def __init__(self, seconds: float) -> None:
        super().__init__(f"wait {seconds:.1f} s")
        self.seconds = seconds


class SlidingWindows:
    """When the last few happened, and when the next may. Times are of a monotonic clock."""

    def __init__(self, windows: Sequence[Window]) -> None:
        self._windows = windows
        self._times: deque[float] = deque(maxlen=max(count for count, _ in windows))

    def next_at(self, now: float) -> float:
        """The earliest time for the next one."""
        full = [(count, seconds) for count, seconds in self._windows if len(self._times) >= count]
        return max([now, *(self._times[-count] + seconds for count, seconds in full)])

    def take(self, at: float) -> None:
        """It happens at `at`, not before `next_at`."""
        self._times.append(at)

    @property
    def latest(self) -> float:
        """When the last one is to happen."""
        return self._times[-1] if self._times else float("-inf")


class Pace:
    """The limits of all conversations and tenants that this process speaks to."""

    def __init__(self, *, clock: Callable[[], float] = time.monotonic, patience: float = 5.0) -> None:
        self._clock, self._patience = clock, patience
        self._windows: dict[str, SlidingWindows] = {}

    async def wait(self, conversation: str, tenant: str) -> None:
        """Return when one more request may be made. Raises `TooFastError` instead of waiting long."""
        now = self._clock()
        here = self._of(f"conversation {conversation}", A_CONVERSATION)
        there = self._of(f"tenant {tenant}", A_TENANT)
        at = max(here.next_at(now), there.next_at(now))
        if at - now > self._patience:
            raise TooFastError(at - now)
        here.take(at)
        there.take(at)
        if at > now:
            await asyncio.sleep(at - now)

    def forget_idle(self) -> None:
        """Let go of conversations that were silent for the longest window."""
        now = self._clock()
        idle = [name for name, windows in self._windows.items() if now - windows.latest > 3600.0]
        for name in idle:
            del self._windows[name]

    def _of(self, name: str, windows: Sequence[Window]) -> SlidingWindows:
        return self._windows.setdefault(name, SlidingWindows(windows))


class Bursts:
    """Whether a conversation is told more than `most` events in `seconds`: the rest becomes one digest (F22)."""

    def __init__(self, *, most: int = 10, seconds: float = 10.0) -> None:
        self._most, self._seconds = most, seconds
        self._put: dict[str, deque[tuple[float, str]]] = {}
        self._told: dict[str, deque[float]] = {}

    def is_burst(self, conversation: str, job_id: str, put_at: float, now: float) -> bool:
        """Whether one more event, put at `put_at` (both Unix seconds), is one too many. Asking twice is harmless.

        Both the rate at which events arrive and that at which they would be told count: a backlog that built up
        over hours is told as a digest too.
        """
        arrived = self._put.setdefault(conversation, deque(maxlen=self._most + 1))
        if all(known != job_id for _, known in arrived):
            arrived.append((put_at, job_id))
        told = self._told.get(conversation, ())
        arriving = len(arrived) > self._most and put_at - arrived[0][0] < self._seconds
        telling = len(told) >= self._most and now - told[-self._most] < self._seconds
        return arriving or telling

    def told(self, conversation: str, now: float) -> None:
        """An event was told by itself."""
        self._told.setdefault(conversation, deque(maxlen=self._most)).append(now)

    def forget_idle(self, now: float) -> None:
        """Let go of conversations that had no event and were told none for a while: a backlog's events are old."""
        horizon = now - 60 * self._seconds
        for name in [name for name in {*self._put, *self._told} if self._latest(name) < horizon]:
            self._put.pop(name, None)
            self._told.pop(name, None)

    def _latest(self, name: str) -> float:
        arrived, told = self._put.get(name), self._told.get(name)
        return max(arrived[-1][0] if arrived else 0.0, told[-1] if told else 0.0)
