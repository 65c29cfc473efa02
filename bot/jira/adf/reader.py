"""Reads Atlassian Document Format into blocks.

A document may come from anybody who writes in Jira, so reading never fails and is bounded: malformed nodes are
skipped, unknown ones give their inner text, what is too deep or too long is cut.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from bot.jira.adf.blocks import Block, Cell, Code, Heading, ListItem, Media, Paragraph, Quote, Rule, Run, Table
from bot.jira.adf.inline import INLINE, LEAVES, Node, text_of
from bot.jira.models import Adf

MAX_DEPTH = 30
MAX_NODES = 2_000
"""More than the 600 characters that a card shows of a text can consist of: a card has up to five such texts."""


def read_adf(doc: Adf | None) -> tuple[Block, ...]:
    """Return the blocks of `doc` in reading order, none for None. Never raises."""
    return tuple(_Reader().blocks(_children(doc), 0)) if isinstance(doc, dict) else ()


class _Reader:
    """Reads one document and counts its nodes."""

    def __init__(self) -> None:
        self._left = MAX_NODES

    def blocks(self, nodes: Sequence[object], depth: int) -> Iterator[Block]:
        """Yield the blocks of `nodes`. Inline nodes between them become paragraphs."""
        loose: list[Run] = []
        for node in self._counted(nodes):
            if _kind(node) in INLINE:
                loose.extend(_inline(node))
                continue
            if loose:
                yield Paragraph(tuple(loose))
                loose = []
            yield from self._block(node, depth)
        if loose:
            yield Paragraph(tuple(loose))

    def _block(self, node: Node, depth: int) -> Iterator[Block]:
        if depth > MAX_DEPTH:
            runs = self._runs(node)
            if runs:
                yield Paragraph(runs)
            return
        read = _BLOCKS.get(_kind(node), _Reader._unknown)
        yield from read(self, node, depth)

    def _unknown(self, node: Node, depth: int) -> Iterator[Block]:
        text = text_of(node.get("text"))
        if text:
            yield Paragraph((Run(text),))
        yield from self.blocks(_children(node), depth + 1)

    def _paragraph(self, node: Node, _depth: int) -> Iterator[Block]:
        runs = self._runs(node)
        if runs:
            yield Paragraph(runs)

    def _heading(self, node: Node, _depth: int) -> Iterator[Block]:
        runs = self._runs(node)
        if runs:
            yield Heading(runs)

    def _code(self, node: Node, _depth: int) -> Iterator[Block]:
        text = "".join(run.text for run in self._runs(node))
        if text:
            yield Code(text, text_of(_attrs(node).get("language")))

    def _quote(self, node: Node, depth: int) -> Iterator[Block]:
        blocks = tuple(self.blocks(_children(node), depth + 1))
        if blocks:
            kind = text_of(_attrs(node).get("panelType")) or "info" if _kind(node) == "panel" else ""
            yield Quote(blocks, kind)

    def _rule(self, _node: Node, _depth: int) -> Iterator[Block]:
        yield Rule()

    def _media(self, node: Node, _depth: int) -> Iterator[Block]:
        yield Media(text_of(_attrs(node).get("alt")))

    def _leaf(self, node: Node, _depth: int) -> Iterator[Block]:
        yield Paragraph(tuple(LEAVES[_kind(node)](_attrs(node), "")))

    def _expand(self, node: Node, depth: int) -> Iterator[Block]:
        title = text_of(_attrs(node).get("title"))
        if title:
            yield Paragraph((Run(title, bold=True),))
        yield from self.blocks(_children(node), depth + 1)

    def _list(self, node: Node, depth: int, level: int = 0) -> Iterator[Block]:
        number = max(0, _number(_attrs(node).get("order"), 1)) if _kind(node) == "orderedList" else None
        for item in self._counted(_children(node)):
            if _kind(item) in _LISTS:  # a taskList may contain a taskList directly
                yield from self._nested(item, depth + 1, level + 1)
                continue
            yield from self._item(item, depth, level, number)
            number = None if number is None else number + 1

    def _nested(self, node: Node, depth: int, level: int) -> Iterator[Block]:
        if depth > MAX_DEPTH:
            yield from self._block(node, depth)
        else:
            yield from self._list(node, depth, level)

    def _item(self, item: Node, depth: int, level: int, number: int | None) -> Iterator[Block]:
        state = text_of(_attrs(item).get("state")) if _kind(item) in _TASKS else ""
        runs: list[Run] = []
        inner: list[Block] = []
        for child in self._counted(_children(item)):
            kind = _kind(child)
            if kind in INLINE:
                runs.extend(_inline(child))
            elif kind == "paragraph" and not runs and not inner:
                runs.extend(self._runs(child))
            elif kind in _LISTS:
                inner.extend(self._nested(child, depth + 1, level + 1))
            else:
                inner.extend(self._block(child, depth + 1))
        if runs or not inner:
            yield ListItem(tuple(runs), level, number, state == "DONE" if state else None)
        yield from inner

    def _table(self, node: Node, _depth: int) -> Iterator[Block]:
        rows = []
        for row in self._counted(_children(node)):
            cells = [
                Cell(self._runs(cell), _kind(cell) == "tableHeader") for cell in self._counted(_children(row))
            ]
            if any(cell.runs for cell in cells):
                rows.append(tuple(cells))
        if rows:
            yield Table(tuple(rows))

    def _runs(self, node: Node) -> tuple[Run, ...]:
        """Return all text below `node` in reading order. Without recursion, so at any depth."""
        runs: list[Run] = []
        iterators: list[Iterator[Node]] = [self._counted(_children(node))]
        while iterators:
            child = next(iterators[-1], None)
            if child is None:
                iterators.pop()
                continue
            kind = _kind(child)
            if kind in INLINE:
                runs.extend(_inline(child))
            elif kind in LEAVES:
                runs.extend(LEAVES[kind](_attrs(child), ""))
            else:
                if runs and kind in _BREAKING:
                    runs.append(Run("\n"))
                iterators.append(self._counted(_children(child)))
        return tuple(runs)

    def _counted(self, nodes: Sequence[object]) -> Iterator[Node]:
        for node in nodes:
            if self._left <= 0:
                return
            self._left -= 1
            if isinstance(node, dict):
                yield node


_TASKS = frozenset({"taskItem", "blockTaskItem"})
_LISTS = frozenset({"bulletList", "orderedList", "taskList", "decisionList"})
_BREAKING = frozenset({"paragraph", "heading", "listItem", "taskItem", "codeBlock", "blockquote", "tableRow"})

_Blocks = Callable[[_Reader, Node, int], Iterator[Block]]
_BLOCKS: dict[str, _Blocks] = {
    **dict.fromkeys(LEAVES, _Reader._leaf),
    "paragraph": _Reader._paragraph,
    "heading": _Reader._heading,
    "codeBlock": _Reader._code,
    "blockquote": _Reader._quote,
    "panel": _Reader._quote,
    "rule": _Reader._rule,
    "media": _Reader._media,
    "expand": _Reader._expand,
    "nestedExpand": _Reader._expand,
    "table": _Reader._table,
    **dict.fromkeys(_LISTS, _Reader._list),
}

_MARKS: dict[str, Callable[[Run], Run]] = {
    "strong": lambda run: run._replace(bold=True),
    "em": lambda run: run._replace(italic=True),
    "strike": lambda run: run._replace(strike=True),
    "underline": lambda run: run._replace(underline=True),
    "code": lambda run: run._replace(code=True),
}


def _inline(node: Node) -> Sequence[Run]:
    text, marks = text_of(node.get("text")), node.get("marks")
    if node.get("type") == "text" and not marks:  # the most frequent case
        return (Run(text),) if text else ()
    return [_marked(run, marks) for run in INLINE[_kind(node)](_attrs(node), text) if run.text]


def _marked(run: Run, marks: object) -> Run:
    if not isinstance(marks, list | tuple):
        return run
    for mark in islice(marks, 20):
        if not isinstance(mark, dict):
            continue
        if _kind(mark) == "link":
            run = run._replace(href=text_of(_attrs(mark).get("href")))
        elif _kind(mark) in _MARKS:
            run = _MARKS[_kind(mark)](run)
    return run


def _kind(node: Node) -> str:
    kind = node.get("type")
    return kind if isinstance(kind, str) else ""


def _children(node: Node) -> Sequence[object]:
    content = node.get("content")
    return content if isinstance(content, list | tuple) else ()


def _attrs(node: Node) -> Node:
    attrs = node.get("attrs")
    return attrs if isinstance(attrs, dict) else {}


def _number(value: object, otherwise: int) -> int:
    return value if isinstance(value, int) and abs(value) < 1_000_000_000 else otherwise
