"""The content of a document, independent of ADF and of how it is drawn."""

from __future__ import annotations

from dataclasses import dataclass
from typing import NamedTuple


class Run(NamedTuple):
    """A stretch of text in one style. `text` may hold newlines (hard breaks); `href` is unchecked.

    A document has many, and a tuple is made in a third of the time of a frozen dataclass.
    """

    text: str
    bold: bool = False
    italic: bool = False
    strike: bool = False
    underline: bool = False
    code: bool = False
    href: str = ""


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading of any level."""

    runs: tuple[Run, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """A block of code, its line breaks as in the source."""

    text: str
    language: str = ""


@dataclass(frozen=True, slots=True)
class Quote:
    """A quotation, or a panel if it has a `kind` (info, note, success, warning, error)."""

    blocks: tuple[Block, ...]
    kind: str = ""


@dataclass(frozen=True, slots=True)
class ListItem:
    """One item of a list. `depth` counts from 0; `number` is None for a bullet; `done` is None unless a task."""

    runs: tuple[Run, ...]
    depth: int = 0
    number: int | None = None
    done: bool | None = None


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a table, its paragraphs joined by newlines."""

    runs: tuple[Run, ...]
    header: bool = False


@dataclass(frozen=True, slots=True)
class Table:
    """Rows of cells; rows may differ in length."""

    rows: tuple[tuple[Cell, ...], ...]


@dataclass(frozen=True, slots=True)
class Rule:
    """A horizontal rule."""


@dataclass(frozen=True, slots=True)
class Media:
    """An image or file, without its content; `name` is its alternative text, often empty."""

    name: str = ""


Block = Paragraph | Heading | Code | Quote | ListItem | Table | Rule | Media
