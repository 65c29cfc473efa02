"""A Jira Data Center over sockets: sign-in by OAuth 2.0 or by a token, commands, subscriptions and webhooks."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from sandbox import activity, changes
from sandbox.adf import document, plain_text
from sandbox.browser import Browser, Page
from sandbox.people import by_email
from sandbox.server import Sandbox
from sandbox.teams import ALICE, BOB, CHANNEL, Chat, TeamsUser, personal
from sandbox.teams_cards import actions, links, words
from sandbox.webhooks import AdminWebhook
from tests.support.world import World, browser_session, running

HERS = personal(ALICE)
WEBHOOK_SECRET = "webhook-secret-of-the-data-center"
SERVICE = "d@example.com"


def table(sandbox: Sandbox, sign_in: str, *, cloud: bool = True) -> Mapping[str, str]:
    """Return the settings of a bridge that knows the Data Center of the sandbox."""
    office = sandbox.data_center
    row: dict[str, object] = {
        "kind": "datacenter",
        "url": office.site.url,
        "name": office.site.name,
        "sign_in": sign_in,
        "webhook_secret": "OFFICE_WEBHOOK_SECRET",
        "service_account": {"name": "Office Notifier", "token": "OFFICE_NOTIFIER_TOKEN"},
    }
    if sign_in == "oauth":
        row |= {"client_id": office.login.client_id, "client_secret": "OFFICE_CLIENT_SECRET"}
    return {
        "JIRA_SITES": json.dumps({"sites": {"office": row}}),
        "OFFICE_CLIENT_SECRET": office.login.client_secret,
        "OFFICE_WEBHOOK_SECRET": WEBHOOK_SECRET,
        "OFFICE_NOTIFIER_TOKEN": office.login.create_token(SERVICE),
        **({} if cloud else {"JIRA_CLIENT_ID": "", "JIRA_CLIENT_SECRET": ""}),
    }


@asynccontextmanager
async def office(
    folder: Path, sign_in: str = "pat", *, signs: bool = True, cloud: bool = True, reconcile: int = 0
) -> AsyncIterator[World]:
    """Everything, with a Data Center whose webhook reaches the bridge."""
    async with running(
        folder, lambda sandbox: table(sandbox, sign_in, cloud=cloud), RECONCILE_SECONDS=str(reconcile)
    ) as world:
        url = f"{world.url}/jira/webhooks"
        hook = AdminWebhook(url, WEBHOOK_SECRET) if signs else AdminWebhook(f"{url}?secret={WEBHOOK_SECRET}")
        world.sandbox.data_center.webhooks.admin = [hook]
        yield world


async def to_confirmation(
    world: World, browser: Browser, user: TeamsUser, *, token: str = "", choose: bool = True
) -> Page:
    """Go from a connect card to the page that asks to confirm."""
    page = await to_token_page(world, browser, user, choose=choose)
    if token:
        return await browser.submit(page, {"token": token})
    return await browser.submit(page, {"person": user.email})


async def to_token_page(world: World, browser: Browser, user: TeamsUser, *, choose: bool = True) -> Page:
    """Go from a connect card to the page of the Data Center's sign-in."""
    async with world.teams.expecting(personal(user)) as got:
        await world.teams.say(user, personal(user), "connect")
    page = await browser.open(links(got[0].card)[0])
    page = await browser.submit(page, {"person": user.email})
    if page.forms and {"code", "state"} <= {name for name, _ in page.forms[0].fields}:
        page = await browser.submit(page)
    if choose:
        assert "Which Jira do you want to connect?" in page.text
        [link] = [part.partition('"')[0] for part in page.text.split('href="')[1:] if "site=office" in part]
        page = await browser.open(world.url + link.replace("&amp;", "&"))
    return page


async def link(world: World, user: TeamsUser = ALICE, *, pat: bool = True, choose: bool = True) -> None:
    """Connect a person to the Data Center."""
    token = world.sandbox.data_center.login.create_token(user.email) if pat else ""
    async with browser_session() as session:
        browser = Browser(session)
        page = await to_confirmation(world, browser, user, token=token, choose=choose)
        async with world.teams.expecting(personal(user), lambda p: "Jira is connected" in words(p.card)):
            done = await browser.submit(page)
        assert "You are connected" in done.text


async def said(world: World, text: str, *, by: TeamsUser = ALICE, chat: Chat = HERS) -> str:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(by, chat, text)
    return f"{got[0].text} {words(got[0].card)}"


def all_bytes(folder: Path) -> bytes:
    return b"".join(path.read_bytes() for path in folder.rglob("*") if path.is_file())


def create_issue(world: World, summary: str, by: str = "alice@example.com") -> str:
    person = by_email(by)
    assert person is not None
    fields = {"project": {"key": "OFF"}, "issuetype": {"name": "Task"}, "summary": summary}
    return changes.create(world.sandbox.data_center.site, person.account_id, {"fields": fields}).key


