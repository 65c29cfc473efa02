"""Draws blocks of text as card elements, within a budget of characters and lines."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from bot.jira.adf.blocks import Block, Cell, Code, Heading, ListItem, Media, Paragraph, Quote, Rule, Run, Table
from bot.language import tr
from cards.elements import (
    Part,
    Tone,
    callout,
    column,
    columns,
    constant,
    container,
    rich,
    run,
    separator_line,
    space,
    web_address,
)
from cards.text import clean, clean_lines, cut

_INDENT = "\u2003"  # em space: clients drop ordinary spaces at the start of a line
_MARKERS = ("•", "◦", "▪")
_PANELS: Mapping[str, Tone] = {"success": "good", "warning": "warning", "error": "attention"}
_HARD = "\n"


@dataclass(slots=True)
class _Budget:
    chars: int
    lines: int
    is_exceeded: bool = False

    def spend(self, chars: int) -> None:
        self.is_exceeded = self.is_exceeded or chars > self.chars
        self.chars -= min(chars, self.chars)

    @property
    def is_spent(self) -> bool:
        return self.chars <= 0 or self.lines <= 0


def draw(blocks: Sequence[Block], *, chars: int, lines: int, spacing: str = "") -> tuple[list[Part], bool]:
    """Draw at most `chars` characters in at most `lines` lines; returns also whether anything was left out.

    `spacing`, if given, is that above the first part.
    """
    budget = _Budget(chars, lines)
    parts = list(_draw(blocks, budget, 0))
    if parts and spacing:
        parts[0]["spacing"] = spacing
    return parts, budget.is_exceeded


def _draw(blocks: Sequence[Block], budget: _Budget, depth: int) -> Iterator[Part]:
    for block in blocks:
        if budget.is_spent:
            budget.is_exceeded = True
            return
        match block:
            case Paragraph(runs):
                yield from _paragraph(runs, budget)
            case Heading(runs):
                yield from _paragraph(runs, budget, bold=True)
            case ListItem():
                yield from _item(block, budget)
            case Code(text):
                yield from _code(text, budget)
            case Quote(inner, kind):
                yield from _quote(inner, kind, budget, depth)
            case Table(rows):
                for row in rows:
                    yield from _paragraph(_row(row), budget, spacing="None")
            case Media(name):
                shown = name or tr("picture or file")
                yield from _paragraph((Run(f"[{shown}]", italic=True),), budget)
            case Rule():
                budget.lines -= 1
                yield separator_line()


def _paragraph(
    runs: Sequence[Run], budget: _Budget, *, bold: bool = False, spacing: str = "Small"
) -> Iterator[Part]:
    for line in _split(runs):
        if budget.is_spent:
            budget.is_exceeded = True
            return
        inlines = [inline for piece in line for inline in _inline(piece, budget, bold=bold)]
        if inlines:
            budget.lines -= 1
            yield rich(*inlines, spacing=spacing)
            spacing = "None"


def _split(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """Split `runs` at hard breaks, since no client promises to break a line within a run."""
    line: list[Run] = []
    for piece in runs:
        first, *rest = piece.text.split(_HARD) if _HARD in piece.text else (piece.text,)
        line.append(_with_text(piece, first))
        for text in rest:
            yield line
            line = [_with_text(piece, text)]
    yield line


def _with_text(piece: Run, text: str) -> Run:
    if text == piece.text:
        return piece
    return Run(text, piece.bold, piece.italic, piece.strike, piece.underline, piece.code, piece.href)


def _inline(piece: Run, budget: _Budget, *, bold: bool) -> Iterator[Part]:
    if not piece.text:
        return
    if budget.chars <= 0:
        budget.is_exceeded = True
        return
    limit = budget.chars
    words = " ".join(clean_lines(piece.text, limit))
    budget.spend(len(piece.text))
    if not words:
        return
    url, host = web_address(piece.href) if piece.href else ("", "")
    yield run(
        cut(words, limit),
        bold=bold or piece.bold,
        italic=piece.italic,
        strike=piece.strike,
        underline=piece.underline,
        mono=piece.code,
        url=url,
        is_clean=True,
    )
    if host and words.strip() not in (url, piece.href, host):
        yield run(f" ({clean(host, 60)})", subtle=True, size="Small", is_clean=True)


def _item(item: ListItem, budget: _Budget) -> Iterator[Part]:
    if item.done is not None:
        marker = "☑" if item.done else "☐"
    elif item.number is not None:
        marker = f"{item.number}."
    else:
        marker = _MARKERS[min(item.depth, len(_MARKERS) - 1)]
    words = list(_paragraph(item.runs or (Run(" "),), budget, spacing="None"))
    if words:  # in a column of their own, so that further lines align with the first
        bullet = _bullet(_INDENT * min(item.depth, 4) + marker)
        yield columns(bullet, column(words, spacing="Small"), spacing="None")


@constant
def _bullet(marker: str) -> Part:
    return column([rich(space(marker), spacing="None")], width="auto")


def _code(text: str, budget: _Budget) -> Iterator[Part]:
    lines = []
    for line in text.split(_HARD):
        if budget.is_spent:
            budget.is_exceeded = True
            break
        shown = "".join(clean_lines(line, budget.chars)) or " "
        budget.spend(len(line) or 1)
        budget.lines -= 1
        indent = len(shown) - len(shown.lstrip(" "))
        words = "\u00a0" * indent + shown[indent:] or "\u00a0"
        lines.append(rich(run(words, mono=True, size="Small", is_clean=True), spacing="None"))
    if lines:
        yield container(lines, style="emphasis", spacing="Small")


def _quote(inner: Sequence[Block], kind: str, budget: _Budget, depth: int) -> Iterator[Part]:
    parts = list(_draw(inner, budget, depth + 1))
    if depth:  # no box in a box: clients draw nested ones narrower and narrower
        yield from parts
    elif parts and kind in _PANELS:
        yield callout(parts, _PANELS[kind], bleed=False, spacing="Small")
    elif parts:
        yield container(parts, style="emphasis", spacing="Small")


def _row(row: Sequence[Cell]) -> tuple[Run, ...]:
    runs: list[Run] = []
    for cell in row:
        if runs:
            runs.append(Run("  |  "))
        runs.extend(
            Run(r.text.replace(_HARD, " "), r.bold or cell.header, r.italic, r.strike, r.underline, r.code, r.href)
            for r in cell.runs
        )
    return tuple(runs)
