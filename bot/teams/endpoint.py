"""`POST /api/messages`: admits activities of the Bot Framework and starts their turns.

Refused with 401: not from the Bot Framework; with 403: a tenant or serviceUrl that is not allowed; with 400, 408,
413, 415: bodies that are not what Teams sends. Never 500 for bad input.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from urllib.parse import urlsplit

import orjson
import structlog
from aiohttp import web

from bot.http.loopback import is_loopback_host
from bot.http.request_body import HttpRefusedError, check_headers, parse_object, read_body
from bot.teams import microsoft365
from bot.teams.activities import MICROSOFT_365, MalformedActivityError, TeamsActivity, parse
from bot.teams.adapter import Handler, TeamsAdapter
from bot.teams.inbound_auth import AuthenticationUnavailableError, BotTokens, Claims, UnauthorizedError
from bot.teams.responder import HttpAnswer

MAX_BODY_BYTES = 256 * 1024
BODY_TIMEOUT = 10.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class AllowList:
    """The tenants that are served, and the hosts that the bot's answers (with its token) may go to."""

    tenants: frozenset[str]
    service_hosts: Sequence[str]
    loopback_services: bool

    def check(self, activity: TeamsActivity) -> None:
        """Refuse what is not allowed. Raises `HttpRefusedError` (403)."""
        # Teams names the tenant twice in most activities, but not in all: what is named must agree (T35).
        if len(activity.tenants) != 1 or not activity.tenants <= self.tenants:
            raise HttpRefusedError(403, "tenant not allowed")
        self._check_service(activity.service_url)

    def _check_service(self, url: str) -> None:
        try:
            parts = urlsplit(url)
            host, port = (parts.hostname or "").lower(), parts.port
        except ValueError:
            raise HttpRefusedError(403, "serviceUrl not allowed") from None
        if is_loopback_host(host) and self.loopback_services and parts.scheme in ("http", "https"):
            return
        allowed = any(host == suffix or host.endswith(f".{suffix}") for suffix in self.service_hosts)
        if parts.scheme != "https" or not allowed or port not in (None, 443) or parts.username is not None:
            raise HttpRefusedError(403, "serviceUrl not allowed")


class MessagesEndpoint:
    """Serves the route. `tokens` is None when authentication is off (loopback only)."""

    def __init__(
        self,
        adapter: TeamsAdapter,
        handler: Handler,
        tokens: BotTokens | None,
        allow_list: AllowList,
        *,
        body_timeout: float = BODY_TIMEOUT,
    ) -> None:
        self._adapter = adapter
        self._handler = handler
        self._tokens = tokens
        self._allow_list = allow_list
        self._body_timeout = body_timeout

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one activity."""
        try:
            activity = await self._admit(request)
        except HttpRefusedError as refused:
            log.info("activity refused", status=refused.status, reason=str(refused))
            return refused.response()
        return _response(await self._adapter.process(activity, self._handler))

    async def _admit(self, request: web.Request) -> TeamsActivity:
        check_headers(request, limit=MAX_BODY_BYTES)
        claims = await self._claims(request)
        content = await read_body(request, limit=MAX_BODY_BYTES, seconds=self._body_timeout)
        try:
            activity = parse(parse_object(content))
            if claims is not None:
                claims.check(activity.channel_id, activity.service_url)
        except MalformedActivityError as error:
            raise HttpRefusedError(400, "malformed", str(error)) from None
        except UnauthorizedError as error:
            raise HttpRefusedError(401, "token", str(error)) from None
        if activity.channel_id == MICROSOFT_365 and not microsoft365.is_served(activity):
            raise HttpRefusedError(403, "not served outside Teams")
        self._allow_list.check(activity)
        return activity

    async def _claims(self, request: web.Request) -> Claims | None:
        if self._tokens is None:
            return None
        authorizations = request.headers.getall("Authorization", [])
        try:
            return await self._tokens.validate(authorizations[0] if len(authorizations) == 1 else None)
        except UnauthorizedError as error:
            raise HttpRefusedError(401, "token", str(error)) from None
        except AuthenticationUnavailableError as error:
            raise HttpRefusedError(503, "keys", str(error)) from None


def _response(answer: HttpAnswer) -> web.Response:
    if answer.body is None:
        return web.Response(status=answer.status)
    return web.Response(status=answer.status, body=orjson.dumps(answer.body), content_type="application/json")


def routes(endpoint: MessagesEndpoint) -> list[web.RouteDef]:
    """Return the route for `app.add_routes`."""
    return [web.post("/api/messages", endpoint.handle)]
