"""A bridge in a process of its own: `killed.py STORE_URL PORT POINT NTH RECORDED` dies at POINT.

That is when it is there for the NTH time; with an empty POINT it lives. Prints a line when it listens.
"""

from __future__ import annotations

import asyncio
import os
import signal
import sys
from collections.abc import Callable
from itertools import count
from pathlib import Path

import aiohttp
from aiohttp import web
from prometheus_client import CollectorRegistry

from bot.chat.identity import Conversation
from bot.chat.messages import Message
from bot.notifications.inbox.endpoint import Backlog, WebhookEndpoint, WebhookSecrets, routes
from bot.notifications.messages import INBOX, OUTBOX
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.posts import TABLE
from bot.runtime.load_shedding import LoadShedder
from bot.storage.base import Store
from bot.storage.factory import open_store
from bot.teams.connector import Connector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.messenger import TeamsMessenger
from tests.support.notifications.fakes import PlainCards
from tests.support.notifications.service import build_service
from tests.support.reliability.events import EveryIssue
from tests.support.reliability.peers import SECRET
from tests.support.serving import serving


class Death:
    """Counts how often each point is passed. `recorded` is where it notes which posts are safe in the store."""

    def __init__(self, point: str, nth: int, recorded: Path) -> None:
        self._point, self._nth, self._passed = point, nth, count(1)
        self._recorded = recorded.open("a", buffering=1)

    def safe(self, card: str) -> None:
        self._recorded.write(f"{card}\n")

    def at(self, point: str) -> None:
        if point and point == self._point and next(self._passed) == self._nth:
            os.kill(os.getpid(), signal.SIGKILL)


class MortalReceiver(WebhookEndpoint):
    """Dies before or after the signature was checked."""

    death: Death

    def _verify(self, request: web.Request, body: bytes, now: float) -> str:
        self.death.at("read")
        proven = super()._verify(request, body, now)
        self.death.at("verified")
        return proven


class MortalMessenger(TeamsMessenger):
    """Dies when Teams has taken a message, before that is written down."""

    death: Death

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        activity = await super().send(to, message, reply_to=reply_to)
        self.death.at("posted")
        return activity


def make_mortal(store: Store, death: Death) -> None:
    """Let the process die after certain writes."""

    def after(name: str, point: Callable[..., str]) -> None:
        original = getattr(store, name)

        async def mortal(*args: object, **more: object) -> object:
            result = await original(*args, **more)
            if result:
                if (passed := point(*args)) == "recorded":
                    death.safe(str(args[1]))
                for _ in result if isinstance(result, list) else [result]:
                    death.at(passed)
            return result

        setattr(store, name, mortal)

    after("enqueue", lambda queue, _: "stored" if queue == INBOX else "")
    after("enqueue_all", lambda queue, _: "matched" if queue == OUTBOX else "")
    after("lease", lambda queue: "claimed" if queue == OUTBOX else "")
    after("put", lambda table, _, value: "" if table != TABLE else "marked" if value["sending"] else "recorded")
    after("done", lambda queue, _: "settled" if queue == OUTBOX else "")


async def main(store_url: str, port: int, point: str, nth: int, recorded: Path) -> None:
    death = Death(point, nth, recorded)
    store = open_store(store_url)
    await store.open()
    make_mortal(store, death)
    metrics, backlog = Metrics(CollectorRegistry()), Backlog()
    async with aiohttp.ClientSession() as session:
        messenger = MortalMessenger(Connector(session, None), ConversationReferences(store))
        messenger.death = death
        service = build_service(store, messenger, EveryIssue(), PlainCards(), metrics, backlog=backlog)
        receiver = MortalReceiver(store, WebhookSecrets((SECRET,)), metrics, backlog=backlog, load=LoadShedder())
        receiver.death = death
        app = web.Application()
        app.add_routes(routes(receiver))
        async with serving(app, port):
            await service.start()
            print("ready", flush=True)
            await asyncio.Event().wait()


if __name__ == "__main__":
    asyncio.run(main(sys.argv[1], int(sys.argv[2]), sys.argv[3], int(sys.argv[4]), Path(sys.argv[5])))
