"""The sign-in of a message extension, in a window that Teams opens and waits for."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from playwright.async_api import Browser, Page, Route

from bot.accounts.sign_in.scripts import SCRIPTS
from sandbox.teams import ALICE, personal
from sandbox.teams_cards import links
from tests.support import npm
from tests.support.browser.chromium import PATIENCE, Visitor, visitor
from tests.support.world import World

pytestmark = pytest.mark.browser

TEAMS = "https://teams.microsoft.com/"
TEAMS_JS = Path(__file__).with_name("teams-js") / "package.json"
OPENER = """<!doctype html><title>Teams</title><script>
window.heard = [];
// How Teams answers its library (@microsoft/teams-js, internal/communication): by id, with the context.
window.addEventListener("message", ({data, source, origin}) => {
  window.heard.push({func: data.func, args: data.args, origin});
  const args = data.func === "initialize"
    ? ["authentication", "web", JSON.stringify({apiVersion: 4, supports: {}}), "2.58.0"] : [];
  source.postMessage({id: data.id, uuid: data.uuid, uuidAsString: data.uuidAsString, args}, origin);
});
</script>"""


async def query(world: World) -> dict[str, object]:
    value = {"commandId": "searchIssues", "parameters": [{"name": "query", "value": "DEMO-1"}]}
    answer = await world.teams.invoke(ALICE, personal(ALICE), "composeExtension/query", value)
    extension = answer.body["composeExtension"]
    assert isinstance(extension, dict)
    return extension


async def teams_window(world: World, browser: Browser) -> tuple[Visitor, Page]:
    """Open the sign-in as Teams on the web does; the page that plays Teams, and the window."""
    asked = await query(world)
    assert asked["type"] == "auth"
    [action] = asked["suggestedActions"]["actions"]  # type: ignore[index]

    async def play_teams(route: Route) -> None:
        await route.fulfill(body=OPENER, content_type="text/html")

    alice = await visitor(browser)
    await alice.context.route(f"{TEAMS}**", play_teams)
    await alice.page.goto(TEAMS)
    async with alice.page.expect_popup() as opened:
        await alice.page.evaluate("url => { window.child = window.open(url) }", str(action["value"]))
    return alice, await opened.value


async def test_teams_hears_of_the_end_and_closes_the_window_and_its_question_is_answered(
    world: World, browser: Browser
) -> None:
    alice, window = await teams_window(world, browser)
    complaints: list[str] = []
    window.on("pageerror", lambda error: complaints.append(str(error)))
    in_window = Visitor(alice.context, window)
    await in_window.consent(ALICE.email)
    async with window.expect_event("close", timeout=PATIENCE):
        await in_window.press("Connect")
    heard = await alice.page.evaluate("window.heard")
    assert heard[0]["func"] == "initialize"
    assert "authentication.authenticate.success" in [each["func"] for each in heard]
    assert {each["origin"] for each in heard} == {world.url}
    assert ALICE.oid not in json.dumps(heard)
    assert complaints == []
    assert (await query(world))["type"] == "result"


async def test_teams_keeps_hold_of_the_window_until_then(world: World, browser: Browser) -> None:
    alice, window = await teams_window(world, browser)
    await Visitor(alice.context, window).consent(ALICE.email)
    assert await alice.page.evaluate("window.child.closed") is False


async def test_any_other_sign_in_is_parted_from_its_opener_and_runs_no_script(
    world: World, browser: Browser
) -> None:
    alice, window = await teams_window(world, browser)
    await window.close()
    async with world.teams.expecting(personal(ALICE)) as got:
        await world.teams.say(ALICE, personal(ALICE), "connect")

    async with alice.page.expect_popup() as opened:
        await alice.page.evaluate("url => { window.child = window.open(url) }", links(got[0].card)[0])
    own = Visitor(alice.context, await opened.value)
    await own.consent(ALICE.email)
    assert await alice.page.evaluate("window.child.closed") is True
    await own.press("Connect")
    await own.see("You are connected")
    assert await own.page.locator("script").count() == 0


def test_the_library_is_the_one_of_npm() -> None:
    if reason := npm.missing(TEAMS_JS):
        pytest.skip(reason)
    package = npm.installed(TEAMS_JS) / "node_modules/@microsoft/teams-js"
    published = (package / "dist/umd/MicrosoftTeams.min.js").read_text("utf-8")
    ours = SCRIPTS["teams.js"].decode()
    assert ours.rstrip() == published.partition("//# sourceMappingURL")[0].rstrip()


async def test_the_settings_page_hands_over_what_was_chosen(world: World, browser: Browser) -> None:
    await world.link()
    answer = await world.teams.invoke(ALICE, personal(ALICE), "composeExtension/querySettingUrl", {})
    extension = answer.body["composeExtension"]
    assert isinstance(extension, dict)
    url = str(extension["suggestedActions"]["actions"][0]["value"])

    async def play_teams(route: Route) -> None:
        await route.fulfill(body=OPENER, content_type="text/html")

    alice = await visitor(browser)
    await alice.context.route(f"{TEAMS}**", play_teams)
    await alice.page.goto(TEAMS)
    async with alice.page.expect_popup() as opened:
        await alice.page.evaluate("url => { window.child = window.open(url) }", url)
    window = await opened.value
    await window.get_by_label("Off").check()
    async with window.expect_event("close", timeout=PATIENCE):
        await Visitor(alice.context, window).press("Save")
    heard = await alice.page.evaluate("window.heard")
    [success] = [each for each in heard if each["func"] == "authentication.authenticate.success"]
    await world.teams.invoke(ALICE, personal(ALICE), "composeExtension/setting", {"state": success["args"][0]})
    link = {"url": f"{world.sandbox.site.url}/browse/DEMO-2"}
    shown = await world.teams.invoke(ALICE, personal(ALICE), "composeExtension/queryLink", link)
    assert "DEMO-2" not in json.dumps(shown.body)
