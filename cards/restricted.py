"""The card of an issue whose content its readers may not see: its key and the word “restricted”."""

from __future__ import annotations

from collections.abc import Sequence

from bot.jira.models import Issue
from bot.language import tr
from cards import issue_parts
from cards.base import Card
from cards.elements import Part, card, dot, execute, open_url, refresh_action, rich, run
from cards.issue_view import IssueView

MAX_KEY = 40


def restricted_card(view: IssueView, *, refresh_for: Sequence[str] = (), done: bool = False) -> Card:
    """Build the card. Its button shows the issue to its presser alone, and so do the clients of `refresh_for`.

    `done`: what was asked for is done; what that was, the card does not say.
    """
    body: list[Part] = list(issue_parts.banner(tr("Done.") if done else "", ""))
    key = run(view.key or view.issue.key, bold=True, size="Large", limit=MAX_KEY, url=view.url)
    body.append(rich(key, dot(), _moved_mark() if view.moved else restricted_mark()))
    actions: list[Part] = []
    if view.key:
        data = view.sign_data("issue.show", own="1")
        actions.append(execute(tr("Show {key}", key=view.key), "issue.show", data))
        actions.append(open_url(tr("Open in Jira"), view.url))
    refresh = refresh_action("issue.show", view.sign_data("issue.show"), refresh_for) if refresh_for else None
    return card(body, actions, summary=restricted_name(view.issue), refresh=refresh)


def restricted_mark() -> Part:
    """Build the word that stands in place of the content."""
    return run(tr("restricted"), color="Attention", size="Small")


def _moved_mark() -> Part:
    return run(tr("in another project"), subtle=True, size="Small")


def restricted_name(issue: Issue) -> str:
    """Return the issue in one line."""
    return tr("{key} (restricted)", key=issue.key[:MAX_KEY])
