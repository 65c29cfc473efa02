"""What md-adf leaves short of GitHub's Markdown, mended: check lists in check lists, pipes in code in tables."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from itertools import count

from bot.jira.models import Adf

Node = dict[str, object]

_BOXES = {"[ ] ": "TODO", "[x] ": "DONE"}
"""How md-adf writes the state of a task that it made a bullet of."""
_CELLS = ("tableCell", "tableHeader")


def mended(nodes: object) -> list[Node]:
    """Blocks as md-adf made them, with what it could not do."""
    numbers = count(1)
    return [_mended(node, numbers, in_cell=False) for node in _nodes(nodes)]


def _mended(node: Node, numbers: Iterator[int], *, in_cell: bool) -> Node:
    kind = node.get("type")
    if kind == "blockquote":
        return node  # may hold no check lists
    if kind == "text":
        return {**node, "text": str(node.get("text")).replace("\\|", "|")} if in_cell and _is_code(node) else node
    if "content" not in node:
        return node
    inside = [_mended(each, numbers, in_cell=in_cell or kind in _CELLS) for each in _nodes(node["content"])]
    if kind == "bulletList" and inside and all(map(_is_task, inside)):
        tasks = [each for item in inside for each in _task(item, numbers)]
        return {"type": "taskList", "attrs": {"localId": f"tasks-{next(numbers)}"}, "content": tasks}
    return {**node, "content": inside}


def _is_task(item: Node) -> bool:
    """Whether nothing but a box with words, and check lists beneath them, is in an item."""
    first, *more = _nodes(item.get("content")) or [{}]
    words = _nodes(first.get("content")) if first.get("type") == "paragraph" else []
    boxed = bool(words) and words[0].get("text") in _BOXES and "marks" not in words[0]
    return boxed and all(each.get("type") == "taskList" for each in more)


def _task(item: Node, numbers: Iterator[int]) -> Sequence[Adf]:
    first, *more = _nodes(item.get("content"))
    box, *words = _nodes(first.get("content"))
    attrs = {"localId": f"task-{next(numbers)}", "state": _BOXES[str(box.get("text"))]}
    return [{"type": "taskItem", "attrs": attrs, "content": words}, *more]


def _is_code(node: Mapping[str, object]) -> bool:
    return any(mark.get("type") == "code" for mark in _nodes(node.get("marks")))


def _nodes(value: object) -> list[Node]:
    return value if isinstance(value, list) else []
