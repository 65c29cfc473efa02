"""Attacks on the account link, by their number in the threat model: the answer AND that nothing happened."""

from __future__ import annotations

import asyncio
import json
import time
from collections.abc import Callable

import pytest
from multidict import CIMultiDictProxy

from bot.accounts.tickets import TicketOffice
from sandbox.faults import Fault
from sandbox.microsoft_login import WrongIdToken
from tests.accounts.link_bench import ALICE, BOB, Answer, Linking, linking, person

__all__ = ["linking"]

PARALLEL = 50


def statuses(answers: list[Answer]) -> list[int]:
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
    long_ago = TicketOffice(linking.store, linking.url, clock=lambda: time.time() - 8 * 86400)
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
    for table in await linking.store.tables():
        rows = await linking.store.page(table)
        assert not [row for row in rows if any(secret in f"{row.key}{row.value}" for secret in secrets)], table


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


# T07: what was granted


TOKEN_ANSWERS: dict[str, Callable[[dict[str, object]], None]] = {
    "another scope": lambda answer: answer.update(scope="read:jira-work offline_access"),
    "no scope at all": lambda answer: answer.update(scope=""),
    "no refresh token": lambda answer: answer.pop("refresh_token"),
}


@pytest.mark.parametrize("spoil", TOKEN_ANSWERS.values(), ids=TOKEN_ANSWERS.keys())
async def test_t07_a_consent_that_grants_less_is_refused_and_forgotten(
    linking: Linking, spoil: Callable[[dict[str, object]], None]
) -> None:
    answer: dict[str, object] = {
        "access_token": "granted-canary",
        "refresh_token": "r",
        "expires_in": 3600,
        "scope": "read:jira-work write:jira-work read:jira-user offline_access",
    }
    spoil(answer)
    linking.sandbox.faults.add(
        Fault(server="atlassian", path="/oauth/token$", status=200, body=json.dumps(answer))
    )
    page = await linking.to_confirm(linking.browser())
    assert page.status == 403
    assert "fewer rights" in page.text
    assert await linking.nothing_linked()
    assert (await linking.rows())["pending_links"] == 0


ALL, SOME, WIKI = ["read:jira-work", "write:jira-work", "read:jira-user"], ["read:jira-work"], ["read:wiki"]
SITES: dict[str, object] = {
    "none": [],
    "confluence alone": [{"id": "c", "name": "C", "url": "https://c.example", "scopes": WIKI}],
    "half the scopes": [{"id": "c", "name": "C", "url": "https://c.example", "scopes": SOME}],
    "a path as id": [{"id": "../../evil", "name": "C", "url": "https://c.example", "scopes": ALL}],
    "a script as address": [{"id": "c", "name": "C", "url": "javascript:alert(1)", "scopes": ALL}],
}


@pytest.mark.parametrize("rows", SITES.values(), ids=SITES.keys())
async def test_t07_without_a_usable_jira_site_nothing_is_offered(linking: Linking, rows: object) -> None:
    linking.sandbox.faults.add(
        Fault(server="jira", path="accessible-resources", status=200, body=json.dumps(rows))
    )
    page = await linking.to_confirm(linking.browser())
    assert page.status == 403
    assert "No Jira site" in page.text
    assert (await linking.rows())["pending_links"] == 0


async def test_t07_confluence_rows_are_left_out_and_the_first_row_is_not_taken_blindly(linking: Linking) -> None:
    linking.atlassian.extra_resources.append(
        {"id": "cloud-0", "name": "A", "url": "https://a.example", "scopes": ["read:confluence-content.all"]}
    )
    page = await linking.to_confirm(linking.browser())
    assert page.form.fields["site"] == linking.sandbox.site.cloud_id
    assert "a.example" not in page.text


async def test_t07_a_site_that_was_not_consented_to_cannot_be_chosen(linking: Linking) -> None:
    browser = linking.browser()
    page = await linking.to_confirm(browser)
    other = page.form.fields | {"site": linking.sandbox.sites[1].cloud_id}
    assert (await browser.post(page.form.action, other)).status == 400
    assert await linking.nothing_linked()
    assert (await linking.press_connect(browser, page)).status == 200


# T08: forged forms


async def test_t08_a_get_confirms_nothing(linking: Linking) -> None:
    browser = linking.browser()
    page = await linking.to_confirm(browser)
    assert (await browser.get(page.form.action, params=page.form.fields)).status == 405
    assert await linking.nothing_linked()


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "https://evil.example"},
        {"Origin": "http://127.0.0.1"},
        {"Origin": "null", "Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
    ids=str,
)
async def test_t08_a_form_of_another_site_is_refused(linking: Linking, headers: dict[str, str]) -> None:
    browser = linking.browser()
    page = await linking.to_confirm(browser)
    assert (await linking.press_connect(browser, page, headers=headers)).status == 403
    assert await linking.nothing_linked()
    assert (await linking.press_connect(browser, page, headers={"Origin": linking.url})).status == 200


