"""Embedded engine: killed at random while four writers and a worker are at it, it loses and doubles nothing (F28).

`KILL_ROUNDS` rounds are made (4 by default).
"""

from __future__ import annotations

import asyncio
import os
import random
import sys
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bot.storage.base import StoredJob, StoredNames
from bot.storage.embedded import EmbeddedStore

pytestmark = pytest.mark.slow

ROUNDS = int(os.environ.get("KILL_ROUNDS", "4"))
IN_ONE_ROUND = 1_000_000

WRITER = """
import asyncio, sys
from pathlib import Path
from bot.storage.base import Job
from bot.storage.embedded import EmbeddedStore

async def writer(store, name):
    for n in range(int(sys.argv[2]), int(sys.argv[2]) + 1_000_000):
        key = f"{name}-{n % 40}"
        await store.put("people", key, {"n": n}, tags=[f"t{n % 3}"])
        print(f"people {key} {n}", flush=True)
        await store.put("grants", key, {"n": n}, tags=[f"t{n % 3}"])
        print(f"grants {key} {n}", flush=True)
        if await store.enqueue("work", Job(f"{name}-{n}", {"n": n}, group=name)):
            print(f"job {name}-{n} 0", flush=True)

async def worker(store):
    while True:
        for leased in await store.lease("work", limit=3, seconds=60):
            print(f"ran {leased.job.id} 0", flush=True)
            await store.done("work", leased, remember=600)
            print(f"done {leased.job.id} 0", flush=True)

async def main():
    store = EmbeddedStore(Path(sys.argv[1]))
    await store.open()
    await asyncio.gather(*(writer(store, f"w{n}") for n in range(4)), worker(store))

asyncio.run(main())
"""


@dataclass
class Acknowledged:
    """What the killed processes said was durable. `records` are by table and key."""

    records: dict[tuple[str, str], int] = field(default_factory=dict)
    jobs: set[str] = field(default_factory=set)
    done: set[str] = field(default_factory=set)
    count: int = 0

    def hear(self, line: bytes) -> None:
        if not line.endswith(b"\n"):
            return
        kind, name, number = line.decode().split()
        self.count += 1
        if kind == "ran":
            assert name not in self.done, "a finished job ran again"
        elif kind in ("job", "done"):
            (self.jobs if kind == "job" else self.done).add(name)
        else:
            self.records[kind, name] = int(number)


@pytest.mark.timeout(60 + 10 * ROUNDS)
async def test_f28_killed_at_random_nothing_that_was_acknowledged_is_lost(tmp_path: Path) -> None:
    folder, known = tmp_path / "store", Acknowledged()
    for round_ in range(ROUNDS):
        chance = random.Random(round_)
        arguments = ["-c", WRITER, str(folder), str(round_ * IN_ONE_ROUND)]
        process = await asyncio.create_subprocess_exec(sys.executable, *arguments, stdout=asyncio.subprocess.PIPE)
        assert process.stdout is not None
        for _ in range(chance.randint(50, 300)):
            known.hear(await process.stdout.readline())
        process.kill()
        for line in (await process.communicate())[0].splitlines(keepends=True):
            known.hear(line)
        await check(folder, known, round_)
    print(f"{ROUNDS} kills, {known.count} acknowledged, nothing lost, nothing doubled")


async def check(folder: Path, known: Acknowledged, round_: int) -> None:
    store = EmbeddedStore(folder)
    await store.open()
    for (table, key), number in known.records.items():
        row = await store.get(table, key)
        assert row is not None
        present = row.value["n"]
        assert isinstance(present, int)
        # The last one of this round may have been written, not acknowledged.
        assert present == number or present >= max(number, round_ * IN_ONE_ROUND), (table, key)
        known.records[table, key] = present
    for table in ("people", "grants"):
        values = {key: number for (name, key), number in known.records.items() if name == table}
        for tag in range(3):
            found = {row.key: row.value["n"] for row in await store.find(table, f"t{tag}")}
            assert found.items() >= {key: number for key, number in values.items() if number % 3 == tag}.items()
            assert all(number % 3 == tag for number in found.values() if isinstance(number, int))
    items = [item async for item in store.export()]
    unfinished = {item.job.id for item in items if isinstance(item, StoredJob)}
    remembered = {name for item in items if isinstance(item, StoredNames) for name in item.names}
    assert known.jobs <= unfinished | remembered
    assert known.done <= remembered
    assert not unfinished & remembered
    await store.close()
