"""The words of a document, for tests that compare what was written with what is read."""

from __future__ import annotations

from collections.abc import Iterator

from bot.jira.adf.blocks import Block, Code, Heading, ListItem, Media, Paragraph, Quote, Table
from bot.jira.adf.reader import read_adf
from bot.jira.models import Adf


def adf_text(doc: Adf | None) -> str:
    """Return the words of `doc`, one line a paragraph, item or row."""
    return "\n".join(line for block in read_adf(doc) for line in _lines(block))


def _lines(block: Block) -> Iterator[str]:
    match block:
        case Paragraph(runs) | Heading(runs) | ListItem(runs):
            yield "".join(run.text for run in runs)
        case Code(text):
            yield text
        case Quote(blocks):
            for inner in blocks:
                yield from _lines(inner)
        case Table(rows):
            for row in rows:
                yield "\t".join("".join(run.text for run in cell.runs) for cell in row)
        case Media(name) if name:
            yield name
