"""One HTTP call to Jira: bounded in time, size and number, never redirected, retried only where that is safe."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import aiohttp
import orjson
from yarl import URL

from bot.http.client import CONNECT
from bot.jira.errors import (
    JiraRateLimitedError,
    JiraSignInError,
    JiraTimeoutError,
    JiraUnavailableError,
    OutcomeUnknownError,
    Reach,
)
from bot.jira.http.concurrency import Room
from bot.jira.http.rate_limits import Door, Doors, doors
from bot.jira.http.responses import MAX_BODY, decode
from bot.jira.models import Site

QUERIES = frozenset({"/search/jql", "/jql/parse", "/jql/match"})
"""What Jira wants posted although it changes nothing: treated like a GET."""

UNCERTAIN = frozenset({500, 502, 504})
"""Answers that do not say that nothing was changed: Jira broke, perhaps in what listens to a change that is kept,
or something in front of it gave up while it went on with a write."""

BRISK, PATIENT = 10.0, 30.0
"""Seconds that Jira may take to answer: in the background, where what failed is tried again, and where a person
waits, to whom a long search is worth it."""

PATIENCE = 2.0
"""Seconds of a `Retry-After` that are waited for within a call; a longer one is told to the person."""


@dataclass(frozen=True, slots=True)
class _Request:
    """`reads`: it changes nothing, so it may be sent again."""

    site: str
    person: str
    method: str
    url: URL
    body: object
    reads: bool
    seconds: float
    doors: Mapping[Reach, Door]


class TokenSource(Protocol):
    """Gives the access token of `person`, under which name they are known apart from others."""

    @property
    def person(self) -> str: ...

    async def __call__(self, *, rejected: str = "") -> str:
        """`rejected` is a token that Jira has just answered 401 to."""


class Transport:
    """Shared by all people. Knows which calls are under way, and where Jira said to wait; `clock` is monotonic."""

    def __init__(
        self, session: aiohttp.ClientSession, api_url: str, *, clock: Callable[[], float] = time.monotonic
    ) -> None:
        self._session = session
        self._api_url = api_url.rstrip("/")
        self._room = Room()
        self._doors = Doors(clock)

    async def call(
        self,
        site: Site,
        token: TokenSource,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        seconds: float = BRISK,
    ) -> object:
        """The decoded JSON answer (None if empty). Raises a `JiraError`, or what `token` raises.

        `path` starts with a slash and holds only validated or quoted segments. A 401 leads to one refresh.
        `seconds` is how long each answer may take.
        """
        url = URL(f"{self._api_url}/ex/jira/{site.cloud_id}/rest/api/3{path}", encoded=True)
        if query:
            url = url.with_query(query)
        reads = method == "GET" or path in QUERIES
        passed = doors(site.cloud_id, method, path, reads=reads)
        request = _Request(site.cloud_id, token.person, method, url, body, reads, seconds, passed)
        access = await token()
        try:
            return await self._patiently(request, access)
        except JiraSignInError:
            access = await token(rejected=access)
            return await self._patiently(request, access)

    async def _patiently(self, request: _Request, access: str) -> object:
        """One call, and for a short rate limit, or a read that failed in passing, a second."""
        try:
            return await self._once(request, access)
        except JiraRateLimitedError as limited:
            if limited.retry_after > PATIENCE:
                raise
            await asyncio.sleep(limited.retry_after)
        except JiraTimeoutError:
            raise
        except JiraUnavailableError:
            if not request.reads:
                raise
        return await self._once(request, access)

    async def _once(self, request: _Request, access: str) -> object:
        async with self._room.taken(request.site, request.person):
            wait = self._doors.wait(request.doors)
            if wait > 0:
                raise JiraRateLimitedError(wait)
            try:
                return await self._send(request, access)
            except JiraRateLimitedError as limited:
                self._doors.close(request.doors, limited.reach, limited.retry_after)
                raise

    async def _send(self, request: _Request, access: str) -> object:
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
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
                timeout=aiohttp.ClientTimeout(total=request.seconds, connect=CONNECT),
            ) as response:
                return _decoded(request, response, await _read(response))
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


def _decoded(request: _Request, response: aiohttp.ClientResponse, body: bytes) -> object:
    try:
        return decode(response.status, response.headers, body)
    except JiraUnavailableError as error:
        if request.reads or not (response.ok or response.status in UNCERTAIN):
            raise
        raise OutcomeUnknownError(str(error), broken_off=False) from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    as_it_is = "Content-Encoding" not in response.headers  # what is compressed is larger than its length says
    if as_it_is and response.content_length is not None and response.content_length <= MAX_BODY:
        return await response.read()
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise JiraUnavailableError("Jira's answer is too large")
    return bytes(body)
