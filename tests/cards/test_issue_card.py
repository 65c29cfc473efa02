"""The issue card: what it shows, what it leaves out, what its buttons send."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace

import pytest

from bot.jira.models import IssueRef, NamedItem, StatusCategory, Transition
from cards.base import Card
from tests.support.json_path import at
from tests.support.samples.cards import BARE, DOING, DONE, ISSUE, SITE, TODO, TRANSITIONS, issue


def parts(node: object) -> Iterator[dict[str, object]]:
    if isinstance(node, dict):
        yield node
        for value in node.values():
            yield from parts(value)
    elif isinstance(node, list):
        for value in node:
            yield from parts(value)


def words(card: object) -> str:
    return "\n".join(
        "".join(str(run["text"]) for run in at(part, "inlines"))
        for part in parts(card)
        if part.get("type") == "RichTextBlock"
    )


def buttons(card: Card) -> dict[str, dict[str, object]]:
    """Title -> button."""
    return {
        str(part["title"]): part for part in parts(card) if str(part.get("type", "")).startswith("Action.Execute")
    }


def top(card: Card) -> list[str]:
    actions = card["actions"]
    assert isinstance(actions, list)
    return [action["title"] for action in actions]


SAID = (
    "PROJ-12|Login redirect|In Progress|High|Megan Bowen|Adele Vance|today, "
    "10:40|PROJ-3|Single sign-on\nSprint 42|customer-request|20 November (3 days "
    "overdue)|Affects release 4.2.|can reproduce it|PROJ-13|blocks OPS-7\nredirect.har|4 "
    "watching|2 votes|you're watching"
)


@pytest.mark.parametrize("said", SAID.replace("\n", "|").split("|"))
def test_shows(said: str) -> None:
    assert said in words(issue())


def test_key_and_summary_lead_to_the_issue() -> None:
    url = "https://example.atlassian.net/browse/PROJ-12"
    linked = [p["text"] for p in parts(issue()) if p.get("selectAction") == {"type": "Action.OpenUrl", "url": url}]
    assert linked[:2] == ["PROJ-12", ISSUE.summary]


@pytest.mark.parametrize(
    ("category", "sign"),
    [
        (StatusCategory.TODO, ("○", None)),
        (StatusCategory.UNDEFINED, ("○", None)),
        (StatusCategory.IN_PROGRESS, ("◐", "Accent")),
        (StatusCategory.DONE, ("●", "Good")),
    ],
)
def test_status_has_the_sign_of_its_category(category: StatusCategory, sign: tuple[str, str | None]) -> None:
    card = issue(issue=replace(BARE, status=replace(TODO, category=category)))
    assert [(p["text"], p.get("color")) for p in parts(card) if p.get("text") in ("○", "◐", "●")] == [sign]


@pytest.mark.parametrize(
    ("title", "verb", "data"),
    [
        ("To Do", "issue.move", {"transition": "11"}),
        ("Start review → In Review", "issue.move", {"transition": "21"}),
        ("Assign to me", "issue.assign", {"assignee": "me"}),
        ("Assign", "issue.assign", {}),
        ("Send comment", "issue.comment", {}),
        ("Stop watching", "issue.unwatch", {}),
        ("Vote", "issue.vote", {}),
        ("Log work", "issue.log", {}),
        ("Edit", "issue.edit", {}),
    ],
)
def test_buttons(title: str, verb: str, data: Mapping[str, object]) -> None:
    button = buttons(issue())[title]
    sent = button["data"]
    assert isinstance(sent, dict)
    assert button["verb"] == verb
    assert sent["issue"] == "PROJ-12"
    assert sent["site"] == SITE.cloud_id
    assert data.items() <= sent.items()
    assert "fallback" not in button


def test_inputs_cannot_replace_the_data_of_a_neighbour() -> None:
    with_inputs = {title for title, button in buttons(issue()).items() if "associatedInputs" not in button}
    assert with_inputs == {"Assign", "Log work", "Send comment"}


@pytest.mark.parametrize("count", range(4))
@pytest.mark.parametrize("watching", [True, False])
def test_at_most_six_buttons_of_which_one_is_primary(count: int, watching: bool) -> None:
    card = issue(transitions=TRANSITIONS[:count], issue=replace(ISSUE, watching=watching))
    own = "Stop watching" if watching else "Watch"
    assert top(card) == [*["Move"][:count], "Assign to me", "Comment", own, "More", "Open in Jira"]
    actions = card["actions"]
    assert isinstance(actions, list)
    assert [action["title"] for action in actions if "style" in action] == ["Move"][:count]


def test_a_shared_card_offers_both_to_watch_and_to_stop() -> None:
    card = issue(shared=True)
    assert top(card) == ["Move", "Assign to me", "Comment", "More", "Open in Jira"]
    assert {"Watch", "Stop watching"} <= buttons(card).keys()


def test_an_issue_is_edited_by_one_button() -> None:
    assert [p["title"] for p in parts(issue()) if "edit" in str(p.get("title", "")).lower()] == ["Edit"]


def test_own_vote_can_be_taken_back() -> None:
    assert at(buttons(issue(issue=replace(ISSUE, voted=True))), "Remove vote", "data", "vote") == "off"


def test_t26_a_shared_card_holds_no_restricted_comment() -> None:
    assert "contract at risk" in words(issue())
    assert "contract at risk" not in words(issue(shared=True))


@pytest.mark.parametrize("mine", ["you're watching", "you voted", "Single sign-on", "OPS-7 ", "Roll out"])
def test_t22_a_shared_card_holds_nothing_of_one_viewer(mine: str) -> None:
    seen = replace(ISSUE, watching=True, voted=True, links=(IssueRef("OPS-7", "Roll out SSO", DOING, "blocks"),))
    assert mine not in words(issue(issue=seen, shared=True))


def test_t22_shared_cards_of_two_viewers_are_equal() -> None:
    one = replace(ISSUE, watching=True, voted=True)
    other = replace(ISSUE, watching=False, voted=False, comments=ISSUE.comments[::2])
    assert issue(issue=one, shared=True) == issue(issue=other, shared=True)


def test_notice_problem_and_security_level_are_said() -> None:
    said = words(
        issue(issue=replace(BARE, security_level=NamedItem("1", "Staff")), notice="Moved.", problem="Not moved.")
    )
    assert said.splitlines()[:4] == ["⚠\ufe0e", "Not moved.", "✓", "Moved."]
    assert "Staff" in said


def test_refresh_names_the_people() -> None:
    refresh = issue(refresh_for=["29:1"])["refresh"]
    assert isinstance(refresh, dict)
    assert refresh["userIds"] == ["29:1"]
    assert refresh["action"]["verb"] == "issue.show"
    assert "refresh" not in issue()


def test_a_done_issue_is_never_overdue() -> None:
    assert "overdue" not in words(issue(issue=replace(ISSUE, status=DONE)))


@pytest.mark.parametrize(("points", "shown"), [(0.0, "0"), (5.0, "5"), (1.5, "1.5")])
def test_story_points_are_shown(points: float, shown: str) -> None:
    assert f"Story points  {shown}" in words(issue(issue=replace(BARE, story_points=points)))


def test_what_is_too_much_is_counted() -> None:
    many = tuple(Transition(str(n), f"Step {n}", TODO) for n in range(40))
    said = words(issue(transitions=many, issue=replace(ISSUE, subtasks=ISSUE.subtasks * 20)))
    assert "more in Jira" in said
    assert "and 28 more in Jira" in said or "and 30 more in Jira" in said


def test_a_key_that_is_none_leads_nowhere() -> None:
    card = issue(issue=replace(BARE, key="../../admin"))
    assert not [part for part in parts(card) if "url" in part and part["type"] != "Image"]
