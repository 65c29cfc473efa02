"""Queries that are safe by construction: every value is a quoted literal."""

from __future__ import annotations

import re
from collections.abc import Iterable

_TEXT_OPERATORS = re.compile(r'[+\-&|!(){}\[\]^~*?\\:"/]')
_SPACE = re.compile(r"\s+")
_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")

MINE = "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC"
REPORTED = "reporter = currentUser() ORDER BY created DESC"
WATCHED = "watcher = currentUser() ORDER BY updated DESC"
RECENT = "issue in issueHistory() ORDER BY lastViewed DESC"


def quote(value: str) -> str:
    """`value` as a JQL string literal; reserved words and characters are harmless inside."""
    cleaned = "".join(c for c in value if c >= " " and c != "\x7f")
    return '"' + cleaned.replace("\\", "\\\\").replace('"', '\\"') + '"'


def text_search(words: str) -> str:
    """Issues whose text has all `words`, newest first.

    `~` has a grammar of its own inside the quotes, so its operators are taken out of what people typed.
    Raises `ValueError` if nothing to search for is left.
    """
    plain = _SPACE.sub(" ", _TEXT_OPERATORS.sub(" ", words)).strip()
    if not plain:
        raise ValueError("nothing to search for")
    return f"text ~ {quote(plain)} ORDER BY updated DESC"


def split_order(query: str) -> tuple[str, str]:
    """A person's JQL as (condition, "ORDER BY …" or ""), so that the condition can be put in parentheses."""
    masked = _QUOTED.sub(lambda m: "x" * len(m.group()), query)
    found = _ORDER_BY.search(masked)
    if found is None:
        return query.strip(), ""
    return query[: found.start()].strip(), query[found.start() :].strip()


def all_of(conditions: Iterable[str]) -> str:
    """The conjunction of conditions, each in its own parentheses."""
    return " AND ".join(f"({condition})" for condition in conditions if condition.strip())
