"""Parses the words after `create`: project, type, summary and description. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from bot.commands.forms.parsing.matching import match_by_name, normalise_name
from bot.commands.text_input import one_line, strip_invisible
from bot.jira.fields.choices import PROJECT_KEY
from bot.jira.fields.screens import ProjectRow, TypeRow

_BEFORE_PROJECT = ("in", "for", "to", "on")
_ARTICLES = ("a", "an", "new", "issue")
_MAX_TYPE_WORDS = 3
_MAX_WORDS_BEFORE_KEY = 6
"""Words among which the project's key is looked for."""
_MAX_WORDS_BEFORE_SMALL_KEY = 2
"""After more words, a key counts only in capitals: it is probably a word."""
_MAX_KEYS = 3


@dataclass(frozen=True, slots=True)
class ProjectMatch:
    """A project, and the text before and after its key."""

    project: ProjectRow
    before: str
    after: str


def find_project(text: str, projects: Sequence[ProjectRow]) -> ProjectMatch | None:
    """Return the project whose key is among the first words."""
    by_key = {project.key: project for project in projects}
    words = text.split(None, _MAX_WORDS_BEFORE_KEY)
    for count, word in enumerate(words[:_MAX_WORDS_BEFORE_KEY]):
        key = strip_invisible(word).strip(":,")
        ambiguous = key in _ARTICLES or key in _BEFORE_PROJECT or count > _MAX_WORDS_BEFORE_SMALL_KEY
        if key.upper() in by_key and (key.isupper() or not ambiguous):
            rest = text.split(None, count + 1)[count + 1 :]
            before = " ".join(words[:count]).strip(":,")
            return ProjectMatch(by_key[key.upper()], before, rest[0] if rest else "")
    return None


def find_possible_keys(text: str) -> tuple[str, ...]:
    """Return the first words that could be keys of projects, where not all projects are listed."""
    words = (strip_invisible(word).strip(":,") for word in text.split()[:_MAX_WORDS_BEFORE_KEY])
    return tuple(word for word in words if PROJECT_KEY.fullmatch(word))[:_MAX_KEYS]


def split_type(match: ProjectMatch, types: Sequence[TypeRow]) -> tuple[TypeRow | None, str]:
    """Return the type and the summary. Words before the project that name no type belong to the summary."""
    before = _without_fillers(match.before)
    if not before:
        return take_type(match.after, types)
    matches = match_by_name(before, types, lambda each: (each.name,))
    if len(matches) == 1:
        return matches[0], match.after
    type_, rest = take_type(before, types)
    return type_, f"{rest} {match.after}".strip()


def take_type(text: str, types: Sequence[TypeRow]) -> tuple[TypeRow | None, str]:
    """Return the type whose whole name the text begins with, and the rest."""
    words = text.split(None, _MAX_TYPE_WORDS)
    for count in range(min(_MAX_TYPE_WORDS, len(words)), 0, -1):
        name = normalise_name(" ".join(words[:count]).rstrip(":"))
        type_ = next((each for each in types if normalise_name(each.name) == name), None)
        if type_:
            rest = text.split(None, count)[count:]
            return type_, rest[0] if rest else ""
    return None, text


def _without_fillers(words: str) -> str:
    remaining = words.split()
    while remaining and remaining[0].casefold() in _ARTICLES:
        remaining.pop(0)
    while remaining and remaining[-1].casefold() in _BEFORE_PROJECT:
        remaining.pop()
    return " ".join(remaining)


def suggest_type(types: Sequence[TypeRow]) -> TypeRow | None:
    """Return the type to suggest: the task, or else the first that needs no parent."""
    standalone = [each for each in types if not each.subtask]
    task = next((each for each in standalone if normalise_name(each.name) == "task"), None)
    return task or next(iter(standalone), None)


def split_summary(text: str) -> tuple[str, str]:
    """Return the first line as summary, and the rest as description."""
    first, _, rest = text.strip().partition("\n")
    return one_line(first), rest.strip()
