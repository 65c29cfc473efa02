"""Writes an Atlassian Document Format document as Jira's wiki markup.

https://jira.atlassian.com/secure/WikiRendererHelpAction.jspa?section=all. What has no markup keeps its text.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira.models import Adf

MAX_DEPTH = 30

Node = Mapping[str, object]

_MARKS = {"strong": "*", "em": "_", "strike": "-", "underline": "+", "sup": "^", "sub": "~"}
_SPECIAL = re.compile(r"[{}\[\]|^~]|!(?=\S)|(?<![^\W_])[*_+-](?=\S)|(?<=\S)[*_+-](?![^\W_])|\?\?")
"""What would be read as markup: a mark counts at the edge of a word alone."""
_LINE_START = re.compile(r"(?m)^(?:(h)(?=[1-6]\.\s)|(b)(?=q\.\s)|(#|\*|-)(?=[#*-]*\s|-{3}))")
_BACKSLASH = "&#92;"
"""Two of them are a line break, and one before a mark an escape."""


def adf_to_wiki(document: Adf) -> str:
    """Return the document as wiki markup."""
    return _blocks(as_list(document.get("content")), 0).strip("\n")


def escape_wiki(text: str) -> str:
    """Return text that shows as it is, within a line or at its start."""
    text = _SPECIAL.sub(lambda match: "\\" + match[0], text.replace("\\", _BACKSLASH))
    return _LINE_START.sub(_escape_start, text)


def _escape_start(match: re.Match[str]) -> str:
    if match[3]:
        return "\\" + match[3]
    return f"&#{ord(match[0])};"


def _blocks(nodes: Sequence[object], depth: int) -> str:
    if depth > MAX_DEPTH:
        return ""
    blocks = []
    for node in map(as_object, nodes):
        kind = as_text(node.get("type"))
        if kind in _BLOCKS:
            blocks.append(_BLOCKS[kind](node, depth))
        elif node.get("content"):
            blocks.append(_blocks(_children(node), depth + 1))
        else:
            blocks.append(_inline([node]))
    return "\n\n".join(block for block in blocks if block)


def _heading(node: Node, _depth: int) -> str:
    level = min(6, max(1, as_int(_attrs(node).get("level")) or 1))
    return f"h{level}. {_one_line(_inline(_children(node)))}"


def _code(node: Node, _depth: int) -> str:
    language = as_text(_attrs(node).get("language"))
    name = f":{language}" if re.fullmatch(r"[A-Za-z0-9+#-]{1,20}", language) else ""
    text = "".join(as_text(as_object(child).get("text")) for child in _children(node))
    # Nothing is escaped in it, so it must not end itself.
    text = text.replace("{code", "{ code").replace("{noformat", "{ noformat")
    return f"{{code{name}}}\n{text}\n{{code}}" if name else f"{{noformat}}\n{text}\n{{noformat}}"


def _quote(node: Node, depth: int) -> str:
    return f"{{quote}}\n{_blocks(_children(node), depth + 1)}\n{{quote}}"


def _panel(node: Node, depth: int) -> str:
    return f"{{panel}}\n{_blocks(_children(node), depth + 1)}\n{{panel}}"


def _list(node: Node, depth: int, signs: str = "") -> str:
    signs += "#" if node.get("type") == "orderedList" else "*"
    lines = []
    for item in map(as_object, _children(node)):
        if item.get("type") in _LISTS:
            lines.append(_nested(item, depth, signs))
            continue
        box = {"DONE": "(/) ", "TODO": "( ) "}.get(as_text(_attrs(item).get("state")), "")
        text: list[str] = []
        nested: list[str] = []
        for child in map(as_object, _children(item)):
            if child.get("type") in _LISTS:
                nested.append(_nested(child, depth, signs))
            else:
                text.append(_blocks([child], depth + 1))
        # A blank line would end the list; `\\` is a line break within the item.
        words = re.sub(r"\n+", r" \\\\ ", " \\\\ ".join(filter(None, text)))
        lines += [f"{signs} {box}{words}", *nested]
    return "\n".join(filter(None, lines))


def _nested(node: Node, depth: int, signs: str) -> str:
    return _list(node, depth + 1, signs) if depth < MAX_DEPTH else ""


def _table(node: Node, depth: int) -> str:
    return "\n".join(_row(as_object(row), depth) for row in _children(node))


def _row(row: Node, depth: int) -> str:
    text, last = "", "|"
    for cell in map(as_object, _children(row)):
        last = "||" if cell.get("type") == "tableHeader" else "|"
        words = re.sub(r"\n+", r" \\\\ ", _blocks(_children(cell), depth + 1))
        text += f"{last}{words or ' '}"
    return text + last


_LISTS = frozenset({"bulletList", "orderedList", "taskList"})
_BLOCKS: Mapping[str, Callable[[Node, int], str]] = {
    "paragraph": lambda node, _depth: _inline(_children(node)),
    "heading": _heading,
    "codeBlock": _code,
    "blockquote": _quote,
    "panel": _panel,
    **dict.fromkeys(_LISTS, _list),
    "table": _table,
    "rule": lambda _node, _depth: "----",
}


def _inline(nodes: Sequence[object]) -> str:
    parts: list[str] = []
    for node in map(as_object, nodes):
        kind, attrs = as_text(node.get("type")), _attrs(node)
        if kind == "text":
            parts.append(_text(node))
        elif kind == "mention":
            parts.append(_mention(attrs))
        elif kind == "hardBreak":
            parts.append("\n")
        elif kind in ("inlineCard", "blockCard"):
            parts.append(_link("", as_text(attrs.get("url"))))
        else:
            shown = attrs.get("text") or attrs.get("shortName") or node.get("text")
            parts.append(escape_wiki(as_text(shown)) or _inline(_children(node)))
    return "".join(parts)


def _mention(attrs: Node) -> str:
    name = as_text(attrs.get("id"))
    if re.fullmatch(r"[^\]\s|~]{1,255}", name):
        return f"[~{name}]"
    return escape_wiki(as_text(attrs.get("text")))


def _text(node: Node) -> str:
    marks = [as_object(mark) for mark in as_list(node.get("marks"))]
    kinds = {as_text(_attrs(mark).get("type") or mark.get("type")) for mark in marks}
    text = as_text(node.get("text"))
    if "code" in kinds:
        wiki = "{{" + _SPECIAL.sub(lambda match: "\\" + match[0], text) + "}}"
    else:
        wiki = escape_wiki(text)
    href = next((as_text(_attrs(mark).get("href")) for mark in marks if mark.get("type") == "link"), "")
    if href:
        wiki = _link("" if href == text else wiki, href)
    for kind, sign in _MARKS.items():
        if kind in kinds:
            wiki = _marked(wiki, sign)
    return wiki


def _marked(wiki: str, sign: str) -> str:
    """Put text between marks, which must touch it; in braces they work within words, too."""
    inner = wiki.strip()
    if not inner or "\n" in inner:
        return wiki
    before, after = wiki[: len(wiki) - len(wiki.lstrip())], wiki[len(wiki.rstrip()) :]
    return f"{before}{{{sign}}}{inner}{{{sign}}}{after}"


def _link(text: str, href: str) -> str:
    address = re.sub(r"[\]|\s\[]", lambda match: f"%{ord(match[0]):02X}", href)
    return f"[{_one_line(text)}|{address}]" if text else f"[{address}]"


def _one_line(text: str) -> str:
    return " ".join(text.split())


def _attrs(node: Node) -> Node:
    return as_object(node.get("attrs"))


def _children(node: Node) -> Sequence[object]:
    return as_list(node.get("content"))
