"""`POST /jira/webhooks`: verifies a delivery, stores it in the inbox and answers, and nothing else before that."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import structlog
from aiohttp import web

from bot.http.request_body import HttpRefusedError, parse_object, read_body
from bot.jira.webhooks.parser import event_time
from bot.jira.webhooks.payload import find_site
from bot.jira.webhooks.signature import BadSignatureError, find_data_center, verify
from bot.notifications.messages import INBOX
from bot.notifications.metrics import Metrics
from bot.runtime.load_shedding import LoadShedder, Work
from bot.storage.base import Job, Json, Store, StoreError

_MAX_BYTES = 1 << 20
_MAX_AGE_SECONDS = 86400.0
_MAX_BACKLOG = 50_000
SECRET_PARAMETER = "secret"
"""Holds the secret in the address of a webhook of a Data Center that does not sign."""
_DELIVERY_ID = re.compile(r"[A-Za-z0-9_.:-]{1,128}", re.ASCII)

log = structlog.get_logger()


@dataclass(slots=True)
class Backlog:
    """How many jobs wait in both queues, as the service saw it last."""

    waiting: int = 0


@dataclass(slots=True)
class WebhookSecrets:
    """The secrets that deliveries are verified with; they may change. `webhook` holds two while one is rotated.

    `data_centers` are those of Data Centers by their host: each is good for deliveries about its own host alone.
    """

    webhook: Sequence[str] = field(repr=False)
    client_secret: str = field(repr=False, default="")
    client_id: str = ""
    data_centers: Mapping[str, str] = field(repr=False, default_factory=dict)


class WebhookEndpoint:
    """Receives deliveries. `body_timeout` is in seconds; `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        secrets: WebhookSecrets,
        metrics: Metrics,
        *,
        backlog: Backlog,
        load: LoadShedder,
        clock: Callable[[], float] = time.time,
        body_timeout: float = 10.0,
    ) -> None:
        self._store, self._secrets, self._metrics = store, secrets, metrics
        self._backlog, self._load, self._clock = backlog, load, clock
        self._body_timeout = body_timeout

    async def handle(self, request: web.Request) -> web.Response:
        """Answer one delivery: 200, 400, 401, 408, 413, 415 or 503."""
        if not self._load.admits(Work.DELIVERY):  # before it costs anything, even a line of the log
            self._metrics.rejected.labels("overload").inc()
            return HttpRefusedError(503, "overload").response(_TEXTS[503])
        self._load.note_delivery()
        try:
            with self._load.under_way():
                return await self._receive(request)
        except HttpRefusedError as refused:
            self._metrics.rejected.labels(refused.reason).inc()
            log.info("webhook refused", reason=str(refused), status=refused.status)
            return refused.response(_TEXTS[refused.status])

    async def _receive(self, request: web.Request) -> web.Response:
        body = await read_body(request, limit=_MAX_BYTES, seconds=self._body_timeout)
        self._metrics.received.inc()
        now = self._clock()
        proven = self._verify(request, body, now)
        data = parse_object(body)
        if not self._is_about(proven, data):
            log.info("webhook about another site than its secret's")
            raise HttpRefusedError(401, "signature")
        if (at := event_time(data)) and now - at / 1000 > _MAX_AGE_SECONDS:
            self._metrics.ignored.labels("stale").inc()
            log.info("webhook too old", delivery=hashlib.sha256(body).hexdigest()[:12])
            return web.Response(text="ok")
        identifiers = request.headers.getall("X-Atlassian-Webhook-Identifier", [])
        await self._enqueue(delivery_job(body, data, identifiers[0] if len(identifiers) == 1 else "", now))
        return web.Response(text="ok")

    def _is_about(self, proven: str, data: Json) -> bool:
        """Whether a delivery names the Data Center that sent it, or none if another Jira did."""
        if not self._secrets.data_centers:
            return True
        host = find_site(data)
        return host == proven if proven else host not in self._secrets.data_centers

    def _verify(self, request: web.Request, body: bytes, now: float) -> str:
        """Return the host of the Data Center that the delivery is shown to be from; empty for Jira Cloud."""
        headers = {n.lower(): request.headers.getall(n, []) for n in ("X-Hub-Signature", "Authorization")}
        if data_centers := self._secrets.data_centers:
            named = request.query.getall(SECRET_PARAMETER, [])
            if host := find_data_center(headers["x-hub-signature"], named, body, data_centers):
                return host
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
        return ""

    async def _enqueue(self, job: Job) -> None:
        if self._backlog.waiting >= _MAX_BACKLOG:
            raise HttpRefusedError(503, "backlog")
        try:
            fresh = await self._store.enqueue(INBOX, job)
        except StoreError as error:
            log.warning("webhook not stored", delivery=job.payload["delivery"], error=type(error).__name__)
            raise HttpRefusedError(503, "store") from None
        if not fresh:
            self._metrics.duplicate.labels("delivery").inc()
        log.info("webhook received", delivery=job.payload["delivery"], fresh=fresh)


def delivery_job(body: bytes, data: Json, identifier: str, received: float) -> Job:
    """Return the job of a delivery, which is the same for the same identifier and for the same bytes."""
    digest = hashlib.sha256(body).hexdigest()
    payload = {"body": data, "delivery": digest[:12], "received": received}
    return Job(digest, payload, keys=(f"delivery:{identifier}",) if _DELIVERY_ID.fullmatch(identifier) else ())


_TEXTS = {
    400: "This is not the JSON that a webhook carries.",
    401: "Not shown to be from Jira.",
    408: "The body took too long.",
    413: "At most 1 MiB.",
    415: "Send the body as it is, without an encoding.",
    503: "Not stored. Please send it again.",
}


def routes(endpoint: WebhookEndpoint) -> list[web.RouteDef]:
    """Return the route, for `app.add_routes`."""
    return [web.post("/jira/webhooks", endpoint.handle)]
