"""Icons and initials."""

from __future__ import annotations

import base64

import pytest

from cards.pictures import initials, priority_icon, type_icon
from cards.png import Pixel, decode, encode


def pixels_of(part: dict[str, object]) -> list[Pixel]:
    head, data = str(part["url"]).split(",")
    assert head == "data:image/png;base64"
    width, pixels = decode(base64.b64decode(data))
    assert (width, len(pixels)) == (32, 32 * 32)
    return pixels


@pytest.mark.parametrize(("name", "like"), [("BUG", "Fehler"), ("Sub-task", "Unteraufgabe"), ("Risk", "Change")])
def test_types_of_one_kind_have_one_icon(name: str, like: str) -> None:
    assert type_icon(name)["url"] == type_icon(like)["url"]
    assert type_icon(name)["altText"] == name


def test_types_are_told_apart() -> None:
    assert len({str(type_icon(name)["url"]) for name in ("Bug", "Task", "Story", "Epic", "Sub-task", "Risk")}) == 6


def test_a_priority_that_is_not_known_by_its_name_has_no_icon() -> None:
    assert priority_icon("P7") is None
    assert priority_icon("High") is not None


@pytest.mark.parametrize(
    ("name", "like"),
    [
        ("Megan Bowen", "megan van der bowen"),
        ("Cher", "cher!"),
        ("李 小龙", "山田"),
        ("", " \u202e "),
        ("Æ Öz", "1 2"),
    ],
)
def test_initials_are_of_the_first_and_the_last_word(name: str, like: str) -> None:
    """Whatever their colours: what cannot be drawn is left out."""
    background = pixels_of(initials(name))[0]
    other = pixels_of(initials(like))[0]
    drawn = [pixel == background for pixel in pixels_of(initials(name))]
    assert drawn == [pixel == other for pixel in pixels_of(initials(like))]


def test_initials_differ() -> None:
    names = ("Megan Bowen", "Bowen Megan", "Lynne Robbins", "Cher")
    assert len({str(initials(name)["url"]) for name in names}) == len(names)
    assert initials("Megan Bowen") == initials("Megan Bowen")


@pytest.mark.parametrize("colors", [1, 2, 3, 5, 17, 200])
@pytest.mark.parametrize("width", [1, 3, 8])
def test_a_picture_can_be_read_again(colors: int, width: int) -> None:
    pixels = [(number % colors, 7, 9, 255 - number % colors) for number in range(width * 40)]
    assert decode(encode(width, pixels)) == (width, pixels)
