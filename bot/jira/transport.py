"""One HTTP call to Jira: bounded in time, size and number, never redirected, retried only where that is safe."""

from __future__ import annotations

import asyncio
import time
from collections import defaultdict
from collections.abc import Mapping
from typing import Protocol

import aiohttp
import orjson
from yarl import URL

from bot.jira.answers import MAX_BODY, decode
from bot.jira.errors import (
    JiraRateLimitedError,
    JiraSignInError,
    JiraTimeoutError,
    JiraUnavailableError,
    OutcomeUnknownError,
)
from bot.jira.models import Site

CONCURRENT_PER_SITE = 50
"""Requests under way to one site at most; the others wait their turn."""

PATIENCE = 2.0
"""Seconds of a `Retry-After` that are waited for within a call; a longer one is told to the person."""


class TokenSource(Protocol):
    """Gives the person's access token; `rejected` is one that Jira has just answered 401 to."""

    async def __call__(self, *, rejected: str = "") -> str: ...


class Transport:
    """Shared by all people. Keeps, per site, how many calls are under way and until when Jira said to wait."""

    def __init__(self, session: aiohttp.ClientSession, api_url: str) -> None:
        self._session = session
        self._api_url = api_url.rstrip("/")
        self._slots: dict[str, asyncio.Semaphore] = defaultdict(lambda: asyncio.Semaphore(CONCURRENT_PER_SITE))
        self._closed_until: dict[str, float] = {}

    async def call(
        self,
        site: Site,
        token: TokenSource,
        method: str,
        path: str,
        *,
        query: Mapping[str, str] | None = None,
        body: object = None,
        api: str = "/rest/api/3",
    ) -> object:
        """The decoded JSON answer (None if empty). Raises a `JiraError`, or what `token` raises.

        `path` starts with a slash and holds only validated or quoted segments. A 401 leads to one refresh.
        """
        url = URL(f"{self._api_url}/ex/jira/{site.cloud_id}{api}{path}", encoded=True)
        if query:
            url = url.with_query(query)
        access = await token()
        try:
            return await self._patiently(site, method, url, access, body)
        except JiraSignInError:
            access = await token(rejected=access)
            return await self._patiently(site, method, url, access, body)

    async def _patiently(self, site: Site, method: str, url: URL, access: str, body: object) -> object:
        """One call, and for a short rate limit, or a read that failed in passing, a second."""
        try:
            return await self._once(site, method, url, access, body)
        except JiraRateLimitedError as limited:
            if limited.retry_after > PATIENCE:
                raise
            await asyncio.sleep(limited.retry_after)
        except JiraTimeoutError:
            raise
        except JiraUnavailableError:
            if method != "GET":
                raise
        return await self._once(site, method, url, access, body)

    async def _once(self, site: Site, method: str, url: URL, access: str, body: object) -> object:
        wait = self._closed_until.get(site.cloud_id, 0.0) - time.monotonic()
        if wait > 0:
            raise JiraRateLimitedError(wait)
        async with self._slots[site.cloud_id]:
            try:
                return await self._send(method, url, access, body)
            except JiraRateLimitedError as limited:
                self._closed_until[site.cloud_id] = time.monotonic() + limited.retry_after
                raise

    async def _send(self, method: str, url: URL, access: str, body: object) -> object:
        headers = {"Authorization": f"Bearer {access}", "Accept": "application/json"}
        data = None
        if body is not None:
            data = orjson.dumps(body)
            headers["Content-Type"] = "application/json"
        try:
            async with self._session.request(
                method, url, data=data, headers=headers, allow_redirects=False
            ) as response:
                return decode(response.status, response.headers, await _read(response))
        except TimeoutError:
            if method == "GET":
                raise JiraTimeoutError("Jira did not answer in time") from None
            raise OutcomeUnknownError("Jira did not answer a write in time") from None
        except (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError):
            raise JiraUnavailableError("Jira cannot be reached") from None
        except aiohttp.ClientError:
            if method == "GET":
                raise JiraUnavailableError("the connection to Jira broke") from None
            raise OutcomeUnknownError("the connection to Jira broke in a write") from None


async def _read(response: aiohttp.ClientResponse) -> bytes:
    if response.content_length is not None and response.content_length <= MAX_BODY:
        return await response.read()
    body = bytearray()
    async for chunk in response.content.iter_any():
        body += chunk
        if len(body) > MAX_BODY:
            raise JiraUnavailableError("Jira's answer is too large")
    return bytes(body)
