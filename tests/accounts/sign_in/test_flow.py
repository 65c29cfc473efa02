"""The sign-in as a person goes through it, over HTTP."""

from __future__ import annotations

import asyncio
import time

import pytest
from yarl import URL

from bot.accounts.connect_links import ConnectLinks
from bot.accounts.model import NotConnectedError, Pending
from bot.chat.identity import Conversation, Scope
from sandbox.faults import Fault
from sandbox.people import TENANT
from tests.support.clock import Clock
from tests.support.sign_in import ALICE, BOB, Linking, PageResponse, person


async def test_a_person_links_their_account_and_their_request_goes_on(linking: Linking) -> None:
    done = await linking.link(linking.browser(), await linking.ticket(text="mine"))
    await linking.flow.close()
    assert done.status == 200
    assert "You are connected" in done.text
    assert f"<bdi>{ALICE.name}</bdi>" in done.text
    account = await linking.vault.account(person(ALICE))
    assert (account.user.account_id, account.site.url) == (ALICE.account_id, linking.sandbox.site.url)
    assert linking.atlassian.tokens.who(await linking.vault.access_token(person(ALICE))) is not None
    [(who, told, [pending])] = linking.linked
    assert (who, told) == (person(ALICE), account)
    assert pending.request == {"text": "mine"}
    assert (await linking.rows()) == {
        "grants": 1,
        "jira_accounts": 1,
        "tickets": 0,
        "pending_links": 0,
        "transactions": 0,
    }


async def test_page_promises_to_go_on_only_with_what_was_asked_for(linking: Linking) -> None:
    asked = await linking.link(linking.browser(), await linking.ticket(text="mine"))
    assert "Your request continues" in asked.text
    alone = await linking.link(linking.browser(), await linking.ticket(text=""))
    assert "Your request continues" not in alone.text
    assert "go back to Teams" in alone.text


async def test_a_person_links_without_a_ticket(linking: Linking) -> None:
    assert (await linking.link(linking.browser(), who=BOB)).status == 200
    await linking.flow.close()
    assert [(who, asked) for who, _, asked in linking.linked] == [(person(BOB), [])]


async def test_all_that_was_asked_for_lately_goes_on_in_its_order(linking: Linking) -> None:
    now = time.time()
    offices = [ConnectLinks(linking.store, linking.url, clock=Clock(now - ago)) for ago in (4_000, 60, 30)]
    place = Conversation("19:abc", Scope.PERSONAL, TENANT, "https://smba.example/", "28:bot")
    tickets = [
        await office.connect_url(person(ALICE), Pending(place, {"text": text}))
        for office, text in zip(offices, ("long ago", "first", "second"), strict=True)
    ]
    await offices[1].connect_url(person(BOB), Pending(place, {"text": "of somebody else"}))
    await linking.link(linking.browser(), tickets[2])
    await linking.flow.close()
    [(_, _, asked)] = linking.linked
    assert [pending.request["text"] for pending in asked] == ["first", "second"]
    assert (await linking.browser().get(tickets[1])).status == 410
    assert (await linking.browser().get(tickets[0])).status == 302


async def test_connect_redirects_straight_to_microsoft(linking: Linking) -> None:
    begun = await linking.browser().get(f"{linking.url}/connect")
    assert begun.status == 302
    assert begun.location.startswith(f"{linking.microsoft.page_url}/{linking.microsoft.tenant}/")
    sent = begun.query
    assert sent["redirect_uri"] == f"{linking.url}/auth/microsoft/callback"
    assert (sent["code_challenge_method"], sent["response_type"]) == ("S256", "code")
    assert {"openid", "profile"} == set(sent["scope"].split())
    assert sent["nonce"]


async def test_jiras_consent_is_asked_for_with_pkce_and_all_scopes(linking: Linking) -> None:
    browser = linking.browser()
    sent = (await browser.get((await linking.to_microsoft(browser)).location)).query
    assert sent["audience"] == "api.atlassian.com"
    assert (sent["prompt"], sent["code_challenge_method"]) == ("consent", "S256")
    assert sent["scope"] == "read:jira-work write:jira-work read:jira-user offline_access"
    assert sent["redirect_uri"] == f"{linking.url}/auth/jira/callback"


