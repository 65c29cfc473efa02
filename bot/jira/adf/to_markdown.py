"""Converts an Atlassian Document Format document to Markdown that `writer` turns back into the same document."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import takewhile

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.models import Adf

Node = Mapping[str, object]
_Mark = tuple[str, str, str]
"""Type, and of a link its address and title."""
_Run = tuple[str, tuple[_Mark, ...]]

_SPECIAL = re.compile(r"[\\`*\[\]]|(?<![A-Za-z0-9])_|_(?![A-Za-z0-9])|~~|<(?=[A-Za-z])")
_LINE_START = re.compile(
    r"^(?:#(?=#{0,5}(?:[ \t]|$))|[-+](?=[ \t]|$)|[-:](?=[-:| \t]*$)|=(?==*[ \t]*$)|[>|]"
    r"|\d{1,9}(?=[.)](?:[ \t]|$)))",
    re.MULTILINE,
)
"""What begins a heading, a list, a rule, a quotation or a table."""
MAX_DEPTH = 20
MAX_MARKS = 10
_LISTS = frozenset({"bulletList", "orderedList", "taskList"})
_SIGNS = {"strong": "**", "em": "*", "strike": "~~"}


class UnsupportedDocumentError(ValueError):
    """The document would lose something on its way to Markdown and back."""


def adf_to_markdown(document: Adf) -> str:
    """Return the document as Markdown. Raises `UnsupportedDocumentError`."""
    _check_size(document)
    try:
        markdown = "\n\n".join(_blocks(document))
        is_same = _comparable(markdown_to_adf(markdown)) == _comparable(document)
    except RecursionError:
        raise UnsupportedDocumentError from None
    if not is_same:
        raise UnsupportedDocumentError
    return markdown


def _check_size(document: Adf) -> None:
    """Refuse documents that Markdown cannot hold anyway and that would take long to convert."""
    level: list[Node] = [document]
    for _ in range(MAX_DEPTH):
        level = [child for node in level for child in _children(node)]
        if any(len(as_list(node.get("marks"))) > MAX_MARKS for node in level):
            raise UnsupportedDocumentError
    if level:
        raise UnsupportedDocumentError


def _blocks(parent: Node) -> Iterator[str]:
    for node in _children(parent):
        write = _BLOCKS.get(as_text(node.get("type")))
        if write is None:
            raise UnsupportedDocumentError
        yield write(node)


def _heading(node: Node) -> str:
    return f"{'#' * as_int(_attrs(node).get('level'))} {_inline(node)}"


def _quotation(node: Node) -> str:
    return _indent("\n\n".join(_blocks(node)), "> ", "> ")


def _list(node: Node) -> str:
    return "\n".join(_items(node))


def _items(node: Node) -> Iterator[str]:
    for number, item in enumerate(_children(node), as_int(_attrs(node).get("order", 1))):
        mark = f"{number}. " if node.get("type") == "orderedList" else "- "
        blocks = zip(_children(item), _blocks(item), strict=True)
        text = "".join(("\n" if _is_list(block) else "\n\n") + markdown for block, markdown in blocks)
        yield _indent(text.lstrip("\n"), mark, " " * len(mark))


def _is_list(node: Node) -> bool:
    return node.get("type") in _LISTS


def _task_list(node: Node) -> str:
    return "\n".join(_tasks(node))


def _tasks(node: Node) -> Iterator[str]:
    for task in _children(node):
        if task.get("type") == "taskList":
            yield _indent(_task_list(task), "  ", "  ")
        else:
            box = "- [x] " if _attrs(task).get("state") == "DONE" else "- [ ] "
            yield _indent(_inline(task), box, "  ")


def _table(node: Node) -> str:
    return "\n".join(_rows(node))


def _rows(node: Node) -> Iterator[str]:
    for number, row in enumerate(_children(node)):
        cells = [" ".join(map(_inline, _children(cell))).replace("|", "\\|") for cell in _children(row)]
        yield f"| {' | '.join(cells)} |"
        if number == 0:
            yield f"|{'-|' * len(cells)}"


def _code_block(node: Node) -> str:
    text = "".join(as_text(child.get("text")) for child in _children(node))
    fence = "`" * max(3, 0, *(len(run) + 1 for run in re.findall("`+", text)))
    return f"{fence}{as_text(_attrs(node).get('language'))}\n{text}\n{fence}"


def _inline(node: Node) -> str:
    runs = [_run(child) for child in _children(node)]
    return _LINE_START.sub(_escape_line_start, _styled(runs))


def _run(node: Node) -> _Run:
    match node.get("type"):
        case "text":
            return as_text(node.get("text")), tuple(map(_mark, map(as_object, as_list(node.get("marks")))))
        case "hardBreak":
            return "\n", ()
        case _:
            raise UnsupportedDocumentError


def _mark(mark: Node) -> _Mark:
    return as_text(mark.get("type")), as_text(_attrs(mark).get("href")), as_text(_attrs(mark).get("title"))


def _styled(runs: Sequence[_Run]) -> str:
    """Return the Markdown of `runs`: the mark that goes on the longest is the outermost."""
    parts, start = [], 0
    while start < len(runs):
        text, marks = runs[start]
        if not marks:
            parts.append(_escape(text))
            start += 1
            continue
        lengths = {mark: _length_of(mark, runs, start) for mark in marks}
        outer = max(lengths, key=lambda mark: (mark[0] != "code", lengths[mark]))
        end = start + lengths[outer]
        inner = [(text, tuple(mark for mark in marks if mark != outer)) for text, marks in runs[start:end]]
        parts.append(_wrap(outer, inner))
        start = end
    return "".join(parts)


def _length_of(mark: _Mark, runs: Sequence[_Run], start: int) -> int:
    following = (runs[index] for index in range(start, len(runs)))
    return sum(1 for _ in takewhile(lambda run: mark in run[1], following))


def _wrap(mark: _Mark, runs: Sequence[_Run]) -> str:
    kind, href, title = mark
    plain = "".join(text for text, _ in runs)
    match kind:
        case "strong" | "em" | "strike":
            return f"{_SIGNS[kind]}{_styled(runs)}{_SIGNS[kind]}"
        case "code":
            return _code_span(plain)
        case "link" if plain == href and not title and len(runs) == 1 and not runs[0][1]:
            return href if _escape(href) == href else f"<{href}>"
        case "link":
            shown_title = ' "{}"'.format(re.sub(r'(["\\])', r"\\\1", title)) if title else ""
            return f"[{_styled(runs)}](<{href}>{shown_title})"
        case _:
            raise UnsupportedDocumentError


def _code_span(text: str) -> str:
    fence = "`" * max(1, 0, *(len(run) + 1 for run in re.findall("`+", text)))
    padding = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{padding}{text}{padding}{fence}"


def _escape(text: str) -> str:
    return _SPECIAL.sub(lambda match: f"\\{match.group()}", text)


def _escape_line_start(match: re.Match[str]) -> str:
    return f"{match.group()}\\" if match.group().isdigit() else f"\\{match.group()}"


def _indent(text: str, first: str, others: str) -> str:
    lines = text.split("\n")
    return "\n".join([f"{first}{lines[0]}", *(f"{others}{line}".rstrip() for line in lines[1:])])


_BLOCKS: Mapping[str, Callable[[Node], str]] = {
    "paragraph": _inline,
    "heading": _heading,
    "codeBlock": _code_block,
    "rule": lambda _node: "---",
    "blockquote": _quotation,
    "bulletList": _list,
    "orderedList": _list,
    "taskList": _task_list,
    "table": _table,
}


def _comparable(node: object) -> object:
    """Return a document without what nobody sees: local ids, empty attributes, the order of marks."""
    if isinstance(node, list):
        return [_comparable(each) for each in node]
    if not isinstance(node, dict):
        return node
    attrs = {name: value for name, value in _attrs(node).items() if name != "localId"}
    marks = sorted(map(repr, map(_comparable, as_list(node.get("marks")))))
    others = (part for part in node.items() if part[0] not in ("attrs", "marks") and part[1] != [])
    return {"attrs": attrs, "marks": marks, **{name: _comparable(value) for name, value in others}}


def _children(node: Node) -> list[Node]:
    return [as_object(child) for child in as_list(node.get("content"))]


def _attrs(node: Node) -> Node:
    return as_object(node.get("attrs"))
