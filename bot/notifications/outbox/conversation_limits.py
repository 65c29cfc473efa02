"""What a conversation was sent lately, by all replicas: it decides about its rate limits and about bursts.

Teams' windows for a thread are 7 requests in 1 s, 60 in 30 s and 1,800 in an hour
(https://learn.microsoft.com/microsoftteams/platform/bots/how-to/rate-limit). The windows slide.
"""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Final

import structlog

from bot.chat.identity import Conversation
from bot.storage.base import Store, StoreCorruptError
from bot.storage.table import Table

TABLE = "traffic"

SHORT_LIMITS: Final = ((7, 1.0), (60, 30.0))
"""At most so many requests, in so many seconds."""
HOUR_LIMIT: Final = 1800
HOUR_SECONDS: Final = 3600.0
MINUTE_SECONDS: Final = 60.0

MAX_BURST_EVENTS: Final = 10
BURST_SECONDS: Final = 10.0
"""More than `MAX_BURST_EVENTS` events in so many seconds are a burst (F22)."""

_MAX_TIMES: Final = max(count for count, _ in SHORT_LIMITS)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Arrival:
    """An event's job, and when it was put into the outbox (Unix seconds)."""

    put_at: float
    job: str


@dataclass(frozen=True, slots=True)
class Traffic:
    """The last requests to a conversation, and the last events for it. Pure; all times are Unix seconds.

    `requests` are the times of the last sixty requests; `minutes` counts them by minute, for an hour. `arrivals`
    are the last events, `posted` is when the last ones that are no part of a digest were posted.
    """

    requests: tuple[float, ...] = ()
    minutes: dict[int, int] = field(default_factory=dict)
    arrivals: tuple[Arrival, ...] = ()
    posted: tuple[float, ...] = ()

    def next_request_at(self, now: float) -> float:
        """Return the earliest time for the next request."""
        # Another replica's clock may be ahead of ours.
        times = [min(at, now) for at in self.requests]
        full = [times[-count] + seconds for count, seconds in SHORT_LIMITS if len(times) >= count]
        return max([now, *full, self._hour_free_at(now)])

    def with_request(self, at: float) -> Traffic:
        """Count a request at `at`, not before `next_request_at`."""
        oldest, minute = at - HOUR_SECONDS - MINUTE_SECONDS, int(at // MINUTE_SECONDS)
        minutes = {m: count for m, count in self.minutes.items() if m * MINUTE_SECONDS >= oldest}
        minutes[minute] = minutes.get(minute, 0) + 1
        return replace(self, requests=(*self.requests, at)[-_MAX_TIMES:], minutes=minutes)

    def with_arrival(self, arrival: Arrival) -> Traffic:
        """Count an event. Repeating it changes nothing."""
        if arrival in self.arrivals:
            return self
        return replace(self, arrivals=(*self.arrivals, arrival)[-MAX_BURST_EVENTS - 1 :])

    def with_posted(self, now: float) -> Traffic:
        """Count an event that was posted by itself."""
        return replace(self, posted=(*self.posted, now)[-MAX_BURST_EVENTS:])

    def is_burst(self, put_at: float, now: float) -> bool:
        """Whether the event that arrived last, put at `put_at`, is one too many to be posted by itself.

        Both the rate at which events arrive and that at which they would be posted count: a backlog that built up
        over hours becomes a digest too.
        """
        arriving = len(self.arrivals) > MAX_BURST_EVENTS and put_at - self.arrivals[0].put_at < BURST_SECONDS
        posting = len(self.posted) == MAX_BURST_EVENTS and now - self.posted[0] < BURST_SECONDS
        return arriving or posting

    def _hour_free_at(self, now: float) -> float:
        """Return when the hour has room. A minute's requests count until all of the minute is an hour ago."""
        ends = {(minute + 1) * MINUTE_SECONDS + HOUR_SECONDS: count for minute, count in self.minutes.items()}
        counted = sorted(
            (end, count) for end, count in ends.items() if now < end <= now + HOUR_SECONDS + MINUTE_SECONDS
        )
        left, free_at = sum(count for _, count in counted), now
        for end, count in counted:
            if left < HOUR_LIMIT:
                break
            left, free_at = left - count, end
        return free_at


class TrafficLog:
    """The traffic of conversations: a record each, held by the replica that has the conversation's job.

    One job of a conversation runs at a time, so that one read and one write a job are enough.
    """

    def __init__(self, store: Store) -> None:
        self._table = Table(store, TABLE, Traffic)
        self._held: dict[str, Traffic] = {}

    @asynccontextmanager
    async def hold(self, conversation: Conversation, *, now: float) -> AsyncIterator[None]:
        """Read the record, and write it afterwards if it changed. Raises `StoreError`. `now`: Unix seconds."""
        key = conversation.key
        before = self._held[key] = await self._read(key)
        try:
            yield
        finally:
            # A worker that lost its lease may hold it at the same time for a moment: whoever ends first writes.
            after = self._held.pop(key, before)
            if after != before:
                await self._table.put(key, after, expires_at=now + 2 * HOUR_SECONDS)

    def get(self, conversation: Conversation) -> Traffic:
        """Return the traffic of a conversation that is held; of any other nothing is known."""
        return self._held.get(conversation.key, Traffic())

    def set(self, conversation: Conversation, traffic: Traffic) -> None:
        """Change the traffic of a conversation, if it is held."""
        if conversation.key in self._held:
            self._held[conversation.key] = traffic

    async def _read(self, key: str) -> Traffic:
        try:
            return await self._table.get(key) or Traffic()
        except StoreCorruptError:
            log.error("traffic of a conversation cannot be read", key=key)  # noqa: TRY400  # it begins anew
            return Traffic()
