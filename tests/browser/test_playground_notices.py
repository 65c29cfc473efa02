"""What is told unasked, and its switches, in Microsoft's Agents Playground."""

from __future__ import annotations

import re

import pytest
from playwright.async_api import Locator

from sandbox import changes
from sandbox.people import Person, by_email
from tests.support.browser.playground import CARD, CHANNEL, PERSONAL, Client, button
from tests.support.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]

START, REVIEW = "11", "31"
"""Transitions of the sandbox's workflow."""


def bob() -> Person:
    found = by_email("bob@example.com")
    assert found is not None
    return found


def move(world: World, key: str, transition: str) -> None:
    site = world.sandbox.site
    changes.move(site, bob().account_id, site.issues[key], {"transition": {"id": transition}})


async def subscribe(client: Client, wish: str) -> None:
    await client.mention(f"subscribe {wish}")
    await client.page.locator("p", has_text="You'll get updates here for").last.wait_for()


def beside_cards(client: Client, text: str) -> Locator:
    """Locate a line of a message that is no part of a card."""
    return client.page.get_by_text(text).and_(client.page.locator(f"p:not({CARD.split(':')[0]} *)")).first


def switch(card: Locator, title: str, label: str) -> Locator:
    """Locate the button of one line of the settings, by the tooltip that names the line."""
    return card.get_by_title(f"{title}: {label.lower()}", exact=True)


async def bottom(part: Locator) -> float:
    box = await part.bounding_box()
    assert box
    return box["y"] + box["height"]


async def test_an_event_is_a_line_under_the_card_and_the_card_stays_one(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    await alice.open(CHANNEL)
    await subscribe(alice, "DEMO created, transitioned")
    key = unsigned.create_issue("DEMO", "Printer on fire", by=bob().email)
    card = alice.card("Printer on fire")
    await card.get_by_text("To Do", exact=True).wait_for()
    move(unsigned, key, START)
    first = beside_cards(alice, "moved To Do → In Progress")
    await first.wait_for()
    await card.get_by_text("In Progress", exact=True).wait_for()
    move(unsigned, key, REVIEW)
    second = beside_cards(alice, "moved In Progress → In Review")
    await second.wait_for()
    await card.get_by_text("In Review", exact=True).wait_for()
    await alice.shoot("70-channel-lines")
    assert await alice.page.locator(CARD).filter(has_text="Printer on fire").count() == 1
    heights = [await bottom(card), await bottom(first), await bottom(second)]
    assert heights == sorted(heights)


async def test_f22_a_burst_becomes_one_digest(unsigned: World, alice: Client) -> None:
    """Which events come first is anybody's guess: only those of one issue keep their order."""
    await unsigned.link()
    await alice.open(CHANNEL)
    await subscribe(alice, "DEMO created, transitioned")
    keys = [unsigned.create_issue("DEMO", f"One of many {number}") for number in range(14)]
    for key in keys[-5:]:
        move(unsigned, key, START)
        move(unsigned, key, REVIEW)
    title = re.compile(r"One of many \d+")
    bursts = alice.page.locator(CARD).filter(has_text="changes in Jira")
    rows, singles = bursts.get_by_text(title), alice.page.locator(CARD).filter(has_not_text="changes in Jira")
    await bursts.get_by_text(re.compile(r"\(\d changes\)")).first.wait_for(timeout=30_000)
    await rows.last.scroll_into_view_if_needed()
    await alice.shoot("71-channel-digest")
    seen = singles.get_by_text(title)
    assert await seen.count() <= 10
    assert len({*await rows.all_inner_texts(), *await seen.all_inner_texts()}) == len(keys)
    opened = await rows.last.inner_text()
    await rows.last.click()
    await button(alice.card(opened), "Assign to me").wait_for()
    await alice.shoot("72-channel-digest-opened")


async def test_settings_are_switched_by_their_buttons(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    await alice.open(PERSONAL)
    await alice.type("notify")
    card = alice.card("Notifications")
    await card.wait_for()
    await alice.shoot("80-notify")
    for number, (title, before, after) in enumerate(
        [("Issues I'm watching", "Turn on", "Turn off"), ("Daily digest", "Turn on (9:00)", "Turn off")], start=1
    ):
        await switch(card, title, before).click()
        await switch(card, title, after).wait_for()
        await alice.updated(number)
    await card.get_by_text("At 9:00", exact=True).wait_for()
    await alice.shoot("81-notify-changed")
    await switch(card, "Issues I'm watching", "Turn off").click()
    await switch(card, "Issues I'm watching", "Turn on").wait_for()


async def test_subscriptions_are_paused_resumed_and_removed_by_buttons(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    await alice.open(CHANNEL)
    await subscribe(alice, "DEMO created, transitioned where priority = High")
    await alice.mention("subscribe OPS")
    await alice.page.locator("p", has_text="updates here for Operations").wait_for()
    await alice.mention("subscriptions")
    card = alice.card("Subscriptions")
    await card.wait_for()
    await alice.shoot("82-subscriptions")
    await button(card, "Pause").click()
    await card.get_by_text("paused", exact=True).wait_for()
    await alice.updated(1)
    await alice.shoot("83-subscriptions-paused")
    await button(card, "Resume").click()
    await card.get_by_text("paused", exact=True).wait_for(state="detached")
    await alice.updated(2)
    for left in (1, 0):
        await button(card, "Remove").click()
        await card.get_by_role("button", name="Remove").nth(left).wait_for(state="detached")
        await alice.updated(4 - left)
    await card.get_by_text("No subscriptions here yet").wait_for()
    await alice.shoot("84-subscriptions-none")
