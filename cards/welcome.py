"""The welcome card of a conversation."""

from __future__ import annotations

from typing import Literal

from bot.language import mark, tr
from cards.base import ActionSigner, Card
from cards.elements import Part, card, connect_button, heading, interpolate, open_url, rich, run, say

Scope = Literal["personal", "groupChat", "channel"]

_WORDS = {
    "personal": mark("Work in Jira from this chat, as yourself: view, update, comment on and create issues."),
    "groupChat": mark("Mention me with an issue key such as PROJ-12 to share its card here."),
    "channel": mark(
        "Mention me with an issue key such as PROJ-12, or with “{command}” to get updates on new issues here."
    ),
}


def introduce(scope: Scope) -> str:
    """Say what the bot is for in such a conversation."""
    return tr(_WORDS[scope], command="subscribe PROJ")


def welcome_card(scope: Scope, *, url: str = "", sign: ActionSigner | None = None, account: str = "") -> Card:
    """Build the introduction of the bot.

    In a personal chat, `account` is the name of the Jira account that is linked already, and `url` is the person's
    own link if there is none. Elsewhere `sign` makes the button to ask for one.
    """
    title = tr("Jira in Teams")
    body = [heading(title), rich(run(introduce(scope), limit=400), spacing="Small")]
    actions: list[Part] = []
    if account:
        name = run(account, limit=80, bold=True)
        body.append(rich(*interpolate(tr("You're connected to Jira as {name}."), name=name), spacing="Small"))
        actions.append(say("mine", title=tr("My issues")))
    elif scope == "personal" and url:
        actions.append(open_url(tr("Continue with Microsoft"), url, style="positive"))
    elif scope != "personal" and sign:
        actions.append(connect_button(sign))
    return card(body, [*actions, say("help", title=tr("Help"))], summary=title)