async def test_the_page_names_both_accounts_and_its_form_comes_first(linking: Linking) -> None:
    page = await linking.to_confirm(linking.browser(), who=BOB)
    assert page.status == 200
    for text in (BOB.name, BOB.email, linking.sandbox.site.url):
        assert text in page.text
    assert set(page.form.fields) == {"csrf", "site"}
    assert page.form.forms == 1
    assert await linking.nothing_linked()


async def test_of_several_sites_the_first_by_name_is_checked_and_another_can_be_chosen(linking: Linking) -> None:
    linking.sandbox.sites.reverse()
    demo, partner = sorted(linking.sandbox.sites, key=lambda site: site.name)
    browser = linking.browser()
    back = await linking.to_jira(browser, site=[partner.cloud_id, demo.cloud_id])  # type: ignore[arg-type]
    page = await browser.get(back.location)
    assert page.form.fields["site"] == demo.cloud_id
    fields = page.form.fields | {"site": partner.cloud_id}
    assert (await browser.post(page.form.action, fields)).status == 200
    account = await linking.vault.account(person(ALICE))
    assert [s.cloud_id for s in account.sites] == [demo.cloud_id, partner.cloud_id]
    assert account.site.url == partner.url


async def test_a_second_link_to_another_jira_account_says_what_it_replaces(linking: Linking) -> None:
    browser = linking.browser()
    await linking.link(browser)
    signed_in = await browser.get((await linking.to_microsoft(browser)).location)
    back = await browser.sign_in(await browser.get(signed_in.location), BOB.email, "accept")
    page = await browser.get(back.location)
    assert "replaces your connection to" in page.text
    assert (await linking.press_connect(browser, page)).status == 200
    assert (await linking.vault.account(person(ALICE))).user.account_id == BOB.account_id


@pytest.mark.parametrize("where", ["microsoft", "jira"])
async def test_cancelling_is_friendly_and_can_be_taken_back(linking: Linking, where: str) -> None:
    browser, start = linking.browser(), await linking.ticket()
    begun = await browser.get(start)
    if where == "microsoft":
        back = await browser.sign_in(await browser.get(begun.location), ALICE.email, "cancel")
    else:
        signed_in = await browser.sign_in(await browser.get(begun.location), ALICE.email, "continue")
        consent = await browser.get((await browser.get(signed_in.location)).location)
        back = await browser.sign_in(consent, ALICE.email, "deny")
    page = await browser.get(back.location)
    assert page.status == 200
    assert "Not connected" in page.text
    again = start.partition(linking.url)[2]
    assert f'href="{again}"' in page.text
    assert linking.token_calls == 0
    assert (await linking.link(browser, start)).status == 200


async def test_start_again_goes_on_with_what_was_asked_for(linking: Linking) -> None:
    start = await linking.ticket(text="mine")
    again = f'href="{start.partition(linking.url)[2]}"'
    resources = Fault(server="jira", path="accessible-resources", status=200, body="[]")
    less = '{"access_token": "a", "refresh_token": "r", "expires_in": 9, "scope": "read:jira-work"}'
    consents = [resources, *(Fault(path="/oauth/token$", status=s, body=b) for s, b in [(200, less), (403, DEAD)])]
    for fault in consents:
        linking.sandbox.faults.add(fault)
        refused = await linking.to_confirm(linking.browser(), start)
        assert refused.status in (400, 403)
        assert again in refused.text
    browser = linking.browser()
    state = (await browser.get(start)).query["state"]
    told = "error=invalid_request&error_description=odd"
    assert again in (await browser.get(f"{linking.url}/auth/microsoft/callback?state={state}&{told}")).text
    asked = await linking.to_confirm(browser, start)
    assert again in asked.text
    done = await linking.link(browser, start)
    assert "Your request continues" in done.text


