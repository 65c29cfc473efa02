"""Work on issues in Microsoft's Agents Playground: forms, their refusals, short commands, lists."""

from __future__ import annotations

import pytest
from playwright.async_api import Locator

from sandbox.model import Issue
from tests.support.browser.playground import PERSONAL, Client, button, choose, labelled, refusing, tick
from tests.support.world import World

pytestmark = [pytest.mark.browser, pytest.mark.timeout(60)]


def newest(world: World) -> Issue:
    return list(world.sandbox.site.issues.values())[-1]


def field_id(world: World, name: str) -> str:
    return next(f.id for f in world.sandbox.site.fields.values() if f.name == name)


async def above(text: Locator, entry: Locator) -> bool:
    """Whether a sentence stands right above an input, with nothing but its label between them."""
    said, there = await text.bounding_box(), await entry.bounding_box()
    assert said is not None
    assert there is not None
    return 0 < there["y"] - said["y"] < 70


async def top(card: Locator) -> None:
    """Brings the start of a card into view."""
    await card.evaluate("card => card.scrollIntoView({block: 'start'})")


async def test_create_by_form_refused_by_jira_corrected_created(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    before = len(unsigned.sandbox.site.issues)
    await alice.open(PERSONAL)
    await alice.type("create")
    project = alice.card("New issue")
    await project.wait_for()
    await choose(project, "Project", "Operations (OPS)")
    await labelled(project, "Summary").fill("Mail is **down**")
    await alice.shoot("20-create-project")
    await button(project, "Continue").click()

    kind = alice.card("Type")
    await kind.get_by_text("Incident", exact=True).wait_for()
    assert await labelled(kind, "Summary").input_value() == "Mail is **down**"
    await tick(kind, "Incident")
    await alice.shoot("21-create-type")
    await button(kind, "Create").click()

    form = alice.card("Severity")
    await form.wait_for()
    await alice.shoot("22-create-form")
    await button(form, "Create").click()
    await form.get_by_text("Enter a value for Severity").wait_for()
    await alice.shoot("23-create-required")
    await choose(form, "Severity", "Critical")
    await button(form, "More fields").click()
    await labelled(form, "Description").fill("Since *noon*:\n- no mail\n- no queue")
    await choose(form, "Priority", "Highest")
    await labelled(form, "Labels (new)").fill("mail, queue")
    await choose(form, "Components", "Backend", "Frontend")
    await tick(form, "Web", "Mail")
    await choose(form, "Region", "Europe › France")
    await labelled(form, "Cost center").fill("CC-4711")
    await labelled(form, "Cost center").scroll_into_view_if_needed()
    await alice.shoot("24-create-filled")
    severity, cost = field_id(unsigned, "Severity"), field_id(unsigned, "Cost center")
    unsigned.sandbox.faults.add(refusing(**{cost: "There is no cost center CC-4711."}))
    await button(form, "Create").click()

    refusal = form.get_by_text("There is no cost center CC-4711.")
    await refusal.wait_for()
    await alice.shoot("25-create-refused")
    assert len(unsigned.sandbox.site.issues) == before
    assert await above(refusal, labelled(form, "Cost center"))
    assert await labelled(form, "Severity").input_value() == "Critical"
    assert await labelled(form, "Description").input_value() == "Since *noon*:\n- no mail\n- no queue"
    assert await labelled(form, "Labels (new)").input_value() == "mail, queue"
    await labelled(form, "Cost center").fill("CC-4712")
    await button(form, "Create").click()

    made = alice.card("Created.")
    await made.wait_for()
    await made.get_by_text("Mail is **down**").wait_for()
    await alice.shoot("26-created")
    values = newest(unsigned).values
    assert (values[severity], values[cost], values["priority"]) == ("10102", "CC-4712", "1")
    assert values["labels"] == ["mail", "queue"]
    assert values["components"] == ["2101", "2102"]


async def test_edit_and_move_by_forms(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    await alice.open(PERSONAL)
    await alice.type("DEMO-2")
    card = alice.card("Login fails after password reset")
    await button(card, "More").click()
    await button(card, "Edit").click()
    form = alice.card("Edit DEMO-2")
    await labelled(form, "Labels").wait_for()
    await top(form)
    await alice.shoot("30-edit-form")
    await choose(form, "Priority", "Low")
    await labelled(form, "Labels (new)").fill("seen")
    await alice.shoot("31-edit-changed")
    await button(form, "Save").click()
    fresh = alice.card("Saved.")
    await fresh.wait_for()
    await alice.shoot("32-edit-saved")
    values = unsigned.sandbox.site.issues["DEMO-2"].values
    assert (values["priority"], values["labels"]) == ("4", ["login", "customer", "seen"])
    await fresh.get_by_text("Low", exact=True).wait_for()

    await alice.type("DEMO-4")
    card = alice.card("Update the dependencies")
    await button(card, "Move").click()
    await button(card, "Close").click()
    form = alice.card("Resolution")
    await form.wait_for()
    await alice.shoot("60-transition-form")
    await button(form, "Close").click()
    await form.get_by_text("Enter a value for Resolution").wait_for()
    await choose(form, "Resolution", "Won't Do")
    await choose(form, "Fix versions", "2.0")
    await labelled(form, "Comment").fill("Nobody **needs** it.")
    await alice.shoot("61-transition-filled")
    await button(form, "Close").click()
    done = alice.card("Moved to Done")
    await done.wait_for()
    await alice.shoot("62-transition-done")
    issue = unsigned.sandbox.site.issues["DEMO-4"]
    assert unsigned.sandbox.site.status_of(issue).name == "Done"
    assert len(issue.comments) == 1


async def test_assign_comment_and_log_work(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    issue = unsigned.sandbox.site.issues["DEMO-4"]
    await alice.open(PERSONAL)
    await alice.type("DEMO-4")
    card = alice.card("Update the dependencies")
    await button(card, "Assign to me").click()
    await card.get_by_text("Assigned to you").wait_for()
    await alice.updated(1)
    await alice.shoot("40-assigned-to-me")

    await button(card, "More").click()
    await labelled(card, "Assign to").fill("e")
    await card.get_by_role("button", name="Assign", exact=True).click()
    several = alice.page.get_by_text("Several people match")
    await several.wait_for()
    await alice.shoot("41-assign-several")
    await alice.page.get_by_role("button", name="Eve E", exact=True).wait_for()
    # The Playground cannot press a button that speaks for a person; this is what it would say.
    await alice.type("assign DEMO-4 to e@example.com")
    await alice.card("Assigned to Eve E").wait_for()
    await alice.shoot("42-assign-chosen")

    await alice.type("log DEMO-4 1h 30m Looked at *all* of them")
    await alice.page.get_by_text("1h 30m").last.wait_for()
    await alice.shoot("43-logged")
    await alice.type("comment DEMO-4 All but **one** are done")
    await alice.card("All but").get_by_text("Comment added").wait_for()
    await alice.shoot("44-commented")
    assert [w.seconds for w in issue.worklogs] == [5400]
    assert len(issue.comments) == 1


async def test_page_through_a_list_and_open_a_row(unsigned: World, alice: Client) -> None:
    await unsigned.link()
    for number in range(1, 22):
        unsigned.create_issue("DEMO", f"Task number {number:02}")
    await alice.open(PERSONAL)
    await alice.type('jql summary ~ "Task number" ORDER BY key ASC')
    card = alice.card("Task number")
    await card.get_by_text("Task number 10").wait_for()
    await top(card)
    await alice.shoot("50-list-1")
    await button(card, "Next").click()
    await card.get_by_text("Task number 11").wait_for()
    await button(card, "Next").click()
    await card.get_by_text("Task number 21").wait_for()
    await top(card)
    await alice.shoot("51-list-3")
    assert await button(card, "Next").count() == 0
    await button(card, "Previous").click()
    row = card.get_by_text("Task number 15")
    await row.click()
    opened = alice.card("Task number 15")
    await button(opened, "Assign to me").wait_for()
    await alice.shoot("52-list-opened")
