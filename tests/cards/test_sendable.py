"""What an input holds of the signs that order right-to-left text: those in pairs, which turn nothing else."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cards.sendable import MAX_SAID_BYTES, can_say, strip_unclosed

CONTROLS = "\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "plain\nlines\r\n",
        "\u2067שלום\u2069 world",
        "\u2066a \u2067b\u2069 c\u2069",
        "\u202bمرحبا\u202c x",
        "\u202a\u2068x\u2069\u202c",
        "\u200fa\u200e\u200d\u200c",
    ],
)
def test_pairs_stay(text: str) -> None:
    assert strip_unclosed(text) == text


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("\u202eevil\u2066", "evil"),
        ("\u202eevil\u202c", "evil"),
        ("\u2069a\u202cb", "ab"),
        ("\u2067a\nb\u2069", "a\nb"),
        ("\u2067a\u202eb\u2069c", "\u2067ab\u2069c"),
        ("\u202aa\u2067b\u202cc\u2069", "a\u2067bc\u2069"),
        ("\u202ba\u2069b\u202c", "\u202bab\u202c"),
        ("\u2066x\u2069" * 501, "x" * 501),
        ("\u2066\u2066a\u2069", "\u2066a\u2069"),
    ],
)
def test_what_is_not_closed_and_overrides_go(text: str, left: str) -> None:
    assert strip_unclosed(text) == left


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("comment DEMO-1 first\nsecond", True),
        ("labels DEMO-1 می\u200cخواهم \u2067שלום\u2069", True),
        ("x" * (MAX_SAID_BYTES - 10), True),
        ("x" * MAX_SAID_BYTES, False),
        ("filter <at>CEO</at>", False),
        ("comment DEMO-1 {{DATE(2026-01-01T00:00:00Z, SHORT)}}", False),
        ("comment DEMO-1 \u202eevil", False),
        ("comment DEMO-1 \ud800", False),
    ],
)
def test_t30_a_button_sends_the_whole_text_or_is_not_offered(text: str, whole: bool) -> None:
    assert can_say(text) is whole


@given(st.text(alphabet=CONTROLS + "ab\n"))
def test_t31_what_is_left_ends_as_it_began(text: str) -> None:
    left = strip_unclosed(text)
    assert strip_unclosed(left) == left
    assert [letter for letter in left if letter in "ab\n"] == [letter for letter in text if letter in "ab\n"]
    for line in left.split("\n"):
        closing: list[str] = []
        for sign in line:
            if sign in "\u202a\u202b\u2066\u2067\u2068":
                closing.append("\u202c" if sign < "\u2066" else "\u2069")
            elif sign in CONTROLS:
                assert sign == closing.pop()
        assert not closing
