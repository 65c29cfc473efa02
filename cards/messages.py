"""Cards of short messages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from bot.jira.models import issue_key
from bot.language import tr
from cards.base import ActionSigner, Card
from cards.elements import Part, Tone, callout, card, execute, heading, rich, run, say
from cards.sendable import sayable
from cards.size import MAX_CARD_BYTES, size

MAX_LINES = 12


def message_card(text: str, tone: Tone | Literal["plain"] = "plain", *, suggestions: Sequence[str] = ()) -> Card:
    """Build a message; each line of `text` is a paragraph. `suggestions` are commands offered as buttons."""
    lines = [line for line in text.splitlines() if line.strip()][:MAX_LINES]
    body: list[Part] = [rich(run(line, limit=600), spacing="Small") for line in lines]
    if tone != "plain":
        body = [callout(body, tone)]
    return card(body, list(map(say, sayable(suggestions, 6))), summary=lines[0] if lines else "")


def with_warning(shown: Mapping[str, object], text: str) -> Card | None:
    """Return a card with a warning above what it shows; None if it is too large with it."""
    body = shown.get("body")
    warning = callout([rich(run(text, limit=600))], "warning")
    warned = {**shown, "body": [warning, *(body if isinstance(body, list) else [])]}
    return warned if size(warned) <= MAX_CARD_BYTES else None


def stale_card(sign: ActionSigner, *, issue: str = "", site: str = "") -> Card:
    """Build the answer to a press on a card that is out of date or was tampered with; nothing was done."""
    key = issue_key(issue) or ""
    title = tr("This card is out of date")
    if key:
        words = tr("Nothing was changed. Open {key} again to see its current state.", key=key)
        data = sign("issue.show", issue=key, site=site)
        action = execute(tr("Show {key}", key=key), "issue.show", data)
    else:
        words, action = tr("Nothing was changed."), say("help", title=tr("Help"))
    return card([heading(title), rich(run(words), spacing="Small")], [action], summary=title)
