"""Atlassian Document Format: validation, and conversion to plain text and HTML."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from functools import lru_cache
from html import escape
from pathlib import Path

from jsonschema_rs import Draft4Validator

from sandbox.model import Json

SCHEMA = Path(__file__).parent / "schemas" / "adf-full-v1.json"
"""Atlassian's published full ADF schema, from the npm package @atlaskit/adf-schema 47 (Apache-2.0)."""

_BLOCKS = {"paragraph", "heading", "codeBlock", "listItem", "tableRow", "taskItem", "rule", "blockCard"}


@lru_cache(maxsize=1)
def validator() -> Draft4Validator:
    """Return the compiled schema. The first call reads the file, so the server makes it before it serves."""
    return Draft4Validator(json.loads(SCHEMA.read_text(encoding="utf-8")))


def is_document(value: object) -> bool:
    """Tell whether Jira would accept this as a rich-text value."""
    return isinstance(value, dict) and validator().is_valid(value)


def document(text: str) -> Json:
    """Return plain text as a document, one paragraph per line."""
    paragraphs: list[Json] = []
    for line in text.splitlines():
        content = [{"type": "text", "text": line}] if line else []
        paragraphs.append({"type": "paragraph", "content": content})
    return {"type": "doc", "version": 1, "content": paragraphs}


def _children(node: Mapping[str, object]) -> list[Mapping[str, object]]:
    content = node.get("content")
    return [c for c in content if isinstance(c, dict)] if isinstance(content, list) else []


def _attrs(node: Mapping[str, object]) -> Mapping[str, object]:
    attrs = node.get("attrs")
    return attrs if isinstance(attrs, dict) else {}


_LEAVES: Mapping[str, Callable[[Mapping[str, object]], str]] = {
    "mention": lambda attrs: str(attrs.get("text", "")),
    "emoji": lambda attrs: str(attrs.get("text") or attrs.get("shortName", "")),
    "hardBreak": lambda _attrs: "\n",
    "inlineCard": lambda attrs: str(attrs.get("url", "")),
    "blockCard": lambda attrs: str(attrs.get("url", "")),
    "status": lambda attrs: str(attrs.get("text", "")),
    "rule": lambda _attrs: "----",
}


def _leaf(node: Mapping[str, object]) -> str | None:
    kind = str(node.get("type"))
    if kind == "text":
        return str(node.get("text", ""))
    leaf = _LEAVES.get(kind)
    return leaf(_attrs(node)) if leaf else None


def _flat(node: Mapping[str, object]) -> str:
    leaf = _leaf(node)
    if leaf is not None:
        return leaf + ("\n" if node.get("type") in _BLOCKS else "")
    inner = "".join(_flat(child) for child in _children(node))
    ends = node.get("type") in _BLOCKS and not inner.endswith("\n")
    return inner + "\n" if ends else inner


def plain_text(doc: object) -> str:
    """Return the words of a document, for `text ~` searches and for the board."""
    if not isinstance(doc, dict):
        return ""
    return _flat(doc).strip()


def html(doc: object) -> str:
    """Return the HTML of `expand=renderedFields`: escaped paragraphs without marks."""
    if not isinstance(doc, dict):
        return ""
    blocks = [plain_text({"type": "doc", "content": [c]}) for c in _children(doc)]
    return "\n".join(f"<p>{escape(b)}</p>" for b in blocks)