async def test_t08_a_browsers_own_form_under_no_referrer_is_taken(linking: Linking) -> None:
    browser = linking.browser()
    page = await linking.to_confirm(browser)
    headers = {"Origin": "null", "Sec-Fetch-Site": "same-origin"}
    assert (await linking.press_connect(browser, page, headers=headers)).status == 200


@pytest.mark.parametrize("csrf", ["", "x", "y" * 43, None])
async def test_t08_a_form_without_its_csrf_token_is_refused(linking: Linking, csrf: str | None) -> None:
    browser = linking.browser()
    page = await linking.to_confirm(browser)
    fields = {"site": page.form.fields["site"], **({} if csrf is None else {"csrf": csrf})}
    assert (await browser.post(page.form.action, fields)).status == 410
    assert await linking.nothing_linked()


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"csrf=" + b"x" * 20_000, "application/x-www-form-urlencoded", 413),
        (b'{"csrf": "x"}', "application/json", 415),
        (b"csrf=x", "text/plain", 415),
        (b"csrf=\xff", "application/x-www-form-urlencoded", 400),
        (b"&".join(b"a=1" for _ in range(50)), "application/x-www-form-urlencoded", 400),
        (b"", "application/x-www-form-urlencoded", 410),
    ],
)
async def test_t14_odd_forms_are_refused(linking: Linking, body: bytes, content_type: str, status: int) -> None:
    answer = await linking.browser().post(
        f"{linking.url}/connect/confirm", body, headers={"Content-Type": content_type}
    )
    assert answer.status == status
    assert isinstance(answer.headers, CIMultiDictProxy)


# T09: names from Jira


async def test_t09_a_hostile_name_is_shown_as_text_and_short(linking: Linking) -> None:
    linking.jira_names[ALICE.email] = "<img src=x onerror=alert(1)>\u202e" + "a" * 200 + "\u200b\u2066"
    browser = linking.browser()
    page = await linking.to_confirm(browser)
    done = await linking.press_connect(browser, page)
    for answer in (page, done):
        assert "<img" not in answer.text
        assert "&lt;img src=x" in answer.text
        assert not set("\u202e\u2066\u200b") & set(answer.text)
        assert "a" * 60 not in answer.text


# T35: other tenants, and id tokens that are none


WRONG: dict[str, tuple[WrongIdToken, int]] = {
    "another tenant": (WrongIdToken({"tid": "99999999-9999-4999-8999-999999999999"}), 403),
    "no tenant": (WrongIdToken(without=("tid",)), 400),
    "no object id": (WrongIdToken(without=("oid",)), 400),
    "an object id that is a path": (WrongIdToken({"oid": "../aaaaaaaa-0000-4000-8000-0000000000b1"}), 400),
    "another audience": (WrongIdToken({"aud": "somebody-else"}), 400),
    "another issuer": (WrongIdToken({"iss": "https://evil.example/v2.0"}), 400),
    "expired": (WrongIdToken({"exp": 1_000_000_000}), 400),
    "not yet valid": (WrongIdToken({"nbf": 4_000_000_000}), 400),
    "another nonce": (WrongIdToken({"nonce": "replayed"}), 400),
    "no nonce": (WrongIdToken(without=("nonce",)), 400),
    "no expiry": (WrongIdToken(without=("exp",)), 400),
    "unsigned": (WrongIdToken(unsigned=True), 400),
    "signed by somebody else": (WrongIdToken(foreign_key=True), 400),
}


@pytest.mark.parametrize(("wrong", "status"), WRONG.values(), ids=WRONG.keys())
async def test_t35_a_sign_in_that_is_not_ours_links_nothing(
    linking: Linking, wrong: WrongIdToken, status: int
) -> None:
    linking.microsoft.wrong = wrong
    browser = linking.browser()
    page = await browser.get((await linking.to_microsoft(browser)).location)
    assert page.status == status
    assert linking.token_calls == 0
    assert await linking.nothing_linked()


async def test_t35_ids_are_compared_in_lower_case(linking: Linking) -> None:
    linking.microsoft.wrong = WrongIdToken({"oid": ALICE.oid.upper(), "tid": linking.microsoft.tenant.upper()})
    assert (await linking.link(linking.browser(), await linking.ticket(ALICE))).status == 200
    assert (await linking.vault.account(person(ALICE))).person == person(ALICE)


# The cookie


async def test_the_session_cookie_on_plain_loopback(linking: Linking) -> None:
    [cookie] = (await linking.browser().get(f"{linking.url}/connect")).cookies
    assert cookie.startswith("connect=")
    assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
    assert "Secure" not in cookie
    assert "Domain" not in cookie


async def test_a_session_that_somebody_planted_is_not_taken_over(linking: Linking) -> None:
    begun = await linking.browser().get(f"{linking.url}/connect", headers={"Cookie": "connect=planted"})
    assert "planted" not in begun.cookies[0]
