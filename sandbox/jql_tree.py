"""The tree of a JQL query."""

from __future__ import annotations

from dataclasses import dataclass


class JqlError(Exception):
    """A query that Jira refuses. `str(error)` is Jira's message."""


@dataclass(frozen=True, slots=True)
class Value:
    """A literal. `None` text is EMPTY."""

    text: str | None


@dataclass(frozen=True, slots=True)
class Call:
    """A function, such as `currentUser()`."""

    name: str
    arguments: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Values:
    """A list in parentheses."""

    items: tuple[Value | Call, ...]


Operand = Value | Call | Values


@dataclass(frozen=True, slots=True)
class Clause:
    """`field operator operand`; the operator in lower case."""

    field: str
    operator: str
    operand: Operand


@dataclass(frozen=True, slots=True)
class Both:
    """AND (`all_of`) or OR of several clauses."""

    parts: tuple[Node, ...]
    all_of: bool


@dataclass(frozen=True, slots=True)
class Not:
    """A negation."""

    part: Node


Node = Clause | Both | Not


@dataclass(frozen=True, slots=True)
class Order:
    """A sort key, ascending unless the query says DESC (`direction` is empty if it says nothing)."""

    field: str
    direction: str = ""


@dataclass(frozen=True, slots=True)
class Query:
    """A parsed query."""

    where: Node | None
    order: tuple[Order, ...]
