"""One phase of the benchmark: a load is offered for some seconds, and what became of it is measured."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from time import monotonic

import psycopg

from benchmarks.open_loop import Call, offer
from benchmarks.processes import ask, counts
from benchmarks.scale_cpu import REPLICAS, Meter, Reading, Usage
from benchmarks.scale_traffic import COMMAND, WEBHOOK, Traffic

PATIENCE = 20.0
DRAIN_SECONDS = 60.0
MAX_WAIT_SECONDS = 1.0
MAX_BACKLOG_SECONDS = 3.0
SETTLED_SECONDS = 2.0
SETTLED_CORES = 0.15
"""Of a core: a replica that uses less for `SETTLED_SECONDS` is idle."""
MAX_SETTLE_SECONDS = 240.0
GOOD = {200, 201, 202}
Sight = tuple[str, int, str]
"""A message at Teams: what it comes of and its number, and the conversation."""


@dataclass(frozen=True, slots=True)
class Rate:
    """Commands and webhooks a second."""

    commands: float
    webhooks: float

    def __str__(self) -> str:
        return f"{self.commands:g} + {self.webhooks:g}"


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds that something took each time, counted from when it was due."""

    seconds: Sequence[float]

    @classmethod
    def of(cls, seconds: Iterable[float]) -> Times:
        """Sort what was measured."""
        return cls(sorted(seconds))

    def percentile(self, share: float) -> float:
        """Return within how many seconds that share was done; 0 if there was nothing."""
        return self.seconds[min(len(self.seconds) - 1, int(len(self.seconds) * share))] if self.seconds else 0.0


@dataclass(frozen=True)
class Outcome:
    """What became of a phase.

    `end` is when the load ended (`time.monotonic`), `seen` when which message reached Teams, `expected` how many
    messages all deliveries should have made, `jira_calls` how many calls Jira got. `drained` is how many seconds
    after the end the queues were empty, which `usage_with_drain` includes.
    """

    rate: Rate
    seconds: float
    end: float
    calls: Sequence[Call]
    seen: Mapping[Sight, float]
    expected: int
    jira_calls: int
    drained: float
    usage: Usage
    usage_with_drain: Usage

    @cached_property
    def turns(self) -> Times:
        """From when a command was due until its answer was at Teams."""
        return self._until_seen(COMMAND)

    @cached_property
    def delivered(self) -> Times:
        """From when a delivery was due until a message about it was at Teams."""
        return self._until_seen(WEBHOOK)

    @cached_property
    def acknowledged(self) -> Times:
        """From when a delivery was due until it was answered."""
        return Times.of(call.answered - call.due for call in self._of(WEBHOOK) if call.status in GOOD)

    @cached_property
    def late(self) -> Times:
        """From when a request was due until it was sent."""
        return Times.of(call.sent - call.due for call in self.calls if call.sent)

    @property
    def replies(self) -> float:
        """Answers at Teams a second, while the load went on."""
        return self._during(at for (kind, _, _), at in self.seen.items() if kind == COMMAND)

    @property
    def messages(self) -> float:
        """Messages of deliveries at Teams a second, while the load went on."""
        return self._during(at for (kind, _, _), at in self.seen.items() if kind == WEBHOOK)

    @property
    def acknowledgements(self) -> float:
        """Deliveries acknowledged a second, while the load went on."""
        return self._during(call.answered for call in self._of(WEBHOOK) if call.status in GOOD)

    @property
    def failed(self) -> int:
        """Commands without their issue as answer, deliveries that were not taken, and messages that never came."""
        commands, deliveries = self._of(COMMAND), self._of(WEBHOOK)
        refused = sum(call.status not in GOOD for call in deliveries)
        lost = 0 if refused else abs(self.expected - len(self.delivered.seconds))
        return len(commands) - len(self.turns.seconds) + refused + lost

    @property
    def is_carried(self) -> bool:
        """Whether the load could go on for ever: nothing failed, nothing piled up, nobody waited long."""
        slowest = max(self.turns.percentile(0.99), self.acknowledged.percentile(0.99))
        return not self.failed and slowest <= MAX_WAIT_SECONDS and self.drained <= MAX_BACKLOG_SECONDS

    def each(self, total: float) -> float:
        """Return the share of a total that one request has."""
        return total / max(1, len(self.calls))

    def _of(self, kind: str) -> list[Call]:
        return [call for call in self.calls if call.kind == kind]

    def _until_seen(self, kind: str) -> Times:
        due = {call.number: call.due for call in self._of(kind)}
        return Times.of(
            at - due[number] for (of, number, _), at in self.seen.items() if of == kind and number in due
        )

    def _during(self, moments: Iterable[float]) -> float:
        return sum(at <= self.end for at in moments) / self.seconds


