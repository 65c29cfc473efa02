"""Finds issues: validates a query's tree on a site, then tests each issue."""

from __future__ import annotations

import operator
from collections.abc import Callable, Iterable, Mapping

from sandbox import jql
from sandbox.jql_catalogue import called, lookup
from sandbox.jql_dates import FUNCTIONS as DATE_FUNCTIONS
from sandbox.jql_dates import moment
from sandbox.jql_fields import JqlField, Scope, Sort
from sandbox.jql_text import contains, terms
from sandbox.jql_tree import Call, Clause, JqlError, Node, Not, Query, Value, Values
from sandbox.model import Issue
from sandbox.site import Site

Test = Callable[[Issue], bool]

UNBOUNDED = "Unbounded JQL queries are not allowed here. Please add a search restriction to your query."


def _operands(clause: Clause) -> list[Value | Call]:
    return list(clause.operand.items) if isinstance(clause.operand, Values) else [clause.operand]


def _check_operator(field: JqlField, clause: Clause) -> None:
    if clause.operator in {"in", "not in"} and isinstance(clause.operand, Value):
        shown = f"the non-list value '\"{clause.operand.text}\"'"
        raise JqlError(f"Operator '{clause.operator}' does not support {shown} for field '{clause.field}'.")
    if clause.operator not in field.operators:
        shown = clause.operator.upper() if clause.operator.isalpha() or " " in clause.operator else clause.operator
        raise JqlError(f"The operator '{shown}' is not supported by the '{clause.field}' field.")
    if clause.operator in {"is", "is not"} and any(
        not isinstance(o, Value) or o.text is not None for o in _operands(clause)
    ):
        raise JqlError(f"The operator '{clause.operator}' only supports the value 'EMPTY'.")
    if clause.operator not in {"in", "not in"} and isinstance(clause.operand, Values):
        shown = ", ".join(f'"{o.text}"' for o in _operands(clause) if isinstance(o, Value))
        raise JqlError(
            f"Operator '{clause.operator}' does not support the list value '({shown})' for field '{clause.field}'."
        )


def _ids(scope: Scope, field: JqlField, clause: Clause) -> tuple[set[str], bool]:
    """Return the ids of the operands, and whether EMPTY is among them."""
    ids: set[str] = set()
    with_empty = False
    for operand in _operands(clause):
        if isinstance(operand, Call):
            ids |= called(scope, field, operand)
        elif operand.text is None:
            with_empty = True
        else:
            ids |= field.resolve(scope, operand.text)
    return ids, with_empty or "" in ids


def _membership(scope: Scope, field: JqlField, clause: Clause) -> Test:
    ids, with_empty = _ids(scope, field, clause)
    negative = clause.operator in {"!=", "not in", "is not"}

    def test(issue: Issue) -> bool:
        values = set(field.get(scope, issue))
        if not values:
            # As in Jira, "not X" does not find issues in which the field is empty.
            return with_empty and not negative
        hit = bool(values & ids)
        return not hit if negative else hit

    return test


_COMPARE: Mapping[str, Callable[[tuple[float, str], tuple[float, str]], bool]] = {
    "<": operator.lt,
    ">": operator.gt,
    "<=": operator.le,
    ">=": operator.ge,
    "=": operator.eq,
    "!=": operator.ne,
}


def _compared(symbol: str, left: float | str, right: float | str) -> bool:
    return _COMPARE[symbol](_sortable(left), _sortable(right))


def _ranked(scope: Scope, field: JqlField, clause: Clause) -> Test:
    """Compare by the field's own order, as in `priority > Low`."""
    ids, _ = _ids(scope, field, clause)
    limit = field.rank(scope, next(iter(ids))) if field.rank and ids else None

    def test(issue: Issue) -> bool:
        rank = field.order(scope, issue)
        return rank is not None and limit is not None and _compared(clause.operator, rank, limit)

    return test


def _numbers(scope: Scope, field: JqlField, clause: Clause) -> tuple[list[float], bool]:
    numbers: list[float] = []
    with_empty = False
    for operand in _operands(clause):
        if field.sort is Sort.DATE:
            if isinstance(operand, Call) and operand.name.lower() not in DATE_FUNCTIONS:
                called(scope, field, operand)
            value = moment(operand, clause.field, scope.now, scope.time_zone)
        elif isinstance(operand, Call):
            raise JqlError(f"Unable to find JQL function '{operand.name}()'.")
        else:
            try:
                value = None if operand.text is None else float(operand.text)
            except ValueError:
                raise JqlError(f"Value '{operand.text}' is invalid for the field '{clause.field}'.") from None
        if value is None:
            with_empty = True
        else:
            numbers.append(value)
    return numbers, with_empty


