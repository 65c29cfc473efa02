"""Attacks on the account link, by their number in the threat model: the answer AND that nothing happened."""

from __future__ import annotations

import asyncio
import time

import pytest

from bot.accounts.audit import AuditLog
from bot.accounts.connect_links import TABLE, ConnectLinks, Ticket, hash_secret
from bot.storage.table import Table
from tests.support.sign_in import ALICE, BOB, Linking, PageResponse, linking, person
from tests.support.storage.contents import records

__all__ = ["linking"]

PARALLEL = 50


def statuses(answers: list[PageResponse]) -> list[int]:
    return sorted(answer.status for answer in answers)


# T01: somebody else's link


async def test_t01_a_forwarded_link_binds_nothing_and_is_burnt(linking: Linking) -> None:
    start = await linking.ticket(ALICE)
    victim = linking.browser()
    refused = await victim.get((await linking.to_microsoft(victim, start, BOB)).location)
    assert refused.status == 403
    assert "This link is not yours" in refused.text
    assert "connect" in refused.text
    assert linking.token_calls == 0
    assert await linking.nothing_linked()
    assert (await linking.rows())["tickets"] == 0
    assert (await linking.browser().get(start)).status == 410
    [misused] = [entry async for entry in AuditLog(linking.store).since(0)]
    assert (misused.action, misused.person, misused.by) == ("link misused", person(ALICE).key, person(BOB).key)


async def test_t01_opening_a_link_changes_nothing(linking: Linking) -> None:
    start = await linking.ticket()
    for _ in range(3):
        assert (await linking.browser().get(start)).status == 302
    assert (await linking.rows())["tickets"] == 1
    assert await linking.nothing_linked()
    assert linking.token_calls == 0


async def test_t01_nothing_is_bound_before_the_form_is_sent(linking: Linking) -> None:
    page = await linking.to_confirm(linking.browser(), await linking.ticket())
    assert page.status == 200
    assert await linking.nothing_linked()
    assert (await linking.rows())["tickets"] == 1


# T02: used twice


async def test_t02_one_microsoft_state_works_once_of_50(linking: Linking) -> None:
    browser = linking.browser()
    back = (await linking.to_microsoft(browser)).location
    answers = await asyncio.gather(*(browser.get(back) for _ in range(PARALLEL)))
    assert statuses(answers) == [302] + [400] * (PARALLEL - 1)
    assert linking.microsoft.token_calls == ["authorization_code"]


async def test_t02_one_jira_state_works_once_of_50(linking: Linking) -> None:
    browser = linking.browser()
    back = (await linking.to_jira(browser)).location
    answers = await asyncio.gather(*(browser.get(back) for _ in range(PARALLEL)))
    assert statuses(answers) == [200] + [400] * (PARALLEL - 1)
    assert linking.token_calls == 1


async def test_t02_one_form_binds_once_of_50(linking: Linking) -> None:
    browser = linking.browser()
    page = await linking.to_confirm(browser, await linking.ticket())
    answers = await asyncio.gather(*(linking.press_connect(browser, page) for _ in range(PARALLEL)))
    await linking.flow.close()
    assert statuses(answers) == [200] + [410] * (PARALLEL - 1)
    assert len(linking.linked) == 1


async def test_t02_one_ticket_links_once_however_many_tabs_hold_it(linking: Linking) -> None:
    start, browsers = await linking.ticket(), [linking.browser() for _ in range(5)]
    pages = [await linking.to_confirm(browser, start) for browser in browsers]
    answers = await asyncio.gather(*map(linking.press_connect, browsers, pages))
    await linking.flow.close()
    assert statuses(answers) == [200, 410, 410, 410, 410]
    assert len(linking.linked) == 1


async def test_t02_a_used_expired_or_unknown_ticket_is_gone_and_says_how_to_go_on(linking: Linking) -> None:
    used = await linking.ticket()
    await linking.link(linking.browser(), used)
    long_ago = ConnectLinks(linking.store, linking.url, clock=lambda: time.time() - 8 * 86400)
    expired = await long_ago.connect_url(person(ALICE), None)
    unknown = [f"{linking.url}/connect?ticket={ticket}" for ticket in ("x" * 43, "%00/..")]
    for start in (used, expired, *unknown):
        page = await linking.browser().get(start)
        assert page.status == 410
        assert 'href="/connect"' in page.text


async def test_t02_tickets_and_states_are_kept_as_hashes(linking: Linking) -> None:
    start = await linking.ticket()
    begun = await linking.browser().get(start)
    secrets = {start.partition("ticket=")[2], begun.query["state"]}
    rows = await records(linking.store)
    assert rows
    assert not [row.table for row in rows if any(secret in f"{row.key}{row.value}" for secret in secrets)]


# T03: another browser


@pytest.mark.parametrize("step", ["to_microsoft", "to_jira"])
async def test_t03_a_callback_in_another_browser_is_refused_and_costs_the_owner_nothing(
    linking: Linking, step: str
) -> None:
    owner, without, other = (linking.browser() for _ in range(3))
    await other.get(f"{linking.url}/connect")
    back = (await getattr(linking, step)(owner)).location
    before = (linking.token_calls, len(linking.microsoft.token_calls))
    for thief in (without, other):
        assert (await thief.get(back)).status == 400
    assert (linking.token_calls, len(linking.microsoft.token_calls)) == before
    assert (await owner.get(back)).status in (200, 302)


async def test_t03_the_form_of_another_browser_is_refused(linking: Linking) -> None:
    owner, other = linking.browser(), linking.browser()
    await other.get(f"{linking.url}/connect")
    page = await linking.to_confirm(owner)
    for thief in (linking.browser(), other):
        assert (await linking.press_connect(thief, page)).status == 403
    assert await linking.nothing_linked()
    assert (await linking.press_connect(owner, page)).status == 200


