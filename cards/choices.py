"""A question with the possible answers as buttons."""

from __future__ import annotations

from collections.abc import Sequence

from cards.base import Card
from cards.elements import action_set, card, rich, run, say

MAX_CHOICES = 12
PER_ROW = 6
"""Teams shows up to six buttons of one action set."""


def choices_card(question: str, choices: Sequence[tuple[str, str]]) -> Card:
    """`choices` are (title, what the button says to the bot) pairs."""
    body = [rich(run(question, limit=600))]
    shown = list(choices[:MAX_CHOICES])
    for start in range(0, len(shown), PER_ROW):
        row = [say(text, title=title) for title, text in shown[start : start + PER_ROW]]
        body.append(action_set(row, spacing="Small"))
    return card(body, summary=question)