@pytest.mark.parametrize("sign_in", ["oauth", "pat"])
async def test_a_person_connects_and_works_in_it(tmp_path: Path, sign_in: str) -> None:
    async with office(tmp_path, sign_in) as world:
        await link(world, pat=sign_in == "pat")
        site = world.sandbox.data_center.site
        alice = by_email(ALICE.email)
        assert alice is not None
        assert "Order a new printer" in await said(world, "OFF-1")
        assert "OFF-2" in await said(world, "create task OFF Buy paper")
        await said(world, "comment OFF-2 **Two** boxes in {brackets}, see https://example.com/a_b")
        assert "In Progress" in await said(world, "move OFF-2 to In Progress")
        assert "Assigned" in await said(world, "assign OFF-2 to me")
        assert "OFF-2" in await said(world, "search paper")
        assert "OFF-2" in await said(world, "mine")
        assert "Logged" in await said(world, "log OFF-2 1h counting")
        issue = site.issue("OFF-2", alice.account_id)
        assert issue.text("assignee") == alice.account_id
        assert site.status_of(issue).name == "In Progress"
        calls = world.sandbox.data_center.requests
        [sent] = [call.body for call in calls if call.method == "POST" and call.path.endswith("/OFF-2/comment")]
        assert sent == {"body": "{*}Two{*} boxes in \\{brackets\\}, see [https://example.com/a_b]"}
        shown = await said(world, "OFF-2")
        assert "Two" in shown
        assert "{*}" not in shown
        assert all(call.status < 500 for call in world.sandbox.data_center.requests)
        assert not world.sandbox.requests, "nothing is asked of Atlassian"


async def test_an_assignee_is_found_by_name(tmp_path: Path) -> None:
    async with office(tmp_path) as world:
        await link(world)
        bob = by_email(BOB.email)
        assert bob is not None
        assert "Bob" in await said(world, "assign OFF-1 to Bob")
        alice = by_email(ALICE.email)
        assert alice is not None
        assert world.sandbox.data_center.site.issue("OFF-1", alice.account_id).text("assignee") == bob.account_id


@pytest.mark.parametrize("signs", [True, False])
async def test_a_channel_is_told_of_a_new_issue(tmp_path: Path, signs: bool) -> None:
    async with office(tmp_path, signs=signs) as world:
        await link(world)
        assert "You'll get updates here" in await said(world, "subscribe OFF created commented", chat=CHANNEL)
        async with world.teams.expecting(CHANNEL, lambda p: "Fix the door" in words(p.card)):
            create_issue(world, "Fix the door")


async def test_a_subscription_reads_it_as_its_service_account(tmp_path: Path) -> None:
    async with office(tmp_path) as world:
        await link(world)
        assert "Office Notifier" in await said(world, "subscribe OFF as service", chat=CHANNEL)
        before = len(world.sandbox.data_center.requests)
        async with world.teams.expecting(CHANNEL, lambda p: "Fix the door" in words(p.card)):
            create_issue(world, "Fix the door")
        dan = by_email(SERVICE)
        assert dan is not None
        assert {call.account_id for call in world.sandbox.data_center.requests[before:]} == {dan.account_id}


async def test_a_person_is_told_of_what_concerns_them(tmp_path: Path) -> None:
    async with office(tmp_path) as world:
        await link(world)
        alice, bob = by_email(ALICE.email), by_email(BOB.email)
        assert alice is not None
        assert bob is not None
        site = world.sandbox.data_center.site
        async with world.teams.expecting(HERS, lambda p: "OFF-1" in f"{p.text} {words(p.card)}") as got:
            changes.assign(site, bob.account_id, site.issue("OFF-1", alice.account_id), alice.account_id)
        assert "Bob B" in f"{got[0].text} {words(got[0].card)}"
        body = {"body": document("[~alice] have a *look*")}
        async with world.teams.expecting(HERS, lambda p: "have a look" in f"{p.text} {words(p.card)}"):
            activity.add_comment(site, bob.account_id, site.issue("OFF-1", alice.account_id), body)


async def test_what_the_webhook_missed_is_found_by_searching(tmp_path: Path) -> None:
    async with office(tmp_path, reconcile=1) as world:
        await link(world)
        assert "You'll get updates here" in await said(world, "subscribe OFF created", chat=CHANNEL)
        world.sandbox.data_center.webhooks.paused = True
        async with world.teams.expecting(CHANNEL, lambda p: "Nobody told" in words(p.card), seconds=30):
            create_issue(world, "Nobody told")


