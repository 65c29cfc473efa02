"""The kinds of searchable field: what each gives of an issue, how it reads a literal, what operators it takes."""

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
    """How a field's values compare."""

    ID = 1
    TEXT = 2
    DATE = 3
    NUMBER = 4


@dataclass(frozen=True, slots=True)
class Scope:
    """Who asks, where and when."""

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
    """One searchable field. `get` gives ids (or the text, or numbers as strings); `resolve` reads a literal.

    `rank` tells where an id stands in the field's order, for `priority > Low`. `functions` are in lower case.
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
    """Jira's words for a value that a field does not have."""
    return JqlError(f"The value '{text}' does not exist for the field '{field}'.")


def by_name(field: str, pairs: Pairs) -> Resolve:
    """Literals that name something by id or by name, in whatever case."""

    def resolve(scope: Scope, text: str) -> set[str]:
        found = {i for i, name in pairs(scope) if text == i or text.lower() == name.lower()}
        if not found:
            raise missing(text, field)
        return found

    return resolve


def as_written(_scope: Scope, text: str) -> set[str]:
    """Literals that are their own value."""
    return {text}


def stored(field_id: str) -> Get:
    """What an issue stores in a field."""

    def get(_scope: Scope, issue: Issue) -> list[str]:
        value = issue.values.get(field_id)
        if isinstance(value, list):
            return [str(v) for v in value]
        return [] if value is None else [str(value)]

    return get


def first_of(get: Get) -> Callable[[Scope, Issue], Key]:
    """The first of a field's values, for sorting."""
    return lambda scope, issue: next(iter(get(scope, issue)), None)


def choice_field(name: str, field_id: str, pairs: Pairs) -> JqlField:
    """A field with known values."""
    get = stored(field_id)
    return JqlField(name, Sort.ID, EQUALITY, get, by_name(name, pairs), first_of(get))


def _people(scope: Scope) -> Iterable[tuple[str, str]]:
    for person in scope.site.people:
        yield person.account_id, person.name
        yield person.account_id, person.email


def user_field(name: str, get: Get) -> JqlField:
    """A field that holds people; sorts by their names."""

    def order(scope: Scope, issue: Issue) -> Key:
        first = next(iter(get(scope, issue)), None)
        return scope.site.name_of(first).lower() if first else None

    return JqlField(name, Sort.ID, EQUALITY, get, by_name(name, _people), order, ("currentuser", "membersof"))


def _key_order(_scope: Scope, issue: Issue) -> Key:
    return f"{issue.project} {int(issue.key.rpartition('-')[2]):012d}"


def _key_rank(scope: Scope, issue_id: str) -> Key:
    found = scope.site.issue_by_id(issue_id)
    return _key_order(scope, found) if found else None


def issue_field(name: str, get: Get) -> JqlField:
    """A field that holds issues; sorts by the searched issue's own key."""

    def resolve(scope: Scope, text: str) -> set[str]:
        key = text.upper()
        found = scope.site.issues.get(scope.site.moved_keys.get(key, key)) or scope.site.issue_by_id(text)
        if found is None or not scope.site.is_visible(found, scope.account_id):
            raise JqlError(f"An issue with key '{text}' does not exist for field '{name}'.")
        return {found.id}

    functions = ("issuehistory", "watchedissues", "votedissues", "linkedissues")
    return JqlField(name, Sort.ID, ORDERED, get, resolve, _key_order, functions, _key_rank)


def text_field(name: str, words: Callable[[Scope, Issue], str], operators: tuple[str, ...] = TEXT) -> JqlField:
    """A field of words."""

    def get(scope: Scope, issue: Issue) -> list[str]:
        found = words(scope, issue)
        return [found] if found else []

    return JqlField(name, Sort.TEXT, operators, get, as_written, lambda s, i: words(s, i).lower() or None)


def number_field(name: str, value: Callable[[Scope, Issue], float | None], sort: Sort = Sort.NUMBER) -> JqlField:
    """A field of numbers, or of moments as Unix times."""

    def get(scope: Scope, issue: Issue) -> list[str]:
        number = value(scope, issue)
        return [] if number is None else [repr(number)]

    return JqlField(name, sort, ORDERED, get, as_written, value)
