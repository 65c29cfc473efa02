"""Where in a query Jira's complaint belongs."""

# ruff: noqa: E501 - tables of sentences read best with one row a line
from __future__ import annotations

import time

import pytest

from bot.jira.jql import MarkedQuery, locate_error
from sandbox.jql import parse
from sandbox.jql_tree import JqlError

OPERATORS = "'=', '!=', '<', '>', '<=', '>=', '~', '!~', 'IN', 'NOT IN', 'IS' and 'IS NOT'"

PLACES = [
    ("Error in the JQL Query: Expecting operator but got 'query'. (line 1, character 9)", "invalid query", "invalid ⟪query⟫"),
    ("Expecting either 'OR' or 'AND' but got 'status'. (line 1, character 16)", "project = DEMO status = x", "project = DEMO ⟪status⟫ = x"),
    ("The character '@' is a reserved JQL character. (line 2, character 8)", "project = DEMO\nand foo@ = 1", "project = DEMO\nand foo⟪@⟫ = 1"),
    ("The quoted string 'abc' has not been completed. (line 1, character 11)", 'summary ~ "abc', 'summary ~ ⟪"abc⟫'),
    ("Got '(line 1, character 1)'. (line 1, character 5)", "a = (line 1, character 1)", "a = ⟪(⟫line 1, character 1)"),
    (f"Expecting operator before the end of the query. The valid operators are {OPERATORS}.", "status", "status ⟪ ⟫"),
    ("Expecting either a value, list or function before the end of the query.", "project = \n", "project = ⟪ ⟫"),
    ("Field 'universe' does not exist or you do not have permission to view it.", "universe = 42", "⟪universe⟫ = 42"),
    ("The value 'IN VALID' does not exist for the field 'project'.", "project = 'in valid' and a = b", "project = ⟪'in valid'⟫ and a = b"),
    ("Unable to find JQL function 'nothing()'.", "assignee = nothing()", "assignee = ⟪nothing⟫()"),
    ("The operator '=' is not supported by the 'summary' field.", "a = 1 and summary = test", "a = 1 and ⟪summary⟫ = test"),
    ("Field 'a' does not exist or you do not have permission to view it.", "a = 1 or a = 2", None),
    ("Something else (line 7, character 1)", "a = 1", None),
    ("Something else (line 1, character 99)", "a = 1", None),
    ("Something else (line 0, character 0)", "a = 1", None),
    ("Unbounded JQL queries are not allowed here.", "", None),
]  # fmt: skip


@pytest.mark.parametrize(("message", "query", "marked"), PLACES, ids=[row[0] for row in PLACES])
def test_place(message: str, query: str, marked: str | None) -> None:
    found = locate_error(query, ["Something else.", message])
    assert (str(found) if found else None) == marked


@pytest.mark.parametrize(
    ("query", "here"), [("a = 1 b", "b"), ("a = or", "or"), ("end = 1", "end"), ("a =", " "), ("a = 1\nor b", " ")]
)
def test_what_a_jira_says_is_found(query: str, here: str) -> None:
    with pytest.raises(JqlError) as refused:
        parse(query)
    found = locate_error(query, [str(refused.value)])
    assert found is not None
    assert found.here == here


def test_only_the_surroundings_of_a_long_query_are_shown() -> None:
    shown = MarkedQuery("a" * 500, "b" * 500, "c" * 500).shorten(100)
    assert str(shown) == f"…{'a' * 100}⟪{'b' * 100}…⟫{'c' * 100}…"


@pytest.mark.parametrize("text", ["'" * 30_000, '"\\' * 15_000, "a" * 30_000, "(" * 30_000])
def test_cost_is_linear(text: str) -> None:
    began = time.perf_counter()
    locate_error(text, ["The value 'nowhere' does not exist for the field 'project'."])
    assert time.perf_counter() - began < 1.0
