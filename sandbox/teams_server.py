"""Teams as a bot sees it: a connector that stores posted messages, and people who type and press buttons.

Shapes follow activities recorded from the Agents Playground and the Bot Connector's REST reference.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from types import TracebackType
from typing import Self

import aiohttp
from aiohttp import web

from sandbox.faults import Faults
from sandbox.teams import (
    ALICE,
    BOB,
    CAROL,
    NOT_IN_ROSTER,
    Answer,
    Chat,
    Json,
    Posted,
    TeamsUser,
)
from sandbox.teams_installs import Installs
from sandbox.teams_issuer import ISSUER, BotFrameworkIssuer
from sandbox.teams_messages import attach, typed_message

BOT_NAME = "Jira"


def _any(_posted: Posted) -> bool:
    return True


class Teams:
    """A Teams server for use with `async with`. `bot_url` is the bot's messaging endpoint; it may be set later."""

    def __init__(self, app_id: str, *, port: int = 0, bot_url: str = "") -> None:
        self.app_id = app_id
        self.bot_url = bot_url
        self.issuer = BotFrameworkIssuer()
        self.posts: dict[str, Posted] = {}
        self.calls: list[tuple[str, str, str]] = []
        """(method, path, Authorization header) of each call to the connector."""
        self.typing = Counter[str]()
        """How often it was shown in each conversation."""
        self.faults = Faults()
        """What befalls calls to the connector; the `server` is `teams`."""
        self.people = [ALICE, BOB, CAROL]
        """Who is in the rosters."""
        self.installs = Installs()
        self.url = ""
        self._spoil = self.faults.middleware("teams")
        self._port = port
        self._ids = itertools.count(1_700_000_000_000)
        self._changed = asyncio.Condition()
        self._runner: web.AppRunner | None = None
        self._session: aiohttp.ClientSession | None = None

    async def __aenter__(self) -> Self:
        app = web.Application(client_max_size=1 << 20)
        app.router.add_route("*", "/v3/{rest:.*}", self._connector)
        app.add_routes(self.issuer.routes())
        self._runner = web.AppRunner(app, access_log=None)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self.url = f"http://127.0.0.1:{self._runner.addresses[0][1]}"
        self._session = aiohttp.ClientSession()
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._session is not None:
            await self._session.close()
        if self._runner is not None:
            await self._runner.cleanup()

    @property
    def service_url(self) -> str:
        """The serviceUrl of this Teams' activities."""
        return f"{self.url}/"

    def settings(self) -> dict[str, str]:
        """Return the bot's settings that make it trust this issuer."""
        return {"BOT_OPENID_METADATA_URL": f"{self.url}/openid/metadata", "BOT_TOKEN_ISSUER": ISSUER}

    # People ----------------------------------------------------------------------------------------------

    async def say(
        self,
        user: TeamsUser,
        chat: Chat,
        text: str,
        *,
        mentions: tuple[TeamsUser, ...] = (),
        quoting: Posted | None = None,
        files: Sequence[str] = (),
        pictures: int = 0,
    ) -> Answer:
        """Type a message, which mentions the bot outside a personal chat.

        It may quote another message, and have files, by their names, and pictures.
        """
        entities = []
        text, html = typed_message(text)
        if chat.kind != "personal":
            text = f"<at>{BOT_NAME}</at> {text}"
            entities.append(_mention(f"28:{self.app_id}", BOT_NAME))
        entities += [_mention(person.id, person.name) for person in mentions]
        if quoting is not None:
            text = f'<quoted messageId="{quoting.id}"/> {text}'
            entities.append(_quote(quoting))
        more: Json = {"text": text, "entities": entities, "attachments": attach(html, chat, files, pictures)}
        return await self.post(self.activity(user, chat, "message", **more))

    async def press(
        self,
        user: TeamsUser,
        chat: Chat,
        card_id: str,
        action: Mapping[str, object],
        inputs: Mapping[str, str] = {},
    ) -> Answer:
        """Press an `Action.Execute`, with values filled into the card's inputs."""
        data = action.get("data")
        merged = {**(data if isinstance(data, dict) else {}), **inputs}
        pressed = {
            "type": "Action.Execute",
            "title": action.get("title"),
            "verb": action.get("verb"),
            "data": merged,
        }
        value = {"action": pressed, "trigger": "manual"}
        return await self.invoke(user, chat, "adaptiveCard/action", value, reply_to=card_id)

    async def look(self, user: TeamsUser, chat: Chat, posted: Posted) -> Answer | None:
        """Look at a message: if its card lists this person, their client asks for their own view."""
        refresh = posted.card.get("refresh")
        if not isinstance(refresh, dict) or user.id not in refresh["userIds"]:
            return None
        value = {"action": refresh["action"], "trigger": "automatic"}
        return await self.invoke(user, chat, "adaptiveCard/action", value, reply_to=posted.id)

    async def invoke(self, user: TeamsUser, chat: Chat, name: str, value: object, *, reply_to: str = "") -> Answer:
        """Send an invoke activity."""
        return await self.post(self.activity(user, chat, "invoke", name=name, value=value, replyToId=reply_to))

    async def install(self, user: TeamsUser, chat: Chat) -> Answer:
        """Add the bot to a conversation."""
        return await self.post(self.activity(user, chat, "installationUpdate", action="add"))

    async def uninstall(self, user: TeamsUser, chat: Chat) -> Answer:
        """Remove the bot from a conversation."""
        return await self.post(self.activity(user, chat, "installationUpdate", action="remove"))

    def activity(self, user: TeamsUser, chat: Chat, kind: str, **more: object) -> Json:
        """Build an activity as Teams sends it."""
        message_id = str(next(self._ids))
        place: Json = {"id": chat.id, "conversationType": chat.kind, "tenantId": chat.tenant}
        data: Json = {"tenant": {"id": chat.tenant}}
        if chat.kind != "personal":
            place["isGroup"] = True
        if chat.kind == "channel":
            data |= {"team": {"id": chat.team}, "channel": {"id": chat.id}}
            if kind == "message":
                place["id"] = f"{chat.id};messageid={message_id}"
        return {
            "type": kind,
            "id": message_id,
            "channelId": "msteams",
            "serviceUrl": self.service_url,
            "timestamp": datetime.now(UTC).isoformat(),
            "localTimezone": "UTC",
            "locale": "en-US",
            "from": {"id": user.id, "name": user.name, "aadObjectId": user.oid},
            "recipient": {"id": f"28:{self.app_id}", "name": BOT_NAME},
            "conversation": place,
            "channelData": data,
            **more,
        }

    async def post(self, activity: Mapping[str, object], *, token: str | None = "") -> Answer:
        """Send an activity to the bot, with a valid token unless one (or None for none) is given."""
        assert self._session is not None
        self.installs.note(activity)
        headers = {}
        if token is not None:
            good = token or self.issuer.token(self.app_id, str(activity.get("serviceUrl", "")))
            headers["Authorization"] = f"Bearer {good}"
        began = time.perf_counter()
        async with self._session.post(self.bot_url, json=activity, headers=headers) as response:
            text = await response.text()
            body = await response.json() if text and "json" in response.content_type else {}
            return Answer(response.status, body if isinstance(body, dict) else {}, time.perf_counter() - began)

    # What was posted -------------------------------------------------------------------------------------

    def messages(self, chat: Chat) -> list[Posted]:
        """Return the bot's messages in a chat, in order."""
        return [p for p in self.posts.values() if p.chat.partition(";")[0] == chat.id]

    async def next(self, chat: Chat, fits: Callable[[Posted], bool] = _any, seconds: float = 10.0) -> Posted:
        """Wait for a message of the bot that matches, the newest first."""

        def find() -> Posted | None:
            return next((p for p in reversed(self.messages(chat)) if fits(p)), None)

        async with self._changed, asyncio.timeout(seconds):
            await self._changed.wait_for(lambda: find() is not None)
        posted = find()
        assert posted is not None
        return posted

    @asynccontextmanager
    async def expecting(
        self, chat: Chat, fits: Callable[[Posted], bool] = _any, seconds: float = 10.0
    ) -> AsyncIterator[list[Posted]]:
        """Wait at the end of the block for a new message that matches, and add it to the yielded list."""
        before = set(self.posts)
        got: list[Posted] = []
        yield got
        got.append(await self.next(chat, lambda p: p.id not in before and fits(p), seconds))

    # The connector ---------------------------------------------------------------------------------------

    async def _connector(self, request: web.Request) -> web.StreamResponse:
        self.calls.append((request.method, request.path, request.headers.get("Authorization", "")))
        return await self._spoil(request, self._serve)

    async def _serve(self, request: web.Request) -> web.Response:
        path = request.match_info["rest"].split("/")
        if len(path) > 1 and self.installs.is_removed(path[1]):
            return web.Response(status=403, text=NOT_IN_ROSTER, content_type="application/json")
        match (request.method, path):
            case ("POST", ["conversations"]):
                answer = await self._create(request)
            case ("POST", ["conversations", chat, "activities", *reply_to]):
                answer = await self._post(request, chat, "".join(reply_to))
            case ("PUT", ["conversations", _, "activities", activity_id]):
                answer = await self._put(request, activity_id)
            case ("GET", ["conversations", _, "members", member]):
                answer = self._member(member)
            case _:
                answer = web.json_response({"error": {"code": "NotFound"}}, status=404)
        return answer

    async def _create(self, request: web.Request) -> web.Response:
        """Open a chat: by object id where the person has the app, by their id for the bot where it met them."""
        member = (await request.json())["members"][0]["id"]
        user = next((u for u in self.people if u.id == member), None)
        chat = f"a:{user.oid if user else member}"
        if user is None and not self.installs.is_personal(chat):
            return web.Response(status=403, text=NOT_IN_ROSTER, content_type="application/json")
        return web.json_response({"id": chat}, status=201)

    async def _post(self, request: web.Request, chat: str, reply_to: str) -> web.Response:
        activity: Json = await request.json()
        if activity.get("type") == "typing":
            self.typing[chat] += 1
            return web.json_response({"id": ""}, status=201)
        posted = Posted(str(next(self._ids)), chat, activity, reply_to, time.time())
        async with self._changed:
            self.posts[posted.id] = posted
            self._changed.notify_all()
        return web.json_response({"id": posted.id}, status=201)

    async def _put(self, request: web.Request, activity_id: str) -> web.Response:
        posted = self.posts.get(activity_id)
        if posted is None:
            return web.json_response({"error": {"code": "ActivityNotFound"}}, status=404)
        async with self._changed:
            posted.versions.append(posted.activity)
            posted.activity = await request.json()
            self._changed.notify_all()
        return web.json_response({"id": activity_id})

    def _member(self, teams_id: str) -> web.Response:
        user = next((u for u in self.people if teams_id in (u.id, u.oid)), None)
        if user is None:
            return web.json_response({"error": {"code": "MemberNotFoundInConversation"}}, status=404)
        member = {
            "id": user.id,
            "name": user.name,
            "aadObjectId": user.oid,
            "tenantId": user.tenant,
            "email": user.email,
        }
        return web.json_response(member)


def _quote(posted: Posted) -> Json:
    data = {"messageId": posted.id, "senderName": BOT_NAME, "preview": posted.text[:50], "isReplyDeleted": False}
    return {"type": "quotedReply", "quotedReply": data}


def _mention(teams_id: str, name: str) -> Json:
    return {"type": "mention", "mentioned": {"id": teams_id, "name": name}, "text": f"<at>{name}</at>"}
