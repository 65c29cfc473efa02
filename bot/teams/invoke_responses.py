"""What an invoke is answered with, in the shape that its kind has for it.

https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.commands.request import Reply
from bot.language import tr
from bot.teams import activities, dialogs, search
from bot.teams.activities import ADAPTIVE_CARD, Wire

ACTIVITY_MESSAGE = "application/vnd.microsoft.activity.message"
INVOKE_ERROR = "application/vnd.microsoft.error"

Body = Mapping[str, object]


def pressed(reply: Reply) -> Body:
    """The presser's card, or a sentence."""
    if reply.card is not None:
        return {"statusCode": 200, "type": ADAPTIVE_CARD, "value": reply.card}
    return _text(reply.text or tr("Done."))


def refreshed(reply: Reply) -> Body:
    """The viewer's own card. An update of the shared one would make every client ask anew, without end."""
    return _kept(reply.problem) if reply.card is None else pressed(reply)


def in_words(wire: Wire, told: str) -> Body:
    """A sentence."""
    name = activities.text(wire, "name")
    if activities.is_automatic(wire):
        return _kept(told)
    if name.startswith("task/") or name in ("composeExtension/fetchTask", "composeExtension/submitAction"):
        return dialogs.message(told)
    if name.startswith("composeExtension/"):
        return search.said(told)
    return dialogs.search_answer(None) if name == "application/search" else _text(told)


def _kept(why: str) -> Body:
    """An error, with which a client goes on showing the card that it has."""
    return {"statusCode": 500, "type": INVOKE_ERROR, "value": {"code": "500", "message": why}}


def _text(text: str) -> Body:
    # botbuilder's AdaptiveCardInvokeResponse cannot carry a text: msrest wants an object there.
    return {"statusCode": 200, "type": ACTIVITY_MESSAGE, "value": text}