DEAD = '{"error": "invalid_grant"}'
TOKEN, ELSEWHERE = "/oauth/token$", {"Location": "http://127.0.0.1:1/"}
DOWN: dict[str, dict[str, object]] = {
    "microsoft's discovery": {"server": "microsoft", "path": "openid-configuration", "status": 503},
    "microsoft's token endpoint": {"server": "microsoft", "path": "token$", "status": 503},
    "a page of microsoft's": {
        "server": "microsoft",
        "path": "token$",
        "status": 200,
        "body": "<html>",
    },
    "microsoft's keys": {"server": "microsoft", "path": "keys$", "status": 500},
    "atlassian's token endpoint": {"server": "atlassian", "path": TOKEN, "status": 503},
    "atlassian's lost answer": {"server": "atlassian", "path": TOKEN, "drop": True},
    "atlassian's redirect": {"server": "atlassian", "path": TOKEN, "status": 307, "headers": ELSEWHERE},
    "the list of sites": {"server": "jira", "path": "accessible-resources", "status": 500},
}


@pytest.mark.parametrize("how", DOWN.values(), ids=DOWN.keys())
async def test_f06_a_login_that_is_down_is_said_and_costs_no_ticket(
    linking: Linking, how: dict[str, object]
) -> None:
    linking.sandbox.faults.add(Fault(**how, times=None))  # type: ignore[arg-type]
    start = await linking.ticket()
    page = await _as_far_as_it_goes(linking, start)
    assert page.status == 503
    assert "responding" in page.text
    assert await linking.nothing_linked()
    linking.sandbox.faults.clear()
    linking.clock.advance(10)
    assert (await linking.link(linking.browser(), start)).status == 200


async def _as_far_as_it_goes(linking: Linking, start: str) -> PageResponse:
    browser = linking.browser()
    page = await browser.get(start)
    while page.status == 302:
        host = URL(page.location).origin()
        if host == URL(linking.url).origin():
            page = await browser.get(page.location)
            continue
        decision = "continue" if str(host) == linking.microsoft.page_url else "accept"
        page = await browser.sign_in(await browser.get(page.location), ALICE.email, decision)
    return page


async def test_jira_that_is_down_is_said(linking: Linking) -> None:
    linking.jira_down = True
    page = await linking.to_confirm(linking.browser())
    assert page.status == 503
    linking.jira_down = False
    assert await linking.nothing_linked()


async def test_a_site_that_refuses_its_own_consent_stops_nothing_if_another_answers(
    linking: Linking,
) -> None:
    sites = [site.cloud_id for site in linking.sandbox.sites]
    linking.refusing_sites = {sites[0]}
    browser = linking.browser()
    back = await linking.to_jira(browser, site=sites)  # type: ignore[arg-type]
    assert ALICE.name in (await browser.get(back.location)).text
    linking.refusing_sites = set(sites)
    back = await linking.to_jira(browser, site=sites)  # type: ignore[arg-type]
    assert (await browser.get(back.location)).status == 403


async def test_f33_the_bridge_starts_while_microsoft_is_down(linking: Linking) -> None:
    linking.sandbox.faults.add(Fault(server="microsoft", reset=True, times=1))
    assert (await linking.browser().get(f"{linking.url}/connect")).status == 503
    linking.clock.advance(2)
    assert (await linking.browser().get(f"{linking.url}/connect")).status == 302


async def test_two_tabs_of_one_browser_do_not_end_each_other(linking: Linking) -> None:
    browser = linking.browser()
    first, second = await linking.to_jira(browser), await linking.to_jira(browser)
    for back in (first, second):
        page = await browser.get(back.location)
        assert (await linking.press_connect(browser, page)).status == 200


async def test_disconnecting_takes_an_unconfirmed_consent_along(linking: Linking) -> None:
    browser = linking.browser()
    page = await linking.to_confirm(browser)
    await linking.vault.disconnect(person(ALICE))
    assert (await linking.press_connect(browser, page)).status == 410
    with pytest.raises(NotConnectedError):
        await linking.vault.account(person(ALICE))


async def test_on_linked_that_fails_does_not_spoil_the_page(
    linking: Linking, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def broken() -> None:
        raise RuntimeError

    monkeypatch.setattr(linking, "after_link", broken)
    assert (await linking.link(linking.browser())).status == 200


async def test_on_linked_is_not_waited_for(linking: Linking, monkeypatch: pytest.MonkeyPatch) -> None:
    go = asyncio.Event()
    monkeypatch.setattr(linking, "after_link", go.wait)
    assert (await asyncio.wait_for(linking.link(linking.browser()), 10)).status == 200
    go.set()
