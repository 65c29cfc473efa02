"""The first words in a conversation."""

from __future__ import annotations

from typing import Literal

from cards.base import Card, Mint
from cards.elements import card, connect_button, heading, open_url, rich, run, say

Scope = Literal["personal", "groupChat", "channel"]

_WORDS = {
    "personal": "Work in Jira from this chat, as yourself: look at an issue, move it, comment on it, create one.",
    "groupChat": "Mention me with an issue, such as PROJ-12, and its card appears here for everybody.",
    "channel": "Mention me with an issue such as PROJ-12, or with “subscribe PROJ” to hear of new issues here.",
}


def welcome_card(scope: Scope, *, url: str = "", mint: Mint | None = None) -> Card:
    """Says what the bot is for. `url` is a person's own link and only used in a personal chat; elsewhere
    `mint` gives the button whose answer its presser alone sees."""
    body = [heading("Jira in Teams"), rich(run(_WORDS[scope], limit=400), spacing="Small")]
    actions = []
    if scope == "personal" and url:
        actions.append(open_url("Continue with Microsoft", url) | {"style": "positive"})
    elif scope != "personal" and mint:
        actions.append(connect_button(mint))
    return card(body, [*actions, say("help", title="Help")], summary="Jira in Teams")
