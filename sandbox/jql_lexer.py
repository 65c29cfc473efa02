"""Splits JQL into words, strings and symbols."""

from __future__ import annotations

import re
from dataclasses import dataclass

from sandbox.jql_tree import JqlError

_WORDS = """
abort access add after alias all alter and any as asc audit avg before begin between boolean break by byte
catch cf changed char character check checkpoint collate collation column commit connect continue count create
current date decimal declare decrement default defaults define delete delimiter desc difference distinct
divide do double drop else empty encoding end equals escape exclusive exec execute exists explain false fetch
field file first float for from function go goto grant greater group having identified if immediate in
increment index initial inner inout input insert int integer intersect intersection into is isempty isnull
join last left less like limit lock long max min minus mode modify modulo more multiply next noaudit not notin
nowait null number object of on option or order outer output power previous prior privileges public raise raw
remainder rename resource return returns revoke right row rowid rownum rows select session set share size sqrt
start strict string subtract sum synonym table then to trans transaction trigger true uid union unique update
user validate values view when whenever where while with
"""
RESERVED_WORDS = frozenset(_WORDS.split())
_RESERVED_CHARACTERS = frozenset("{}*/%+^$#@[];?|")
_OPERATORS = ("!=", "!~", "<=", ">=", "&&", "||", "=", "<", ">", "~", "(", ")", ",", "!", "&", "|")
_WORD = re.compile(r"(?:\\.|[^\s()=!<>~,\"'&|{}*/%+^$#@\[\];?\\])+")
FIELD_NUMBER = re.compile(r"cf\s*\[\s*(\d+)\s*\]", re.IGNORECASE)


@dataclass(frozen=True, slots=True)
class Token:
    """A token of a query. `kind` is `word`, `string` (unescaped), `symbol` or `end`."""

    text: str
    kind: str
    start: int

    def word(self) -> str:
        """Return the word in lower case, empty for other tokens."""
        return self.text.lower() if self.kind == "word" else ""


def place(query: str, index: int) -> str:
    """Return a position in Jira's words."""
    line = query.count("\n", 0, index) + 1
    column = index - (query.rfind("\n", 0, index) + 1)
    return f"(line {line}, character {column + 1})"


def tokens(query: str) -> list[Token]:
    """Split a query into tokens, the last of them an `end`. Raises `JqlError`."""
    result: list[Token] = []
    index = 0
    while index < len(query):
        character = query[index]
        if character.isspace():
            index += 1
            continue
        token = _string(query, index) if character in "\"'" else _plain(query, index)
        result.append(token)
        index = token.start + len(token.text) if token.kind != "string" else _string_end(query, index)
    return [*result, Token("", "end", len(query))]


def _string_end(query: str, index: int) -> int:
    quote, at = query[index], index + 1
    while at < len(query) and query[at] != quote:
        at += 2 if query[at] == "\\" else 1
    if at >= len(query):
        shown = query[index + 1 :]
        where = place(query, index)
        raise JqlError(f"Error in the JQL Query: The quoted string '{shown}' has not been completed. {where}")
    return at + 1


def _string(query: str, index: int) -> Token:
    inner = query[index + 1 : _string_end(query, index) - 1]
    return Token(unescape(inner), "string", index)


def _plain(query: str, index: int) -> Token:
    if (number := FIELD_NUMBER.match(query, index)) is not None:
        return Token(number[0], "word", index)
    for operator in _OPERATORS:
        if query.startswith(operator, index):
            return Token(operator, "symbol", index)
    character = query[index]
    word = _WORD.match(query, index)
    if word is None or character in _RESERVED_CHARACTERS or character == ".":
        raise JqlError(
            f"Error in the JQL Query: The character '{character}' is a reserved JQL character. You must enclose "
            f"it in a string or use the escape '\\u{ord(character):04x}' instead. {place(query, index)}"
        )
    return Token(word[0], "word", index)


def unescape(text: str) -> str:
    """Remove the backslashes of a string or word."""

    def replace(match: re.Match[str]) -> str:
        code = match[1]
        if code.startswith("u"):
            return chr(int(code[1:], 16))
        return {"n": "\n", "t": "\t", "r": "\r"}.get(code, code)

    return re.sub(r"\\(u[0-9a-fA-F]{4}|.)", replace, text, flags=re.DOTALL)
