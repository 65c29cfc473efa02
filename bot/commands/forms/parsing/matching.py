"""Matches names as people type them: forgiving, but never choosing one of several."""

from __future__ import annotations

import difflib
import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TypeVar

from bot.commands.text_input import strip_invisible
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
"""What people call Jira's own fields, besides their ids and names."""

STORY_POINTS = ("story points", "story point estimate")
"""Names of the story points field in company-managed and team-managed projects."""

MAX_FIELD_WORDS = 6
"""Words of a field's name."""
MAX_COMPARED = 60
"""Characters of a name that are compared for similarity."""
MAX_COMPOSED = 255
"""Characters of a name that are composed, in time that is quadratic for combining marks."""
MIN_SIMILARITY = 0.75
_PRIORITIES: tuple[frozenset[str], ...] = (
    frozenset({"highest", "höchste"}),
    frozenset({"high", "hoch", "hohe"}),
    frozenset({"medium", "mittel", "mittlere"}),
    frozenset({"low", "niedrig", "niedrige"}),
    frozenset({"lowest", "niedrigste"}),
)
"""What Jira's default priorities are called in the languages of the bridge, whatever the site's is."""
_SEPARATORS = re.compile(r"(?:[\s_]|-(?![0-9])|(?<=[^\s_])-)+")
"""A minus before a number belongs to that: `-1` is not the sprint with the number 1."""
_APOSTROPHES = "‘’"
"""A phone types “Won’t do” where Jira has “Won't Do”."""
_ItemT = TypeVar("_ItemT")


def normalise_name(name: str) -> str:
    """Return a name in the form in which names are compared.

    That is one case, single spaces, straight apostrophes, nothing that nobody sees.
    """
    text = _compose(strip_invisible(name)).casefold()
    for apostrophe in _APOSTROPHES:
        text = text.replace(apostrophe, "'")
    return _SEPARATORS.sub(" ", text).strip()


def _compose(name: str) -> str:
    """Return a name with composed letters (é in one character), in which Jira may have it as well or not."""
    return name if name.isascii() else unicodedata.normalize("NFC", name[:MAX_COMPOSED]) + name[MAX_COMPOSED:]


def match_by_name(
    name: str, items: Iterable[_ItemT], names_of: Callable[[_ItemT], Sequence[str]]
) -> tuple[_ItemT, ...]:
    """Return the items that a name may mean: the first test that any item passes decides.

    Equal to one of its names; the beginning of one; each word the beginning of a word of one; most similar to one.
    """
    text = normalise_name(name)
    if not text:
        return ()
    named = [(item, normalise_name(known)) for item in items for known in names_of(item) if known]
    compared = [known[:MAX_COMPARED] for _, known in named]
    similar = set(difflib.get_close_matches(text[:MAX_COMPARED], compared, n=1, cutoff=MIN_SIMILARITY))
    tests = (
        lambda known: known == text,
        lambda known: known.startswith(text),
        lambda known: all(any(part.startswith(word) for part in known.split()) for word in text.split()),
        lambda known: known[:MAX_COMPARED] in similar,
    )
    for test in tests:
        matches: list[_ItemT] = []
        for item, known in named:
            if test(known) and item not in matches:
                matches.append(item)
        if matches:
            return tuple(matches)
    return ()


def match_options(name: str, options: Sequence[FieldOption]) -> tuple[FieldOption, ...]:
    """Return the allowed values that a name may mean."""
    return match_by_name(name, options, lambda option: (option.name,))


def match_priority(name: str, options: Sequence[FieldOption]) -> tuple[FieldOption, ...]:
    """Return the priorities that a name may mean: by their names, or else by what people call them."""
    text = normalise_name(name).removesuffix(" priorität").removesuffix(" priority")
    words = next((names for names in _PRIORITIES if text in names), frozenset())
    synonyms = tuple(option for option in options if normalise_name(option.name) in words)
    exact = tuple(option for option in options if normalise_name(option.name) == text)
    return exact or synonyms or match_options(name, options)


def fields_named(name: str, fields: Sequence[Field]) -> tuple[Field, ...]:
    """Return the fields of just this name: its own name in the site's language goes before ids and aliases."""
    text = normalise_name(name)
    own = tuple(field for field in fields if normalise_name(field.name) == text)
    return own or tuple(field for field in fields if text in _names(field))


def system_field(name: str, fields: Sequence[Field]) -> Field | None:
    """Return Jira's own field that a command is named after, or else the first field of that name."""
    field_id = ALIASES.get(name, name)
    named = fields_named(name, fields)
    return next((field for field in fields if field.id == field_id), named[0] if named else None)


def reference(field: Field, fields: Sequence[Field], value: str = "") -> str:
    """Return what names a field alone in front of a value: its name, or else its id."""
    named, rest = take_field(f"{field.name} {value}", fields)
    return field.name if named == (field,) and rest == value.strip() else field.id


def take_field(text: str, fields: Sequence[Field]) -> tuple[tuple[Field, ...], str]:
    """Return the fields that the beginning of a text may name, and the rest. Several: it is not clear which."""
    words = text.split()
    counts = range(min(len(words), MAX_FIELD_WORDS), 0, -1)
    names = {count: " ".join(words[:count]).rstrip(":=") for count in counts}
    for count, name in names.items():
        named = fields_named(name, fields)
        if named:
            return named, _rest(text, count)
    for count, name in names.items():
        matches = match_by_name(name, fields, _names)
        if matches:
            return matches, _rest(text, count)
    return (), text


def _names(field: Field) -> tuple[str, ...]:
    names = [field.name, field.id, *(alias for alias, of in ALIASES.items() if of == field.id)]
    if normalise_name(field.name) in STORY_POINTS or field.custom.endswith(":jsw-story-points"):
        names += ["points", *STORY_POINTS]
    if kind_of(field) is Kind.SPRINT:
        names.append("sprint")
    return tuple(normalise_name(name) for name in names)


def _rest(text: str, count: int) -> str:
    parts = text.split(None, count)
    return parts[count].strip() if len(parts) > count else ""
