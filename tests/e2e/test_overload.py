"""A replica that is asked for more than it can do answers what it can, in time, and refuses the rest at once."""

from __future__ import annotations

import asyncio
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path

import aiohttp
import pytest

from bot.commands.errors import explain
from bot.runtime.load_shedding import MIN_UNDER_WAY, Work
from bot.storage.base import StoreUnavailableError
from bot.teams.responder import BUSY
from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, Answer, Posted, personal
from sandbox.teams_cards import words
from sandbox.webhooks import Delivery
from tests.support.adf_text import adf_text
from tests.support.app_process import http_status, process, ready, said_by, surroundings
from tests.support.storage.engines import Server
from tests.support.storage.lossy_proxy import LossyProxy
from tests.support.world import World

pytestmark = pytest.mark.slow

CHAT = personal(ALICE)
AWAY = explain(StoreUnavailableError())
"""On a machine that is held up for seconds."""
ANSWER_DELAY = 0.05
"""Seconds that each statement takes: four connections do 80 a second then, too few for the commands sent."""
INTERVAL = 0.025
"""Seconds between two commands: forty a second."""
MAX_WAIT_SECONDS = 20.0
"""For an answer, also of those that come before anything is measured, and beside other tests."""


@asynccontextmanager
async def replica(folder: Path, postgres: Server) -> AsyncIterator[tuple[World, LossyProxy]]:
    """Run a replica for which Alice is linked; how fast its store is, the proxy says."""
    proxy = LossyProxy(Path(postgres.server.pgdata) / ".s.PGSQL.5432")
    async with surroundings(folder) as (world, environment), proxy.running():
        options = postgres.new_schema().partition("&")[2]
        environment["STORE_URL"] = (
            f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?sslmode=disable&{options}"
        )
        status, said = await said_by(environment, "migrate")
        assert status == 0, said
        async with process(environment):
            await ready(world.url)
            await world.link()
            yield world, proxy


async def metric(world: World, name: str) -> float:
    """Return a value of /metrics."""
    async with aiohttp.ClientSession() as session, session.get(f"{world.url}/metrics") as response:
        lines = (await response.text()).splitlines()
    return next(float(line.rpartition(" ")[2]) for line in lines if line.startswith(f"{name} "))


async def refused_requests(world: World) -> float:
    kinds = (Work.REQUEST, Work.FURTHER_REQUEST)
    return sum([await metric(world, f'load_shed_total{{work="{work.value}"}}') for work in kinds])


@dataclass
class Flood:
    """Commands in a channel, each in a thread and with a comment of its own, that wait for no answers."""

    world: World
    sent: dict[str, tuple[str, float]] = field(default_factory=dict)
    """By thread: the comment, and when it was sent."""
    _issues: list[str] = field(init=False)
    _posts: list[asyncio.Task[Answer]] = field(default_factory=list)

    def __post_init__(self) -> None:
        # Jira allows few writes to one issue.
        self._issues = [self.world.create_issue("DEMO", f"To be commented on {number}") for number in range(20)]

    async def go_on_until(self, enough: Callable[[], bool]) -> None:
        """Send one command after the other."""
        async with asyncio.timeout(20):
            while not enough():
                comment = f"comment number {len(self.sent):04} of many"
                issue = self._issues[len(self.sent) % len(self._issues)]
                text = f"<at>Jira</at> comment {issue} {comment}"
                activity = self.world.teams.activity(ALICE, CHANNEL, "message", text=text, entities=[])
                self.sent[str(activity["id"])] = comment, time.time()
                self._posts.append(asyncio.create_task(self.world.teams.post(activity)))
                await asyncio.sleep(INTERVAL)

    async def end(self) -> dict[str, list[Posted]]:
        """Wait until each has an answer; return all that was posted, by thread."""
        for thread in self.sent:
            await self.world.teams.next(CHANNEL, partial(is_in_thread, thread), 20)
        await asyncio.gather(*self._posts)
        posted: dict[str, list[Posted]] = {thread: [] for thread in self.sent}
        for each in self.world.teams.messages(CHANNEL):
            if thread_of(each) in posted:
                posted[thread_of(each)].append(each)
        return posted

    def answers(self) -> tuple[int, int]:
        """Return how many were refused so far, and how many done."""
        texts = [each.text for each in self.world.teams.messages(CHANNEL) if thread_of(each) in self.sent]
        refused = texts.count(BUSY)
        return refused, len(texts) - refused - texts.count(AWAY)


def shows(text: str, posted: Posted) -> bool:
    return text in words(posted.card)


def is_in_thread(thread: str, posted: Posted) -> bool:
    return thread_of(posted) == thread


def thread_of(posted: Posted) -> str:
    return posted.chat.partition(";messageid=")[2]


