"""Documents as Jira's wiki markup, which webhooks and REST v2 carry."""

from __future__ import annotations

from collections.abc import Callable, Mapping

Node = Mapping[str, object]

_MARKS: Mapping[str, Callable[[str, Node], str]] = {
    "strong": lambda text, _: f"*{text}*",
    "em": lambda text, _: f"_{text}_",
    "strike": lambda text, _: f"-{text}-",
    "underline": lambda text, _: f"+{text}+",
    "code": lambda text, _: f"{{{{{text}}}}}",
    "link": lambda text, attrs: f"[{text}|{attrs.get('href', '')}]",
    "textColor": lambda text, attrs: f"{{color:{attrs.get('color', '')}}}{text}{{color}}",
    "subsup": lambda text, attrs: f"^{text}^" if attrs.get("type") == "sup" else f"~{text}~",
}
_INLINE: Mapping[str, Callable[[Node], str]] = {
    "mention": lambda attrs: f"[~accountid:{attrs.get('id', '')}]",
    "emoji": lambda attrs: str(attrs.get("text") or attrs.get("shortName", "")),
    "hardBreak": lambda _: "\n",
    "inlineCard": lambda attrs: "[{0}|{0}|smart-link]".format(attrs.get("url", "")),
    "status": lambda attrs: str(attrs.get("text", "")),
}
_BLOCKS: Mapping[str, Callable[[str, Node], str]] = {
    "paragraph": lambda inner, _: inner,
    "heading": lambda inner, attrs: f"h{attrs.get('level', 1)}. {inner}",
    "codeBlock": lambda inner, attrs: f"{{code:{attrs.get('language') or 'none'}}}{inner}{{code}}",
    "blockquote": lambda inner, _: f"{{quote}}{inner}{{quote}}",
    "panel": lambda inner, _: f"{{panel}}{inner}{{panel}}",
    "rule": lambda _inner, _attrs: "----",
    "blockCard": lambda _inner, attrs: str(attrs.get("url", "")),
}


def wiki_text(doc: object) -> str | None:
    """Return a document as wiki markup; None if there is none."""
    return _render(doc, "").strip() if isinstance(doc, dict) else None


def _render(node: Node, bullets: str) -> str:
    kind, attrs = str(node.get("type")), _attrs(node)
    if kind == "text":
        return _marked(node)
    if kind in _INLINE:
        return _INLINE[kind](attrs)
    if kind in ("bulletList", "orderedList"):
        sign = bullets + ("*" if kind == "bulletList" else "#")
        return "".join(_item(item, sign) for item in _children(node))
    if kind == "tableRow":
        return _row(node) + "\n"
    inner = "".join(_render(child, bullets) for child in _children(node))
    return _BLOCKS[kind](inner.rstrip("\n"), attrs) + "\n" if kind in _BLOCKS else inner


def _item(item: Node, sign: str) -> str:
    return f"{sign} {''.join(_render(child, sign) for child in _children(item)).rstrip()}\n"


def _row(row: Node) -> str:
    text, last = "", "|"
    for cell in _children(row):
        last = "||" if cell.get("type") == "tableHeader" else "|"
        text += last + "".join(_render(child, "") for child in _children(cell)).strip()
    return text + last


def _marked(node: Node) -> str:
    text = str(node.get("text", ""))
    marks = node.get("marks")
    for mark in marks if isinstance(marks, list) else []:
        if isinstance(mark, dict) and mark.get("type") in _MARKS:
            text = _MARKS[str(mark["type"])](text, _attrs(mark))
    return text


def _attrs(node: Node) -> Node:
    attrs = node.get("attrs")
    return attrs if isinstance(attrs, dict) else {}


def _children(node: Node) -> list[Node]:
    content = node.get("content")
    return [child for child in content if isinstance(child, dict)] if isinstance(content, list) else []
