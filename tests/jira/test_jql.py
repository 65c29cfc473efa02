"""What people type is searched for as words, whatever the search's own grammar makes of some of them."""

from __future__ import annotations

import pytest

from bot.jira.jql import build_text_search


@pytest.mark.parametrize(
    ("typed", "sought"),
    [
        ("login page", "login page"),
        ("LOGIN NOT WORKING", "LOGIN not WORKING"),
        ("printer OR", "printer or"),
        ("ANDROID crash", "ANDROID crash"),
        ('say "hello" (twice)', "say hello twice"),
    ],
)
def test_t32_text_is_sought_as_words(typed: str, sought: str) -> None:
    assert build_text_search(typed) == f'text ~ "{sought}" ORDER BY updated DESC'


@pytest.mark.parametrize("typed", ["", "~*?", " "])
def test_nothing_to_search_for(typed: str) -> None:
    with pytest.raises(ValueError, match="nothing"):
        build_text_search(typed)
