"""Finding what is meant by a name: forgiving, and never a guess between two."""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from bot.jira.fields.kinds import Kind, kind_of
from bot.jira.models import Field, FieldOption

ALIASES: Mapping[str, str] = {
    "due": "duedate",
    "deadline": "duedate",
    "title": "summary",
    "desc": "description",
    "text": "description",
    "type": "issuetype",
    "prio": "priority",
    "label": "labels",
    "tags": "labels",
    "component": "components",
    "fix version": "fixVersions",
    "fixversion": "fixVersions",
    "fix": "fixVersions",
    "release": "fixVersions",
    "affects version": "versions",
    "affected version": "versions",
    "epic": "parent",
    "owner": "assignee",
}
"""What people call Jira's own fields; their ids and names are understood anyway."""

POINTS = ("story points", "story point estimate")
"""Names of the story points field in company-managed and team-managed projects."""

_SEPARATORS = re.compile(r"[\s_-]+")
_APOSTROPHES = str.maketrans("‘’", "''")
"""A telephone types “Won’t do” where Jira has “Won't Do”."""
_Thing = TypeVar("_Thing")


def plain(name: str) -> str:
    """A name as it is compared: one case, single spaces, no hyphens, apostrophes as on a typewriter."""
    return _SEPARATORS.sub(" ", name.casefold().translate(_APOSTROPHES)).strip()


def find(wanted: str, things: Iterable[_Thing], names: Callable[[_Thing], Sequence[str]]) -> tuple[_Thing, ...]:
    """The things that `wanted` may mean: the first of these tests that any passes decides.

    Equal to a name; start of one; every word starts a word of one; most similar.
    """
    text = plain(wanted)
    if not text:
        return ()
    named = [(thing, plain(name)) for thing in things for name in names(thing) if name]
    similar = set(difflib.get_close_matches(text[:60], [n[:60] for _, n in named], n=1, cutoff=0.75))
    tests = (
        lambda name: name == text,
        lambda name: name.startswith(text),
        lambda name: all(any(part.startswith(w) for part in name.split()) for w in text.split()),
        lambda name: name[:60] in similar,
    )
    for test in tests:
        found: list[_Thing] = []
        for thing, name in named:
            if test(name) and thing not in found:
                found.append(thing)
        if found:
            return tuple(found)
    return ()


def find_option(wanted: str, options: Sequence[FieldOption]) -> tuple[FieldOption, ...]:
    """The allowed values that `wanted` may mean."""
    return find(wanted, options, lambda option: (option.name,))


def called(name: str, fields: Sequence[Field]) -> Field | None:
    """The field of just this name, in whatever language its site is; none that is merely similar."""
    return next((f for f in fields if plain(name) in _names(f)), None)


def take_field(text: str, fields: Sequence[Field]) -> tuple[tuple[Field, ...], str]:
    """The fields that the start of `text` may name, and the rest of it. More than one: it is not clear which."""
    words = text.split()
    counts = range(min(len(words), 6), 0, -1)
    for count in counts:
        name = " ".join(words[:count])
        exact = [f for f in fields if plain(name.rstrip(":=")) in _names(f)]
        if exact:
            return tuple(exact[:1]), _rest(text, count)
    for count in counts:
        found = find(" ".join(words[:count]).rstrip(":="), fields, _names)
        if found:
            return found, _rest(text, count)
    return (), text


def _names(field: Field) -> tuple[str, ...]:
    names = [field.name, field.id, *(alias for alias, of in ALIASES.items() if of == field.id)]
    if plain(field.name) in POINTS or field.custom.endswith(":jsw-story-points"):
        names += ["points", *POINTS]
    if kind_of(field) is Kind.SPRINT:
        names.append("sprint")
    return tuple(plain(name) for name in names)


def _rest(text: str, count: int) -> str:
    parts = text.split(None, count)
    return parts[count].strip() if len(parts) > count else ""
