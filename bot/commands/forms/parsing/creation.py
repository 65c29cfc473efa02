"""What a person wants to create, from the words behind `create`. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.forms.parsing.matching import find, plain
from bot.jira.fields.choices import PROJECT_KEY
from bot.jira.fields.screens import ProjectRow, TypeRow

_BEFORE_PROJECT = ("in", "for", "to", "on")
_ARTICLES = ("a", "an", "new", "issue")
_LONGEST_TYPE = 3
_LOOKED_AT = 6
"""Words among which the project's key is looked for."""


@dataclass(frozen=True, slots=True)
class Named:
    """A text with the project's key taken out of it."""

    project: ProjectRow
    before: str
    after: str


def find_project(text: str, projects: Sequence[ProjectRow]) -> Named | None:
    """The project whose key is among the first words; behind the third only in capitals, as words are words."""
    by_key = {p.key: p for p in projects}
    words = text.split(None, _LOOKED_AT)
    for n, word in enumerate(words[:_LOOKED_AT]):
        key = word.strip(":,")
        small = key in _ARTICLES or key in _BEFORE_PROJECT or n > 2
        if key.upper() not in by_key or (small and not key.isupper()):
            continue
        rest = text.split(None, n + 1)
        return Named(
            by_key[key.upper()], " ".join(words[:n]).strip(":,"), rest[n + 1] if len(rest) > n + 1 else ""
        )
    return None


def possible_keys(text: str) -> tuple[str, ...]:
    """The leading words that could be keys of projects, for sites with too many projects to list."""
    words = (word.strip(":,") for word in text.split()[:_LOOKED_AT])
    return tuple(w for w in words if PROJECT_KEY.fullmatch(w))[:3]


def split_type(named: Named, types: Sequence[TypeRow]) -> tuple[TypeRow | None, str]:
    """The type and the summary. Words before the project that name no type belong to the summary."""
    before = _without_fillers(named.before)
    if not before:
        return leading_type(named.after, types)
    found = find(before, types, lambda t: (t.name,))
    if len(found) == 1:
        return found[0], named.after
    chosen, rest = leading_type(before, types)
    return chosen, f"{rest} {named.after}".strip()


def leading_type(text: str, types: Sequence[TypeRow]) -> tuple[TypeRow | None, str]:
    """The type whose whole name `text` starts with, and what follows it."""
    words = text.split(None, _LONGEST_TYPE)
    for count in range(min(_LONGEST_TYPE, len(words)), 0, -1):
        wanted = plain(" ".join(words[:count]).rstrip(":"))
        exact = [t for t in types if plain(t.name) == wanted]
        if exact:
            rest = text.split(None, count)[count:]
            return exact[0], rest[0] if rest else ""
    return None, text


def _without_fillers(words: str) -> str:
    kept = words.split()
    while kept and kept[0].casefold() in _ARTICLES:
        kept.pop(0)
    while kept and kept[-1].casefold() in _BEFORE_PROJECT:
        kept.pop()
    return " ".join(kept)


def default_type(types: Sequence[TypeRow]) -> TypeRow | None:
    """The type to suggest: the only one there is, else the task, else the first that stands alone."""
    alone = [t for t in types if not t.subtask]
    return next((t for t in alone if plain(t.name) == "task"), alone[0] if alone else None)


def split_summary(text: str) -> tuple[str, str]:
    """The first line is the summary, what follows it the description."""
    first, _, rest = text.strip().partition("\n")
    return " ".join(first.split()), rest.strip()
