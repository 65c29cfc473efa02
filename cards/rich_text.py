"""Blocks of text drawn as card elements, as far as the room goes."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from bot.jira.adf.blocks import Block, Cell, Code, Heading, ListItem, Media, Paragraph, Quote, Rule, Run, Table
from bot.language import tr
from cards.elements import Part, column, columns, container, rich, run, space, web_address
from cards.text import clean, clean_lines, cut

_INDENT = "\u2003"  # em space: ordinary spaces at the start of a line are not shown
_MARKERS = ("•", "◦", "▪")
_PANELS = {"success": "good", "warning": "warning", "error": "attention"}
_HARD = "\n"


@dataclass(slots=True)
class _Room:
    chars: int
    lines: int
    cut: bool = False

    def take(self, wanted: int) -> int:
        """How many of `wanted` characters still fit, remembering if that is not all of them."""
        given = min(wanted, self.chars)
        self.chars -= given
        self.cut = self.cut or given < wanted
        return given

    @property
    def full(self) -> bool:
        return self.chars <= 0 or self.lines <= 0


def draw(blocks: Sequence[Block], *, chars: int, lines: int) -> tuple[list[Part], bool]:
    """The first `chars` characters in at most `lines` lines, and whether anything had to be left out."""
    room = _Room(chars, lines)
    parts = list(_draw(blocks, room, 0))
    return parts, room.cut


def _draw(blocks: Sequence[Block], room: _Room, depth: int) -> Iterator[Part]:
    for block in blocks:
        if room.full:
            room.cut = True
            return
        match block:
            case Paragraph(runs):
                yield from _paragraph(runs, room)
            case Heading(runs):
                yield from _paragraph(runs, room, bold=True)
            case ListItem():
                yield from _item(block, room)
            case Code(text):
                yield from _code(text, room)
            case Quote(inner, kind):
                yield from _quote(inner, kind, room, depth)
            case Table(rows):
                for row in rows:
                    yield from _paragraph(_row(row), room, spacing="None")
            case Media(name):
                shown = name or tr("picture or file")
                yield from _paragraph((Run(f"[{shown}]", italic=True),), room)
            case Rule():
                room.lines -= 1
                yield {**rich(space()), "separator": True, "spacing": "Small"}


def _paragraph(runs: Sequence[Run], room: _Room, *, bold: bool = False, spacing: str = "Small") -> Iterator[Part]:
    for line in _split(runs):
        if room.full:
            room.cut = True
            return
        inlines = [inline for piece in line for inline in _inline(piece, room, bold=bold)]
        if inlines:
            room.lines -= 1
            yield rich(*inlines, spacing=spacing)
            spacing = "None"


def _split(runs: Sequence[Run]) -> Iterator[list[Run]]:
    """`runs` at their hard breaks: whether a client breaks a line inside a run is not promised anywhere."""
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


def _inline(piece: Run, room: _Room, *, bold: bool) -> Iterator[Part]:
    if not piece.text:
        return
    if room.chars <= 0:
        room.cut = True
        return
    limit = room.chars
    words = " ".join(clean_lines(piece.text, limit))
    room.take(len(piece.text))
    if not words:
        return
    url, host = web_address(piece.href) if piece.href else ("", "")
    style = run(
        "",
        bold=bold or piece.bold,
        italic=piece.italic,
        strike=piece.strike,
        underline=piece.underline,
        mono=piece.code,
        url=url,
    )
    yield style | {"text": cut(words, limit)}
    if host and words.strip() not in (url, piece.href, host):
        yield run(f"({host})", subtle=True, size="Small") | {"text": f" ({clean(host, 60)})"}


def _item(item: ListItem, room: _Room) -> Iterator[Part]:
    if item.done is not None:
        marker = "☑" if item.done else "☐"
    elif item.number is not None:
        marker = f"{item.number}."
    else:
        marker = _MARKERS[min(item.depth, len(_MARKERS) - 1)]
    words = list(_paragraph(item.runs or (Run(" "),), room, spacing="None"))
    if words:  # beside its marker, so that its further lines stay clear of it
        sign = rich(space(_INDENT * min(item.depth, 4) + marker), spacing="None")
        yield columns(column([sign], width="auto"), column(words) | {"spacing": "Small"}, spacing="None")


def _code(text: str, room: _Room) -> Iterator[Part]:
    lines = []
    for line in text.split(_HARD):
        if room.full:
            room.cut = True
            break
        shown = "".join(clean_lines(line, room.chars)) or " "
        room.take(len(line) or 1)
        room.lines -= 1
        indent = len(shown) - len(shown.lstrip(" "))
        made = run("", mono=True, size="Small")
        lines.append(rich(made | {"text": "\u00a0" * indent + shown[indent:] or "\u00a0"}, spacing="None"))
    if lines:
        yield container(lines, style="emphasis", spacing="Small")


def _quote(inner: Sequence[Block], kind: str, room: _Room, depth: int) -> Iterator[Part]:
    parts = list(_draw(inner, room, depth + 1))
    if depth:  # one box is enough: clients draw nested ones ever narrower
        yield from parts
    elif parts:
        yield container(parts, style=_PANELS.get(kind, "emphasis"), spacing="Small")


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
