"""A graph of phrases has the texts that its patterns expand to, each with the meaning of its first row."""

from __future__ import annotations

import pytest

from bot.commands.phrases.expansion import expand
from bot.commands.phrases.issue_list import german
from bot.commands.phrases.issue_list.vocabulary import ALL, CONDITIONS, ORDERS
from bot.commands.phrases.phrase_table import PhraseTable

ROWS = (
    ("[in|innerhalb des] [der] (laufenden|aktuellen) sprint, sprint", "open"),
    ("offen*, größe, (zuerst|ganz zuerst) über alles", "other"),
    ("sprint, in sprint", "later row"),
)


def test_a_table_has_what_its_patterns_stand_for() -> None:
    table = PhraseTable((ROWS, {}))
    texts: dict[str, str] = {}
    for patterns, meaning in ROWS:
        for text in expand(patterns, {}):
            texts.setdefault(text, meaning)
    assert {text: table.get(text) for text in texts} == texts
    assert {"offenem", "groesse", "ganz zuerst ueber alles"} <= texts.keys()


@pytest.mark.parametrize("text", ["", "in", "innerhalb", "der sprint", "sprint sprint", "offenen in"])
def test_a_table_has_nothing_else(text: str) -> None:
    table = PhraseTable((ROWS, {}))
    assert (text in table, table.get(text)) == (False, None)
    with pytest.raises(KeyError):
        table[text]


@pytest.mark.parametrize(
    ("words", "count"),
    [
        (["in", "der", "laufenden", "sprint", "x"], 4),
        (["in der", "laufenden sprint"], 2),  # quoted texts are one word each
        (["in", "der"], 0),
        (["sprint", "offen"], 1),
        ([], 0),
    ],
)
def test_the_longest_phrase_is_found(words: list[str], count: int) -> None:
    assert PhraseTable((ROWS, {})).longest(words) == count


def test_a_pattern_may_come_before_rows_of_which_earlier_ones_count() -> None:
    table = PhraseTable(((("by date", "first"),), {}))
    table.add([("date", "last"), ("name", "by name")], {}, after="[sorted] by")
    assert [table.get(text) for text in ("by date", "sorted by date", "by name", "name", "sorted by")] == [
        *("first", "last", "by name"),
        *(None, None),
    ]


def test_the_tables_of_lists_stand_for_what_their_rows_say() -> None:
    for patterns, meaning in german.CONDITIONS:
        for pattern in patterns.split(", "):
            first = next(iter(expand(pattern, german.SYNONYMS)))
            assert CONDITIONS.get(first) is not None, (pattern, meaning)
    assert ORDERS["sortiert nach fälligkeit absteigend"] == ORDERS["sorted by due date descending"] == "due DESC"
    assert {"sprint", "faelligkeit"} <= set().union(*(table.words() for table in ALL))
