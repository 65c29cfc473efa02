"""Pages of a search."""

from __future__ import annotations

import pytest
from card_samples import ISSUE, SITE, mint

from cards.base import Card
from cards.lists import Place, list_card


def pages(card: Card) -> dict[str, dict[str, str]]:
    return {action["title"]: action["data"] for action in card.get("actions", [])}  # type: ignore[attr-defined]


def test_there_and_back_again():
    place = Place()
    shown = []
    for token in ("t2", "t3"):
        data = pages(list_card("Mine", [ISSUE], site=SITE, mint=mint, jql="q", next_token=token, place=place))[
            "Next"
        ]
        assert data["jql"] == "q"
        place = Place.from_data(data)
        shown.append((place.token, place.page))
    while place.page > 1:
        data = pages(list_card("Mine", [ISSUE], site=SITE, mint=mint, jql="q", place=place))["Previous"]
        place = Place.from_data(data)
        shown.append((place.token, place.page))
    assert shown == [("t2", 2), ("t3", 3), ("t2", 2), ("", 1)]
    assert place == Place()


@pytest.mark.parametrize(
    "data", [{}, {"page": "x", "trail": ""}, {"page": "-1"}, {"page": "²"}, {"page": "9" * 50}, {"token": ""}]
)
def test_data_without_sense_is_the_first_page(data):
    assert Place.from_data(data) == Place()


def test_the_way_back_does_not_grow_without_end():
    place = Place()
    for number in range(100):
        place = place.next(f"token-{number}")
    assert len(place.trail) == 20
    assert place.page == 101


def test_a_query_too_long_for_a_button_is_shown_without_pages():
    card = list_card("Found", [ISSUE], site=SITE, mint=mint, jql="x" * 5_000, next_token="t")
    assert "actions" not in card


def test_a_row_opens_its_issue():
    card = list_card("Mine", [ISSUE], site=SITE, mint=mint)
    row = card["body"][1]  # type: ignore[index]
    assert row["selectAction"]["verb"] == "issue.show"
    assert row["selectAction"]["data"]["issue"] == "PROJ-12"
