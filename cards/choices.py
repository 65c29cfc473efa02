"""A question with the possible answers as buttons."""

from __future__ import annotations

from collections.abc import Sequence

from bot.language import tr
from cards.base import ActionSigner, Card
from cards.elements import action_set, card, execute, rich, run, say

MAX_CHOICES = 12
PER_ROW = 6
"""Teams shows up to six buttons of one action set."""


def choices_card(
    question: str,
    choices: Sequence[tuple[str, str]],
    *,
    sign: ActionSigner | None = None,
    issue: str = "",
    site: str = "",
) -> Card:
    """`choices` are (title, what the button says to the bot) pairs. With a `sign`, one leads back to `issue`."""
    body = [rich(run(question, limit=600))]
    shown = list(choices[:MAX_CHOICES])
    for start in range(0, len(shown), PER_ROW):
        row = [say(text, title=title) for title, text in shown[start : start + PER_ROW]]
        body.append(action_set(row, spacing="Small"))
    back = []
    if sign is not None:
        data = sign("issue.show", issue=issue, site=site)
        back.append(execute(tr("Back to {issue}", issue=issue), "issue.show", data))
    return card(body, back, summary=question)
