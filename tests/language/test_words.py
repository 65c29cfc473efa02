"""The sentences of the bridge are product English: short, and without words of a translation."""

from __future__ import annotations

import re

import pytest
from babel.messages.pofile import read_po

from tests.support.paths import ROOT

MAX_LETTERS = 140
"""Of a sentence."""
DENIED = re.compile(
    r"\b(?:shall|somebody|nobody|besides?|tells?|told|hears?|heard|whom|upon|hereby|kindly|in order to)\b",
    re.IGNORECASE,
)
"""Words that a product writer would not use: “Someone”, “next to”, “notify” and “should” stand for them."""
LISTS = ("their Microsoft Entra ID,",)
"""Beginnings of sentences that are long because they list something."""
_PLACEHOLDER = re.compile(r"\{\w+\}")
_END = re.compile(r"(?<=[.!?:]) |\n+")


def sentences() -> list[str]:
    with (ROOT / "bot" / "language" / "messages.pot").open("rb") as file:
        catalogue = read_po(file)
    texts = (message.id if isinstance(message.id, list | tuple) else [message.id] for message in catalogue)
    return [sentence for each in texts for text in each for sentence in _END.split(text) if sentence]


def is_too_long(sentence: str) -> bool:
    return len(sentence) > MAX_LETTERS and not sentence.startswith(LISTS)


def test_no_sentence_is_long_without_need() -> None:
    assert [each for each in sentences() if is_too_long(each)] == []


def test_no_sentence_has_a_word_of_a_translation() -> None:
    assert [each for each in sentences() if DENIED.search(_PLACEHOLDER.sub("", each))] == []


@pytest.mark.parametrize(
    "sentence", ["What shall it be?", "Nobody is assigned.", "I tell you here.", "It stands beside it."]
)
def test_words_of_a_translation_are_found(sentence: str) -> None:
    assert DENIED.search(sentence)
