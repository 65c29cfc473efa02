"""The bridge in a client that nobody here wrote: Microsoft's Agents Playground, used in Chromium."""

from __future__ import annotations

import json

import pytest
from playwright.async_api import Locator

from sandbox import changes
from sandbox.people import by_email
from sandbox.teams import ALICE
from sandbox.teams_cards import links
from tests.support.browser.chromium import Visitor
from tests.support.browser.playground import CARD, CHANNEL, GROUP, PERSONAL, Client, button, labelled
from tests.support.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

BOB = "29:user-bob"


async def connect(client: Client, card: Locator) -> None:
    """Follows the link of a card and goes through the pages, in the window that opens."""
    async with client.page.expect_popup() as opened:
        await button(card, "Continue with Microsoft").click()
    window = Visitor(client.page.context, await opened.value)
    await window.consent(ALICE.email)
    await window.press("Connect")
    await window.see("You are connected")
    await window.page.close()


async def test_link_show_and_move_by_a_button(alice: Client) -> None:
    await alice.open(PERSONAL)
    await alice.type("DEMO-1")
    invitation = alice.card("Connect Jira")
    await invitation.wait_for()
    await alice.shoot("1-connect")
    await connect(alice, invitation)

    card = alice.card("Sign-in that people trust")
    await button(card, "Move").click()
    await button(card, "In Progress").wait_for()
    await alice.shoot("2-issue")
    await button(card, "In Progress").click()
    await card.get_by_text("Moved to In Progress").wait_for()
    await alice.updated(1)
    await alice.shoot("3-moved")

    await button(card, "Comment").click()
    await card.locator("textarea").last.fill("Seen **in staging** too.")
    await alice.shoot("4-comment")
    await card.locator("button", has_text="Comment").last.click()
    await card.get_by_text("Comment added").wait_for()
    await card.get_by_text("in staging").first.wait_for()
    await alice.updated(2)
    await alice.shoot("5-commented")
    await button(card, "More").click()
    await card.get_by_text("Assign to", exact=True).wait_for()
    await card.evaluate("card => card.scrollIntoView({block: 'end'})")
    await alice.shoot("6-more")


async def test_in_a_group_the_way_to_connect_is_answered_to_each_alone(alice: Client) -> None:
    await alice.open(GROUP)
    await alice.mention("show DEMO-2")
    invitation = alice.card("Connect your Jira account to do this")
    await invitation.wait_for()
    assert await alice.page.get_by_text("Continue with Microsoft").count() == 0
    await alice.shoot("7-group-connect")

    async with alice.page.expect_response("**/invoke") as pressed:
        await button(invitation, "Connect Jira").click()
    own = alice.card("view and update Jira issues")
    await own.wait_for()
    await alice.shoot("8-group-connect-private")
    answer = await pressed.value
    as_bob = {**json.loads(answer.request.post_data or ""), "from": {"id": BOB}}
    bobs = await alice.page.request.post(answer.url, data=as_bob)
    [alices_link], [bobs_link] = links(await answer.json()), links(await bobs.json())
    assert alices_link != bobs_link

    await connect(alice, own)
    await button(alice.card("Login fails after password reset"), "Comment").wait_for()
    await alice.shoot("9-group-issue")


async def test_a_channel_hears_of_a_new_issue_and_the_card_follows_it(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    await alice.open(CHANNEL)
    await alice.mention("subscribe DEMO created, transitioned")
    await alice.page.locator("p", has_text="You'll get updates here for").wait_for()
    await alice.shoot("10-channel-subscribed")

    key = unsigned.create_issue("DEMO", "Printer on fire", by="bob@example.com")
    await alice.card("Printer on fire").wait_for()
    await alice.shoot("11-channel-told")
    bob = by_email("bob@example.com")
    assert bob is not None
    site = unsigned.sandbox.site
    changes.move(site, bob.account_id, site.issues[key], {"transition": {"id": "11"}})
    await alice.card("Printer on fire").get_by_text("Bob B moved").wait_for()
    await alice.shoot("12-channel-followed")


async def test_search_and_unfurling_from_the_compose_box(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    await alice.open(PERSONAL)
    await alice.extension("Search Command")
    await alice.page.get_by_placeholder("Enter a search term").fill("login")
    found = alice.page.get_by_text("DEMO-2 Login fails after password reset")
    await found.wait_for()
    await alice.shoot("13-search")
    await found.click()
    await alice.card("Login fails after password reset").wait_for()
    await alice.shoot("14-search-picked")
    await alice.page.locator('button[aria-label="Send Message"]').last.click()
    await button(alice.card("Login fails after password reset"), "Assign to me").click()
    await alice.page.get_by_text("Assigned to you").wait_for()
    await alice.shoot("15-search-posted")

    await alice.extension("Link Unfurling")
    link = f"{unsigned.sandbox.board_url}/browse/DEMO-3"
    await alice.page.get_by_role("textbox", name="Enter an URL").fill(link)
    await alice.card("Export the report as PDF").wait_for()
    await alice.shoot("16-unfurling")
    await alice.page.get_by_role("button", name="Send to Conversation").click()
    await alice.page.get_by_role("dialog").wait_for(state="hidden")
    await alice.card("Export the report as PDF").wait_for()
    await alice.shoot("17-unfurled")


async def test_an_issue_is_created_from_the_compose_box(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    await alice.open(GROUP)
    await alice.extension("Action Command")
    await alice.page.get_by_placeholder("Input command id or leave blanks").fill("createIssue")
    await alice.page.get_by_role("button", name="Create").click()
    dialog = alice.page.get_by_role("dialog").locator(CARD)
    await dialog.get_by_text("New issue").wait_for()
    await labelled(dialog, "Summary").fill("Made beside a message")
    await alice.shoot("18-action-project")
    await button(dialog, "Continue").click()
    await dialog.get_by_text("New issue in DEMO").wait_for()
    await alice.shoot("19-action-type")
    await button(dialog, "Create").click()
    await alice.card("Made beside a message").get_by_text("To Do").wait_for()
    await alice.shoot("20-action-created")
    assert any(i.values["summary"] == "Made beside a message" for i in unsigned.sandbox.site.issues.values())
