"""The messages endpoint on a real socket, with the local Bot Framework issuer and connector."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Coroutine, Mapping
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
from aiohttp import web

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.commands.intent import Intent
from bot.commands.issue.compose_box import Suggestions
from bot.commands.issue.from_message import QuotedMessage, StartedAction
from bot.commands.request import Reply, Request
from bot.http.client import open_session, tls_context
from bot.runtime.load_shedding import LoadShedder
from bot.security.jwks import KeySet
from bot.storage.base import Store
from bot.storage.embedded import EmbeddedStore
from bot.teams.activity_deduplication import ActivityDeduplicator
from bot.teams.adapter import TeamsAdapter
from bot.teams.connector import Connector
from bot.teams.conversation_references import ConversationReferences
from bot.teams.endpoint import AllowList, MessagesEndpoint, routes
from bot.teams.handler import TeamsHandler
from bot.teams.inbound_auth import BotTokens
from bot.teams.messenger import TeamsMessenger
from bot.teams.roster import TeamsRoster
from bot.teams.search import Search
from sandbox.people import TENANT
from sandbox.teams_issuer import ISSUER
from sandbox.teams_server import Teams
from tests.support.serving import serving

APP_ID = "00000000-0000-4000-8000-00000000abcd"


@dataclass
class Scripted:
    """Stands where the dispatcher stands: notes what was asked and answers as told."""

    asked: list[Request] = field(default_factory=list)
    read_as: list[Intent] = field(default_factory=list)
    intents: list[Intent | None] = field(default_factory=list)
    """What each request came with."""
    reply: Reply = field(default_factory=lambda: Reply(text="ok"))
    gate: asyncio.Event | None = None
    failure: Exception | None = None
    reads: bool = False

    def read(self, text: str, verb: str = "") -> Intent:
        self.read_as.append(Intent(self.reads))
        return self.read_as[-1]

    async def answer(self, request: Request, intent: Intent | None = None) -> Reply:
        self.asked.append(request)
        self.intents.append(intent)
        if self.gate is not None:
            await self.gate.wait()
        if self.failure is not None:
            raise self.failure
        return self.reply


class NoEvents:
    """Nobody to welcome."""

    async def on_added(
        self, conversation: Conversation, person: Person | None, *, one_channel: bool = False
    ) -> Message | None:
        return Message(text="hello")

    async def on_removed(self, conversation: Conversation) -> None:
        return None

    async def on_team_removed(self, channel: Conversation) -> None:
        return None

    async def on_team_restored(self, channel: Conversation) -> None:
        return None

    async def on_message(self, conversation: Conversation) -> None:
        return None


@dataclass
class Edge:
    """A running endpoint."""

    url: str
    teams: Teams
    dispatcher: Scripted
    session: aiohttp.ClientSession
    suggestions: list[Suggestions]


EdgeMaker = Callable[..., Coroutine[None, None, Edge]]


@asynccontextmanager
async def running_edge(
    folder: Path,
    *,
    seconds: float = 10.0,
    acknowledge_after: float = 2.0,
    typing_interval: float = 4.0,
    invoke_timeouts: Mapping[str, float] | None = None,
    tenants: frozenset[str] | None = None,
    store: Store | None = None,
    load: LoadShedder | None = None,
) -> AsyncIterator[Edge]:
    """Serve the messages endpoint; `seconds` is how long a body may take, `store` one that replicas share."""
    async with Teams(APP_ID) as teams, open_session(tls_context(None)) as session, AsyncExitStack() as stack:
        if store is None:
            store = EmbeddedStore(folder / "store")
            await store.open()
            stack.push_async_callback(store.close)
        connector = Connector(session, None)
        references = ConversationReferences(store)
        suggestions: list[Suggestions] = [Suggestions()]

        async def suggest(_request: Request, _skip: int = 0) -> Suggestions:
            return suggestions[0]

        async def begin(_request: Request, _action: str, _quoted: QuotedMessage) -> StartedAction:
            return StartedAction(sentence="Nothing can be begun here.")

        async def settings_url(_request: Request) -> str:
            return "https://bridge.example/compose/settings"

        async def save_settings(_request: Request, _state: str) -> None:
            return None

        dispatcher = Scripted()
        messenger = TeamsMessenger(connector, references, retry=True)
        handler = TeamsHandler(
            dispatcher=dispatcher,
            messenger=messenger,
            references=references,
            roster=TeamsRoster(connector),
            events=NoEvents(),
            search=Search(suggest, suggest),
            begin_action=begin,
            settings_url=settings_url,
            save_settings=save_settings,
        )
        adapter = TeamsAdapter(
            connector,
            messenger,
            ActivityDeduplicator(store),
            load or LoadShedder(),
            acknowledge_after=acknowledge_after,
            typing_interval=typing_interval,
            invoke_timeouts={} if invoke_timeouts is None else invoke_timeouts,
        )
        stack.push_async_callback(adapter.drain, 5.0)
        keys = KeySet(session, teams.settings()["BOT_OPENID_METADATA_URL"])
        tokens = BotTokens(keys, app_id=APP_ID, issuer=ISSUER)
        allowed = AllowList(tenants or frozenset({TENANT}), ("smba.trafficmanager.net",), loopback_services=True)
        app = web.Application()
        app.add_routes(routes(MessagesEndpoint(adapter, handler, tokens, allowed, body_timeout=seconds)))
        async with serving(app) as url:
            teams.bot_url = f"{url}/api/messages"
            yield Edge(teams.bot_url, teams, dispatcher, session, suggestions)
