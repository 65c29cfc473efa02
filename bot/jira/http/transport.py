"""Sends HTTP calls to Jira: bounded in time, size and number, never redirected, retried only where safe."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Protocol

import aiohttp
import orjson
import structlog
from yarl import URL

from bot.http.client import CONNECT_TIMEOUT
from bot.jira.data_center import Call, DataCenter
from bot.jira.errors import (
    IssueNotFoundError,
    JiraRateLimitedError,
    JiraSignInError,
    JiraTimeoutError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    OutcomeUnknownError,
    PersonQuotaError,
)
from bot.jira.http import metrics
from bot.jira.http.concurrency import ConcurrencyLimiter
from bot.jira.http.points import Claimant, PointBudget, points_of_answer
from bot.jira.http.rate_limits import Buckets, RateLimits, buckets_of_call
from bot.jira.http.responses import MAX_BODY_BYTES, decode
from bot.jira.models import ISSUE_KEY, Site

READ_ONLY_POSTS = frozenset({"/search/jql", "/jql/parse", "/jql/match"})
"""POST requests that change nothing: retried like a GET."""

AMBIGUOUS_STATUSES = frozenset({500, 502, 504})
"""Statuses after which a write may have been done: Jira can fail after saving a change (in a listener), and a
proxy can give up while Jira goes on."""

BACKGROUND_TIMEOUT = 10.0
"""Seconds for one response in background work, which is tried again later."""
INTERACTIVE_TIMEOUT = 30.0
"""Seconds for one response that a person waits for: a slow search is worth the wait."""

MAX_RETRY_AFTER_SECONDS = 2.0
"""A longer `Retry-After` is reported to the person rather than waited for."""

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class _Request:
    """One call. `reads`: it changes nothing, so it may be sent again. `metered`: it costs points of a quota."""

    site: str
    claimant: Claimant
    scheme: str
    method: str
    path: str
    url: URL
    body: object
    reads: bool
    seconds: float
    metered: bool

    @property
    def buckets(self) -> Buckets:
        """The buckets of rate limits that it counts against."""
        return buckets_of_call(self.site, self.method, self.path, reads=self.reads)


class TokenSource(Protocol):
    """Provides the access token of one person. `person` is a key that is unique to them.

    `scheme` is that of the Authorization header.
    """

    @property
    def person(self) -> str: ...

    @property
    def scheme(self) -> str: ...

    async def __call__(self, *, rejected: str = "") -> str:
        """Return the access token. `rejected` is one that Jira has just answered 401 to."""


class Transport:
    """Shared by all people: enforces concurrency limits, Jira's rate limits and each person's share of its quota.

    `clock` is monotonic, `unix_clock` gives Unix seconds.
    """

    def __init__(
        self,
        session: aiohttp.ClientSession,
        api_url: str,
        *,
        clock: Callable[[], float] = time.monotonic,
        unix_clock: Callable[[], float] = time.time,
    ) -> None:
        self._session = session
        self._api_url = api_url.rstrip("/")
        self._data_center = DataCenter()
        self._concurrency = ConcurrencyLimiter()
        self._rate_limits = RateLimits(clock)
        self._points = PointBudget(unix_clock)

    async def call(
        self,
        site: Site,
        token: TokenSource,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        seconds: float = BACKGROUND_TIMEOUT,
    ) -> object:
        """Return the decoded JSON of the response (None if empty). Raises a `JiraError`, or what `token` raises.

        `path` starts with a slash and holds only validated or quoted segments. A 401 leads to one token
        refresh. `seconds` limits each attempt; with less than a person waits for, the call is background work.
        """
        if site.is_data_center:
            call = self._data_center.translate(site.cloud_id, method, path, query or {}, body)
            root = f"{site.url.rstrip('/')}/rest/api/2"
        else:
            reads = method == "GET" or path in READ_ONLY_POSTS
            call = Call(method, path, query or {}, body, reads=reads)
            gateway = f"{self._api_url}/ex/jira/{site.cloud_id}"
            root = f"{site.url.rstrip('/') if site.direct else gateway}/rest/api/3"
        url = URL(root + call.path, encoded=True)
        request = _Request(
            site=site.cloud_id,
            claimant=Claimant(token.person, waits=seconds >= INTERACTIVE_TIMEOUT),
            scheme=token.scheme,
            method=call.method,
            path=call.path,
            url=url.with_query(call.query) if call.query else url,
            body=call.body,
            reads=call.reads,
            seconds=seconds,
            metered=token.scheme == "Bearer" and not site.is_data_center,
        )
        access = await token()
        try:
            answer = await self._attempt_twice(request, access)
        except JiraSignInError:
            access = await token(rejected=access)
            answer = await self._attempt_twice(request, access)
        return call.read(answer)

    async def _attempt_twice(self, request: _Request, access: str) -> object:
        """Send the request; once more after a short rate limit, or if a read failed."""
        try:
            return await self._attempt(request, access)
        except JiraRateLimitedError as limited:
            if limited.retry_after > MAX_RETRY_AFTER_SECONDS:
                raise
            await asyncio.sleep(limited.retry_after)
        except (JiraTimeoutError, PersonQuotaError):
            raise
        except JiraUnavailableError:
            if not request.reads:
                raise
        return await self._attempt(request, access)

    async def _attempt(self, request: _Request, access: str) -> object:
        async with self._concurrency.slot(request.site, request.claimant.person):
            if self._rate_limits.any_blocked and (wait := self._rate_limits.seconds_left(request.buckets)) > 0:
                raise JiraRateLimitedError(wait)
            if request.metered:
                self._points.take(request.site, request.claimant)
            try:
                return await self._send(request, access)
            except JiraRateLimitedError as limited:
                self._rate_limits.block(request.buckets, limited.scope, limited.retry_after)
                raise

    async def _send(self, request: _Request, access: str) -> object:
        headers = {"Authorization": f"{request.scheme} {access}", "Accept": "application/json"}
        data = None
        if request.body is not None:
            data = orjson.dumps(request.body)
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                request.method,
                request.url,
                data=data,
                headers=headers,
                allow_redirects=False,
                timeout=_timeout(request.seconds),
            ) as response:
                if request.metered:
                    self._points.note(request.site, response.headers)
                document = _decode_response(request, response, await _read_body(response))
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise JiraUnavailableError("Jira cannot be reached") from None
        except TimeoutError:
            if request.reads:
                raise JiraTimeoutError("Jira did not answer in time") from None
            raise OutcomeUnknownError("Jira did not answer a write in time") from None
        except aiohttp.ClientError:
            if request.reads:
                raise JiraUnavailableError("the connection to Jira broke") from None
            raise OutcomeUnknownError("the connection to Jira broke in a write") from None
        if request.metered:
            points = points_of_answer(request.path, document, reads=request.reads)
            self._points.add(request.site, request.claimant, points)
        return document


@lru_cache(maxsize=64)
def _timeout(seconds: float) -> aiohttp.ClientTimeout:
    return aiohttp.ClientTimeout(total=seconds, connect=CONNECT_TIMEOUT)


def _decode_response(request: _Request, response: aiohttp.ClientResponse, body: bytes) -> object:
    if response.status == 410:
        log.error("Jira operation gone", method=request.method, path=request.url.path)
        metrics.GONE.labels(request.method).inc()
    try:
        return decode(response.status, response.headers, body)
    except NotFoundOrForbiddenError:
        key = _issue_of(request.url.path)
        if response.status == 404 and key:
            raise IssueNotFoundError(key) from None
        raise
    except JiraUnavailableError as error:
        if request.reads or not (response.ok or response.status in AMBIGUOUS_STATUSES):
            raise
        raise OutcomeUnknownError(str(error), connection_failed=False) from None


def _issue_of(path: str) -> str:
    """Return the key in a path of one issue; empty for any other path, and for an issue named by its id."""
    name = path.partition("/issue/")[2].partition("/")[0]
    return name if ISSUE_KEY.fullmatch(name) else ""


async def _read_body(response: aiohttp.ClientResponse) -> bytes:
    # A compressed body is larger than its Content-Length.
    plain = "Content-Encoding" not in response.headers
    if plain and response.content_length is not None and response.content_length <= MAX_BODY_BYTES:
        return await response.read()
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY_BYTES:
            raise JiraUnavailableError("Jira's answer is too large")
    return bytes(body)
