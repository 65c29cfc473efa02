"""What is measured at scale: what counts as carried, what counts as lost, and that all of it still runs."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Mapping
from dataclasses import replace

import pytest

from benchmarks.open_loop import Call
from benchmarks.scale_company import Company, Seed
from benchmarks.scale_cpu import LOAD, OTHERS, POSTGRES, REPLICAS, SURROUNDINGS, Usage
from benchmarks.scale_phase import Outcome, Rate
from benchmarks.scale_report import limit
from benchmarks.scale_traffic import COMMAND, WEBHOOK, Traffic
from bot.chat.identity import Person
from bot.storage.encryption import new_key
from tests.support.paths import ROOT

USED = {REPLICAS: 5.0, POSTGRES: 2.0, SURROUNDINGS: 1.0, LOAD: 1.0, OTHERS: 0.0}
QUIET = Usage(10.0, USED, busiest=5.0)
AROUND = {"app_id": "app", "service_url": "http://127.0.0.1/", "inbound_token": "token"}


def outcome(*, expected: int = 1, status: int = 200, drained: float = 0.5, answer_at: float = 100.2) -> Outcome:
    """Make a command and a delivery that were due at 100, with one message."""
    calls = [
        Call(COMMAND, 1, due=100.0, sent=100.0, answered=answer_at, status=200),
        Call(WEBHOOK, 1, due=100.0, sent=100.0, answered=100.1, status=status),
    ]
    seen = {(COMMAND, 1, "a:1"): answer_at, (WEBHOOK, 1, "19:1"): 100.4}
    return Outcome(Rate(1, 1), 1.0, 101.0, calls, seen, expected, 2, drained, QUIET, QUIET)


def test_times_count_from_when_it_was_due_until_it_was_at_teams() -> None:
    measured = outcome()
    assert measured.turns.percentile(0.5) == pytest.approx(0.2)
    assert measured.acknowledged.percentile(0.5) == pytest.approx(0.1)
    assert measured.delivered.percentile(0.99) == pytest.approx(0.4)
    assert (measured.replies, measured.acknowledgements, measured.messages) == (1.0, 1.0, 1.0)
    assert measured.is_carried


@pytest.mark.parametrize(
    ("measured", "failed"),
    [
        (outcome(status=503), 1),
        (outcome(expected=2), 1),
        (outcome(drained=3.1), 0),
        (outcome(answer_at=101.1), 0),
        (replace(outcome(), seen={(WEBHOOK, 1, "19:1"): 100.4}), 1),
    ],
    ids=["refused", "message lost", "queues piled up", "slow", "command without answer"],
)
def test_what_is_not_carried(measured: Outcome, failed: int) -> None:
    assert (measured.failed, measured.is_carried) == (failed, False)


@pytest.mark.parametrize(
    ("used", "busiest", "says"),
    [
        ({REPLICAS: 9.5}, 9.5, "the core that one process can use"),
        ({REPLICAS: 12.0, POSTGRES: 7.0}, 6.0, "the 2 cores"),
        ({REPLICAS: 8.0, OTHERS: 11.0}, 4.0, "the 2 cores, shared with other work"),
        ({REPLICAS: 5.0}, 5.0, "none of the cores"),
    ],
)
def test_what_limits(used: Mapping[str, float], busiest: float, says: str) -> None:
    usage = replace(QUIET, used={**dict.fromkeys(QUIET.used, 0.0), **used}, busiest=busiest)
    assert limit(replace(outcome(), usage=usage), cores=2) == says


def test_arrivals_come_at_the_rate_that_is_asked_for() -> None:
    traffic = Traffic(Company(people=100, subscriptions=40, sites=2), AROUND, "secret")
    arrivals = [*traffic.arrivals(commands=100, webhooks=300, seconds=10)]
    kinds = [arrival.kind for arrival in arrivals]
    assert kinds.count(COMMAND) == pytest.approx(1000, rel=0.15)
    assert kinds.count(WEBHOOK) == pytest.approx(3000, rel=0.1)
    assert [arrival.at for arrival in arrivals] == sorted(arrival.at for arrival in arrivals)
    # A third of the projects is subscribed to, twice; three fifths of the events are of those topics.
    assert traffic.take_expected() == pytest.approx(3000 * (2 / 3 * 0.6 + 0.15), rel=0.1)


async def test_the_company_is_seeded_as_the_bridge_writes_it() -> None:
    company = Company(people=20, subscriptions=40, sites=2)
    records = [record async for record in Seed(company, AROUND, new_key()).records()]
    names = [(record.table, record.key) for record in records]
    assert len(names) == len(set(names))
    tables = [record.table for record in records]
    counted = {table: tables.count(table) for table in ("grants", "jira_accounts", "references", "subscriptions")}
    assert counted == {"grants": 20, "jira_accounts": 20, "references": 40, "subscriptions": 40}
    people = {Person.from_key(record.key) for record in records if record.table == "grants"}
    assert {person.tenant for person in people} == set(company.tenants)


@pytest.mark.slow
async def test_it_runs_and_loses_nothing() -> None:
    command = [sys.executable, "-m", "benchmarks.scale", "--quick", "--replicas", "2"]
    process = await asyncio.create_subprocess_exec(*command, cwd=ROOT, stdout=asyncio.subprocess.PIPE)
    async with asyncio.timeout(240):
        printed, _ = await process.communicate()
    assert process.returncode == 0
    rows = [line.strip("| ").split(" | ") for line in printed.decode().splitlines()]
    heads = next(row for row in rows if "failed" in row)
    measured = [row for row in rows if len(row) == len(heads) and row[0] == "2"]
    assert measured
    assert {row[heads.index("failed")] for row in measured} == {"0"}
