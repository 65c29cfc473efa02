"""Blocks drawn as card elements."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from bot.jira.adf.blocks import Block, Cell, Code, Heading, ListItem, Media, Paragraph, Quote, Rule, Run, Table
from cards.rich_text import draw
from tests.support.json_path import at


def lines(*blocks: object, chars: int = 500, count: int = 20) -> list[str]:
    parts, _ = draw(blocks, chars=chars, lines=count)  # type: ignore[arg-type]
    return list(_lines(parts))


def _lines(parts: list[dict[str, object]]) -> list[str]:
    found = []
    for part in parts:
        if part["type"] == "Container":
            found += _lines(part["items"])  # type: ignore[arg-type]
        elif part["type"] == "ColumnSet":
            found.append(" ".join("\n".join(_lines(cell["items"])) for cell in at(part, "columns")))
        else:
            found.append("".join(run["text"] for run in at(part, "inlines")))
    return found


def p(words: str) -> Paragraph:
    return Paragraph((Run(words),))


def cell(words: str) -> Cell:
    return Cell((Run(words),), header=True)


@pytest.mark.parametrize(
    ("blocks", "drawn"),
    [
        ([p("a"), p("b")], ["a", "b"]),
        ([p("a\nb")], ["a", "b"]),
        ([p("a\n\n\nb")], ["a", "b"]),
        ([Heading((Run("T"),))], ["T"]),
        ([ListItem((Run("a"),)), ListItem((Run("b"),), 1)], ["• a", "\u2003◦ b"]),
        ([ListItem((Run("a"),), 0, 7)], ["7. a"]),
        ([ListItem((Run("a\nb"),))], ["• a\nb"]),
        ([ListItem(())], ["•  "]),
        ([ListItem((Run("a"),), done=True), ListItem((Run("b"),), done=False)], ["☑ a", "☐ b"]),
        ([Code("a\n  b")], ["a", "\u00a0\u00a0b"]),
        ([Quote((p("q"), Quote((p("r"),))))], ["q", "r"]),
        (
            [Table(((Cell((Run("h"),), True), Cell((Run("i"),), True)), (Cell((Run("a\nb"),)),)))],
            ["h  |  i", "a b"],
        ),
        ([Media("shot.png"), Media()], ["[shot.png]", "[picture or file]"]),
        ([p("a"), Rule(), p("b")], ["a", " ", "b"]),
        ([Paragraph((Run("one "), Run("two", bold=True), Run(" three")))], ["one two three"]),
    ],
)
def test_blocks(blocks: Sequence[Block], drawn: list[str]) -> None:
    assert lines(*blocks) == drawn


@pytest.mark.parametrize(
    ("blocks", "chars", "count", "drawn", "cut"),
    [
        ([p("abc")], 3, 9, ["abc"], False),
        ([p("abcd")], 3, 9, ["ab…"], True),
        ([p("abc"), p("d")], 3, 9, ["abc"], True),
        ([p("a"), p("b"), p("c")], 99, 2, ["a", "b"], True),
        ([p("a\nb\nc")], 99, 2, ["a", "b"], True),
        ([Code("a\nb\nc")], 99, 2, ["a", "b"], True),
        ([Quote((p("a"), p("b")))], 99, 1, ["a"], True),
        ([Table(((Cell((Run("a"),)),), (Cell((Run("b"),)),)))], 99, 1, ["a"], True),
        ([], 9, 9, [], False),
    ],
)
def test_t48_room_is_kept_and_its_lack_is_told(
    blocks: Sequence[Block], chars: int, count: int, drawn: list[str], cut: bool
) -> None:
    parts, was_cut = draw(blocks, chars=chars, lines=count)
    assert _lines(parts) == drawn
    assert was_cut is cut


@pytest.mark.parametrize(
    ("text", "href", "shown", "linked"),
    [
        ("the site", "https://a.example/x", "the site (a.example)", True),
        ("https://a.example/x", "https://a.example/x", "https://a.example/x", True),
        ("a.example", "https://a.example/", "a.example", True),
        ("https://bank.example", "https://evil.example", "https://bank.example (evil.example)", True),
        ("x", "javascript:alert(1)", "x", False),
        ("x", "https://bank.example@evil.example", "x", False),
    ],
)
def test_t29_a_link_says_where_it_leads(text: str, href: str, shown: str, linked: bool) -> None:
    parts, _ = draw([Paragraph((Run(text, href=href),))], chars=99, lines=9)
    assert _lines(parts) == [shown]
    assert ("selectAction" in at(parts, 0, "inlines", 0)) is linked
