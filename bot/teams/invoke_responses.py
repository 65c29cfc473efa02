"""Bodies of invoke answers, each in the shape of its kind.

https://learn.microsoft.com/adaptive-cards/authoring-cards/universal-action-model#response-format
"""

from __future__ import annotations

from bot.commands.request import Reply
from bot.language import tr
from bot.teams import dialogs, search
from bot.teams.activities import ADAPTIVE_CARD, Json, TeamsActivity

ACTIVITY_MESSAGE = "application/vnd.microsoft.activity.message"
INVOKE_ERROR = "application/vnd.microsoft.error"


def press_response(reply: Reply) -> Json:
    """Show the presser their card, or a sentence."""
    if reply.card is not None:
        return {"statusCode": 200, "type": ADAPTIVE_CARD, "value": reply.card}
    return _text_response(reply.text or tr("Done."))


def refresh_response(reply: Reply) -> Json:
    """Show the viewer their own card. Updating the shared one would make every client ask again, without end."""
    return _error_response(reply.problem) if reply.card is None else press_response(reply)


def in_words(activity: TeamsActivity, sentence: str) -> Json:
    """Show a sentence in the place where the invoke's client looks for an answer."""
    name = activity.name
    if activity.is_automatic:
        return _error_response(sentence)
    if name.startswith("task/") or name in ("composeExtension/fetchTask", "composeExtension/submitAction"):
        return dialogs.message_response(sentence)
    if name.startswith("composeExtension/"):
        return search.message_response(sentence)
    return dialogs.search_response(None) if name == "application/search" else _text_response(sentence)


def _error_response(reason: str) -> Json:
    """Return an error, after which the client goes on showing the card that it has."""
    return {"statusCode": 500, "type": INVOKE_ERROR, "value": {"code": "500", "message": reason}}


def _text_response(text: str) -> Json:
    # botbuilder's AdaptiveCardInvokeResponse cannot carry a text: msrest wants an object there.
    return {"statusCode": 200, "type": ACTIVITY_MESSAGE, "value": text}
