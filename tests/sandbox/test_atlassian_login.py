"""Atlassian's login: what the consent page refuses, and the life of a refresh token."""

from __future__ import annotations

import json

import aiohttp
import pytest

from sandbox.browser import Browser
from sandbox.server import Sandbox
from sandbox.tokens import s256
from tests.support.clock import Clock
from tests.support.sandbox import App, Client, authorize_url, connect, consented, token

DEAD = {"error": "invalid_grant", "error_description": "Unknown or invalid refresh token."}


@pytest.mark.parametrize(
    "wrong",
    [
        {"client_id": "other"},
        {"redirect_uri": "https://evil.example/callback"},
        {"audience": ""},
        {"state": ""},
        {"response_type": "token"},
        {"prompt": ""},
        {"scope": ""},
        {"scope": "read:jira-work read:everything"},
        {"code_challenge": "abc", "code_challenge_method": "plain"},
    ],
    ids=str,
)
async def test_wrong_authorization_request_is_never_redirected(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App, wrong: dict[str, str]
) -> None:
    page = await Browser(session).open(authorize_url(sandbox, app, **wrong))
    assert page.status == 400
    assert page.url.startswith(sandbox.auth_url)
    assert page.forms == []


async def test_consent_cannot_be_given_by_link_alone(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App
) -> None:
    page = await Browser(session).open(
        authorize_url(sandbox, app) + "&as=alice@example.com&person=alice@example.com"
    )
    assert page.url.startswith(sandbox.auth_url)
    assert page.forms[0].choices["person"][0] == "alice@example.com"


async def test_refusing_comes_back_with_an_error_and_the_state(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App
) -> None:
    page = await consented(session, authorize_url(sandbox, app), "alice@example.com", decision="deny")
    assert json.loads(page.text)["error"] == "access_denied"
    assert json.loads(page.text)["state"] == "a-state"


@pytest.mark.parametrize(
    ("changes", "status"),
    [
        ({}, 200),
        ({"client_secret": "wrong"}, 401),
        ({"redirect_uri": "http://127.0.0.1:1/other"}, 403),
        ({"code_verifier": "wrong"}, 403),
        ({"code": "wrong"}, 403),
        ({"grant_type": "password"}, 403),
    ],
    ids=str,
)
async def test_code_exchange(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App, changes: dict[str, str], status: int
) -> None:
    url = authorize_url(sandbox, app, code_challenge=s256("verifier"), code_challenge_method="S256")
    code = json.loads((await consented(session, url, "bob@example.com")).text)["code"]
    fields = {
        "grant_type": "authorization_code",
        "code": code,
        "redirect_uri": app.callback,
        "code_verifier": "verifier",
        **changes,
    }
    answer = await token(session, sandbox, **fields)
    assert answer.status == status
    assert (await token(session, sandbox, **fields)).status != 200, "a code works once"


async def test_token_endpoint_takes_a_form_too(session: aiohttp.ClientSession, alice: Client) -> None:
    form = {
        "grant_type": "refresh_token",
        "refresh_token": alice.refresh,
        "client_id": alice.sandbox.client_id,
        "client_secret": alice.sandbox.client_secret,
    }
    async with session.post(f"{alice.sandbox.auth_url}/oauth/token", data=form) as answer:
        assert answer.status == 200
        assert set(await answer.json()) == {"access_token", "refresh_token", "expires_in", "token_type", "scope"}


async def test_refresh_token_rotates_and_the_old_one_has_ten_minutes(alice: Client, clock: Clock) -> None:
    first = alice.refresh
    assert (await alice.renew()).status == 200
    assert alice.refresh != first
    second = alice.refresh
    clock.advance(59, minutes=9)
    assert (await alice.renew(first)).status == 200
    assert alice.refresh not in {first, second}
    assert [c.outcome for c in alice.sandbox.atlassian.tokens.calls] == ["ok", "ok", "leeway"]
    assert (await alice.renew(second)).status == 200, "the child of the lost answer lives too"


async def test_f04_reuse_after_the_leeway_ends_the_whole_family(alice: Client, clock: Clock) -> None:
    first = alice.refresh
    await alice.renew()
    youngest, access = alice.refresh, alice.access
    clock.advance(1, minutes=10)
    stolen = await alice.renew(first)
    assert (stolen.status, stolen.body) == (403, DEAD)
    dead = await alice.renew(youngest)
    assert (dead.status, dead.body) == (403, DEAD)
    alice.access = access
    assert (await alice.get("/myself")).status == 401
    assert alice.sandbox.atlassian.tokens.calls[-2].outcome == "reuse"


@pytest.mark.parametrize(("days", "status"), [(89, 200), (91, 403)])
async def test_f08_grant_dies_of_ninety_days_of_disuse(
    alice: Client, clock: Clock, days: int, status: int
) -> None:
    clock.advance(days=days)
    assert (await alice.renew()).status == status


async def test_f08_grant_ends_after_a_year_however_much_it_is_used(alice: Client, clock: Clock) -> None:
    for _ in range(5):
        clock.advance(days=72)
        assert (await alice.renew()).status == 200
    clock.advance(days=6)
    assert (await alice.renew()).body == DEAD


async def test_access_token_runs_out(alice: Client, clock: Clock) -> None:
    assert (await alice.get("/myself")).status == 200
    clock.advance(3600)
    assert (await alice.get("/myself")).status == 401


async def test_no_refresh_token_without_offline_access(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App
) -> None:
    client = await connect(session, sandbox, app, "bob@example.com", scope="read:jira-user")
    assert client.refresh == ""


async def test_person_takes_consent_back_on_their_page(session: aiohttp.ClientSession, alice: Client) -> None:
    browser = Browser(session)
    page = await browser.open(f"{alice.sandbox.auth_url}/connected-apps")
    assert "Alice Example" in page.text
    page = await browser.submit(page)
    assert "Alice Example" not in page.text
    assert (await alice.get("/myself")).status == 401
    assert (await alice.renew()).body == DEAD


async def test_later_consent_adds_a_site_to_the_same_grant(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App
) -> None:
    first, second = (s.cloud_id for s in sandbox.sites)
    await connect(session, sandbox, app, "bob@example.com", site=first)
    later = await connect(session, sandbox, app, "bob@example.com", site=second)
    headers = {"Authorization": f"Bearer {later.access}"}
    async with session.get(f"{sandbox.api_url}/oauth/token/accessible-resources", headers=headers) as answer:
        rows = await answer.json()
    assert {r["id"] for r in rows} == {first, second}
    assert set(rows[0]) == {"id", "url", "name", "scopes", "avatarUrl"}
    assert "offline_access" not in rows[0]["scopes"]


async def test_site_on_which_one_has_no_account_cannot_be_granted(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App
) -> None:
    url = authorize_url(sandbox, app)
    page = await consented(session, url, "c@example.com", site=sandbox.sites[1].cloud_id)
    assert page.status == 400


async def test_me_names_the_account(session: aiohttp.ClientSession, alice: Client) -> None:
    async with session.get(
        f"{alice.sandbox.api_url}/me", headers={"Authorization": f"Bearer {alice.access}"}
    ) as answer:
        body = await answer.json()
    assert body["account_id"] == alice.sandbox.site.people[0].account_id


async def test_no_secret_is_shown_by_the_connected_apps_page_or_the_request_log(
    session: aiohttp.ClientSession, alice: Client
) -> None:
    await alice.get("/myself")
    page = await Browser(session).open(f"{alice.sandbox.auth_url}/connected-apps")
    shown = page.text + repr(alice.sandbox.requests)
    assert alice.access not in shown
    assert alice.refresh not in shown
