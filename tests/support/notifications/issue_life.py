"""One issue of the sandbox's Jira in whatever order its events are heard of, and what must be told of it.

`Life` does things in Jira, carries deliveries to the bridge (late, again, in another form, or never), searches,
and lets the bridge work. It knows from Jira alone what has to be told; what was told it reads in Teams.
"""

from __future__ import annotations

import hmac
import json
import uuid
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from shutil import rmtree
from tempfile import TemporaryDirectory

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.accounts.access import JiraAccess
from bot.chat.identity import Conversation
from bot.chat.messages import DeliveryDelayedError, Message
from bot.jira.http.transport import Transport
from bot.notifications.inbox.endpoint import routes
from bot.notifications.jira_reader import JiraReader
from bot.notifications.metrics import Metrics
from bot.storage.embedded import EmbeddedStore
from sandbox import activity, changes, workflow
from sandbox.adf import document
from sandbox.model import Comment
from sandbox.people import PEOPLE
from sandbox.server import Sandbox
from tests.support.clock import Clock
from tests.support.notifications.fakes import FakeTeams, PlainCards
from tests.support.notifications.jira import SCOPES, JiraBench, Linked, account
from tests.support.notifications.payloads import HERE
from tests.support.notifications.service import build_service
from tests.support.serving import serving

MEMORY = Path("/dev/shm")
MEMORY_IS_THERE = MEMORY.is_dir()
NOWHERE = "http://127.0.0.1:1/"
ALICE, BOB = account("alice@example.com"), account("bob@example.com")
FORMS = ("again", "fresh identifier", "second webhook")


class TimeTakingTeams(FakeTeams):
    """A message takes two seconds, so that no limit of speed is met."""

    clock: Clock

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        self.clock.now += 2
        return await super().send(to, message, reply_to=reply_to)


@dataclass(eq=False)
class Matter:
    """One thing that happened. `time` is in milliseconds; `said` as its webhook says it."""

    time: int
    said: str
    payload: bytes
    comment: Comment | None = None
    edit: bool = False
    untraceable: bool = False
    delete: bool = False


@dataclass
class Heard:
    """What lies in the inbox: a matter, in the words that it came with."""

    matter: Matter
    said: str


@dataclass
class Around:
    """What all lives share: a Jira, a way to speak to it, and the address where deliveries are taken."""

    sandbox: Sandbox
    session: aiohttp.ClientSession
    clock: Clock
    access: JiraAccess
    folder: Path
    url: str = ""
    life: Life | None = None
    lives: int = 0
    events: int = 0

    async def take(self, request: web.Request) -> web.StreamResponse:
        """As the bridge that lives now does."""
        assert self.life is not None
        (route,) = routes(self.life.bench.receiver)
        answer: web.StreamResponse = await route.handler(request)
        return answer


@asynccontextmanager
async def around() -> AsyncIterator[Around]:
    """Start the sandbox, with stores in memory where that is possible."""
    clock = Clock()
    with TemporaryDirectory(dir=MEMORY if MEMORY_IS_THERE else None) as name:
        async with (
            Sandbox(clock=clock, webhook_retries=()) as sandbox,
            aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(total=60)) as session,
        ):
            access = JiraAccess(Linked(sandbox, SCOPES), Transport(session, sandbox.api_url, unix_clock=clock))
            made = Around(sandbox, session, clock, access, Path(name))
            app = web.Application()
            app.router.add_post("/jira/webhooks", made.take)
            async with serving(app) as url:
                made.url = f"{url}/jira/webhooks"
                sandbox.send_webhooks_to(NOWHERE)
                yield made