def _arithmetic(scope: Scope, field: JqlField, clause: Clause) -> Test:
    limits, with_empty = _numbers(scope, field, clause)
    symbol = {"in": "=", "not in": "!=", "is": "=", "is not": "!="}.get(clause.operator, clause.operator)

    def test(issue: Issue) -> bool:
        value = field.order(scope, issue)
        if value is None:
            return with_empty and symbol == "="
        if with_empty and symbol == "!=" and not limits:
            return True
        compared = (_compared(symbol, value, limit) for limit in limits)
        return all(compared) if symbol == "!=" else any(compared)

    return test


def _text(scope: Scope, field: JqlField, clause: Clause) -> Test:
    if clause.operator in {"is", "is not"}:
        return lambda issue: bool(field.get(scope, issue)) is (clause.operator == "is not")
    operand = clause.operand
    if not isinstance(operand, Value) or operand.text is None:
        raise JqlError(f"The operator '{clause.operator}' needs a text for field '{clause.field}'.")
    required = terms(operand.text, clause.field)

    def test(issue: Issue) -> bool:
        hit = any(contains(required, text) for text in field.get(scope, issue))
        return hit if clause.operator == "~" else not hit and bool(field.get(scope, issue))

    return test


def _clause(scope: Scope, clause: Clause) -> Test:
    field = lookup(scope.site, clause.field)
    _check_operator(field, clause)
    if field.sort is Sort.TEXT:
        return _text(scope, field, clause)
    if field.sort in {Sort.DATE, Sort.NUMBER}:
        return _arithmetic(scope, field, clause)
    if clause.operator in {"<", ">", "<=", ">="}:
        return _ranked(scope, field, clause)
    return _membership(scope, field, clause)


def _test(scope: Scope, node: Node) -> Test:
    if isinstance(node, Clause):
        return _clause(scope, node)
    if isinstance(node, Not):
        inner = _test(scope, node.part)
        return lambda issue: not inner(issue)
    parts = [_test(scope, p) for p in node.parts]
    if node.all_of:
        return lambda issue: all(p(issue) for p in parts)
    return lambda issue: any(p(issue) for p in parts)


def _sorted(scope: Scope, query: Query, issues: Iterable[Issue]) -> list[Issue]:
    rows = sorted(issues, key=lambda i: (i.created, int(i.id)), reverse=True)
    for order in reversed(query.order):
        field = lookup(scope.site, order.field)
        keyed = [(field.order(scope, issue), issue) for issue in rows]
        filled = [(k, i) for k, i in keyed if k is not None]
        filled.sort(key=lambda pair: _sortable(pair[0]), reverse=order.direction == "desc")
        rows = [i for _, i in filled] + [i for k, i in keyed if k is None]
    return rows


def _sortable(key: float | str) -> tuple[float, str]:
    return (0.0, key) if isinstance(key, str) else (key, "")


def search(site: Site, account_id: str, text: str) -> list[Issue]:
    """Return the issues that a query finds for this person, in its order. Raises `JqlError`."""
    scope = Scope(site, account_id, site.clock())
    query = jql.parse(text)
    test: Test = _test(scope, query.where) if query.where else lambda _issue: True
    for order in query.order:
        lookup(site, order.field)
    return _sorted(scope, query, (i for i in site.visible_issues(account_id) if test(i)))


def bounded(site: Site, account_id: str, text: str) -> list[Issue]:
    """Search, but refuse a query without a restriction, as the newer endpoint does."""
    if jql.parse(text).where is None:
        raise JqlError(UNBOUNDED)
    return search(site, account_id, text)


def problems(site: Site, account_id: str, text: str) -> list[str]:
    """Return the errors of Jira's strict validation of a query."""
    try:
        search(site, account_id, text)
    except JqlError as error:
        return [str(error)]
    return []


def matches(site: Site, issue: Issue, text: str, account_id: str) -> bool:
    """Tell whether an issue matches a webhook's filter, as its owner would see it."""
    scope = Scope(site, account_id, site.clock())
    query = jql.parse(text)
    return query.where is None or _test(scope, query.where)(issue)
