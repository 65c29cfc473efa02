"""Renders parsed Markdown as Atlassian Document Format.

Jira accepts fewer nestings than Markdown has. In a list item or a quotation a heading becomes a bold paragraph, a
quotation the blocks in it, and a rule nothing; a check list in a quotation keeps its boxes as text.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from enum import Enum, auto
from itertools import count

from markdown_it.token import Token
from markdown_it.tree import SyntaxTreeNode

from bot.jira.adf.markdown_parser import MarkdownDocument

Node = dict[str, object]
Text = Callable[[str, Sequence[Node]], Iterable[Node]]
"""Renders a stretch of text under its marks."""

_BOX = re.compile(r"\[([ xX])\](?:\s+|$)")
_MARKS = {"em": "em", "strong": "strong", "s": "strike"}


class Place(Enum):
    """What a block is in."""

    DOCUMENT = auto()
    ITEM = auto()
    QUOTE = auto()


class Renderer:
    """Renders one document. `text` and `code` render stretches of text and the text of code blocks."""

    def __init__(self, document: MarkdownDocument, text: Text, code: Callable[[str], str]) -> None:
        self._document, self._text, self._code = document, text, code
        self._ids = count(1)

    def blocks(self) -> list[Node]:
        """Return the blocks of the document."""
        return list(self._blocks(self._document.blocks, Place.DOCUMENT))

    def _blocks(self, nodes: Iterable[SyntaxTreeNode], place: Place) -> Iterator[Node]:
        for node in nodes:
            yield from self._block(node, place)

    def _block(self, node: SyntaxTreeNode, place: Place) -> Iterator[Node]:
        match node.type:
            case "paragraph":
                yield {"type": "paragraph", "content": self._inline(node)}
            case "heading":
                yield self._heading(node, place)
            case "bullet_list" if place is not Place.QUOTE and _is_task_list(node):
                yield self._task_list(node)
            case "bullet_list" | "ordered_list":
                yield self._list(node, place)
            case "blockquote" if place is Place.DOCUMENT:
                content = list(self._blocks(node.children, Place.QUOTE))
                yield {"type": "blockquote", "content": content or [_empty_paragraph()]}
            case "blockquote":
                yield from self._blocks(node.children, place)
            case "fence" | "code_block":
                yield self._code_block(node)
            case "hr" if place is Place.DOCUMENT:
                yield {"type": "rule"}
            case "table":
                rows = [self._row(row) for part in node.children for row in part.children]
                yield {"type": "table", "content": rows}

    def _heading(self, node: SyntaxTreeNode, place: Place) -> Node:
        if place is Place.DOCUMENT:
            return {"type": "heading", "attrs": {"level": int(node.tag[1:])}, "content": self._inline(node)}
        return {"type": "paragraph", "content": self._inline(node, [{"type": "strong"}])}

    def _list(self, node: SyntaxTreeNode, place: Place) -> Node:
        place = Place.QUOTE if place is Place.QUOTE else Place.ITEM
        items = [self._item(item, place) for item in node.children]
        if node.type == "bullet_list":
            return {"type": "bulletList", "content": items}
        order = int(node.attrs.get("start", 1))
        attrs = {"attrs": {"order": order}} if order != 1 else {}
        return {"type": "orderedList", "content": items, **attrs}

    def _item(self, item: SyntaxTreeNode, place: Place) -> Node:
        content = list(self._blocks(item.children, place))
        if not content or content[0]["type"] not in ("paragraph", "codeBlock"):
            content.insert(0, _empty_paragraph())
        return {"type": "listItem", "content": content}

    def _task_list(self, node: SyntaxTreeNode) -> Node:
        list_id = f"tasks-{next(self._ids)}"
        tasks = [task for item in node.children for task in self._task(item)]
        return {"type": "taskList", "attrs": {"localId": list_id}, "content": tasks}

    def _task(self, item: SyntaxTreeNode) -> Iterator[Node]:
        paragraph, *lists = item.children
        source = paragraph.children[0].content
        state = "TODO" if source[1] == " " else "DONE"
        words = _BOX.sub("", source, count=1)
        attrs = {"localId": f"task-{next(self._ids)}", "state": state}
        yield {"type": "taskItem", "attrs": attrs, "content": self._inline_source(words)}
        yield from map(self._task_list, lists)

    def _row(self, row: SyntaxTreeNode) -> Node:
        cells = [
            {
                "type": "tableHeader" if cell.type == "th" else "tableCell",
                "content": [{"type": "paragraph", "content": self._inline(cell)}],
            }
            for cell in row.children
        ]
        return {"type": "tableRow", "content": cells}

    def _code_block(self, node: SyntaxTreeNode) -> Node:
        text, language = self._code(node.content.removesuffix("\n")), node.info.split()[:1]
        attrs = {"attrs": {"language": language[0]}} if language else {}
        return {"type": "codeBlock", "content": [{"type": "text", "text": text}] if text else [], **attrs}

    def _inline(self, node: SyntaxTreeNode, marks: Sequence[Node] = ()) -> list[Node]:
        return [each for child in node.children for each in self._inline_source(child.content, marks)]

    def _inline_source(self, source: str, marks: Sequence[Node] = ()) -> list[Node]:
        return list(self._inline_nodes(self._document.parse_inline(source), marks))

    def _inline_nodes(self, tokens: Iterable[Token], marks: Sequence[Node]) -> Iterator[Node]:
        open_marks = _OpenMarks(marks)
        text: list[str] = []
        for token in tokens:
            if token.type in ("text", "text_special"):
                text.append(token.content)
                continue
            yield from self._text("".join(text), open_marks.all())
            text.clear()
            match token.type:
                case "softbreak" | "hardbreak":
                    yield {"type": "hardBreak"}
                case "code_inline":
                    yield from self._text(token.content, open_marks.with_code())
                case "image":
                    address = str(token.attrs["src"])
                    yield from self._text(_alternative_text(token) or address, open_marks.with_link(address))
                case _:
                    open_marks.update(token)
        yield from self._text("".join(text), open_marks.all())


class _OpenMarks:
    """The marks that hold at one point of a line, each kind once however often it is nested."""

    def __init__(self, marks: Iterable[Node]) -> None:
        self._counts = Counter(str(mark["type"]) for mark in marks)
        self._links: list[Node] = []

    def update(self, token: Token) -> None:
        """Open or close the mark of a token."""
        if token.type == "link_open":
            self._links = _links(str(token.attrs["href"]), token.attrs.get("title"))
        elif token.type == "link_close":
            self._links = []
        else:
            self._counts[_MARKS[token.type.rpartition("_")[0]]] += token.nesting

    def all(self) -> list[Node]:
        kinds: list[Node] = [{"type": kind} for kind in self._counts if self._counts[kind]]
        return kinds + self._links

    def with_code(self) -> list[Node]:
        """Return the marks of code, which ADF combines with a link only."""
        return [*self._links, {"type": "code"}]

    def with_link(self, address: str) -> list[Node]:
        """Return the marks of an image, which becomes a link unless it is in one."""
        return self.all() if self._links else self.all() + _links(address)


def _links(href: str, title: object = None) -> list[Node]:
    """Return the mark of a link, none for the empty address that Markdown allows."""
    attrs = {"href": href, **({"title": title} if title else {})}
    return [{"type": "link", "attrs": attrs}] if href else []


def _alternative_text(image: Token) -> str:
    return "".join(child.content or " " for child in image.children or ())


def _is_task_list(node: SyntaxTreeNode) -> bool:
    """Tell whether each item is a box with words in one paragraph, and check lists below it."""
    return all(item.children and _is_task(*item.children) for item in node.children)


def _is_task(first: SyntaxTreeNode, *others: SyntaxTreeNode) -> bool:
    has_box = first.type == "paragraph" and _BOX.match(first.children[0].content)
    return bool(has_box) and all(each.type == "bullet_list" and _is_task_list(each) for each in others)


def _empty_paragraph() -> Node:
    return {"type": "paragraph", "content": []}
