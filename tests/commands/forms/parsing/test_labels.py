"""Labels as people type them: quotes are no part of one, and none has spaces."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.commands.forms.parsing.errors import BadValueError, LabelSpacesError
from bot.commands.forms.parsing.labels import MAX_LABEL, parse_labels
from bot.commands.forms.parsing.typed_values import parse_typed
from bot.jira.fields.kinds import Changes, Kind, Picked
from tests.commands.forms.parsing.test_values import TODAY
from tests.support.samples.fields import BERLIN, FIELDS

QUOTES = ['""', "“”", "„“", "””", "«»", "''", "‘’", "‚‘"]


@pytest.mark.parametrize("quotes", QUOTES)
@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("<solo>", ["solo"]),
        ("<one> <two>", ["one", "two"]),
        ("<one>,two;<three>", ["one", "two", "three"]),
        ("< padded >", ["padded"]),
        ("<> x", ["x"]),
        ("<می\u200cخواهم>", ["می\u200cخواهم"]),
    ],
)
def test_quotes_are_no_part_of_a_label(typed: str, labels: list[str], quotes: str) -> None:
    text = typed.replace("<", quotes[0]).replace(">", quotes[1])
    assert list(parse_labels(FIELDS["labels"], text)) == labels


@pytest.mark.parametrize(
    ("typed", "labels"),
    [
        ("don't", ["don't"]),
        ("'tis rock'n'roll", ["'tis", "rock'n'roll"]),
        ('"open', ["open"]),
        ('shut"', ["shut"]),
        ('a"b', ['a"b']),
        ("c++ c-- -Wall", ["c++", "c--", "-Wall"]),
    ],
)
def test_a_quote_within_a_word_is_one_of_its_letters(typed: str, labels: list[str]) -> None:
    assert list(parse_labels(FIELDS["labels"], typed)) == labels


@pytest.mark.parametrize("quotes", QUOTES)
@pytest.mark.parametrize(
    ("typed", "suggested"),
    [
        ("<two words>", "two-words"),
        ("<two\u00a0words>", "two-words"),
        ("<a, b>", "a-b"),
        ("x <two words> y", "x two-words y"),
        ("+<two words>", "+two-words"),
        ("+<two words> -<one more> z", "+two-words -one-more z"),
        ("<two words> +<solo>", "two-words +solo"),
        ("add <two words>", "add two-words"),
    ],
)
def test_a_label_with_spaces_is_offered_with_hyphens(typed: str, suggested: str, quotes: str) -> None:
    text = typed.replace("<", quotes[0]).replace(">", quotes[1])
    with pytest.raises(LabelSpacesError, match="can't have spaces") as error:
        parse_typed(FIELDS["labels"], Kind.LABELS, text, BERLIN, TODAY)
    assert error.value.suggested == suggested
    parse_typed(FIELDS["labels"], Kind.LABELS, suggested, BERLIN, TODAY)


@pytest.mark.parametrize(
    ("typed", "value"),
    [
        ('+"solo"', Changes(("solo",), ())),
        ('-"solo"', Changes((), ("solo",))),
        ('add "x" remove "y"', Changes(("x",), ("y",))),
        ('a +"b" -c', Changes(("a", "b"), ("c",))),
        ("a -b", Changes(("a",), ("b",))),
        ('"none"', Picked(("none",))),
        ("none", None),
        ("a - b", Picked(("a", "-", "b"))),
    ],
)
def test_quoted_words_have_signs(typed: str, value: object) -> None:
    assert parse_typed(FIELDS["labels"], Kind.LABELS, typed, BERLIN, TODAY) == value


@given(st.text(st.sampled_from("ab \"'“”„«»‘’+-,;\n\u00a0"), max_size=40))
def test_whatever_is_typed_no_label_has_spaces_or_double_quotes_around_it(text: str) -> None:
    try:
        labels = parse_labels(FIELDS["labels"], text)
    except LabelSpacesError:
        return
    assert all(label.strip('"“”„«»') == label and not any(map(str.isspace, label)) for label in labels)


def test_a_label_is_not_longer_than_jira_takes() -> None:
    with pytest.raises(BadValueError, match="up to 255"):
        parse_labels(FIELDS["labels"], f'"{"x" * (MAX_LABEL + 1)}"')
