"""Attacks on the account link at the consent, the confirming form and the identity: T07-T09, T14, T35."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable

import pytest
from yarl import URL

from sandbox.faults import Fault
from sandbox.microsoft_login import WrongIdToken
from tests.support.sign_in import ALICE, Linking, PageResponse, linking, person

__all__ = ["linking"]

PARALLEL = 50


def statuses(answers: list[PageResponse]) -> list[int]:
    return sorted(answer.status for answer in answers)


# T07: what was granted


TOKEN_ANSWERS: dict[str, Callable[[dict[str, object]], object]] = {
    "another scope": lambda answer: answer.update(scope="read:jira-work offline_access"),
    "no scope at all": lambda answer: answer.update(scope=""),
    "no refresh token": lambda answer: answer.pop("refresh_token"),
}


@pytest.mark.parametrize("spoil", TOKEN_ANSWERS.values(), ids=TOKEN_ANSWERS.keys())
async def test_t07_a_consent_that_grants_less_is_refused_and_forgotten(
    linking: Linking, spoil: Callable[[dict[str, object]], object]
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
    assert "fewer permissions" in page.text
    assert await linking.nothing_linked()
    assert (await linking.rows())["pending_links"] == 0


ALL, SOME, WIKI = ["read:jira-work", "write:jira-work", "read:jira-user"], ["read:jira-work"], ["read:wiki"]
SITES: dict[str, object] = {
    "none": [],
    "confluence alone": [{"id": "c", "name": "C", "url": "https://c.example", "scopes": WIKI}],
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


async def test_t07_a_site_without_all_scopes_is_not_offered_and_the_missing_ones_are_named(
    linking: Linking,
) -> None:
    rows = [{"id": "c", "name": "C", "url": "https://c.example", "scopes": SOME}]
    linking.sandbox.faults.add(
        Fault(server="jira", path="accessible-resources", status=200, body=json.dumps(rows))
    )
    page = await linking.to_confirm(linking.browser())
    assert page.status == 403
    assert "Missing: write:jira-work, read:jira-user" in page.text
    assert "developer.atlassian.com" in page.text
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


async def test_t14_a_form_that_breaks_off_is_no_fault_of_ours(
    linking: Linking, caplog: pytest.LogCaptureFixture
) -> None:
    where = URL(linking.url)
    _, writer = await asyncio.open_connection(where.host, where.port)
    head = ("POST /connect/confirm HTTP/1.1", f"Host: {where.authority}", "Content-Length: 100")
    writer.write("\r\n".join((*head, "Content-Type: application/x-www-form-urlencoded", "", "csrf=")).encode())
    await writer.drain()
    assert (await linking.browser().get(f"{linking.url}/connect")).status == 302
    writer.close()
    await writer.wait_closed()
    assert (await linking.browser().get(f"{linking.url}/connect")).status == 302
    assert [record.message for record in caplog.records if record.levelname == "ERROR"] == []


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
    session, step = (await linking.browser().get(f"{linking.url}/connect")).cookies
    assert session.startswith("connect=")
    assert step.startswith("connect-step-")
    for cookie in (session, step):
        assert {"HttpOnly", "SameSite=Lax", "Path=/"} <= {part.strip() for part in cookie.split(";")}
        assert "Secure" not in cookie
        assert "Domain" not in cookie


async def test_a_session_that_somebody_planted_is_not_taken_over(linking: Linking) -> None:
    begun = await linking.browser().get(f"{linking.url}/connect", headers={"Cookie": "connect=planted"})
    assert "planted" not in begun.cookies[0]
