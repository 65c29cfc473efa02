"""What commands print: a table for people, JSON for programs."""

from __future__ import annotations

import io
import json
from dataclasses import dataclass
from datetime import UTC, datetime

import pytest
from rich.console import Console

from bot.admin.output import Column, Output, from_unix

COLUMNS = (Column("name", "Name"), Column("at", "When"), Column("tags", "Tags"), Column("good", "Good"))


@dataclass(frozen=True, slots=True)
class Row:
    name: str
    at: datetime | None
    tags: frozenset[str] | tuple[str, ...]
    good: bool
    only_json: int = 7


ROW = Row("[red]a[/red] " + "x" * 200, datetime(2026, 11, 29, 13, 5, 1, 500, tzinfo=UTC), frozenset("ba"), True)


def printed(row: Row, *, as_json: bool, record: bool = False) -> str:
    console = Console(file=io.StringIO(), width=300)
    output = Output(console, as_json=as_json)
    if record:
        output.print_record(COLUMNS, row)
    else:
        output.print_rows(COLUMNS, [row])
    text: str = console.file.getvalue()  # type: ignore[attr-defined]
    return text


def test_json_has_all_fields_of_the_rows_and_no_line_is_wrapped() -> None:
    [row] = json.loads(printed(ROW, as_json=True))
    assert row == {
        "name": ROW.name,
        "at": "2026-11-29T13:05:01Z",
        "tags": ["a", "b"],
        "good": True,
        "only_json": 7,
    }
    assert json.loads(printed(ROW, as_json=True, record=True)) == row


def test_a_table_shows_times_and_lists_as_people_read_them() -> None:
    table = printed(Row("a", ROW.at, ("x", "y"), good=True), as_json=False)
    assert "2026-11-29 13:05 " in table
    assert "x, y" in table
    assert "yes" in table
    assert "7" not in table


def test_what_people_wrote_is_no_markup() -> None:
    assert "[red]a[/red]" in printed(ROW, as_json=False)


def test_a_record_leaves_out_what_has_no_value() -> None:
    table = printed(Row("a", None, (), good=False), as_json=False, record=True)
    assert "Name" in table
    assert not any(title in table for title in ("When", "Tags", "Good"))


def test_a_result_is_a_sentence_or_its_facts() -> None:
    console = Console(file=io.StringIO(), width=20)
    Output(console).print_result("A sentence longer than the window.", count=3)
    Output(console, as_json=True).print_result("Done.", count=3)
    sentence, _, facts = console.file.getvalue().partition("\n")  # type: ignore[attr-defined]
    assert sentence == "A sentence longer than the window."
    assert json.loads(facts) == {"count": 3, "message": "Done."}


def test_a_time_of_zero_is_never() -> None:
    assert from_unix(0) is None


def test_paragraphs_are_wrapped_between_words_in_a_terminal_alone() -> None:
    text = "A sentence of several words that is longer than the window."
    for is_terminal in (True, False):
        console = Console(file=io.StringIO(), width=30, force_terminal=is_terminal, no_color=True)
        Output(console).print_paragraph(text, mark="[green]✓[/green] ", indent=2)
        lines = console.file.getvalue().splitlines()  # type: ignore[attr-defined]
        if is_terminal:
            assert len(lines) == 3
            assert [line[:2] for line in lines] == ["✓ ", "  ", "  "]
        assert " ".join(line.strip() for line in lines) == f"✓ {text}"


@dataclass(frozen=True, slots=True)
class Linked:
    person: str
    name: str


PERSON = "11111111-1111-4111-8111-111111111111/aaaaaaaa-0000-4000-8000-0000000000a1"


@pytest.mark.parametrize("terminal", [True, False])
def test_what_the_next_command_needs_is_never_cut(terminal: bool) -> None:
    console = Console(file=io.StringIO(), width=80, force_terminal=terminal, color_system=None)
    columns = (Column("person", "Person", whole=True), Column("name", "Jira account"))
    Output(console).print_rows(columns, [Linked(PERSON, "Alice Example of the very long department")])
    table: str = console.file.getvalue()  # type: ignore[attr-defined]
    assert PERSON in table
    assert ("Alice Example of the very long department" in table) is not terminal
