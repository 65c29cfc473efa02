"""Builds JQL in which every value is a quoted literal, and locates errors in JQL that people typed."""

from __future__ import annotations

import re
import unicodedata
from collections import defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

import regex

_TEXT_OPERATORS = re.compile(r'[+\-&|!(){}\[\]^~*?\\:"/]')
_TEXT_WORDS = re.compile(r"\b(?:AND|OR|NOT)\b")
"""Operators of text search, in capitals only."""
_SPACE = re.compile(r"\s+")
_INVISIBLE = regex.compile(r"[\p{Cf}--[\u200c\u200d]]", regex.VERSION1)
"""Characters that nobody sees and that are not searched for. Joiners are letters."""
_ORDER_BY = re.compile(r"\border\s+by\b", re.IGNORECASE)
_QUOTED = re.compile(r""""(?:[^"\\]|\\.)*+(?:"|\\?\Z)|'(?:[^'\\]|\\.)*+(?:'|\\?\Z)""", re.DOTALL)
_PIECE = re.compile(r""""(?:[^"\\]|\\.)*+"?|'(?:[^'\\]|\\.)*+'?|[^\s()=!<>~,"']++|[=!<>~]++|\S""", re.DOTALL)
_DOUBLE = str.maketrans("“”„", '"""')
_PLACE = re.compile(r"\(line (\d{1,6}), character (\d{1,6})\)")
_NAMED = re.compile(r"'([^']{1,200})'")
_UNEXPECTED_END = "before the end of the query"

MY_OPEN_ISSUES = "assignee = currentUser() AND statusCategory != Done ORDER BY updated DESC"
REPORTED = "reporter = currentUser() ORDER BY created DESC"
WATCHED = "watcher = currentUser() ORDER BY updated DESC"
RECENT = "issue in issueHistory() ORDER BY lastViewed DESC"


def quote(value: str) -> str:
    """Return `value` as a JQL string literal, in which reserved words and characters mean nothing."""
    cleaned = "".join(c for c in value if c >= " " and c != "\x7f")
    return '"' + cleaned.replace("\\", "\\\\").replace('"', '\\"') + '"'


def build_text_search(words: str) -> str:
    """Return a query for issues that contain all `words`, most recently updated first.

    Raises `ValueError` if nothing to search for is left.
    """
    return f"{text_condition(words)} ORDER BY updated DESC"


def text_condition(words: str) -> str:
    """Return the condition that an issue contains all `words`.

    The literal after `~` has a grammar of its own, so its operators are removed from the words.
    Raises `ValueError` if nothing to search for is left.
    """
    visible = _INVISIBLE.sub("", words)
    plain = _SPACE.sub(" ", _TEXT_OPERATORS.sub(" ", visible)).strip()
    plain = _TEXT_WORDS.sub(lambda match: match.group().lower(), plain)
    if not plain:
        raise ValueError("nothing to search for")
    return f"text ~ {quote(plain)}"


def clean_query(query: str) -> str:
    """Return typed JQL with plain spaces and without what nobody sees, but with its literals as they were written.

    Typographic double quotes become straight, unless the query has straight ones too.
    """
    straight = query if '"' in query else query.translate(_DOUBLE)
    pieces, end = [], 0
    for literal in _QUOTED.finditer(straight):
        pieces += [_clean_syntax(straight[end : literal.start()]), literal.group()]
        end = literal.end()
    return "".join([*pieces, _clean_syntax(straight[end:])]).strip()


def _clean_syntax(text: str) -> str:
    spaced = "".join(" " if unicodedata.category(c) == "Zs" else c for c in text)
    return str(_INVISIBLE.sub("", spaced.replace("\r\n", "\n").replace("\r", "\n").replace("\t", " ")))


def split_order(query: str) -> tuple[str, str]:
    """Split JQL into (condition, "ORDER BY …" or ""), so that the condition can be put in parentheses."""
    masked = _QUOTED.sub(lambda m: "x" * len(m.group()), query)
    order_by = _ORDER_BY.search(masked)
    if order_by is None:
        return query.strip(), ""
    return query[: order_by.start()].strip(), query[order_by.start() :].strip()


def join_conditions(conditions: Iterable[str]) -> str:
    """Join conditions with AND, each in its own parentheses."""
    return " AND ".join(f"({condition})" for condition in conditions if condition.strip())


@dataclass(frozen=True, slots=True)
class MarkedQuery:
    """A query split around the piece that Jira rejects; at the end of the query `here` is a space."""

    before: str
    here: str
    after: str = ""

    def __str__(self) -> str:
        return f"{self.before}⟪{self.here}⟫{self.after}"

    def shorten(self, limit: int = 120) -> MarkedQuery:
        """Cut each part to about `limit` characters."""
        before = f"…{self.before[-limit:]}" if len(self.before) > limit else self.before
        after = f"{self.after[:limit]}…" if len(self.after) > limit else self.after
        here = f"{self.here[:limit]}…" if len(self.here) > limit else self.here
        return MarkedQuery(before, here, after)


def locate_error(query: str, messages: Iterable[str]) -> MarkedQuery | None:
    """Find the piece of `query` that Jira's messages are about; None if they name none, or it is ambiguous.

    Syntax errors end in "(line 1, character 10)", both counted from 1, or say that the query ends too early.
    Others quote a field, value or function: it is marked if it occurs exactly once in the query.
    """
    for message in messages:
        start = _find_start(query, message)
        if start is not None:
            piece = _PIECE.match(query, start)
            if piece is None:
                return MarkedQuery(f"{query[:start].rstrip()} ", " ")
            return MarkedQuery(query[:start], piece.group(), query[piece.end() :])
    return None


def _find_start(query: str, message: str) -> int | None:
    placed = _PLACE.findall(message)
    if placed:
        line, character = map(int, placed[-1])  # the last: before it the message may quote the query
        lines = query.split("\n")
        if not (1 <= line <= len(lines) and 1 <= character <= len(lines[line - 1]) + 1):
            return None
        return sum(len(above) + 1 for above in lines[: line - 1]) + character - 1
    if _UNEXPECTED_END in message:
        return len(query.rstrip())
    return next(_find_quoted(query, message), None)


def _find_quoted(query: str, message: str) -> Iterator[int]:
    starts: dict[str, list[int]] = defaultdict(list)
    for piece in _PIECE.finditer(query):
        starts[piece.group().strip("\"'").casefold()].append(piece.start())
    for name in _NAMED.findall(message):
        occurrences = starts.get(name.strip('"').removesuffix("()").casefold(), [])
        if len(occurrences) == 1:
            yield occurrences[0]
