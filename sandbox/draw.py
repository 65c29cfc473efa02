"""Draws Adaptive Cards in a terminal, approximately as Teams shows them."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from rich import box
from rich.console import Group, RenderableType
from rich.padding import Padding
from rich.panel import Panel
from rich.text import Text

_COLOURS = {
    "Good": "green",
    "Warning": "yellow",
    "Attention": "red",
    "Accent": "bright_blue",
    "Light": "white",
    "Dark": "bright_black",
}
_STYLES = {"good": "green", "warning": "yellow", "attention": "red", "accent": "blue", "emphasis": "bright_black"}


def draw(card: Mapping[str, object]) -> RenderableType:
    """Draw a card as a panel."""
    parts = [*_items(card.get("body")), *_buttons(card.get("actions"))]
    return Panel(Group(*parts), box=box.ROUNDED, width=76, padding=(0, 1))


def _items(items: object) -> Iterator[RenderableType]:
    for item in items if isinstance(items, list) else ():
        if isinstance(item, dict) and item.get("isVisible") is not False:
            yield from _item(item)


def _item(item: Mapping[str, object]) -> Iterator[RenderableType]:
    match item.get("type"):
        case "TextBlock":
            yield _styled(item)
        case "RichTextBlock":
            line = Text()
            for run in item.get("inlines") or []:  # type: ignore[attr-defined]
                line.append_text(_styled(run) if isinstance(run, dict) else Text(str(run)))
            yield line
        case "Container":
            inner = Group(*_items(item.get("items")))
            colour = _STYLES.get(str(item.get("style")))
            yield Padding(inner, (0, 0, 0, 1), style=colour) if colour else inner
        case "ColumnSet":
            columns = item.get("columns")
            for column in columns if isinstance(columns, list) else ():
                yield from _items(column.get("items") if isinstance(column, dict) else None)
        case "FactSet":
            facts = item.get("facts")
            for fact in facts if isinstance(facts, list) else ():
                yield Text.assemble((f"{fact['title']:<12} ", "dim"), str(fact["value"]))
        case "ActionSet":
            yield from _buttons(item.get("actions"))
        case "Table":
            rows = item.get("rows")
            for row in rows if isinstance(rows, list) else ():
                for cell in row.get("cells") or []:
                    yield from _items(cell.get("items"))


def _styled(run: Mapping[str, object]) -> Text:
    styles = [_COLOURS.get(str(run.get("color")), "")]
    if run.get("weight") == "Bolder":
        styles.append("bold")
    if run.get("isSubtle"):
        styles.append("dim")
    if run.get("italic"):
        styles.append("italic")
    return Text(str(run.get("text", "")), style=" ".join(filter(None, styles)))


def _buttons(actions: object) -> Iterator[RenderableType]:
    titles = [str(a.get("title")) for a in actions if isinstance(a, dict)] if isinstance(actions, list) else []
    if titles:
        line = Text()
        for title in titles:
            line.append(f" {title} ", style="reverse")
            line.append("  ")
        yield line
