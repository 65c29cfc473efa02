"""The welcome card of a conversation."""

from __future__ import annotations

from typing import Literal

from bot.language import mark, tr
from cards.base import ActionSigner, Card
from cards.elements import card, connect_button, heading, open_url, rich, run, say

Scope = Literal["personal", "groupChat", "channel"]

_WORDS = {
    "personal": mark("Work in Jira from this chat, as yourself: view, update, comment on and create issues."),
    "groupChat": mark("Mention me with an issue key such as PROJ-12 to share its card here."),
    "channel": mark(
        "Mention me with an issue key such as PROJ-12, or with “{command}” to get updates on new issues here."
    ),
}


def welcome_card(scope: Scope, *, url: str = "", sign: ActionSigner | None = None) -> Card:
    """Build the introduction of the bot.

    `url` is the person's own link for a personal chat; elsewhere `sign` makes the button to ask for one.
    """
    title, words = tr("Jira in Teams"), tr(_WORDS[scope], command="subscribe PROJ")
    body = [heading(title), rich(run(words, limit=400), spacing="Small")]
    actions = []
    if scope == "personal" and url:
        actions.append(open_url(tr("Continue with Microsoft"), url, style="positive"))
    elif scope != "personal" and sign:
        actions.append(connect_button(sign))
    return card(body, [*actions, say("help", title=tr("Help"))], summary=title)
