"""Turns wiki markup, which webhooks carry, into plain text."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from bot.http.json import as_list, as_object, as_text
from bot.jira.wiki.reader import Node, wiki_to_adf
from bot.language import tr

_INLINE = frozenset({"paragraph", "heading", "codeBlock"})
"""What holds text itself; anything else holds blocks."""


def plain_text(wiki: str, names: Mapping[str, str]) -> str:
    """Return the text without markup. `names` maps account ids to the names of people whom it may mention."""
    return "\n".join(_lines(dict(wiki_to_adf(wiki)), names))


def _lines(block: Node, names: Mapping[str, str]) -> Iterator[str]:
    children = [as_object(child) for child in as_list(block.get("content"))]
    if block.get("type") in _INLINE:
        yield "".join(_text(child, names) for child in children)
    elif block.get("type") == "tableRow":
        cells = (" ".join(_lines(dict(cell), names)) for cell in children)
        yield ", ".join(filter(None, cells))
    else:
        for child in children:
            yield from _lines(dict(child), names)


def _text(node: Mapping[str, object], names: Mapping[str, str]) -> str:
    if node.get("type") == "hardBreak":
        return "\n"
    if node.get("type") == "mention":
        account_id = as_text(as_object(node.get("attrs")).get("id"))
        return f"@{names[account_id]}" if account_id in names else tr("@someone")
    return as_text(node.get("text"))
