"""What a person typed in chat, as an Atlassian Document Format document that Jira accepts.

md-adf reads the Markdown. What it leaves undone is done here: line breaks stay line breaks, bare addresses
become links, links lead only to the web or to mail, mentions become mention nodes, and text that is made to
exhaust a parser is taken as it stands.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping

import md_adf

from bot.jira.adf.markdown_guard import GUARD, prepared, unguarded
from bot.jira.adf.md_adf_fixes import mended
from bot.jira.models import Adf, JiraUser

Node = dict[str, object]

MARKUP_LIMIT = 2_000
"""Emphasis and link marks beyond which text is not read as Markdown: the parser's time grows with their square."""

_LISTS = ("bulletList", "orderedList", "taskList")
_HARD = "  "  # two spaces before a newline are Markdown's hard break
_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}]{1,2000}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff" + GUARD + "]")
_MARKUP = re.compile(r"\*+|(?<![A-Za-z0-9])_+|_+(?![A-Za-z0-9])|~~+|\[+")
_SCHEMES = ("http://", "https://", "mailto:")


def markdown_to_adf(text: str, mentions: Mapping[str, JiraUser] | None = None) -> Adf:
    """`text` (Markdown) as a document. Each key of `mentions` that occurs in it becomes that user's mention.

    Keys should be made of characters that Markdown gives no meaning, private-use ones for example.
    """
    source = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    if len(_MARKUP.findall(source)) > MARKUP_LIMIT:
        return text_to_adf(source, mentions)
    lines = prepared(source).replace("\n", f"{_HARD}\n") + _HARD
    try:
        made = md_adf.markdown_to_adf(lines, {"validate_adf": False})
    except RecursionError:
        return text_to_adf(source, mentions)
    return _document(_Tidy(mentions or {}).blocks(mended(unguarded(made.value["content"]))))


def text_to_adf(text: str, mentions: Mapping[str, JiraUser] | None = None) -> Adf:
    """`text` as it stands: a blank line starts a paragraph, a newline a line; addresses and mentions work."""
    source = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    paragraphs = [part for part in re.split(r"\n[ \t]*\n", source) if part.strip()]
    nodes = [{"type": "paragraph", "content": [{"type": "text", "text": part}]} for part in paragraphs]
    return _document(_Tidy(mentions or {}).blocks(nodes))


def _document(content: list[Node]) -> Adf:
    return {"type": "doc", "version": 1, "content": content or [_empty()]}


class _Tidy:
    """Makes of md-adf's nodes what Jira takes. Its output is shallow: mistune nests blocks six deep."""

    def __init__(self, mentions: Mapping[str, JiraUser]) -> None:
        self._users = {token: user for token, user in mentions.items() if token}
        longest_first = sorted(self._users, key=len, reverse=True)
        self._token = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def blocks(self, nodes: object) -> list[Node]:
        """Block nodes and the structure between them (rows, cells, items)."""
        return [self._block(node) for node in _nodes(nodes)]

    def _block(self, node: Node) -> Node:
        match node.get("type"):
            case "rule":
                return node
            case "codeBlock":
                return self._code(node)
            case "paragraph" | "heading" | "taskItem":
                return {**node, "content": list(self._inline(_nodes(node.get("content"))))}
            case _:
                content = self.blocks(node.get("content"))
                needs_words = not content or (node.get("type") == "listItem" and content[0]["type"] in _LISTS)
                return {**node, "content": [_empty(), *content] if needs_words else content}

    def _code(self, node: Node) -> Node:
        text = "".join(_text(child) for child in _nodes(node.get("content")))
        plain = self._names(re.sub(rf"{_HARD}(?=\n|$)", "", text))
        return {**node, "content": [{"type": "text", "text": plain}] if plain else []}

    def _inline(self, nodes: list[Node]) -> Iterator[Node]:
        for node in nodes:
            if node.get("type") != "text":
                yield node
                continue
            marks = list(_marks(node))
            lines = _text(node).split("\n")
            for number, line in enumerate(lines):
                if number:
                    yield {"type": "hardBreak"}
                yield from self._words(line if number == len(lines) - 1 else line.removesuffix(_HARD), marks)

    def _words(self, text: str, marks: list[Node]) -> Iterator[Node]:
        kinds = {mark.get("type") for mark in marks}
        if "code" in kinds:
            yield from _text_node(self._names(text), marks)
            return
        end = 0
        for match in self._token.finditer(text) if self._token else ():
            yield from _linked(text[end : match.start()], marks, kinds)
            user = self._users[match.group()]
            yield {"type": "mention", "attrs": {"id": user.account_id, "text": f"@{user.name}"}}
            end = match.end()
        yield from _linked(text[end:], marks, kinds)

    def _names(self, text: str) -> str:
        """`text` with names where mentions cannot be: in code."""
        return self._token.sub(lambda m: f"@{self._users[m.group()].name}", text) if self._token else text


def _linked(text: str, marks: list[Node], kinds: set[object]) -> Iterator[Node]:
    """`text` with its bare addresses made links, unless it is a link already."""
    end = 0
    for match in _URL.finditer(text) if "link" not in kinds else ():
        url = _without_punctuation(match.group())
        yield from _text_node(text[end : match.start()], marks)
        yield from _text_node(url, [*marks, {"type": "link", "attrs": {"href": url}}])
        end = match.start() + len(url)
    yield from _text_node(text[end:], marks)


def _without_punctuation(url: str) -> str:
    """`url` without what ends the sentence around it rather than the address."""
    while url[-1] in ".,;:!?*_~" or any(url.endswith(b) and url.count(b) > url.count(a) for a, b in ("()", "[]")):
        url = url[:-1]
    return url


def _text_node(text: str, marks: list[Node]) -> Iterator[Node]:
    if text:
        yield {"type": "text", "text": text, "marks": marks} if marks else {"type": "text", "text": text}


def _marks(node: Node) -> Iterator[Node]:
    """The marks of a text node, each kind once, links only to the web and to mail."""
    seen = set()
    for mark in _nodes(node.get("marks")):
        kind, attrs = mark.get("type"), mark.get("attrs")
        href = attrs.get("href", "") if isinstance(attrs, dict) else ""
        if kind in seen or (kind == "link" and not href.lower().startswith(_SCHEMES)):
            continue
        seen.add(kind)
        yield mark


def _empty() -> Node:
    return {"type": "paragraph", "content": []}


def _nodes(value: object) -> list[Node]:
    return value if isinstance(value, list) else []


def _text(node: Node) -> str:
    text = node.get("text")
    return text if isinstance(text, str) else ""