async def test_its_secret_proves_nothing_about_another_jira(tmp_path: Path) -> None:
    async with office(tmp_path, signs=False) as world:
        body = {"webhookEvent": "jira:issue_created", "issue": {"id": "1", "self": f"{world.sandbox.site.url}/x"}}
        url = f"{world.url}/jira/webhooks?secret={WEBHOOK_SECRET}"
        async with aiohttp.ClientSession() as session:
            async with session.post(url, json=body) as answer:
                assert answer.status == 401
            body["issue"] = {"id": "1", "self": f"{world.sandbox.data_center.site.url}/x"}
            async with session.post(url, json=body) as answer:
                assert answer.status == 200
            async with session.post(f"{world.url}/jira/webhooks?secret=guess", json=body) as answer:
                assert answer.status == 401


async def test_a_refused_token_is_asked_for_again(tmp_path: Path) -> None:
    async with office(tmp_path) as world, browser_session() as session:
        browser = Browser(session)
        page = await to_confirmation(world, browser, ALICE, token="no-token-of-this-jira-at-all")
        for answer in (page, await browser.submit(page, {"token": "short"})):
            assert answer.status == 422
            assert "accept this token" in answer.text
            assert "no-token-of-this-jira" not in answer.text
        token = world.sandbox.data_center.login.create_token(ALICE.email)
        assert "accept this token" in page.text
        used = await browser.submit(page, {"token": token})
        assert "This page was already used" in used.text


async def test_a_token_that_ends_becomes_a_connect_card(tmp_path: Path) -> None:
    async with office(tmp_path) as world:
        await link(world)
        assert "Order a new printer" in await said(world, "OFF-1")
        world.sandbox.data_center.login.personal.clear()
        async with world.teams.expecting(HERS, lambda p: bool(links(p.card) or actions(p.card))) as got:
            await world.teams.say(ALICE, HERS, "OFF-1")
        assert "connect" in words(got[0].card).lower()


async def test_an_access_token_is_refreshed(tmp_path: Path) -> None:
    async with office(tmp_path, "oauth") as world:
        await link(world, pat=False)
        world.sandbox.data_center.login.expire_access_tokens()
        assert "Order a new printer" in await said(world, "OFF-1")


async def test_without_jira_cloud_nobody_is_asked_which_jira(tmp_path: Path) -> None:
    async with office(tmp_path, cloud=False) as world:
        await link(world, choose=False)
        assert "Order a new printer" in await said(world, "OFF-1")


async def test_a_token_is_stored_sealed_and_never_logged(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    async with office(tmp_path) as world:
        token = world.sandbox.data_center.login.create_token(ALICE.email)
        async with browser_session() as session:
            browser = Browser(session)
            page = await to_confirmation(world, browser, ALICE, token=token)
            assert token not in page.text
            assert not any(token in url for url in browser.visited)
            async with world.teams.expecting(HERS, lambda p: "Jira is connected" in words(p.card)):
                await browser.submit(page)
        assert "Order a new printer" in await said(world, "OFF-1")
    assert token.encode() not in await asyncio.to_thread(all_bytes, tmp_path)
    output = capsys.readouterr()
    assert token not in output.out + output.err


async def test_the_page_of_a_token_is_one_browsers_alone(tmp_path: Path) -> None:
    async with office(tmp_path) as world, browser_session() as hers, browser_session() as other:
        browser = Browser(hers)
        page = await to_token_page(world, browser, ALICE)
        assert page.headers["Cache-Control"] == "no-store"
        assert "default-src 'none'" in page.headers["Content-Security-Policy"]
        token = world.sandbox.data_center.login.create_token(BOB.email)
        stolen = await Browser(other).submit(page, {"token": token})
        assert stolen.status == 403
        headers = {"Origin": "https://evil.example", "Sec-Fetch-Site": "cross-site"}
        form = {"csrf": dict(page.forms[0].fields)["csrf"], "token": token}
        async with hers.post(f"{world.url}/connect/token", data=form, headers=headers) as answer:
            assert answer.status == 403
        choice = next(url for url in browser.visited if "/connect/site" in url)
        assert (await Browser(other).open(choice)).status == 400
        assert (await browser.open(choice)).status == 400, "a choice is made once"
        assert "Connect these two accounts?" in (await browser.submit(page, {"token": token})).text


async def test_a_link_with_the_path_of_the_server_names_an_issue(tmp_path: Path) -> None:
    async with office(tmp_path) as world:
        await link(world)
        assert "Order a new printer" in await said(
            world, f"{world.sandbox.data_center.site.url}/jira/browse/OFF-1"
        )


async def test_an_edit_keeps_the_markup_of_a_description(tmp_path: Path) -> None:
    async with office(tmp_path) as world:
        await link(world)
        alice = by_email(ALICE.email)
        assert alice is not None
        await said(world, "description OFF-1 A **bold** word")
        issue = world.sandbox.data_center.site.issue("OFF-1", alice.account_id)
        assert plain_text(issue.values["description"]) == "A {*}bold{*} word"
