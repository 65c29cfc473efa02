"""Writes what a person typed in chat as an Atlassian Document Format document.

Line breaks stay line breaks, bare addresses become links, and mentions become mention nodes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator, Mapping, Sequence

from bot.jira.adf.markdown_parser import MarkdownDocument
from bot.jira.adf.renderer import Node, Renderer
from bot.jira.models import Adf, JiraUser

_URL = re.compile(r"https?://[^\s<>\"'`|\\^{}]{1,2000}", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\x7f\ud800-\udfff]")
_PUNCTUATION = ".,;:!?*_~"
MAX_CHARS_AT_ONCE = 2_000
"""The longest text that is converted in the event loop, which the worst of them holds for some 20 ms (T49)."""


async def convert_markdown(text: str, mentions: Mapping[str, JiraUser] | None = None) -> Adf:
    """Do what `markdown_to_adf` does, with a long text in a thread."""
    if len(text) <= MAX_CHARS_AT_ONCE:
        return markdown_to_adf(text, mentions)
    return await asyncio.to_thread(markdown_to_adf, text, mentions)


def markdown_to_adf(text: str, mentions: Mapping[str, JiraUser] | None = None) -> Adf:
    """Return `text` (Markdown) as a document. Each key of `mentions` in it becomes a mention of that user.

    Keys should consist of characters without a meaning in Markdown, private-use ones for example.
    """
    source = _CONTROL.sub("", text.replace("\r\n", "\n").replace("\r", "\n"))
    inline = _InlineText(mentions or {})
    content = Renderer(MarkdownDocument(source), inline.render, inline.with_names).blocks()
    return {"type": "doc", "version": 1, "content": content or [{"type": "paragraph", "content": []}]}


class _InlineText:
    """Renders stretches of text, in which each token of `mentions` stands for a user."""

    def __init__(self, mentions: Mapping[str, JiraUser]) -> None:
        self._users = {token: user for token, user in mentions.items() if token}
        longest_first = sorted(self._users, key=len, reverse=True)
        self._token = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def render(self, text: str, marks: Sequence[Node]) -> Iterator[Node]:
        """Yield the nodes of `text` under its marks."""
        kinds = {mark["type"] for mark in marks}
        if "code" in kinds:
            yield from _text_node(self.with_names(text), marks)
            return
        end = 0
        for match in self._token.finditer(text) if self._token else ():
            yield from _with_links(text[end : match.start()], marks, is_link="link" in kinds)
            user = self._users[match.group()]
            yield {"type": "mention", "attrs": {"id": user.account_id, "text": f"@{user.name}"}}
            end = match.end()
        yield from _with_links(text[end:], marks, is_link="link" in kinds)

    def with_names(self, text: str) -> str:
        """Return `text` with names in place of mentions, for code."""
        return self._token.sub(lambda m: f"@{self._users[m.group()].name}", text) if self._token else text


def _with_links(text: str, marks: Sequence[Node], *, is_link: bool) -> Iterator[Node]:
    """Yield `text` with its bare addresses as links, unless it is a link already."""
    end = 0
    for match in _URL.finditer(text) if not is_link else ():
        url = _strip_punctuation(match.group())
        yield from _text_node(text[end : match.start()], marks)
        yield from _text_node(url, [*marks, {"type": "link", "attrs": {"href": url}}])
        end = match.start() + len(url)
    yield from _text_node(text[end:], marks)


def _strip_punctuation(url: str) -> str:
    """Return `url` without what ends the sentence around it: punctuation and unmatched closing brackets."""
    unmatched = {close: url.count(close) - url.count(open_) for open_, close in ("()", "[]")}
    end = len(url)
    while (last := url[end - 1]) in _PUNCTUATION or unmatched.get(last, 0) > 0:
        if last in unmatched:
            unmatched[last] -= 1
        end -= 1
    return url[:end]


def _text_node(text: str, marks: Sequence[Node]) -> Iterator[Node]:
    if text:
        yield {"type": "text", "text": text, **({"marks": list(marks)} if marks else {})}
