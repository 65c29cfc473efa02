"""Cards in another language: as valid and as small, and no word of them is left out of the catalogue."""

from __future__ import annotations

import ast
import gettext
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from pathlib import Path

import pytest
from babel import Locale
from babel.messages.pofile import read_po

import bot.language
from bot.language import FOLDER, Language, tr, use_language
from cards.base import Card
from cards.elements import card, heading, interpolate, rich, run
from cards.forms import Shape
from cards.numbers import format_number
from cards.size import MAX_CARD_BYTES, size
from scripts.catalogue import forms
from tests.support.card_schema import assert_valid
from tests.support.samples import cards as card_samples
from tests.support.samples import other_cards as other_samples

READ = {"text", "title", "label", "placeholder", "altText", "errorMessage", "fallbackText", "speak", "tooltip"}
"""The properties of a card that people read or hear."""


class Pseudo(gettext.NullTranslations):
    """A language that puts every sentence into brackets."""

    def gettext(self, message: str) -> str:
        return f"⟦{message}⟧"

    def ngettext(self, msgid1: str, msgid2: str, n: int) -> str:
        return f"⟦{msgid1 if n == 1 else msgid2}⟧"


@contextmanager
def speaking_pseudo() -> Iterator[None]:
    token = bot.language._CURRENT.set(Language(Locale("de"), Pseudo()))
    try:
        yield
    finally:
        bot.language._CURRENT.reset(token)


def samples() -> dict[str, Card]:
    others = {f"other-{name}": made for name, made in other_samples.other_cards().items()}
    return card_samples.every_card() | others


@cache
def german() -> dict[str, Card]:
    with use_language("de-DE"):
        return samples()


@cache
def pseudo() -> dict[str, Card]:
    with speaking_pseudo():
        return samples()


NAMES = list(samples())


@pytest.mark.parametrize("name", NAMES)
def test_german_card_is_valid_and_small(name: str) -> None:
    made = german()[name]
    assert made["lang"] == "de"
    assert size(made) <= MAX_CARD_BYTES
    strict = {key: value for key, value in made.items() if key != "refresh"}
    if "choices.data" not in str(strict) and "task/fetch" not in str(strict):
        assert_valid(made)


@pytest.mark.parametrize("name", NAMES)
def test_every_word_of_a_card_is_of_the_catalogue_or_of_the_data(name: str) -> None:
    assert not list(unsaid(pseudo()[name]))


@pytest.mark.parametrize("name", NAMES)
def test_no_german_sentence_is_cut(name: str) -> None:
    ends = [text[:-1] for texts in readable(german()[name]) for text in texts if text.endswith("…")]
    whole = [said for said in translations() if "{" not in said]
    assert not [end for end in ends for said in whole if end and said.startswith(end) and len(end) < len(said) - 1]


@pytest.mark.parametrize(
    "words",
    ["Nothing was changed.", "Everything is fine", "Comment", "Open PROJ-12", "Megan Bowen is late", "1 vote"],
)
def test_a_sentence_beside_the_catalogue_is_noticed(words: str) -> None:
    assert list(unsaid(card([rich(run(words))]))) == [words]
    assert list(unsaid(card([heading(words)]))) == [words]


def test_a_sentence_is_woven_from_runs_of_several_styles() -> None:
    name = run("Megan", bold=True)
    with speaking_pseudo():
        made = interpolate(tr("You're {name}"), name=name)
    assert [part["text"] for part in made] == ["⟦You're", " ", "Megan", "⟧"]
    assert interpolate("{name}: {name}.", name=name) == [
        name,
        run(":"),
        {"type": "TextRun", "text": " "},
        name,
        run("."),
    ]


@pytest.mark.parametrize(
    ("tag", "amount", "written"),
    [
        ("en-GB", 999, "999"),
        ("en-GB", 1234, "1,234"),
        ("de-DE", 1234, "1.234"),
        ("en-GB", 1.5, "1.5"),
        ("de-DE", 1.5, "1,5"),
        ("de-DE", 2.0, "2,0"),
        ("de-DE", 2, "2"),
        ("de-DE", -1234, "-1.234"),
    ],
)
def test_numbers(tag: str, amount: float, written: str) -> None:
    with use_language(tag):
        assert format_number(amount) == written


def test_one_persons_language_does_not_reach_the_next_card() -> None:
    before = card_samples.every_card()
    pseudo(), german()
    assert card_samples.every_card() == before


def readable(node: object) -> Iterator[list[str]]:
    """Yield what is read in one go: a property, or the runs of a paragraph."""
    if isinstance(node, list):
        for each in node:
            yield from readable(each)
    elif isinstance(node, dict):
        if node.get("type") == "RichTextBlock":
            yield [inline["text"] for inline in node["inlines"]]
        elif not _typed(node):
            markdown = node.get("type") in ("TextBlock", "AdaptiveCard")
            for key, value in node.items():
                if key in READ and isinstance(value, str):
                    yield [re.sub(r"\\(.)", r"\1", value) if markdown and key != "speak" else value]
        for key, value in node.items():
            if key not in ("data", "inlines"):
                yield from readable(value)


def _typed(node: dict[str, object]) -> bool:
    """Tell whether a button is named as what it types: commands are the same in all languages."""
    data = node.get("data")
    return isinstance(data, dict) and data.get("msteams") == {"type": "imBack", "value": node.get("title")}


def unsaid(made: Card) -> Iterator[str]:
    """Yield the texts with words that are neither in brackets nor in the data of the samples."""
    for texts in readable(made):
        whole = "".join(texts)
        assert whole.count("⟦") == whole.count("⟧") or "…" in whole, whole
        depth = 0
        for text in texts:
            outside = ""
            for character in text:
                depth += (character == "⟦") - (character == "⟧")
                outside += "|" if character in "⟦⟧" else "" if depth else character
            if not all(map(known, pieces(outside))):
                yield text


def pieces(outside: str) -> Iterator[str]:
    """Split what was joined without a sentence: facts of a line, a title and its count."""
    for part in re.split(r"\||…| · |, |: | → |[()\[\]\n]", outside):
        words = normal(part)
        if words and not re.fullmatch(r"\d+\. \w+ \d{4}", part.strip()):
            yield words


def known(words: str) -> bool:
    """Tell whether words are of the data. A single one has to be all of a text: many sentences begin with one."""
    data = own_data()
    return words in data or (" " in words and any(f" {words} " in f" {text} {text} " for text in data))


def normal(text: str) -> str:
    """Keep the words of a text: keys of issues, numbers and signs are nobody's language."""
    return " ".join(re.findall(r"[^\W\d_]+", re.sub(r"\b[A-Z]+-\d+\b", " ", text)))


@cache
def own_data() -> frozenset[str]:
    """Every literal of the samples in the same pieces."""
    found = set()
    for module in (card_samples, other_samples):
        tree = ast.parse(Path(str(module.__file__)).read_text("utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.Constant) and isinstance(node.value, str):
                lines = node.value.splitlines()
                # A tooltip has the button's title in small letters.
                found |= {part for line in lines for text in (line, line.lower()) for part in pieces(text)}
    found |= {f"Field {shape}" for shape in Shape}
    found.add("JQL")  # a language has one name in all of them
    return frozenset(found - {""})


@cache
def translations() -> list[str]:
    with (FOLDER / "de.po").open("rb") as file:
        return [text for message in read_po(file, locale="de") for text in forms(message.string) if text]
