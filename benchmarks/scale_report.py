"""The tables of the benchmark, and what limited it."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from benchmarks.scale_company import Company
from benchmarks.scale_cpu import LOAD, OTHERS, POSTGRES, REPLICAS, SURROUNDINGS, Usage
from benchmarks.scale_phase import Outcome, Times

CORES = os.cpu_count() or 1
FULL = 0.9
"""From this share on cores count as fully used."""


@dataclass(frozen=True, slots=True)
class Configuration:
    """What was measured with one number of replicas.

    `commands` and `webhooks` are phases with one of both alone, `highest` is the highest rate that was carried.
    `memory` is each replica's in bytes, when it was ready and at the end.
    """

    replicas: int
    idle: Usage
    commands: Outcome
    webhooks: Outcome
    offered: Outcome
    highest: Outcome | None
    memory: Sequence[tuple[int, int]]
    ready_after: Sequence[float]
    settled_after: float

    @property
    def mixed(self) -> list[Outcome]:
        """The phases with commands and webhooks: what was offered, and the highest rate if that is another."""
        return [self.offered, *([self.highest] if self.highest and self.highest is not self.offered else [])]

    def cpu(self, phase: Outcome, user: str) -> float:
        """Return the milliseconds that one request of a phase cost a user, beyond what idleness costs it."""
        usage = phase.usage_with_drain
        return phase.each((usage.cores(user) - self.idle.cores(user)) * usage.seconds) * 1000


def summary(outcome: Outcome) -> str:
    """Return a line about one phase."""
    return (
        f"{outcome.rate}/s {'carried' if outcome.is_carried else 'not carried'}: {outcome.replies:.0f} replies/s,"
        f" p99 {_ms(outcome.turns, 0.99)}, acknowledged p99 {_ms(outcome.acknowledged, 0.99)},"
        f" failed {outcome.failed}, queues empty after {outcome.drained:.1f} s,"
        f" {outcome.usage.busy:.2f} cores busy"
    )


def limit(outcome: Outcome, cores: int) -> str:
    """Say what was used up at a rate on a machine with so many cores."""
    busy, usage = outcome.usage.busy, outcome.usage
    if usage.busiest / usage.seconds >= FULL:
        return "the core that one process can use"
    if busy >= FULL * cores:
        own = busy - usage.cores(OTHERS)
        return f"the {cores} cores" if own >= FULL * cores else f"the {cores} cores, shared with other work"
    return "none of the cores"


def introduction(company: Company, jira_delay: float, database_bytes: int) -> str:
    """Say what there is. `jira_delay` is in seconds."""
    return (
        f"{company.people:,} linked people of {company.sites} tenants and Jira sites, {company.subscriptions:,}"
        f" subscriptions: a database of {database_bytes / 1e6:,.0f} MB. Each call to Jira takes"
        f" {jira_delay * 1000:.0f} ms."
    )


def tables(configurations: Sequence[Configuration]) -> str:
    """Return all tables as Markdown."""
    return "\n\n".join(make(configurations) for make in (_rates, _cost, _cores, _memory))


def _rates(configurations: Sequence[Configuration]) -> str:
    heads = [
        "replicas",
        "commands + webhooks/s",
        "carried",
        "replies/s",
        "p50 / p99",
        "acknowledged/s",
        "p50 / p99",
    ]
    heads += ["messages/s", "p50 / p99", "failed", "queues empty after", "limited by"]
    rows = []
    for each in configurations:
        rows += [[str(each.replicas), *_rate_cells(outcome)] for outcome in each.mixed]
    return table(heads, rows)


def _rate_cells(outcome: Outcome) -> list[str]:
    return [
        str(outcome.rate),
        "yes" if outcome.is_carried else "no",
        f"{outcome.replies:.0f}",
        _pair(outcome.turns),
        f"{outcome.acknowledgements:.0f}",
        _pair(outcome.acknowledged),
        f"{outcome.messages:.0f}",
        _pair(outcome.delivered),
        str(outcome.failed),
        f"{outcome.drained:.1f} s",
        limit(outcome, CORES),
    ]


def _cost(configurations: Sequence[Configuration]) -> str:
    heads = [
        "replicas",
        "one",
        "CPU of replicas",
        "CPU of PostgreSQL",
        "calls to Jira",
        "messages",
    ]
    rows = []
    for each in configurations:
        idle = (f"{each.idle.cores(user) / each.replicas * 100:.1f} %" for user in (REPLICAS, POSTGRES))
        rows.append([str(each.replicas), "idle replica", *idle, "", ""])
        for name, phase in (("command", each.commands), ("webhook, with its messages", each.webhooks)):
            cells = [
                f"{each.cpu(phase, REPLICAS):.1f} ms",
                f"{each.cpu(phase, POSTGRES):.1f} ms",
                f"{phase.each(phase.jira_calls):.2f}",
                f"{phase.each(len(phase.delivered.seconds)):.2f}",
            ]
            rows.append([str(each.replicas), name, *cells])
    return table(heads, rows)


def _cores(configurations: Sequence[Configuration]) -> str:
    users = [REPLICAS, POSTGRES, SURROUNDINGS, LOAD, OTHERS]
    heads = ["replicas", "commands + webhooks/s", *(f"{user}, cores" for user in users), "busy", "sent late p99"]
    rows = [
        [
            str(each.replicas),
            str(outcome.rate),
            *(f"{outcome.usage.cores(user):.2f}" for user in users),
            f"{outcome.usage.busy:.2f} of {CORES}",
            _ms(outcome.late, 0.99),
        ]
        for each in configurations
        for outcome in each.mixed
    ]
    return table(heads, rows)


def _memory(configurations: Sequence[Configuration]) -> str:
    heads = ["replicas", "RSS of each, MB: ready → end", "ready after", "settled after"]
    rows = [
        [
            str(each.replicas),
            ", ".join(f"{before >> 20} → {after >> 20}" for before, after in each.memory),
            ", ".join(f"{seconds:.1f} s" for seconds in each.ready_after),
            f"{each.settled_after:.0f} s",
        ]
        for each in configurations
    ]
    return table(heads, rows)


def table(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Format as a Markdown table, numbers to the right."""
    return "\n".join(f"| {' | '.join(line)} |" for line in (heads, ["---"] + ["---:"] * (len(heads) - 1), *rows))


def _pair(times: Times) -> str:
    return f"{_ms(times, 0.5)} / {_ms(times, 0.99)}"


def _ms(times: Times, share: float) -> str:
    return f"{times.percentile(share) * 1000:,.0f} ms"
