"""Jira's webhooks: recipients, signatures, retries, and a log of all deliveries."""

from __future__ import annotations

import asyncio
import hashlib
import hmac
import json
import uuid
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

import aiohttp
import jwt

from sandbox.jql_tree import JqlError
from sandbox.model import Change, Issue, Json
from sandbox.site import Site
from sandbox.webhook_bodies import body

RETRY_STATUSES = frozenset({408, 409, 425, 429})
"""Answers below 500 after which Jira tries again; so it does after any 5xx and after no answer."""

DYNAMIC_EVENTS = frozenset(
    {
        "jira:issue_created",
        "jira:issue_updated",
        "jira:issue_deleted",
        "comment_created",
        "comment_updated",
        "comment_deleted",
        "issue_property_set",
        "issue_property_deleted",
    }
)
LIFE = 30 * 86_400
"""Seconds that a dynamic webhook lives unless it is refreshed."""

Matcher = Callable[[Site, Issue, str, str], bool]
"""Whether an issue matches a JQL filter, as an account reads it."""


@dataclass(slots=True)
class DynamicWebhook:
    """A webhook that an app registered by REST for one person (`owner`) on one site."""

    id: int
    url: str
    events: tuple[str, ...]
    jql: str
    owner: str
    expires: float
    field_ids: tuple[str, ...] = ()


@dataclass(slots=True)
class AdminWebhook:
    """A webhook of an administrator: all events, signed with its own secret if it has one."""

    url: str
    secret: str = ""
    jql: str = ""


@dataclass(slots=True)
class Delivery:
    """A delivery of a webhook. `attempts` are the statuses of its tries, 0 for no response."""

    identifier: str
    url: str
    event: str
    payload: bytes
    headers: dict[str, str]
    attempts: list[int] = field(default_factory=list)
    done: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def delivered(self) -> bool:
        """Whether the receiver accepted it."""
        return bool(self.attempts) and 200 <= self.attempts[-1] < 300

    @property
    def issue_key(self) -> str:
        """The issue that it is about, empty if the body names none."""
        issue = json.loads(self.payload).get("issue")
        return str(issue["key"]) if issue else ""


class Webhooks:
    """The webhooks of one site. Deliveries start in the order of the changes and run independently."""

    def __init__(
        self, site: Site, client_id: str, client_secret: str, matches: Matcher, retry_after: Sequence[float]
    ) -> None:
        self.site = site
        self.admin: list[AdminWebhook] = []
        self.dynamic: list[DynamicWebhook] = []
        self.deliveries: list[Delivery] = []
        self.retry_after = tuple(retry_after)
        self.timeout = aiohttp.ClientTimeout(total=30)
        self.paused = False
        """While true nothing is sent: what happens then is lost, as with a webhook that is switched off."""
        self._client_id, self._client_secret = client_id, client_secret
        self._matches = matches
        self.convert: Callable[[Json], Json] | None = None
        """Turns a body of Cloud into that of a Data Center, whose deliveries have no identifier either."""
        self._tasks: set[asyncio.Task[None]] = set()
        self._session: aiohttp.ClientSession | None = None
        self._next_id = 1
        site.listeners.append(self._changed)

    async def start(self) -> None:
        """Open the connection pool."""
        self._session = aiohttp.ClientSession(timeout=self.timeout)

    async def stop(self) -> None:
        """Cancel all deliveries."""
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        if self._session:
            await self._session.close()

    async def settled(self) -> None:
        """Wait until all deliveries have ended."""
        while self._tasks:
            await asyncio.gather(*self._tasks, return_exceptions=True)

    def register(self, hook: DynamicWebhook) -> DynamicWebhook:
        """Add a dynamic webhook and set its id."""
        hook.id, self._next_id = self._next_id, self._next_id + 1
        self.dynamic.append(hook)
        return hook

    def _changed(self, change: Change) -> None:
        if self.paused or self._session is None:
            return
        row = body(self.site, change, self.site.new_id())
        if self.convert is not None:
            row = self.convert(row)
        administrator = next(iter(self.site.admins), "")
        for admin in self.admin:
            if not admin.jql or (change.issue and self._fits(change.issue, admin.jql, administrator)):
                self._send(admin.url, change.event, row, secret=admin.secret)
        for hook in self.dynamic:
            if self._wants(hook, change):
                matched: Json = {**row, "matchedWebhookIds": [hook.id]}
                self._send(hook.url, change.event, matched, owner=hook.owner)

    def _wants(self, hook: DynamicWebhook, change: Change) -> bool:
        if change.event not in hook.events or hook.expires < self.site.clock() or change.issue is None:
            return False
        if hook.field_ids and change.event == "jira:issue_updated":
            touched = {i.field_id for i in change.items}
            if not touched & set(hook.field_ids):
                return False
        visible = self.site.is_visible(change.issue, hook.owner)
        return visible and self._fits(change.issue, hook.jql, hook.owner)

    def _fits(self, issue: Issue, jql: str, account_id: str) -> bool:
        try:
            return self._matches(self.site, issue, jql, account_id)
        except JqlError:
            # A filter whose project or person has gone since matches nothing.
            return False

    def _send(self, url: str, event: str, row: Json, *, secret: str = "", owner: str = "") -> None:
        payload = json.dumps(row, ensure_ascii=False, separators=(",", ":")).encode()
        headers = {
            "Content-Type": "application/json; charset=UTF-8",
            "User-Agent": "Atlassian Webhook HTTP Client",
            "X-Atlassian-Webhook-Identifier": str(uuid.uuid4()),
            "X-Atlassian-Webhook-Flow": "Primary",
        }
        if self.convert is not None:
            headers = {name: value for name, value in headers.items() if not name.startswith("X-Atlassian-")}
        if secret:
            digest = hmac.new(secret.encode(), payload, hashlib.sha256).hexdigest()
            headers["X-Hub-Signature"] = f"sha256={digest}"
        if owner:
            headers["Authorization"] = f"Bearer {self._token(owner)}"
        delivery = Delivery(headers.get("X-Atlassian-Webhook-Identifier", ""), url, event, payload, headers)
        self.deliveries.append(delivery)
        self.redeliver(delivery)

    def _token(self, owner: str) -> str:
        now = int(self.site.clock())
        claims = {"iss": self._client_id, "sub": owner, "iat": now, "exp": now + 180, "jti": str(uuid.uuid4())}
        return jwt.encode({**claims, "context": {"cloudId": self.site.cloud_id}}, self._client_secret, "HS256")

    def redeliver(self, delivery: Delivery) -> None:
        """Send a delivery (again), as a button on the board and tests do."""
        task = asyncio.create_task(self._deliver(delivery))
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    async def _deliver(self, delivery: Delivery) -> None:
        for number, pause in enumerate((0.0, *self.retry_after)):
            await asyncio.sleep(pause)
            status = await self._post(delivery, number)
            delivery.attempts.append(status)
            if status and status < 500 and status not in RETRY_STATUSES:
                break
        delivery.done.set()

    async def _post(self, delivery: Delivery, retry: int) -> int:
        if self._session is None:
            return 0
        headers = {**delivery.headers, **({"X-Atlassian-Webhook-Retry": str(retry)} if retry else {})}
        post = self._session.post(delivery.url, data=delivery.payload, headers=headers, allow_redirects=False)
        try:
            async with post as answer:
                return answer.status
        except (aiohttp.ClientError, TimeoutError):
            return 0
