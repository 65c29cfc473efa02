"""The one way in which a command prints what it has: a table or a sentence for people, JSON for programs."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import orjson
from rich.cells import cell_len
from rich.console import Console
from rich.markup import escape
from rich.table import Table
from rich.text import Text

if TYPE_CHECKING:
    from _typeshed import DataclassInstance

MAX_WIDTH = 10_000
"""Letters of a line that is printed into a file or a pipe."""

_JSON_OPTIONS = orjson.OPT_INDENT_2 | orjson.OPT_UTC_Z | orjson.OPT_OMIT_MICROSECONDS


@dataclasses.dataclass(frozen=True, slots=True)
class Column:
    """A column of a table: the field `name` of its rows, under `title`.

    A column that is `whole` is never wrapped, so that what is in it can be copied. `time_format` is that of times.
    """

    name: str
    title: str
    whole: bool = False
    time_format: str = "%Y-%m-%d %H:%M"


class Output:
    """Prints to `console`, as JSON if `as_json`. Rows are dataclasses: JSON has all their fields."""

    def __init__(self, console: Console, *, as_json: bool = False) -> None:
        self.console, self.as_json = console, as_json

    def print_rows(self, columns: Sequence[Column], rows: Iterable[DataclassInstance]) -> None:
        """Print a table, or an array of objects."""
        if self.as_json:
            self._print_json(list(rows))
            return
        lines = [[_text(getattr(row, column.name), column.time_format) for column in columns] for row in rows]
        table = Table()
        for column, *texts in zip(columns, *lines, strict=True):
            longest = max((cell_len(text) for text in texts), default=0)
            table.add_column(
                column.title, no_wrap=column.whole, overflow="fold", min_width=longest if column.whole else None
            )
        for line in lines:
            # Text, not markup: names and queries are what people wrote.
            table.add_row(*map(Text, line))
        table.width = self._width(table)
        self.console.print(table, crop=False)

    def _width(self, table: Table) -> int:
        """Return the width of the terminal, if the longest words fit; in a file or a pipe that of the rows."""
        needed = self.console.measure(table, options=self.console.options.update(max_width=MAX_WIDTH))
        wished = min(needed.maximum, self.console.width) if self.console.is_terminal else needed.maximum
        return max(needed.minimum, wished)

    def print_record(self, columns: Sequence[Column], row: DataclassInstance) -> None:
        """Print one row as a table with a line for each field that has a value, or as an object."""
        if self.as_json:
            self._print_json(row)
            return
        table = Table("What", "Value", show_header=False)
        for column in columns:
            if text := _text(getattr(row, column.name), column.time_format):
                table.add_row(column.title, Text(text))
        self.console.print(table)

    def print_result(self, sentence: str, **facts: object) -> None:
        """Print what was done, or was not; as JSON an object with these facts and the sentence as `message`."""
        if self.as_json:
            self._print_json({**facts, "message": sentence})
        else:
            self.console.print(sentence, soft_wrap=True, markup=False, highlight=False)

    def print_heading(self, title: str) -> None:
        """Print the title of what follows, for people alone."""
        if not self.as_json:
            self.console.print(f"\n[bold]{escape(title)}[/bold]", highlight=False)

    def print_paragraph(self, text: str, *, mark: str = "", indent: int = 0) -> None:
        """Print text for people, wrapped between words in a terminal and not at all elsewhere.

        `mark` is markup in front of it; further lines, and a first one without it, begin after `indent` spaces.
        """
        first = Text.from_markup(mark) if mark else Text(" " * indent)
        if not self.console.is_terminal:
            self.console.print(first + Text(text), soft_wrap=True)
            return
        for number, line in enumerate(Text(text).wrap(self.console, max(20, self.console.width - indent))):
            self.console.print(first + line if number == 0 else Text(" " * indent) + line, soft_wrap=True)

    def print_object(self, value: object) -> None:
        """Print JSON, for a command that says the same to people in its own way."""
        self._print_json(value)

    def _print_json(self, value: object) -> None:
        # Not through the console, which would wrap long lines.
        self.console.file.write(orjson.dumps(value, default=_jsonable, option=_JSON_OPTIONS).decode() + "\n")


def from_unix(seconds: float) -> datetime | None:
    """Return a stored time (Unix seconds) as JSON and tables show it; None for 0, which means never."""
    return datetime.fromtimestamp(seconds, UTC) if seconds else None


def _text(value: object, time_format: str) -> str:
    match value:
        case None | False:
            return ""
        case True:
            return "yes"
        case datetime():
            return value.strftime(time_format)
        case tuple() | list():
            return ", ".join(str(item) for item in value)
        case dict():
            return ", ".join(f"{name} {item}" for name, item in value.items())
    return str(value)


def _jsonable(value: object) -> object:
    if isinstance(value, set | frozenset):
        return sorted(value)
    return str(value)
