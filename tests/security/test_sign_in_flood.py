"""T15: strangers at the sign-in fill no store, hold up nobody's sign-in, and never the bot's own token."""

from __future__ import annotations

import asyncio
from pathlib import Path
from unittest.mock import Mock

import pytest
from aiohttp import web
from aiohttp.test_utils import make_mocked_request

from bot.accounts.connect_links import new_secret
from bot.accounts.sign_in.about import website
from bot.accounts.sign_in.microsoft_calls import MAX_CALLS
from bot.accounts.sign_in.msal_http import MsalHttp
from bot.accounts.sign_in.sealed_step import cookie_name
from bot.accounts.sign_in.web import MAX_STEP_COOKIES, routes
from bot.http.client import tls_context
from bot.http.client_limit import BURST, ClientLimit, client_network
from bot.security.entra import RegisteredApp
from bot.teams.app_token import AppTokens
from sandbox.faults import Fault
from tests.support.clock import Clock
from tests.support.serving import serving
from tests.support.sign_in import Linking, linking
from tests.support.storage.contents import records
from tests.support.world import free_port

__all__ = ["linking"]


async def test_t15_anonymous_visits_leave_nothing_in_the_store(linking: Linking) -> None:
    await linking.store.put("meta", "before", {})
    for _ in range(50):
        browser = linking.browser()
        begun = await browser.get(f"{linking.url}/connect")
        state = begun.query["state"]
        for path in ("microsoft", "jira"):
            await browser.get(f"{linking.url}/auth/{path}/callback?state={state}&code=made-up")
            await browser.get(f"{linking.url}/auth/{path}/callback?state={new_secret()}&code=made-up")
    assert [row.table for row in await records(linking.store)] == ["meta"]


async def test_t15_sign_ins_beyond_the_queue_are_refused_at_once_and_the_bots_token_is_not_held_up(
    linking: Linking,
) -> None:
    settings, held = linking.sandbox.settings(), asyncio.Event()
    hold = Fault("POST", "/token$", server="microsoft", times=MAX_CALLS, until=held)
    returns = [await linking.to_microsoft(linking.browser()) for _ in range(MAX_CALLS + 5)]
    linking.sandbox.faults.add(hold)
    finishing = [
        asyncio.create_task(browser.get(page.location))
        for browser, page in zip(linking.browsers, returns, strict=True)
    ]
    async with asyncio.timeout(5):
        refused = [await each for each in asyncio.as_completed(finishing[-5:])]
    for page in refused:
        assert (page.status, page.headers["Retry-After"]) == (503, "30")
        assert "Too many people are signing in" in page.text
    application = RegisteredApp(
        settings["MICROSOFT_APP_ID"],
        settings["MICROSOFT_APP_PASSWORD"],
        settings["MICROSOFT_AUTHORITY"],
        MsalHttp(tls_context(Path(settings["CA_BUNDLE"]))),
    )
    hold.times = hold.hits  # what people wait for is held; the bot's own request is not
    async with asyncio.timeout(5):
        assert await AppTokens(application, "https://api.botframework.com").get()
    held.set()
    answers = await asyncio.gather(*finishing)
    assert sorted(page.status for page in answers) == [302] * MAX_CALLS + [503] * 5


async def test_t15_one_address_begins_so_many_sign_ins_and_no_more(linking: Linking) -> None:
    app, port = web.Application(), free_port()
    app.add_routes(routes(linking.flow, ClientLimit("X-Real-IP", clock=Clock()), lambda _query: website()))
    browser = linking.browser()
    async with serving(app, port):

        async def connect(address: str) -> int:
            page = await browser.get(
                f"http://127.0.0.1:{port}/connect?ticket=none", headers={"X-Real-IP": address}
            )
            assert (page.status == 429) == ("Too many sign-ins" in page.text) == ("Retry-After" in page.headers)
            return page.status

        assert {await connect("2001:db8::1") for _ in range(BURST)} == {410}
        assert [await connect(address) for address in ("2001:db8::ffff", "2001:db8:0:1::1", "198.51.100.7")] == [
            429,
            410,
            410,
        ]


def test_t15_limit_of_an_address_recovers() -> None:
    clock = Clock(now=1.0)
    limit = ClientLimit("X-Real-IP", clock=clock)
    request = make_mocked_request("GET", "/connect", headers={"X-Real-IP": "198.51.100.7"})
    assert [limit.allows(request) for _ in range(121)] == [True] * 120 + [False]
    for seconds in (1, 25):
        clock.advance(seconds)
        assert [limit.allows(request) for _ in range(2 * seconds + 1)] == [True] * 2 * seconds + [False]


def test_t15_without_a_proxy_the_peers_address_is_limited() -> None:
    peer = Mock(**{"get_extra_info.return_value": ("8.8.8.8", 50_000)})
    limit, request = ClientLimit(clock=Clock()), make_mocked_request("GET", "/connect", transport=peer)
    assert [limit.allows(request) for _ in range(121)] == [True] * 120 + [False]


@pytest.mark.parametrize(
    ("peer", "forwarded", "client"),
    [
        ("8.8.4.4", "", "8.8.4.4"),
        ("8.8.8.8", "8.8.4.4", "8.8.4.4"),
        ("2a01:4f8::1:2:3:4", "", "2a01:4f8::/64"),
        ("::ffff:8.8.8.8", "", "8.8.8.8"),
        ("127.0.0.1", "", ""),
        ("10.0.0.3", "", ""),
        ("10.0.0.3", "10.1.2.3", "10.1.2.3"),
        ("8.8.8.8", "not an address", "8.8.8.8"),
        ("", "", ""),
    ],
)
def test_t15_what_counts_as_one_client(peer: str, forwarded: str, client: str) -> None:
    assert client_network(peer, forwarded) == client


async def test_t15_browser_keeps_the_cookies_of_few_sign_ins(linking: Linking) -> None:
    browser = linking.browser()
    for _ in range(MAX_STEP_COOKIES + 5):
        last = await browser.get(f"{linking.url}/connect")
    names = [cookie.key for cookie in browser.cookies if cookie.key.startswith("connect-step-")]
    assert len(names) == MAX_STEP_COOKIES
    assert f"connect-step-{cookie_name(last.query['state'])}" in names
