"""The account link in a real browser, which takes cookies, redirects, forms and policies as browsers do."""

from __future__ import annotations

from urllib.parse import urlsplit

import pytest
from playwright.async_api import Browser, Route

from sandbox.teams import ALICE, BOB, TeamsUser, personal
from sandbox.teams_cards import links, words
from tests.support.browser.chromium import Visitor, visitor
from tests.support.world import World

pytestmark = pytest.mark.browser

INVITATION = "Continue with Microsoft"


async def ask(world: World, user: TeamsUser, text: str = "whoami") -> dict[str, object]:
    """Say something in the person's own chat; the card that answers it."""
    async with world.teams.expecting(personal(user)) as got:
        await world.teams.say(user, personal(user), text)
    return got[0].card


async def connect_link(world: World, user: TeamsUser, text: str = "connect") -> str:
    """Return the link on the card that asks a person to connect."""
    return links(await ask(world, user, text))[0]


async def nothing_linked(world: World) -> bool:
    """Whether neither of them is anybody in Jira."""
    return all([INVITATION in words(await ask(world, user)) for user in (ALICE, BOB)])


async def about_to_confirm(world: World, browser: Browser) -> Visitor:
    """Alice, at the page that asks her to confirm."""
    alice = await visitor(browser)
    await alice.open(await connect_link(world, ALICE))
    await alice.consent(ALICE.email)
    return alice


async def test_a_person_links_their_account_and_what_they_asked_for_arrives(
    world: World, browser: Browser
) -> None:
    link = await connect_link(world, ALICE, "DEMO-1")
    alice = await visitor(browser)

    assert await alice.open(link) == 200
    await alice.shoot("linking-1-microsoft")
    await alice.sign_in(ALICE.email, "Continue")
    await alice.see("Use app on")
    await alice.shoot("linking-2-atlassian")
    await alice.sign_in(ALICE.email, "Accept")
    await alice.see("Connect these two accounts?")
    assert await alice.page.get_by_text(ALICE.name, exact=True).count() == 2
    await alice.shoot("linking-3-confirm")

    async with world.teams.expecting(personal(ALICE), lambda p: "DEMO-1" in words(p.card)):
        await alice.press("Connect")
        await alice.see("You are connected")
    await alice.shoot("linking-4-connected")
    assert alice.complaints == []


async def test_the_page_can_be_used_by_keyboard_alone(world: World, browser: Browser) -> None:
    alice = await about_to_confirm(world, browser)
    button = alice.page.get_by_role("button", name="Connect", exact=True)
    for _ in range(5):
        await alice.page.keyboard.press("Tab")
        if await button.evaluate("it => it === document.activeElement"):
            break
    await alice.page.keyboard.press("Enter")
    await alice.see("You are connected")


async def test_the_cookie_is_out_of_reach_of_scripts_and_no_secret_stays_in_the_address(
    world: World, browser: Browser
) -> None:
    alice = await about_to_confirm(world, browser)
    cookies = await alice.context.cookies(world.url)
    [cookie] = [each for each in cookies if each["name"] == "connect"]
    assert (cookie["httpOnly"], cookie["sameSite"]) == (True, "Lax")
    await alice.press("Connect")
    await alice.see("You are connected")
    assert urlsplit(alice.page.url)._replace(scheme="", netloc="").geturl() == "/connect/confirm"
    assert await alice.page.evaluate("document.referrer") == ""


async def test_t01_a_forwarded_link_links_nobody(world: World, browser: Browser) -> None:
    attackers_link = await connect_link(world, BOB)
    victim = await visitor(browser)
    await victim.open(attackers_link)
    async with victim.page.expect_response(lambda r: r.url.startswith(f"{world.url}/auth/")) as returned:
        await victim.sign_in(ALICE.email, "Continue")
    assert (await returned.value).status == 403
    await victim.see("This link is not yours")
    await victim.shoot("linking-5-not-yours")
    assert victim.complaints == []
    assert await nothing_linked(world)


@pytest.mark.parametrize("where", ["microsoft", "jira"])
async def test_t03_a_return_that_another_browser_began_is_refused(
    world: World, browser: Browser, where: str
) -> None:
    attacker, victim = await visitor(browser), await visitor(browser)
    await attacker.open(await connect_link(world, BOB))
    if where == "jira":
        await attacker.sign_in(BOB.email, "Continue")
        await attacker.see("Use app on")
    returning = await intercepted(attacker, BOB, "Continue" if where == "microsoft" else "Accept")
    assert urlsplit(returning).path == f"/auth/{where}/callback"

    await victim.open(await connect_link(world, ALICE))
    assert await victim.open(returning) == 400
    await victim.see("This sign-in can't be continued")
    await victim.shoot(f"linking-6-foreign-{where}")
    assert victim.complaints == []
    assert await nothing_linked(world)


async def intercepted(browsing: Visitor, user: TeamsUser, button: str) -> str:
    """Signs in, but keeps the address that the login sends the browser back to."""
    kept: list[str] = []

    async def keep(route: Route) -> None:
        answer = await route.fetch(max_redirects=0)
        kept.append(answer.headers["location"])
        await route.fulfill(status=200, body="kept")

    await browsing.page.route(lambda url: url.startswith(browsing.page.url.partition("?")[0]), keep)
    await browsing.sign_in(user.email, button)
    await browsing.see("kept")
    return kept[0]


async def test_t08_a_form_on_another_site_links_nobody(world: World, browser: Browser) -> None:
    alice = await about_to_confirm(world, browser)
    fields = {
        name: await alice.page.locator(f"input[name={name}]").get_attribute("value") for name in ("csrf", "site")
    }
    inputs = "".join(f'<input name="{name}" value="{value}">' for name, value in fields.items())
    elsewhere = await alice.context.new_page()
    await elsewhere.goto(world.sandbox.board_url)
    await elsewhere.set_content(
        f'<form method="post" action="{world.url}/connect/confirm">{inputs}<button>Win</form>'
    )
    async with elsewhere.expect_response(f"{world.url}/connect/confirm") as answered:
        await elsewhere.get_by_role("button").click()
    assert (await answered.value).status == 403
    assert await nothing_linked(world)


async def test_t08_the_pages_cannot_be_framed(world: World, browser: Browser) -> None:
    alice = await visitor(browser)
    await alice.open(world.sandbox.board_url)
    async with alice.page.expect_console_message(lambda m: "frame" in m.text.lower()) as said:
        await alice.page.set_content(f'<iframe src="{world.url}/auth/jira/callback?state=x"></iframe>')
    assert "frame-ancestors 'none'" in (await said.value).text
