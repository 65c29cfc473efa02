"""Short cards: something happened, is out of date, is under way."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal

from bot.jira.models import issue_key
from cards.base import Card, Mint
from cards.elements import Part, card, container, execute, heading, rich, run, say

Tone = Literal["good", "warning", "attention", "plain"]
MAX_LINES = 12


def message_card(text: str, tone: Tone = "plain", *, title: str = "", suggestions: Sequence[str] = ()) -> Card:
    """A few sentences; a line of `text` is a paragraph. `suggestions` are commands offered as buttons."""
    lines = [line for line in text.splitlines() if line.strip()][:MAX_LINES]
    body: list[Part] = [heading(title)] if title else []
    body += [rich(run(line, limit=600), spacing="Small") for line in lines]
    if tone != "plain":
        body = [container(body, style=tone, bleed=True)]
    return card(body, [say(each) for each in suggestions[:6]], summary=title or (lines[0] if lines else ""))


def stale_card(mint: Mint, *, issue: str = "", site: str = "") -> Card:
    """The press came from a card that is out of date or was tampered with; nothing was done."""
    key = issue_key(issue) or ""
    words = "Nothing was changed." + (f" Open {key} again to see how it stands now." if key else "")
    actions = [execute(f"Show {key}", "issue.show", mint("issue.show", issue=key, site=site))] if key else []
    return card(
        [heading("This card is out of date"), rich(run(words), spacing="Small")],
        actions or [say("help", title="Help")],
        summary="This card is out of date",
    )


def working_card(text: str = "Jira is taking its time. The result appears here as soon as it is known.") -> Card:
    """The request is under way and will be finished later."""
    return card([heading("In progress"), rich(run(text), spacing="Small")], summary="In progress")
