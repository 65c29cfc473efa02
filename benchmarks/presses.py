"""Many people press card buttons while Jira is slow: every press is answered, and none costs a thread.

`python -m benchmarks.presses` presses `issue.assign` (to me) and `issue.move` in turn, each on a card of its own,
against the bridge as `app.py serve` runs it and a Jira that takes 200 ms a call.
"""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator, Iterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path

from benchmarks import seeding
from benchmarks.processes import Running, counts, free_port, surroundings
from benchmarks.wire import Load, drive
from bot.bootstrap import SIGNING_PURPOSE
from bot.chat.identity import Person
from bot.runtime import logging
from bot.security.card_signing import Signer
from bot.storage.encryption import Keyring

PEOPLE = 100
PATIENCE = 120.0
DONE = (b"Assigned to you.", b"Moved to Done.")
"""What the card says after a press; a failure comes as a card too, with another sentence."""
LATE = b"Still working on it"
MORE_THREADS = 2
"""More of them than after the first presses are more than a pool that was not full yet."""


@dataclass(frozen=True)
class Outcome:
    """One run."""

    load: Load
    threads: tuple[int, ...]
    """After the first presses, then as often as it was looked."""
    writes: int
    updates: int

    @property
    def problems(self) -> list[str]:
        """What does not hold of what was promised."""
        presses = len(self.load.seconds)
        checks = {
            f"not all presses succeeded: {dict(self.load.kinds)}": self.load.kinds.keys() <= {"done", "late"},
            f"{presses} presses made {self.writes} writes": self.writes == presses,
            f"{presses} presses updated {self.updates} cards": self.updates == presses,
            f"threads grew from {self.threads[0]} to {max(self.threads)}": max(self.threads)
            <= self.threads[0] + MORE_THREADS,
        }
        return [sentence for sentence, holds in checks.items() if not holds]


def judge(status: int, body: bytes) -> str:
    """Name what became of a press."""
    if status == 200 and any(words in body for words in DONE):
        return "done"
    return "late" if status == 200 and LATE in body else f"failed ({status})"


def presses(
    around: Mapping[str, str], people: Sequence[Person], signer: Signer, numbers: range
) -> Iterator[bytes]:
    """One person after the other; every press on another card, as a double click would not be a second press."""
    for number in numbers:
        person = people[number % len(people)]
        verb, what = (("issue.assign", {"assignee": "me"}), ("issue.move", {"transition": "31"}))[number % 2]
        sign = signer.bound_to(f"a:{person.oid}")
        data = sign(verb, issue=seeding.ISSUE_KEY, site=seeding.SITE.cloud_id, **what)
        pressed = {"action": {"type": "Action.Execute", "verb": verb, "data": data}, "trigger": "manual"}
        card = {"name": "adaptiveCard/action", "value": pressed, "replyToId": f"{1_700_000_000_000 + number}"}
        yield seeding.post(around, seeding.activity(around, person, "invoke", **card))


@asynccontextmanager
async def watched(server: Running) -> AsyncIterator[list[int]]:
    """Count the server's threads twenty times a second while the block runs."""
    seen = [server.threads()]

    async def look() -> None:
        while True:
            await asyncio.sleep(0.05)
            seen.append(server.threads())

    looking = asyncio.create_task(look())
    try:
        yield seen
    finally:
        looking.cancel()
        with suppress(asyncio.CancelledError):
            await looking


async def run(count: int, concurrency: int, delay: float) -> Outcome:
    """Press so many times."""
    with tempfile.TemporaryDirectory(prefix="presses-") as name:
        folder = Path(name)
        async with surroundings(folder, jira_delay=delay) as around:
            people = seeding.persons(around, PEOPLE)
            bridge = await seeding.prepare(f"tinydb://{folder / 'store'}", around, people, port=free_port())
            signer = Signer(Keyring([bridge.environment["ENCRYPTION_KEYS"]]).derive(SIGNING_PURPOSE))
            async with bridge.running(folder) as server:

                async def press(numbers: range) -> Load:
                    requests = presses(around, people, signer, numbers)
                    return await drive(
                        server.port, requests, concurrency=concurrency, patience=PATIENCE, judge=judge
                    )

                await press(range(2 * concurrency))
                before = await _settled(around)
                async with watched(server) as threads:
                    load = await press(range(2 * concurrency, 2 * concurrency + count))
                    after = await _settled(around)
        done = [after[what] - before[what] for what in ("jira_writes", "updates")]
        return Outcome(load, tuple(threads), *done)


async def _settled(around: Mapping[str, str]) -> dict[str, int]:
    """Return the counts once they stay the same: presses that were answered late have ended then."""
    last: dict[str, int] = {}
    while (now := await counts(around)) != last:
        last = now
        await asyncio.sleep(1.0)
    return now


def report(outcome: Outcome, concurrency: int, delay: float) -> str:
    """Markdown."""
    load, threads = outcome.load, outcome.threads
    heads = ["presses", "at once", "Jira ms a call", "failed", "late", "presses/s", "p50 ms", "p99 ms", "threads"]
    row = [
        len(load.seconds),
        concurrency,
        f"{delay * 1000:.0f}",
        load.kinds.total() - load.kinds["done"] - load.kinds["late"],
        load.kinds["late"],
        f"{len(load.seconds) / load.took:.0f}",
        f"{load.percentile(0.5):.0f}",
        f"{load.percentile(0.99):.0f}",
        f"{threads[0]} (at most {max(threads)})",
    ]
    return "\n".join(f"| {' | '.join(map(str, line))} |" for line in (heads, ["---"] * len(heads), row))


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the benchmark; return 1 if a press failed or the threads grew."""
    parser = argparse.ArgumentParser(prog="benchmarks.presses", description=__doc__)
    parser.add_argument("--presses", type=int, default=1000)
    parser.add_argument("--concurrency", type=int, default=64)
    parser.add_argument("--jira-delay", type=float, default=0.2, help="seconds that each call to Jira takes")
    parser.add_argument("--quick", action="store_true", help="100 presses")
    options = parser.parse_args(arguments)
    logging.configure("WARNING", "console")
    count = 100 if options.quick else options.presses
    outcome = asyncio.run(run(count, options.concurrency, options.jira_delay))
    print(report(outcome, options.concurrency, options.jira_delay))
    for problem in outcome.problems:
        print(problem, file=sys.stderr)
    return 1 if outcome.problems else 0


if __name__ == "__main__":
    sys.exit(main())
