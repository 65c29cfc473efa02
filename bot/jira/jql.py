"""Queries that are safe by construction: every value is a quoted literal; and what is wrong with people's own."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

_TEXT_OPERATORS = re.compile(r'[+\-&|!(){}\[\]^~*?\\:"/]')
_TEXT_WORDS = re.compile(r"\b(?:AND|OR|NOT)\b")
"""Operators too, in capitals alone."""
_SPACE = re.compile(r"\s+")
_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*"|'(?:[^'\\]|\\.)*'""")
_PIECE = re.compile(r""""(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|[^\s()=!<>~,"']++|[=!<>~]++|\S""", re.DOTALL)
_PLACE = re.compile(r"\(line (\d{1,6}), character (\d{1,6})\)")
_NAMED = re.compile(r"'([^']{1,200})'")
_AT_THE_END = "before the end of the query"

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
    plain = _TEXT_WORDS.sub(lambda found: found.group().lower(), plain)
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


@dataclass(frozen=True, slots=True)
class Marked:
    """A query around the piece that Jira complains of; `here` is a space at the query's end."""

    before: str
    here: str
    after: str = ""

    def __str__(self) -> str:
        return f"{self.before}⟪{self.here}⟫{self.after}"

    def shortened(self, room: int = 120) -> Marked:
        """At most some `room` characters on each side."""
        before = f"…{self.before[-room:]}" if len(self.before) > room else self.before
        after = f"{self.after[:room]}…" if len(self.after) > room else self.after
        here = f"{self.here[:room]}…" if len(self.here) > room else self.here
        return Marked(before, here, after)


def place_of_error(query: str, messages: Iterable[str]) -> Marked | None:
    """The place in `query` that Jira's messages speak of; None if they name none, or several fit.

    Syntax errors end in "(line 1, character 10)", both counted from 1, or say that the query ends too early.
    Others name a field, value or function in quotation marks: it is marked if it stands there just once.
    """
    for message in messages:
        start = _start(query, message)
        if start is not None:
            piece = _PIECE.match(query, start)
            if piece is None:
                return Marked(f"{query[:start].rstrip()} ", " ")
            return Marked(query[:start], piece.group(), query[piece.end() :])
    return None


def _start(query: str, message: str) -> int | None:
    placed = _PLACE.findall(message)
    if placed:
        line, character = map(int, placed[-1])  # before it, the message may quote what was typed
        lines = query.split("\n")
        if not (1 <= line <= len(lines) and 1 <= character <= len(lines[line - 1]) + 1):
            return None
        return sum(len(above) + 1 for above in lines[: line - 1]) + character - 1
    if _AT_THE_END in message:
        return len(query.rstrip())
    return next(_named(query, message), None)


def _named(query: str, message: str) -> Iterator[int]:
    pieces = [(p.group().strip("\"'").casefold(), p.start()) for p in _PIECE.finditer(query)]
    for name in _NAMED.findall(message):
        wanted = name.strip('"').removesuffix("()").casefold()
        found = [start for text, start in pieces if text == wanted]
        if len(found) == 1:
            yield found[0]
