"""Kinds of searchable fields: their values, literals and operators."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from enum import Enum

from sandbox.jql_tree import JqlError
from sandbox.model import Issue
from sandbox.site import Site

EQUALITY = ("=", "!=", "in", "not in", "is", "is not")
ORDERED = (*EQUALITY, "<", ">", "<=", ">=")
TEXT = ("~", "!~", "is", "is not")


class Sort(Enum):
    """The order of a field's values."""

    ID = 1
    TEXT = 2
    DATE = 3
    NUMBER = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """The person, the place and the time of a search."""

    site: Site
    account_id: str
    now: float

    @property
    def time_zone(self) -> str:
        """The asker's own."""
        person = self.site.person(self.account_id)
        return person.time_zone if person else "UTC"


Key = float | str | None
"""What a field sorts by; None for unset."""

Get = Callable[[Scope, Issue], list[str]]
Resolve = Callable[[Scope, str], set[str]]
Pairs = Callable[[Scope], Iterable[tuple[str, str]]]
"""Ids with one of their names each."""


@dataclass(frozen=True, slots=True)
class JqlField:
    """A searchable field. `get` returns ids (or the text, or numbers as strings); `resolve` reads a literal.

    `rank` returns the position of an id in the field's order, for `priority > Low`. `functions` are in lower case.
    """

    name: str
    sort: Sort
    operators: tuple[str, ...]
    get: Get
    resolve: Resolve
    order: Callable[[Scope, Issue], Key]
    functions: tuple[str, ...] = ()
    rank: Callable[[Scope, str], Key] | None = None


def missing(text: str, field: str) -> JqlError:
    """Return Jira's message about a value that a field does not have."""
    return JqlError(f"The value '{text}' does not exist for the field '{field}'.")


def by_name(field: str, pairs: Pairs) -> Resolve:
    """Resolve literals that are ids or names, in any case."""

    def resolve(scope: Scope, text: str) -> set[str]:
        ids = {i for i, name in pairs(scope) if text == i or text.lower() == name.lower()}
        if not ids:
            raise missing(text, field)
        return ids

    return resolve


def as_written(_scope: Scope, text: str) -> set[str]:
    """Resolve literals that are values themselves."""
    return {text}


def stored(field_id: str) -> Get:
    """Return the values that an issue stores in a field."""

    def get(_scope: Scope, issue: Issue) -> list[str]:
        value = issue.values.get(field_id)
        if isinstance(value, list):
            return [str(v) for v in value]
        return [] if value is None else [str(value)]

    return get


def first_of(get: Get) -> Callable[[Scope, Issue], Key]:
    """Return the first value of a field, for sorting."""
    return lambda scope, issue: next(iter(get(scope, issue)), None)


def choice_field(name: str, field_id: str, pairs: Pairs) -> JqlField:
    """Make a field with known values."""
    get = stored(field_id)
    return JqlField(name, Sort.ID, EQUALITY, get, by_name(name, pairs), first_of(get))


def _people(scope: Scope) -> Iterable[tuple[str, str]]:
    for person in scope.site.people:
        yield person.account_id, person.name
        yield person.account_id, person.email


def user_field(name: str, get: Get) -> JqlField:
    """Make a field of users, sorted by name."""

    def order(scope: Scope, issue: Issue) -> Key:
        first = next(iter(get(scope, issue)), None)
        return scope.site.name_of(first).lower() if first else None

    return JqlField(name, Sort.ID, EQUALITY, get, by_name(name, _people), order, ("currentuser", "membersof"))


def _key_order(_scope: Scope, issue: Issue) -> Key:
    return f"{issue.project} {int(issue.key.rpartition('-')[2]):012d}"


def _key_rank(scope: Scope, issue_id: str) -> Key:
    issue = scope.site.issue_by_id(issue_id)
    return _key_order(scope, issue) if issue else None


def issue_field(name: str, get: Get) -> JqlField:
    """Make a field of issues, sorted by the key of the issue that has it."""

    def resolve(scope: Scope, text: str) -> set[str]:
        key = text.upper()
        issue = scope.site.issues.get(scope.site.moved_keys.get(key, key)) or scope.site.issue_by_id(text)
        if issue is None or not scope.site.is_visible(issue, scope.account_id):
            raise JqlError(f"An issue with key '{text}' does not exist for field '{name}'.")
        return {issue.id}

    functions = ("issuehistory", "watchedissues", "votedissues", "linkedissues")
    return JqlField(name, Sort.ID, ORDERED, get, resolve, _key_order, functions, _key_rank)


def text_field(name: str, words: Callable[[Scope, Issue], str], operators: tuple[str, ...] = TEXT) -> JqlField:
    """Make a field of text."""

    def get(scope: Scope, issue: Issue) -> list[str]:
        text = words(scope, issue)
        return [text] if text else []

    return JqlField(name, Sort.TEXT, operators, get, as_written, lambda s, i: words(s, i).lower() or None)


def number_field(name: str, value: Callable[[Scope, Issue], float | None], sort: Sort = Sort.NUMBER) -> JqlField:
    """Make a field of numbers, or of times as Unix times."""

    def get(scope: Scope, issue: Issue) -> list[str]:
        number = value(scope, issue)
        return [] if number is None else [repr(number)]

    return JqlField(name, sort, ORDERED, get, as_written, value)
