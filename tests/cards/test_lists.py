"""Pages of a search."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.jira.jql import locate_error
from cards.base import Card
from cards.lists import PagePosition, list_card, query_card, sign_way_back
from cards.text import escape
from tests.support.json_path import at
from tests.support.samples.cards import ISSUE, SITE, sign

AT_END = "Error in the JQL Query: Expecting a value before the end of the query."


def pages(card: Card) -> dict[str, dict[str, str]]:
    actions = card.get("actions", [])
    return {a["title"]: a["data"] for a in actions if a.get("verb") == "list.page"}  # type: ignore[attr-defined]


def test_there_and_back_again() -> None:
    place = PagePosition()
    shown = []
    for token in ("t2", "t3"):
        data = pages(list_card("Mine", [ISSUE], site=SITE, sign=sign, jql="q", next_token=token, position=place))[
            "Next"
        ]
        assert data["jql"] == "q"
        place = PagePosition.from_data(data)
        shown.append((place.token, place.page))
    while place.page > 1:
        data = pages(list_card("Mine", [ISSUE], site=SITE, sign=sign, jql="q", position=place))["Previous"]
        place = PagePosition.from_data(data)
        shown.append((place.token, place.page))
    assert shown == [("t2", 2), ("t3", 3), ("t2", 2), ("", 1)]
    assert place == PagePosition()


@pytest.mark.parametrize(
    "data", [{}, {"page": "x", "trail": ""}, {"page": "-1"}, {"page": "²"}, {"page": "9" * 50}, {"token": ""}]
)
def test_data_without_sense_is_the_first_page(data: Mapping[str, str]) -> None:
    assert PagePosition.from_data(data) == PagePosition()


def test_the_way_back_does_not_grow_without_end() -> None:
    place = PagePosition()
    for number in range(100):
        place = place.next(f"token-{number}")
    assert len(place.trail) == 20
    assert place.page == 101


@pytest.mark.parametrize(
    ("position", "next_token", "title"),
    [
        (PagePosition(), "", "Mine (3)"),
        (PagePosition(total=46), "t2", "Mine (46)"),
        (PagePosition(total=46).next("t2"), "", "Mine (46)"),
        (PagePosition(), "t2", "Mine"),
        (PagePosition().next("t2"), "", "Mine"),
        (PagePosition(total=1200), "t2", "Mine (1,200)"),
    ],
)
def test_the_title_counts_the_issues_of_all_pages(position: PagePosition, next_token: str, title: str) -> None:
    card = list_card("Mine", [ISSUE] * 3, site=SITE, sign=sign, jql="q", next_token=next_token, position=position)
    assert at(card, "body", 0, "text") == escape(title)


def test_the_number_of_issues_travels_with_the_pages() -> None:
    position = PagePosition(total=46).next("t2")
    assert PagePosition.from_data(position.to_data()) == position


def test_a_query_too_long_for_a_button_is_shown_without_pages() -> None:
    card = list_card("Found", [ISSUE], site=SITE, sign=sign, jql="x" * 5_000, next_token="t")
    assert "actions" not in card


def test_a_query_can_be_changed_where_it_stands() -> None:
    [button] = at(list_card("Found", [ISSUE], site=SITE, sign=sign, jql="project = PROJ"), "actions")
    assert button["card"]["body"][0]["value"] == "project = PROJ"
    [search] = button["card"]["actions"]
    assert search["verb"] == "list.query"
    assert "associatedInputs" not in search
    assert "jql" not in search["data"]


@pytest.mark.parametrize(
    ("wish", "verbs"), [("", []), ("project = PROJ", ["subscription.make"])], ids=["alone", "among others"]
)
def test_a_conversation_can_be_told_of_what_is_found(wish: str, verbs: list[str]) -> None:
    card = list_card("Found", [ISSUE], site=SITE, sign=sign, jql="q", subscribe_to=wish)
    assert [a["verb"] for a in at(card, "actions") if "verb" in a] == verbs


def test_a_refused_query_is_there_to_be_mended() -> None:
    card = query_card("status = ", "Not so.", site=SITE, sign=sign, blamed=locate_error("status = ", [AT_END]))
    said = str(card)
    assert "Not so." in said
    assert "⟪ ⟫" in said
    assert at(card, "body", -1, "value") == "status = "


@pytest.mark.parametrize("length", [40, 3_000])
def test_a_row_knows_the_way_back_where_it_fits(length: int) -> None:
    place = PagePosition().next("t2")
    card = list_card("Found", [ISSUE] * 10, site=SITE, sign=sign, jql="x" * length, position=place)
    data = at(card, "body", 1, "selectAction", "data")
    back = sign_way_back(data, sign)
    assert (back is not None) == (length == 40)
    if back is not None:
        assert back["jql"] == "x" * length
        assert PagePosition.from_data(back) == place


def test_a_row_opens_its_issue() -> None:
    card = list_card("Mine", [ISSUE], site=SITE, sign=sign)
    row = at(card, "body", 1)
    assert row["selectAction"]["verb"] == "issue.show"
    assert row["selectAction"]["data"]["issue"] == "PROJ-12"