class Life:
    """Of one issue, over an empty store. The issue is there, its creation not heard of."""

    def __init__(self, outside: Around) -> None:
        self.around, self.clock = outside, outside.clock
        self.matters: list[Matter] = []
        self.inbox: list[Heard] = []
        self.settled: set[Matter] = set()
        self.told: list[tuple[int, str]] = []
        self.state = ""
        self.end = ""
        self._words = 0

    async def begin(self) -> None:
        self.clock.now += 7200
        self.around.lives += 1
        store = EmbeddedStore(self.around.folder / str(self.around.lives), clock=self.clock)
        await store.open()
        self.bench = JiraBench(store, self.around.sandbox, self.around.session, self.clock)
        self.bench.access = self.around.access
        self.bench.teams = TimeTakingTeams()
        self.bench.teams.clock = self.clock
        self.around.life = self
        await self.bench.subscribe()
        await self._search()
        self.clock.now += 60
        self.issue = self.bench.create(self._word())
        self.alive = True
        self._happened(f"{BOB.name} created this Task")

    async def finish(self) -> None:
        """Let go of everything."""
        await self.bench.sandbox.webhooks_settled()
        await self.bench.store.close()
        rmtree(self.around.folder / str(self.around.lives))
        self.around.sandbox.site.issues.pop(self.issue.key, None)
        self.around.sandbox.requests.clear()
        self.bench.hooks.deliveries.clear()
        self.around.life = None

    # In Jira ---------------------------------------------------------------------------------------------

    def happens(self, what: str, which: int) -> None:
        """One of the things that may happen to any issue; `which` chooses among its ways."""
        if what == "rename":
            self.rename()
        elif what == "assign":
            self.assign(which % 5)
        elif what == "move":
            self.move(which)
        else:
            self.comment()

    def rename(self) -> None:
        self._soon()
        word = self._word()
        changes.edit(self.bench.sandbox.site, BOB.account_id, self.issue, {"fields": {"summary": word}})
        self._happened(f"{BOB.name} renamed it to “{word}”")

    def assign(self, to: int) -> None:
        self._soon()
        whom = PEOPLE[to]
        if self.issue.text("assignee") == whom.account_id:
            return
        changes.assign(self.bench.sandbox.site, BOB.account_id, self.issue, whom.account_id)
        self._happened(f"{BOB.name} assigned it to {whom.name}")

    def move(self, which: int) -> None:
        self._soon()
        before = self.bench.sandbox.site.status_of(self.issue).name
        steps = [s for s in workflow.open_from(self.issue.text("status")) if s.name not in ("Done", "Close")]
        step = steps[which % len(steps)]
        self.bench.move(self.issue, step.id)
        self._happened(f"{BOB.name} moved {before} → {workflow.status(step.target).name}")

    def comment(self) -> None:
        self._soon()
        word = self._word()
        self.bench.comment(self.issue, word)
        self._happened(f"{BOB.name} commented: “{word}”", comment=self.issue.comments[-1])

    def edit_comment(self, which: int) -> None:
        self._soon()
        word, comment = self._word(), self.issue.comments[which % len(self.issue.comments)]
        for matter in self.matters:
            # A search gives the newest text alone.
            matter.untraceable |= matter.comment is comment and matter.edit
        body = {"body": document(word)}
        activity.edit_comment(self.bench.sandbox.site, BOB.account_id, self.issue, comment, body)
        self._happened(f"{BOB.name} edited a comment: “{word}”", comment=comment, edit=True)

    def delete_comment(self, which: int) -> None:
        self._soon()
        comment = self.issue.comments[which % len(self.issue.comments)]
        activity.delete_comment(self.bench.sandbox.site, BOB.account_id, self.issue, comment)
        for matter in self.matters:
            matter.untraceable |= matter.comment is comment
        self._happened("Someone deleted a comment", untraceable=True)

    def delete(self) -> None:
        self._soon()
        changes.delete(self.bench.sandbox.site, ALICE.account_id, self.issue)
        self.alive = False
        self._happened(f"{ALICE.name} deleted this Task", delete=True)

    # On the way ------------------------------------------------------------------------------------------

    async def deliver(self, matter: Matter, form: str) -> None:
        """As Jira does: late or not, for the first time or again."""
        payload = json.loads(matter.payload)
        if form == "second webhook":
            payload["matchedWebhookIds"] = [1]
        data = json.dumps(payload, ensure_ascii=False, separators=(",", ":")).encode()
        named = str(uuid.uuid4()) if form == "fresh identifier" else uuid.uuid5(uuid.NAMESPACE_URL, data.hex()).hex
        digest = hmac.new(self.bench.sandbox.webhook_secret.encode(), data, "sha256").hexdigest()
        headers = {"X-Hub-Signature": f"sha256={digest}", "X-Atlassian-Webhook-Identifier": named}
        while await self._post(data, headers) == 503:
            """It was not stored: Jira sends it again."""
        self.inbox.append(Heard(matter, matter.said))

    async def _post(self, data: bytes, headers: dict[str, str]) -> int:
        async with self.around.session.post(self.around.url, data=data, headers=headers) as answer:
            assert answer.status in (200, 503)
            return answer.status

    async def search(self) -> None:
        """Search Jira, which finds what left a trace, in the words of today."""
        await self._search()
        for matter in self.matters if self.alive else ():
            if not (matter.untraceable or matter.delete):
                self.inbox.append(Heard(matter, self._in_words_of_today(matter)))

    def _in_words_of_today(self, matter: Matter) -> str:
        if matter.comment is None:
            return matter.said
        edits = [m for m in self.matters if m.comment is matter.comment]
        return f"{matter.said.partition('“')[0]}“{edits[-1].said.partition('“')[2]}"

    # In the bridge ---------------------------------------------------------------------------------------

    async def work(self, *, busy: bool = False) -> None:
        """Run a process of the bridge until all work is done. `busy`: Teams puts it off once."""
        if busy:
            self.bench.teams.answers[HERE.id].append(DeliveryDelayedError("busy", retry_after=1.0))
        service = build_service(
            self.bench.store,
            self.bench.teams,
            JiraReader(self.bench.access),
            PlainCards(),
            Metrics(CollectorRegistry()),
            clock=self.clock,
            max_wait=0.0,
        )
        await service.start()
        for queue in ("inbox", "outbox"):
            while (stats := await self.bench.store.stats(queue)).waiting + stats.leased:
                await self.bench.store.arrival("quiet", seconds=0.01)
                # Whoever works needs no time of this clock, and on a busy machine its lease would soon be over.
                self.clock.now += 0.02 if stats.leased else 0.5
        await service.stop(seconds=2)
        self.bench.teams.answers[HERE.id].clear()
        assert not await self.bench.store.dead("inbox")
        assert not await self.bench.store.dead("outbox")
        self._must_tell()
        self.check()

    def _must_tell(self) -> None:
        for heard in self.inbox:
            matter = heard.matter
            if matter in self.settled:
                continue
            self.settled.add(matter)
            if matter.delete:
                named = f"{self.issue.key} {self.issue.text('summary')}" if self.told else self.issue.key
                self.end = f"{named}: {matter.said}"
            elif self.alive:
                self.told.append((matter.time, self._quotable(heard)))
                status = self.bench.sandbox.site.status_of(self.issue).name
                self.state = f"{self.issue.key} {self.issue.text('summary')} {status}"
        self.inbox.clear()

    def _quotable(self, heard: Heard) -> str:
        comment = heard.matter.comment
        hidden = comment is not None and comment not in self.issue.comments
        return heard.said.partition(": “")[0] if hidden else heard.said

    def check(self) -> None:
        """Check that Teams shows what Jira has."""
        shown = self.bench.teams.says(HERE)
        newest = max(self.told, default=(0, ""))[1]
        card = self.end or (f"[{self.state}] {newest}" if self.told else "")
        assert shown[:1] == ([card] if card else []), self._history()
        assert Counter(shown[1:]) == Counter(f"↳ {said}" for _, said in self.told[1:])
        assert self.bench.teams.count == len(shown)

    def _history(self) -> str:
        heard = {True: "", False: " (not heard of)"}
        return "\n".join(f"{m.time} {m.said}{heard[m in self.settled]}" for m in self.matters)

    async def _search(self) -> None:
        """Search until Jira answers in time, which it does not on a machine that stands still."""
        failed = -1.0
        while failed != (now := self.bench.counted("searches_total", result="failed")):
            failed = now
            await self.bench.reconciler().run()

    def _soon(self) -> None:
        self.clock.now += 2

    def _word(self) -> str:
        self._words += 1
        return f"w{self._words}"

    def _happened(
        self,
        said: str,
        *,
        comment: Comment | None = None,
        edit: bool = False,
        untraceable: bool = False,
        delete: bool = False,
    ) -> None:
        self.around.events += 1
        payload = self.bench.hooks.deliveries[-1].payload
        at = int(self.clock.now * 1000)
        self.matters.append(Matter(at, said, payload, comment, edit, untraceable, delete))
