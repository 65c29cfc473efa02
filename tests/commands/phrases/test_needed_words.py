"""A pattern that is left out because a text lacks its words would not have matched it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.commands.phrases.needed_words import has_needed_words, needed_words
from bot.commands.phrases.patterns import patterns, suggestion_patterns
from tests.support.commands import held_out_changes, held_out_german


@pytest.mark.parametrize(
    ("pattern", "needed"),
    [
        ("close {key}", (("close",),)),
        ("[please] {key} is (done|all [the] done)", (("is",), ("done", "done"))),
        ("(a|b (c|d) e|f) to {value} Größe", (("to",), ("grösse",), ("a", "b", "f"))),
        ("({key}|it) [is] {value}?", (("?",),)),
        ("{key} {value}", ()),
        ("comment[s] on", (("comment",), ("on",))),
    ],
)
def test_the_words_that_a_text_needs_stand_outside_of_brackets_or_are_alternatives(
    pattern: str, needed: tuple[tuple[str, ...], ...]
) -> None:
    assert needed_words(pattern) == needed


@pytest.mark.parametrize(("text", "has"), [("Closed it TO b", True), ("to the f", True), ("f", False)])
def test_a_text_needs_one_of_each(text: str, has: bool) -> None:
    assert has_needed_words(text.casefold(), (("to",), ("closed", "f"))) is has


def test_no_pattern_that_matches_is_left_out() -> None:
    texts = [text for text, _ in (*held_out_changes.FIRST, *held_out_german.PHRASES)]
    texts += [text.upper() for text in texts[::5]]
    matched = 0
    for pattern in (*patterns(), *suggestion_patterns()):
        whatever = replace(pattern, needed=())
        for text in texts:
            folded = text.casefold()
            if whatever.fullmatch(text, folded):
                assert has_needed_words(folded, pattern.needed), (text, pattern.row)
                matched += 1
    assert matched > 100