# T04: a code from elsewhere


async def test_t04_the_code_of_another_transaction_fails_at_its_verifier(linking: Linking) -> None:
    attacker, victim = linking.browser(), linking.browser()
    stolen = (await linking.to_jira(attacker, who=BOB)).query["code"]
    state = (await linking.to_jira(victim)).query["state"]
    page = await victim.get(f"{linking.url}/auth/jira/callback?code={stolen}&state={state}")
    assert page.status == 400
    assert linking.atlassian.tokens.calls[-1].outcome == "invalid_grant"
    assert await linking.nothing_linked()
    assert (await linking.rows())["pending_links"] == 0


async def test_t04_the_same_holds_for_microsofts_code(linking: Linking) -> None:
    attacker, victim = linking.browser(), linking.browser()
    stolen = (await linking.to_microsoft(attacker, who=BOB)).query["code"]
    state = (await linking.to_microsoft(victim)).query["state"]
    page = await victim.get(f"{linking.url}/auth/microsoft/callback?code={stolen}&state={state}")
    assert page.status == 400
    assert linking.token_calls == 0


# T05: redirects and injected text


async def test_t05_no_parameter_leads_elsewhere_or_reaches_a_page_unescaped(linking: Linking) -> None:
    begun = await linking.browser().get(
        f"{linking.url}/connect?next=//evil.example&redirect_uri=http://evil.example"
    )
    assert begun.location.startswith(linking.microsoft.page_url)
    assert "evil" not in begun.location
    browser = linking.browser()
    state = (await browser.get(f"{linking.url}/connect")).query["state"]
    said = "<script>alert(1)</script>\u202eevil"
    query = {"state": state, "error": "<b>", "error_description": said, "next": "//evil"}
    page = await browser.get(f"{linking.url}/auth/microsoft/callback", params=query)
    assert page.status == 400
    assert "Location" not in page.headers
    assert "<script" not in page.text
    assert "&lt;script&gt;" in page.text
    assert "\u202e" not in page.text


async def test_t05_every_answer_carries_the_headers(linking: Linking) -> None:
    browser = linking.browser()
    page = await linking.to_confirm(browser, await linking.ticket())
    answers = [
        page,
        await linking.press_connect(browser, page),
        await browser.get(f"{linking.url}/connect"),
        await browser.get(f"{linking.url}/connect?ticket=x"),
        await browser.get(f"{linking.url}/auth/microsoft/callback"),
        await browser.get(f"{linking.url}/auth/jira/callback?state=x&code=y"),
    ]
    for answer in answers:
        policy = answer.headers["Content-Security-Policy"]
        assert "default-src 'none'" in policy
        assert "frame-ancestors 'none'" in policy
        assert "unsafe" not in policy
        assert answer.headers["X-Frame-Options"] == "DENY"
        assert answer.headers["Referrer-Policy"] == "no-referrer"
        assert answer.headers["Cache-Control"] == "no-store"
        assert answer.headers["X-Content-Type-Options"] == "nosniff"
        assert "<script" not in answer.text


# T06: mix-up


async def test_t06_a_state_of_one_login_does_not_work_at_the_others_callback(linking: Linking) -> None:
    browser = linking.browser()
    microsoft = (await linking.to_microsoft(browser)).query
    jira = (await linking.to_jira(browser)).query
    before = linking.token_calls, len(linking.microsoft.token_calls)
    for path, query in (("jira", microsoft), ("microsoft", jira)):
        page = await browser.get(f"{linking.url}/auth/{path}/callback", params=query)
        assert page.status == 400
    assert (linking.token_calls, len(linking.microsoft.token_calls)) == before
    assert (await browser.get(f"{linking.url}/auth/microsoft/callback", params=microsoft)).status == 302


@pytest.mark.parametrize(("path", "step"), [("microsoft", "to_microsoft"), ("jira", "to_jira")])
async def test_t06_an_answer_that_names_another_issuer_is_refused(linking: Linking, path: str, step: str) -> None:
    browser = linking.browser()
    query = (await getattr(linking, step)(browser)).query | {"iss": "https://evil.example"}
    before = linking.token_calls, len(linking.microsoft.token_calls)
    assert (await browser.get(f"{linking.url}/auth/{path}/callback", params=query)).status == 400
    assert (linking.token_calls, len(linking.microsoft.token_calls)) == before


async def test_t06_an_answer_that_names_the_right_issuer_is_taken(linking: Linking) -> None:
    browser = linking.browser()
    query = (await linking.to_microsoft(browser)).query | {"iss": linking.microsoft.authority}
    assert (await browser.get(f"{linking.url}/auth/microsoft/callback", params=query)).status == 302


@pytest.mark.parametrize("twice", ["state", "code"])
async def test_t06_a_parameter_that_is_there_twice_is_refused(linking: Linking, twice: str) -> None:
    browser = linking.browser()
    back = await linking.to_microsoft(browser)
    assert (await browser.get(f"{back.location}&{twice}=x")).status == 400
    assert linking.microsoft.token_calls == []


async def test_t01_ticket_is_looked_at_again_when_the_accounts_are_confirmed(linking: Linking) -> None:
    """Whatever happened to it meanwhile: a ticket that is for somebody else by now links nobody."""
    start = await linking.ticket(ALICE)
    browser = linking.browser()
    page = await linking.to_confirm(browser, start)
    key = hash_secret(start.partition("ticket=")[2])
    await Table(linking.store, TABLE, Ticket).put(key, Ticket(person(BOB), None))
    answer = await linking.press_connect(browser, page)
    assert answer.status == 410
    assert await linking.nothing_linked()
