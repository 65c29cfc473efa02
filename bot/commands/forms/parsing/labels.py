"""Parses labels: words, which some people put into quotes. Jira's labels have no spaces."""

from __future__ import annotations

import re
from collections.abc import Sequence

from bot.commands.forms.parsing.errors import BadValueError, LabelSpacesError
from bot.jira.models import Field
from bot.language import tr

MAX_LABEL = 255
"""Characters that Jira takes in a label."""
MAX_SHOWN_LABEL = 60

_SEPARATORS = re.compile(r"[\s,;]+")
_BETWEEN = re.compile(r"(?<=[^\s,;])[\s,;]+(?:and|und|&)(?=\s+[^\s,;])", re.IGNORECASE)
_QUOTED = re.compile(
    r"""(?<![^\s,;+\-−–])(?:["“”„]([^"“”„\n]{0,300})["“”„]|«([^«»\n]{0,300})»|['‘‚]([^'‘’‚\n]{0,300})['’‘])(?![^\s,;])"""
)
_DOUBLE_QUOTES = '"“”„«»'


def unquote_labels(text: str) -> str:
    """Return typed labels without quotes around them and “and” between them. Raises `LabelSpacesError`."""
    hyphenated: list[str] = []

    def unquote(match: re.Match[str]) -> str:
        words = [word for word in _SEPARATORS.split(match[1] or match[2] or match[3] or "") if word]
        if len(words) > 1:
            hyphenated.append("-".join(words))
        return "-".join(words)

    unquoted = _QUOTED.sub(unquote, _BETWEEN.sub("", text))
    if hyphenated:
        raise spaces_error(hyphenated, unquoted)
    return unquoted


def spaces_error(hyphenated: Sequence[str], suggested: str) -> LabelSpacesError:
    """Say that labels have no spaces, and how to write them. `suggested` is all that was typed, like that."""
    labels = ", ".join(f"“{label[:MAX_SHOWN_LABEL]}”" for label in hyphenated)
    return LabelSpacesError(tr("Labels can't have spaces. Use {labels} instead.", labels=labels), suggested)


def parse_labels(field: Field, text: str) -> tuple[str, ...]:
    """Return the labels of a list of words. Raises `BadValueError`, `LabelSpacesError`."""
    words = (word.strip(_DOUBLE_QUOTES) for word in _SEPARATORS.split(unquote_labels(text)))
    labels = tuple(dict.fromkeys(filter(None, words)))
    if any(len(label) > MAX_LABEL for label in labels):
        raise BadValueError(
            tr("A label in {field} can have up to {limit} characters.", field=field.name, limit=MAX_LABEL)
        )
    return labels