async def answered(world: World, text: str) -> None:
    """Ask again and again, as the sentence says, until there is an answer."""
    async with asyncio.timeout(5):
        while True:
            async with world.teams.expecting(CHAT) as got:
                await world.teams.say(ALICE, CHAT, text)
            if got[0].text != BUSY:
                assert "DEMO-1" in words(got[0].card)
                return


async def test_of_too_many_commands_some_are_done_in_time_and_the_others_not_at_all(
    tmp_path: Path, postgres: Server
) -> None:
    async with replica(tmp_path, postgres) as (world, proxy):
        flood = Flood(world)
        proxy.delay = ANSWER_DELAY
        await flood.go_on_until(lambda: min(flood.answers()) >= 20)
        assert await http_status(f"{world.url}/readyz") == 200
        posted = await flood.end()
        assert {len(each) for each in posted.values()} == {1}
        done = {thread for thread, (each,) in posted.items() if each.text not in (BUSY, AWAY)}
        issues = world.sandbox.site.issues.values()
        comments = Counter(adf_text(comment.body) for issue in issues for comment in issue.comments)
        assert {flood.sent[thread][0]: comments[flood.sent[thread][0]] for thread in flood.sent} == {
            comment: int(thread in done) for thread, (comment, _) in flood.sent.items()
        }
        assert len(done) >= 20
        assert max(posted[thread][0].at - flood.sent[thread][1] for thread in done) < MAX_WAIT_SECONDS
        assert await refused_requests(world) == flood.answers()[0]
        await answered(world, "DEMO-1")


async def test_deliveries_that_are_refused_are_told_once_when_jira_repeats_them(
    tmp_path: Path, postgres: Server
) -> None:
    async with replica(tmp_path, postgres) as (world, proxy):
        async with world.teams.expecting(CHANNEL, lambda posted: "OPS" in posted.text):
            await world.teams.say(ALICE, CHANNEL, "subscribe OPS")
        flood, hooks = Flood(world), world.sandbox.webhooks[world.sandbox.site.cloud_id]
        proxy.delay = ANSWER_DELAY
        issues: dict[str, str] = {}

        def created() -> list[Delivery]:
            return [each for each in hooks.deliveries if each.issue_key in issues]

        def is_one_refused() -> bool:
            if flood.answers()[0] > 5 * len(issues):
                summary = f"Created under load {len(issues)}"
                issues[world.create_issue("OPS", summary)] = summary
            return any(503 in each.attempts for each in created())

        await flood.go_on_until(is_one_refused)
        await flood.end()
        proxy.delay = 0.0
        for delivery in created():
            await delivery.done.wait()
            while not delivery.delivered:
                delivery.done.clear()
                hooks.redeliver(delivery)
                await delivery.done.wait()
        for summary in issues.values():
            await world.teams.next(CHANNEL, partial(shows, summary), 20)
        told = " ".join(words(posted.card) for posted in world.teams.messages(CHANNEL))
        assert {summary: told.count(summary) for summary in issues.values()} == dict.fromkeys(issues.values(), 1)
        assert await metric(world, 'jira_webhook_rejected_total{reason="overload"}') > 0


async def test_what_jira_has_taken_is_said_to_be_done_though_the_store_is_away_afterwards(
    tmp_path: Path, postgres: Server
) -> None:
    async with replica(tmp_path, postgres) as (world, proxy):
        taken = asyncio.Event()
        comment = world.sandbox.faults.add(Fault("POST", "/comment$", late_until=taken))
        async with world.teams.expecting(CHANNEL) as got:
            saying = asyncio.create_task(world.teams.say(ALICE, CHANNEL, "comment DEMO-2 once only"))
            await comment.hit.wait()
            proxy.mute = True
            taken.set()
            await saying
        assert got[0].text != AWAY
        assert "Comment added" in words(got[0].card)


async def test_many_turns_that_wait_for_a_slow_site_keep_nobody_else_waiting(
    tmp_path: Path, postgres: Server
) -> None:
    async with replica(tmp_path, postgres) as (world, _):
        await world.link(BOB)
        jira = asyncio.Event()
        world.sandbox.faults.add(Fault("GET", "/issue/DEMO-1$", until=jira, times=None))
        waiting = [
            asyncio.create_task(world.teams.say(ALICE, CHANNEL, "DEMO-1")) for _ in range(MIN_UNDER_WAY + 8)
        ]
        await asyncio.gather(*waiting)
        async with world.teams.expecting(personal(BOB), lambda posted: "DEMO-2" in words(posted.card)):
            await world.teams.say(BOB, personal(BOB), "DEMO-2")
        assert [await metric(world, f'load_shed_total{{work="{work.value}"}}') for work in Work] == [0] * 4
        jira.set()
        await world.teams.next(CHANNEL, lambda posted: "DEMO-1" in words(posted.card))
