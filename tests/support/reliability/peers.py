"""What is around the bridge, in logs of their own, and the checker that reads nothing else.

`Connector` is Teams: it writes down what it took. `WebhookSender` is Jira: it sends deliveries until they are
answered 200, and writes down which were.
"""

from __future__ import annotations

import asyncio
import hmac
import itertools
import json
import random
import re
import time
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

SECRET = "hook-secret"
HOST = "acme.atlassian.net"
KEY = re.compile(r"\b[A-Z]+-[0-9]+\b")


@dataclass(frozen=True, slots=True)
class Taken:
    """A message that Teams took at `at`: posted, or (with `updated`) put in an earlier one's place."""

    conversation: str
    text: str
    thread: str
    updated: str = ""
    at: float = field(default_factory=time.monotonic, compare=False)


@dataclass
class Connector:
    """The Bot Connector. `trouble` is the share of posts that go wrong, in ways that `chance` picks."""

    taken: list[Taken] = field(default_factory=list)
    threads: dict[str, str] = field(default_factory=dict)
    """Activity → the issue of its card."""
    trouble: float = 0.0
    chance: random.Random = field(default_factory=lambda: random.Random(1))
    troubles: Counter[str] = field(default_factory=Counter)
    forbidden: set[str] = field(default_factory=set)
    refused: Counter[str] = field(default_factory=Counter)
    url: str = ""
    changed: asyncio.Condition = field(default_factory=asyncio.Condition)
    _runner: web.AppRunner | None = None
    _busy: int = 0
    _ids: itertools.count[int] = field(default_factory=lambda: itertools.count(1))

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_route("*", "/v3/conversations/{conversation}/activities{rest:.*}", self._answer)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", 0).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}/"
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._runner is not None
        await self._runner.cleanup()

    async def hung_up(self) -> None:
        """Wait until everybody has hung up, and what they had said by then is taken."""
        assert self._runner is not None
        assert self._runner.server is not None
        async with asyncio.timeout(10):
            while self._runner.server.connections or self._busy:  # noqa: ASYNC110  # nothing tells of a lost one
                await asyncio.sleep(0.01)

    async def _answer(self, request: web.Request) -> web.StreamResponse:
        self._busy += 1
        try:
            return await self._answer_now(request)
        finally:
            self._busy -= 1

    async def _answer_now(self, request: web.Request) -> web.StreamResponse:
        conversation = request.match_info["conversation"].partition(";")[0]
        if conversation in self.forbidden:
            self.refused[conversation] += 1
            return web.json_response({"error": {"code": "BotNotInConversationRoster"}}, status=403)
        wrong = ""
        if self.chance.random() < self.trouble:
            wrong = self.chance.choice(("429", "502", "503", "504", "cut", "taken, then 500"))
            self.troubles[wrong] += 1
        if wrong.isdigit():
            return web.Response(status=int(wrong), headers={"Retry-After": "1"})
        body = await request.json()
        if wrong == "cut" and request.transport is not None:
            request.transport.close()
            return web.Response()
        activity = self._take(request, conversation, str(body.get("text", "")))
        async with self.changed:
            self.changed.notify_all()
        if wrong:
            return web.Response(status=500)
        return web.json_response({"id": activity}, status=201)

    def _take(self, request: web.Request, conversation: str, text: str) -> str:
        thread = request.match_info["conversation"].partition(";messageid=")[2]
        rest = request.match_info["rest"].strip("/")
        activity = rest if request.method == "PUT" else f"a{next(self._ids)}"
        issue = self.threads.get(thread or rest, "")
        if not issue and (key := KEY.search(text)):
            issue = self.threads[activity] = key[0]
        updated = rest if request.method == "PUT" else ""
        self.taken.append(Taken(conversation, text, issue, updated))
        return activity

    async def until(self, true: Callable[[], bool], *, seconds: float = 40.0) -> None:
        """Wait until something holds of what was taken."""
        async with self.changed, asyncio.timeout(seconds):
            await self.changed.wait_for(true)

    def posts(self) -> list[Taken]:
        """Return the new messages, without updates of earlier ones."""
        return [t for t in self.taken if not t.updated]


@dataclass
class WebhookSender:
    """Sends each delivery again until it is answered 200, as long as `patience` lasts (seconds)."""

    url: str = ""
    answered: list[str] = field(default_factory=list)
    """The issue keys of deliveries that were answered 200."""
    patience: float = 45.0

    async def send(self, bodies: Sequence[dict[str, object]], *, at_once: int = 8) -> None:
        turn = asyncio.Semaphore(at_once)
        timeout = aiohttp.ClientTimeout(total=5)
        async with aiohttp.ClientSession(timeout=timeout) as session, asyncio.timeout(self.patience):
            await asyncio.gather(*(self._one(session, turn, body, n) for n, body in enumerate(bodies)))

    async def _one(
        self, session: aiohttp.ClientSession, turn: asyncio.Semaphore, body: dict[str, object], number: int
    ) -> None:
        data = json.dumps(body).encode()
        signature = hmac.new(SECRET.encode(), data, "sha256").hexdigest()
        headers = {
            "X-Hub-Signature": f"sha256={signature}",
            "X-Atlassian-Webhook-Identifier": f"{number}-{signature[:8]}",
        }
        async with turn:
            while True:
                try:
                    async with session.post(self.url, data=data, headers=headers) as response:
                        if response.status == 200:
                            issue = body["issue"]
                            assert isinstance(issue, dict)
                            self.answered.append(str(issue["key"]))
                            return
                except (aiohttp.ClientError, TimeoutError):
                    pass
                # Jira waits minutes here; nothing can be waited for while the bridge is down.
                await asyncio.sleep(0.1)


def verdict(answered: Iterable[str], posts: Iterable[Taken]) -> tuple[set[str], Counter[str]]:
    """Find which answered events were never posted, and which posts there were too many of."""
    seen = Counter((t.conversation, t.text) for t in posts)
    told = Counter(KEY.findall(text)[0] for (_, text) in seen if KEY.search(text))
    lost = {key for key in answered if key not in told}
    return lost, Counter({text: count - 1 for (_, text), count in seen.items() if count > 1})


def out_of_order(posts: Iterable[Taken], order: Sequence[str]) -> list[tuple[str, list[str]]]:
    """Issues whose posts do not come in `order` (words that they hold), each first time counted."""
    heard: dict[str, list[str]] = defaultdict(list)
    for taken in posts:
        word = next((w for w in order if w in taken.text), "")
        if word and word not in heard[taken.thread]:
            heard[taken.thread].append(word)
    return [(issue, words) for issue, words in heard.items() if words != [w for w in order if w in words]]