@dataclass(frozen=True)
class Bench:
    """The replicas of one configuration, and what they are loaded with."""

    traffic: Traffic
    ports: Sequence[int]
    meter: Meter
    around: Mapping[str, str]
    database: str

    async def settle(self) -> float:
        """Wait until the replicas have done what they do at their start; return how many seconds that took."""
        began = monotonic()
        while (await self.idle(SETTLED_SECONDS)).cores(REPLICAS) > SETTLED_CORES * len(self.ports):
            if monotonic() - began > MAX_SETTLE_SECONDS:
                break
        return monotonic() - began - SETTLED_SECONDS

    async def idle(self, seconds: float) -> Usage:
        """Measure what everything costs while nothing is asked for."""
        before = self.meter.read()
        await asyncio.sleep(seconds)
        return before.until(self.meter.read())

    async def run(self, rate: Rate, seconds: float) -> Outcome:
        """Offer a load, then wait until nothing of it is left to do."""
        jira_calls = await self._jira_calls()
        before, end = self.meter.read(), monotonic() + seconds
        reading = asyncio.create_task(self._read_at(end))
        arrivals = self.traffic.arrivals(rate.commands, rate.webhooks, seconds)
        calls = await offer(self.ports, arrivals, patience=PATIENCE)
        drained = await self._drain(end)
        seen = await self._seen(calls)
        at_end, at_last = await reading, self.meter.read()
        return Outcome(
            rate,
            seconds,
            end,
            calls,
            seen,
            expected=self.traffic.take_expected(),
            jira_calls=await self._jira_calls() - jira_calls,
            drained=drained,
            usage=before.until(at_end),
            usage_with_drain=before.until(at_last),
        )

    async def _jira_calls(self) -> int:
        """Return how many calls Jira got, without searches for what webhooks missed, which come by the clock."""
        counted = await counts(self.around)
        return sum(counted.get(f"jira_{kind}", 0) for kind in ("issues", "transitions", "comments", "writes"))

    async def _read_at(self, moment: float) -> Reading:
        await asyncio.sleep(max(0.0, moment - monotonic()))
        return self.meter.read()

    async def _drain(self, end: float) -> float:
        """Wait until both queues are empty; return how many seconds after `end` they were."""
        waiting = "SELECT count(*) FROM jobs WHERE reason IS NULL"
        async with await psycopg.AsyncConnection.connect(self.database, autocommit=True) as connection:
            while monotonic() - end < DRAIN_SECONDS:
                row = await (await connection.execute(waiting)).fetchone()
                if row is not None and row[0] == 0:
                    break
                await asyncio.sleep(0.1)
        return max(0.0, monotonic() - end)

    async def _seen(self, calls: Sequence[Call]) -> Mapping[Sight, float]:
        """Return when each message was seen first at Teams, once all commands have some answer."""
        wanted = sum(call.kind == COMMAND and call.status in GOOD for call in calls)
        seen: dict[Sight, float] = {}
        end = monotonic() + PATIENCE
        while True:
            for kind, number, conversation, at in await ask(f"{self.around['jira']}/seen"):
                seen.setdefault((kind, number, conversation), at)
            if sum(kind != WEBHOOK for kind, _, _ in seen) >= wanted or monotonic() > end:
                return seen
            await asyncio.sleep(0.1)
