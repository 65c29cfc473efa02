"""The card of a question with the possible answers as buttons."""

from __future__ import annotations

from collections.abc import Sequence

from bot.language import tr
from cards.base import ActionSigner, Card
from cards.elements import action_set, card, execute, rich, run, say

MAX_CHOICES = 12
BUTTONS_PER_ROW = 6
"""Teams shows at most six buttons of an action set."""


def choices_card(
    question: str,
    choices: Sequence[tuple[str, str]],
    *,
    sign: ActionSigner | None = None,
    issue: str = "",
    site: str = "",
) -> Card:
    """Build a question. `choices` are pairs of a button's title and the text that it sends to the bot.

    With `sign`, a further button leads back to `issue`.
    """
    body = [rich(run(question, limit=600))]
    shown = list(choices[:MAX_CHOICES])
    for start in range(0, len(shown), BUTTONS_PER_ROW):
        row = [say(text, title=title) for title, text in shown[start : start + BUTTONS_PER_ROW]]
        body.append(action_set(row, spacing="Small"))
    back = []
    if sign is not None:
        data = sign("issue.show", issue=issue, site=site)
        back.append(execute(tr("Back to {issue}", issue=issue), "issue.show", data))
    return card(body, back, summary=question)
