"""Rows of issues in lists and digests: a press on a row opens its issue."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from bot.jira.models import issue_key
from bot.language import tr
from cards.base import ActionSigner
from cards.elements import Part, container, execute, run

NO_DATA: Mapping[str, str] = {}


def key_run(key: str) -> Part:
    """Build the key of a row, in the colour of links if it is well-formed."""
    valid = issue_key(key)
    return run(valid or key, bold=True, limit=40, color="Accent" if valid else "")


def issue_row(
    lines: Iterable[Part],
    *,
    key: str,
    site: str,
    sign: ActionSigner,
    data: Mapping[str, str] = NO_DATA,
) -> Part:
    """Build a row that opens the issue with `key` on `site` (a cloud id). `data` is added to that of the press."""
    valid = issue_key(key)
    action = None
    if valid:
        signed = sign("issue.show", issue=valid, site=site, **data)
        action = execute(tr("Open {key}", key=valid), "issue.show", signed)
    return container(lines, action=action)
