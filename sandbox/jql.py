"""Parses JQL into a tree, with Jira's own error messages.

Covers what people type and the bridge sends: AND, OR, NOT, parentheses, comparisons, IN, IS EMPTY, functions,
ORDER BY. WAS, CHANGED and entity properties are refused as unknown operators.
"""

from __future__ import annotations

import re

from sandbox.jql_lexer import FIELD_NUMBER, RESERVED_WORDS, Token, place, tokens, unescape
from sandbox.jql_tree import Both, Call, Clause, JqlError, Node, Not, Operand, Order, Query, Value, Values

_VALID = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"
_MAX_DEPTH = 100


class _Parser:
    def __init__(self, query: str) -> None:
        self.query, self.tokens, self.at = query, tokens(query), 0
        self.depth = 0

    @property
    def now(self) -> Token:
        return self.tokens[self.at]

    def take(self) -> Token:
        token = self.now
        self.at += 1
        return token

    def is_symbol(self, *symbols: str) -> bool:
        return self.now.kind == "symbol" and self.now.text in symbols

    def fail(self, expected: str, hint: str = "", start: str = "Error in the JQL Query") -> JqlError:
        if self.now.kind == "end":
            return JqlError(f"{start}: Expecting {expected} before the end of the query.{hint}")
        where = place(self.query, self.now.start)
        return JqlError(f"{start}: Expecting {expected} but got '{self.now.text}'.{hint} {where}")

    def parse(self) -> Query:
        where = None
        if self.now.kind != "end" and self.now.word() != "order":
            where = self.either()
        order = self.order() if self.now.word() == "order" else ()
        if self.now.kind != "end":
            raise self.fail("','" if order else "either 'OR' or 'AND'")
        return Query(where, order)

    def either(self) -> Node:
        parts = [self.both()]
        while self.now.word() == "or" or self.is_symbol("|", "||"):
            self.take()
            parts.append(self.both())
        return parts[0] if len(parts) == 1 else Both(tuple(parts), all_of=False)

    def both(self) -> Node:
        parts = [self.single()]
        while self.now.word() == "and" or self.is_symbol("&", "&&"):
            self.take()
            parts.append(self.single())
        return parts[0] if len(parts) == 1 else Both(tuple(parts), all_of=True)

    def single(self) -> Node:
        self.depth += 1
        if self.depth > _MAX_DEPTH:
            raise JqlError("Error in the JQL Query: The query is nested too deeply.")
        try:
            if self.now.word() == "not" or self.is_symbol("!"):
                self.take()
                return Not(self.single())
            if self.is_symbol("("):
                self.take()
                inner = self.either()
                if not self.is_symbol(")"):
                    raise self.fail("')'" if self.now.kind == "end" else "either 'OR' or 'AND'")
                self.take()
                return inner
            return self.clause()
        finally:
            self.depth -= 1

    def name(self) -> str:
        token = self.now
        if token.kind not in {"word", "string"}:
            raise self.fail("a field name")
        if token.word() in RESERVED_WORDS:
            raise JqlError(
                f"Error in the JQL Query: '{token.text}' is a reserved JQL word. You must surround it in "
                f"quotation marks to use it in a query. {place(self.query, token.start)}"
            )
        self.take()
        return re.sub(r"\s", "", token.text) if FIELD_NUMBER.fullmatch(token.text) else unescape(token.text)

    def clause(self) -> Clause:
        return Clause(self.name(), self.operator(), self.operand())

    def operator(self) -> str:
        token = self.now
        if self.is_symbol("=", "!=", "<", ">", "<=", ">=", "~", "!~"):
            return self.take().text
        following = self.tokens[min(self.at + 1, len(self.tokens) - 1)]
        if token.word() == "in":
            self.take()
            return "in"
        if token.word() == "not" and following.word() == "in":
            self.at += 2
            return "not in"
        if token.word() == "is":
            self.take()
            if self.now.word() == "not":
                self.take()
                return "is not"
            return "is"
        raise self.fail("operator", f" The valid operators are {_VALID}.")

    def operand(self) -> Operand:
        if not self.is_symbol("("):
            return self.value()
        self.take()
        items = [self.value()]
        while self.is_symbol(","):
            self.take()
            items.append(self.value())
        if not self.is_symbol(")"):
            raise self.fail("')'" if self.now.kind == "end" else "either ')' or ','")
        self.take()
        return Values(tuple(items))

    def value(self) -> Value | Call:
        token = self.now
        if token.kind == "string":
            return Value(self.take().text)
        if token.word() in {"empty", "null"}:
            self.take()
            return Value(None)
        if token.kind != "word" or token.word() in RESERVED_WORDS:
            # Jira words this one differently: without "the".
            hint = f" You must surround '{token.text}' in quotation marks to use it as a value."
            shown = hint if token.kind == "word" else ""
            raise self.fail("either a value, list or function", shown, "Error in JQL Query")
        self.take()
        if self.is_symbol("("):
            return Call(token.text, self.arguments())
        return Value(unescape(token.text))

    def arguments(self) -> tuple[str, ...]:
        self.take()
        texts: list[str] = []
        while not self.is_symbol(")"):
            if self.now.kind not in {"word", "string"}:
                raise self.fail("')'")
            texts.append(self.take().text)
            if self.is_symbol(","):
                self.take()
        self.take()
        return tuple(texts)

    def order(self) -> tuple[Order, ...]:
        self.take()
        if self.now.word() != "by":
            raise self.fail("'by'")
        self.take()
        keys: list[Order] = []
        while True:
            field = self.name()
            direction = self.take().word() if self.now.word() in {"asc", "desc"} else ""
            keys.append(Order(field, direction))
            if not self.is_symbol(","):
                return tuple(keys)
            self.take()


def parse(text: str) -> Query:
    """Parse a query. Raises `JqlError`."""
    return _Parser(text).parse()
