"""How long Jira may take: longer where a person waits for it than in the background."""

from __future__ import annotations

import asyncio
import gzip
import socket
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from bot.http.client import open_session, tls_context
from bot.jira.client import JiraClient
from bot.jira.errors import JiraTimeoutError, JiraUnavailableError
from bot.jira.fields.screens import new_metadata_cache
from bot.jira.fields.sprint_field import FieldCatalogue
from bot.jira.http.responses import MAX_BODY_BYTES
from bot.jira.http.transport import INTERACTIVE_TIMEOUT, Transport
from bot.jira.models import Site
from tests.support.serving import serving


class Token:
    """Anybody's."""

    scheme = "Bearer"
    person = "tenant/oid"

    async def __call__(self, *, rejected: str = "") -> str:
        return "token"


async def test_f36_a_host_that_takes_no_connection_is_a_jira_that_cannot_be_reached() -> None:
    with socket.socket() as full:
        full.bind(("127.0.0.1", 0))
        full.listen(0)
        with socket.create_connection(full.getsockname()), socket.socket() as second:
            second.setblocking(False)
            second.connect_ex(full.getsockname())  # from now on nobody's connection is taken
            async with open_session(tls_context(None)) as session:
                transport = Transport(session, f"http://127.0.0.1:{full.getsockname()[1]}")
                site = Site("c1", "https://a.example", "a")
                client = JiraClient(
                    transport, site, Token(), FieldCatalogue(), new_metadata_cache(), seconds=INTERACTIVE_TIMEOUT
                )
                with pytest.raises(JiraUnavailableError) as raised:
                    await client.vote("PROJ-1", on=True)
    assert not isinstance(raised.value, JiraTimeoutError)


@asynccontextmanager
async def answering(handler: Callable[[web.Request], Awaitable[web.StreamResponse]]) -> AsyncIterator[Transport]:
    """Serve a Jira that answers every GET so; a transport to it."""
    app = web.Application()
    app.router.add_get("/{path:.*}", handler)
    async with serving(app) as url, open_session(tls_context(None)) as session:
        yield Transport(session, url)


async def test_f09_who_waits_gets_what_comes_late() -> None:
    there, now = asyncio.Event(), asyncio.Event()

    async def slow(_request: web.Request) -> web.Response:
        there.set()
        await now.wait()
        return web.json_response({"accountId": "a1", "displayName": "Ann"})

    async with answering(slow) as transport:

        def client(seconds: float) -> JiraClient:
            site = Site("c1", "https://a.example", "a")
            return JiraClient(transport, site, Token(), FieldCatalogue(), new_metadata_cache(), seconds=seconds)

        waiting = asyncio.create_task(client(INTERACTIVE_TIMEOUT).myself())
        await there.wait()
        with pytest.raises(JiraTimeoutError):
            await client(0.2).myself()
        now.set()
        assert (await waiting).name == "Ann"


async def test_f13_a_small_answer_that_unfolds_without_end_is_too_large() -> None:
    unfolded = 4 * MAX_BODY_BYTES

    async def folded(_request: web.Request) -> web.Response:
        headers = {"Content-Encoding": "gzip", "Content-Type": "application/json"}
        return web.Response(body=gzip.compress(b" " * unfolded), headers=headers)

    async with answering(folded) as transport:
        client = JiraClient(
            transport, Site("c1", "https://a.example", "a"), Token(), FieldCatalogue(), new_metadata_cache()
        )
        with pytest.raises(JiraUnavailableError, match="too large"):
            await client.myself()
