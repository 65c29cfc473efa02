"""`POST /jira/webhooks`: shown to be Jira's, written down, answered. Nothing else happens before the answer."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from bot.http.request_body import HttpRefusedError, parse_object, read_body
from bot.jira.webhooks.parser import event_time
from bot.jira.webhooks.signature import BadSignatureError, verify
from bot.notifications.metrics import Metrics
from bot.storage.base import Job, Json, Store, StoreError

INBOX = "inbox"
REMEMBER = 14 * 86400.0
"""Seconds for which a delivery is known, so that it cannot be replayed (T13)."""

_MOST_BYTES = 1 << 20
_OLDEST = 86400.0
_MOST_WAITING = 50_000
_DELIVERY_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)

log = structlog.get_logger()


@dataclass(slots=True)
class Backlog:
    """How many jobs wait, as the service saw it last; the receiver takes no more above its limit."""

    waiting: int = 0


@dataclass(frozen=True, slots=True)
class Secrets:
    """What deliveries are checked against. `webhook` holds two secrets while one is rotated."""

    webhook: Sequence[str] = field(repr=False)
    client_secret: str = field(repr=False, default="")
    client_id: str = ""


class Receiver:
    """Takes deliveries. `patience` is how long a body may take, in seconds; `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        secrets: Secrets,
        metrics: Metrics,
        *,
        backlog: Backlog,
        clock: Callable[[], float] = time.time,
        patience: float = 10.0,
        store_patience: float = 1.8,
    ) -> None:
        self._store, self._secrets, self._metrics = store, secrets, metrics
        self._backlog, self._clock = backlog, clock
        self._patience, self._store_patience = patience, store_patience

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one delivery: 200, 400, 401, 408, 413, 415 or 503."""
        try:
            return await self._take(request)
        except HttpRefusedError as refused:
            self._metrics.rejected.labels(refused.reason).inc()
            log.info("webhook refused", reason=str(refused), status=refused.status)
            return refused.response(_SAY[refused.status])

    async def _take(self, request: web.Request) -> web.Response:
        body = await read_body(request, limit=_MOST_BYTES, seconds=self._patience)
        self._metrics.received.inc()
        now = self._clock()
        self._prove(request, body, now)
        data = parse_object(body)
        if (at := event_time(data)) and now - at / 1000 > _OLDEST:
            self._metrics.ignored.labels("stale").inc()
            log.info("webhook too old", delivery=hashlib.sha256(body).hexdigest()[:12])
            return web.Response(text="ok")
        named = request.headers.getall("X-Atlassian-Webhook-Identifier", [])
        await self._keep(delivery_job(body, data, named[0] if len(named) == 1 else "", now))
        return web.Response(text="ok")

    def _prove(self, request: web.Request, body: bytes, now: float) -> None:
        headers = {n.lower(): request.headers.getall(n, []) for n in ("X-Hub-Signature", "Authorization")}
        try:
            verify(
                headers,
                body,
                secrets=self._secrets.webhook,
                client_secret=self._secrets.client_secret,
                client_id=self._secrets.client_id,
                now=now,
            )
        except BadSignatureError as error:
            log.info("webhook not shown to be from Jira", why=str(error))
            raise HttpRefusedError(401, "signature") from None

    async def _keep(self, job: Job) -> None:
        if self._backlog.waiting >= _MOST_WAITING:
            raise HttpRefusedError(503, "backlog")
        try:
            async with asyncio.timeout(self._store_patience):
                fresh = await self._store.enqueue(INBOX, job)
        except (StoreError, TimeoutError) as error:
            log.warning("webhook not stored", delivery=job.payload["delivery"], error=type(error).__name__)
            raise HttpRefusedError(503, "store") from None
        if not fresh:
            self._metrics.duplicate.labels("delivery").inc()
        log.info("webhook received", delivery=job.payload["delivery"], fresh=fresh)


def delivery_job(body: bytes, data: Json, identifier: str, received: float) -> Job:
    """The job of a delivery, which is one whether it comes again under its name, or its bytes under another."""
    digest = hashlib.sha256(body).hexdigest()
    payload = {"body": data, "delivery": digest[:12], "received": received}
    return Job(digest, payload, keys=(f"delivery:{identifier}",) if _DELIVERY_ID.fullmatch(identifier) else ())


_SAY = {
    400: "This is not the JSON that a webhook carries.",
    401: "Not shown to be from Jira.",
    408: "The body took too long.",
    413: "At most 1 MiB.",
    415: "Send the body as it is, without an encoding.",
    503: "Not stored. Please send it again.",
}


def routes(receiver: Receiver) -> list[web.RouteDef]:
    """The one route, for `app.add_routes`."""
    return [web.post("/jira/webhooks", receiver.handle)]
