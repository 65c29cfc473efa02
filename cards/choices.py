"""The card of a question with the possible answers as buttons."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from bot.language import tr
from cards.base import ActionSigner, Card
from cards.elements import Part, action_set, card, execute, rich, run, say
from cards.sendable import sayable

MAX_CHOICES = 12
BUTTONS_PER_ROW = 6
"""Teams shows at most six buttons of an action set."""
Choice = tuple[str, str]
"""A button's title, and the text that it sends to the bot."""
MAX_BEGINNING = 60
"""Characters of a text that is on no button."""


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
    offered, untold = _divide(choices[:MAX_CHOICES])
    for start in range(0, len(offered), BUTTONS_PER_ROW):
        row = [say(text, title=title) for title, text in offered[start : start + BUTTONS_PER_ROW]]
        body.append(action_set(row, spacing="Small"))
    body += _beginnings(untold)
    back = []
    if sign is not None:
        data = sign("issue.show", issue=issue, site=site)
        back.append(execute(tr("Back to {issue}", issue=issue), "issue.show", data))
    return card(body, back, summary=question)


def _divide(choices: Sequence[Choice]) -> tuple[list[Choice], list[Choice]]:
    """Return the choices that buttons send, and those whose texts do not fit on buttons."""
    left = Counter(sayable((text for _, text in choices), MAX_CHOICES))
    offered: list[Choice] = []
    untold: list[Choice] = []
    for choice in choices:
        _, text = choice
        (offered if left[text] > 0 else untold).append(choice)
        left[text] -= 1
    return offered, untold


def _beginnings(choices: Sequence[tuple[str, str]]) -> list[Part]:
    """Say how the texts begin that no button sends."""
    if not choices:
        return []
    hint = tr("Your text doesn't fit on a button. Send it again, beginning like this:")
    lines = [
        rich(
            run(title, bold=True, limit=80), run("  "), run(text, mono=True, limit=MAX_BEGINNING), spacing="Small"
        )
        for title, text in choices
    ]
    return [rich(run(hint), spacing="Medium"), *lines]
