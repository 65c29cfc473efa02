"""What of a sign-in lies about: in files, logs, pages and addresses (T38, T40), and the cookie behind TLS."""

from __future__ import annotations

import dataclasses
import logging
from pathlib import Path

import pytest
import structlog
from aiohttp import web

from bot.accounts.model import GrantRevokedError
from bot.accounts.sign_in.about import website
from bot.accounts.sign_in.web import routes
from bot.http.client_limit import ClientLimit
from sandbox.faults import Fault
from tests.support.serving import serving
from tests.support.sign_in import ALICE, BOB, Linking, linking, person
from tests.support.world import free_port

__all__ = ["linking"]


def secrets_of(linking: Linking) -> set[str]:
    """Every secret that Atlassian or we made so far."""
    tokens = linking.atlassian.tokens
    return {*tokens.access, *tokens.refresh, linking.sandbox.client_secret, linking.microsoft.app_secret}


async def test_t38_no_secret_of_an_unfinished_sign_in_is_in_the_files_in_clear(
    linking: Linking, tmp_path: Path
) -> None:
    browser = linking.browser()
    begun = await browser.get(await linking.ticket())
    page = await linking.to_confirm(browser, await linking.ticket())
    secrets = secrets_of(linking) | {page.form.fields["csrf"], begun.query["state"], begun.query["nonce"]}
    files = b"".join(path.read_bytes() for path in (tmp_path / "store").rglob("*") if path.is_file())
    assert len(secrets) > 5
    assert not [secret for secret in secrets if secret.encode() in files]


async def test_t38_a_consent_moved_to_another_row_does_not_open(linking: Linking) -> None:
    alice, bob = linking.browser(), linking.browser()
    await linking.to_confirm(alice)
    mine = {row.key for row in await linking.store.page("pending_links")}
    page = await linking.to_confirm(bob, who=BOB)
    rows = await linking.store.page("pending_links")
    [theirs] = [row for row in rows if row.key not in mine]
    [moved] = [row for row in rows if row.key in mine]
    await linking.store.put("pending_links", theirs.key, moved.value)
    answer = await linking.press_connect(bob, page)
    assert answer.status == 410
    assert await linking.nothing_linked()


async def test_t40_secrets_are_in_no_log_and_on_no_page(
    linking: Linking, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    shown: list[str] = []
    browser = linking.browser()
    with structlog.testing.capture_logs() as logged:
        start = await linking.ticket()
        back = await linking.to_jira(browser, start)
        page = await browser.get(back.location)
        done = await linking.press_connect(browser, page)
        shown += [page.text, done.text, back.location]
        ticket = start.partition("ticket=")[2]
        await _everything_goes_wrong(linking, shown)
    cookies = {cookie.value for cookie in browser.cookies}
    fleeting = {ticket, back.query["state"], back.query["code"], page.form.fields["csrf"], *cookies}
    logs = f"{logged!r} {_our_logs(caplog)}"
    assert len(logged) > 3
    assert not [s for s in secrets_of(linking) | fleeting if s in logs]
    assert not [s for s in secrets_of(linking) if any(s in text for text in shown)]


async def _everything_goes_wrong(linking: Linking, shown: list[str]) -> None:
    token = await linking.vault.access_token(person(ALICE))
    echo = f'{{"error": "{token}", "error_description": "{token}"}}'
    faults = [
        Fault(server="atlassian", path="/oauth/token$", status=400, body=echo),
        Fault(server="atlassian", path="/oauth/token$", truncate=True),
        Fault(server="jira", path="accessible-resources", status=200, body=echo),
        Fault(server="microsoft", path="token$", truncate=True),
        Fault(server="microsoft", path="token$", status=400, body=echo),
        Fault(server="microsoft", path="token$", status=200, body="<html>"),
    ]
    for fault in faults:
        linking.sandbox.faults.clear()
        linking.sandbox.faults.add(dataclasses.replace(fault, times=None))
        browser = linking.browser()
        page = await browser.get((await linking.to_microsoft(browser)).location)
        if page.status == 302:
            consent = await browser.sign_in(await browser.get(page.location), ALICE.email, "accept")
            page = await browser.get(consent.location)
        assert page.status >= 400, fault
        shown.append(page.text)
    linking.sandbox.faults.clear()
    linking.atlassian.revoke(ALICE.account_id)
    with pytest.raises(GrantRevokedError):
        await linking.vault.access_token(person(ALICE), rejected=token)


def _our_logs(caplog: pytest.LogCaptureFixture) -> str:
    """Everything but the sandbox's own access log."""
    return "\n".join(r.getMessage() for r in caplog.records if r.name != "aiohttp.access")


async def test_behind_tls_the_cookie_is_bound_to_the_host(linking: Linking) -> None:
    linking.flow.public_url = "https://bot.example/bridge"
    app, port, browser = web.Application(), free_port(), linking.browser()
    app.add_routes(routes(linking.flow, ClientLimit(), lambda _query: website()))
    async with serving(app, port):
        begun = await browser.get(f"http://127.0.0.1:{port}/connect")
        gone = await browser.get(f"http://127.0.0.1:{port}/connect?ticket=x")
    session, step = begun.cookies
    assert session.startswith("__Host-connect=")
    assert step.startswith("__Host-connect-step-")
    for cookie in (session, step):
        parts = {part.strip() for part in cookie.split(";")}
        assert {"Secure", "HttpOnly", "SameSite=Lax", "Path=/"} <= parts
        assert not [part for part in parts if part.startswith("Domain")]
    assert begun.headers["Strict-Transport-Security"] == "max-age=31536000"
    assert 'href="/bridge/connect"' in gone.text
