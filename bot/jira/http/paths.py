"""Paths of Jira's REST API that hold what came from outside."""

from __future__ import annotations

from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import ISSUE_KEY


def issue_path(issue: str) -> str:
    """Return `/issue/{key or id}`. Raises `NotFoundOrForbiddenError` for anything else (threat T33)."""
    if not (ISSUE_KEY.fullmatch(issue) or is_numeric_id(issue)):
        raise NotFoundOrForbiddenError("not an issue key")
    return f"/issue/{issue}"


def is_numeric_id(text: str) -> bool:
    """Whether `text` looks like Jira's id of an issue or a comment."""
    return text.isascii() and text.isdigit() and len(text) <= 18
