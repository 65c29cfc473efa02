"""The Bot Connector's REST API on the pooled session.

https://learn.microsoft.com/azure/bot-service/rest-api/bot-framework-rest-connector-api-reference
In place of botbuilder's ConnectorClient, which opens a session and asks for a token each turn, blocks a thread
a call, and never retries a send.
"""

from __future__ import annotations

import asyncio
import random
from collections.abc import Mapping
from urllib.parse import quote

import aiohttp
import orjson
from yarl import URL

from bot.chat.messages import ConversationGoneError, DeliveryDelayedError, DeliveryRefusedError
from bot.http.client import retry_after_seconds
from bot.teams.app_token import AppTokens

MAX_ATTEMPTS = 4
MAX_WAIT_SECONDS = 8.0
"""Waited between two attempts at most, whatever Retry-After says: a person is waiting."""
FIRST_BACKOFF_SECONDS = 0.5
"""Doubled with each attempt; a random second is added so that replicas do not retry in step."""
MAX_BACKOFF_SECONDS = 4.0
RETRIED = frozenset({408, 412, 429, 500, 502, 503, 504})
"""Statuses after which another attempt may succeed (Teams names 412, 429, 502 and 504)."""
SAFE_TO_REPEAT = frozenset({412, 429, 502, 503, 504})
"""Statuses after which a send is repeated within a turn: the request was not carried out."""
TIMEOUT = aiohttp.ClientTimeout(total=10.0, connect=3.0)
_THREAD = quote(";messageid=", safe="")


class Connector:
    """Sends, updates, and looks people up. Each call makes one attempt, or with `retry` up to `MAX_ATTEMPTS`."""

    def __init__(self, session: aiohttp.ClientSession, tokens: AppTokens | None) -> None:
        self._session = session
        self._tokens = tokens

    async def send(
        self,
        service_url: str,
        conversation_id: str,
        activity: Mapping[str, object],
        *,
        retry: bool = False,
    ) -> str:
        """Post an activity and return its id. Raises `DeliveryError`."""
        path = f"/v3/conversations/{quote(conversation_id, safe='')}/activities"
        answer = await self._call("POST", service_url, path, activity, retry=retry)
        return str(answer.get("id", ""))

    async def update(
        self,
        service_url: str,
        conversation_id: str,
        activity_id: str,
        activity: Mapping[str, object],
        *,
        retry: bool = False,
    ) -> None:
        """Replace an activity of the bot. Raises `DeliveryError`."""
        path = f"/v3/conversations/{quote(conversation_id, safe='')}/activities/{quote(activity_id, safe='')}"
        await self._call("PUT", service_url, path, activity, retry=retry)

    async def member(self, service_url: str, conversation_id: str, teams_id: str) -> Mapping[str, object]:
        """Return a member of a conversation: `id`, `name`, `aadObjectId`, `email`, `tenantId` and others.

        Raises `DeliveryError`.
        """
        path = f"/v3/conversations/{quote(conversation_id, safe='')}/members/{quote(teams_id, safe='')}"
        return await self._call("GET", service_url, path, None, retry=True)

    async def create_personal(self, service_url: str, bot_id: str, tenant: str, member_id: str) -> str:
        """Open (or find) the personal chat with somebody and return its conversation id.

        Raises `DeliveryError`.
        """
        body = {
            "bot": {"id": bot_id},
            "members": [{"id": member_id}],
            "isGroup": False,
            "tenantId": tenant,
            "channelData": {"tenant": {"id": tenant}},
        }
        answer = await self._call("POST", service_url, "/v3/conversations", body, retry=False)
        return str(answer.get("id", ""))

    async def _call(
        self, method: str, service_url: str, path: str, body: Mapping[str, object] | None, *, retry: bool
    ) -> Mapping[str, object]:
        url = URL(service_url.rstrip("/") + path, encoded=True)
        data = None if body is None else orjson.dumps(body)
        attempt = 1
        while True:
            try:
                return await self._authorized(method, url, data)
            except DeliveryDelayedError as error:
                repeatable = method != "POST" or not error.maybe_sent
                if not retry or not repeatable or attempt == MAX_ATTEMPTS:
                    raise
                await asyncio.sleep(_wait_seconds(attempt, error.retry_after))
            attempt += 1

    async def _authorized(self, method: str, url: URL, data: bytes | None) -> Mapping[str, object]:
        if self._tokens is None:
            return await self._once(method, url, data, "")
        token = await self._tokens.get()
        try:
            return await self._once(method, url, data, token)
        except _UnauthorizedError:
            return await self._once(method, url, data, await self._tokens.renew(token))

    async def _once(self, method: str, url: URL, data: bytes | None, token: str) -> Mapping[str, object]:
        headers = {"Content-Type": "application/json"}
        if token:
            headers["Authorization"] = f"Bearer {token}"
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, timeout=TIMEOUT, allow_redirects=False
            ) as response:
                body = await response.read()
                to_message = method == "PUT" or _THREAD in url.raw_path
                return _read_answer(response.status, response.headers, body, to_message=to_message)
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise DeliveryDelayedError("Teams cannot be reached") from None
        except (aiohttp.ClientError, TimeoutError) as error:
            raise DeliveryDelayedError(f"no answer from Teams: {type(error).__name__}", maybe_sent=True) from None


class _UnauthorizedError(DeliveryDelayedError):
    """The app token is not accepted, or not any more (401)."""


class _StatusError(DeliveryDelayedError):
    """A status after which another attempt may succeed."""

    def __init__(self, status: int, retry_after: float) -> None:
        super().__init__(f"Teams answered {status}", retry_after, maybe_sent=status not in SAFE_TO_REPEAT)


def _wait_seconds(attempt: int, retry_after: float) -> float:
    """How long to wait after this attempt (the first is 1) failed."""
    jitter = random.uniform(0.0, 1.0)  # noqa: S311 - not a secret
    backoff = min(MAX_BACKOFF_SECONDS, FIRST_BACKOFF_SECONDS * 2.0 ** (attempt - 1) + jitter)
    return min(MAX_WAIT_SECONDS, max(retry_after, backoff))


def _read_answer(
    status: int, headers: Mapping[str, str], body: bytes, *, to_message: bool
) -> Mapping[str, object]:
    """Return the body, or raise what the status means.

    `to_message`: the call changes or answers a message, which may be gone while its conversation is not.
    """
    if 200 <= status < 300:
        answer = _object(body)
        return answer if answer is not None else {}
    if status == 401:
        raise _UnauthorizedError("Teams refused the bot's token")
    if status == 404 and to_message:
        raise DeliveryRefusedError("that message is not there any more")
    if status in (403, 404, 410):
        raise ConversationGoneError(f"Teams answered {status}")
    if status in RETRIED or status > 500:
        raise _StatusError(status, retry_after_seconds(headers.get("Retry-After", "")) or 0.0)
    raise DeliveryRefusedError(f"Teams answered {status}")


def _object(body: bytes) -> Mapping[str, object] | None:
    try:
        answer = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        return None
    return answer if isinstance(answer, dict) else None
