"""Dialogs (task modules) and typeahead: forms in the shapes that Teams wants for them.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/dynamic-search
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from urllib.parse import parse_qsl

from bot.commands.request import Press, Reply
from bot.http.json import as_object, as_string
from bot.language import tr
from bot.teams.activities import ADAPTIVE_CARD, Json, TeamsActivity
from bot.teams.inbound_requests import make_press
from cards.forms import input_names, typeahead_choices

SEARCH_RESPONSE = "application/vnd.microsoft.search.searchResponse"
CLOSING_VERBS = frozenset({"issue.show", "form.cancel"})
"""Verbs that have no button in a dialog, which is left by closing it."""
MAX_DATASET_CHARS = 4_000
MAX_DATASET_FIELDS = 30
MAX_TITLE_CHARS = 100
MAX_INPUTS_OF_MEDIUM_HEIGHT = 4


def read_press(activity: TeamsActivity) -> Press:
    """Read the press that opens or submits a dialog."""
    data = as_object(activity.value.get("data"))
    verb = as_string(data.get("verb"))
    press = make_press(activity, verb, {name: value for name, value in data.items() if name != "verb"})
    return replace(press, own_view=True, in_dialog=True)


def dialog_response(reply: Reply) -> Json:
    """Show a form; a reply that changes the shared card ends the dialog with a sentence."""
    if reply.card is None or (reply.shared is not None and not reply.repeatable):
        return message_response(reply.summary or reply.text or tr("Done."))
    card = _with_submit_actions(reply.card)
    value = {
        "title": reply.summary[:MAX_TITLE_CHARS] or "Jira",
        "height": "large" if len(input_names(card)) > MAX_INPUTS_OF_MEDIUM_HEIGHT else "medium",
        "width": "medium",
        "card": {"contentType": ADAPTIVE_CARD, "content": card},
    }
    return {"task": {"type": "continue", "value": value}}


def message_response(text: str) -> Json:
    """Show a sentence in place of a dialog."""
    return {"task": {"type": "message", "value": text}}


def read_search(activity: TeamsActivity) -> Press:
    """Read a search for choices. Its dataset is the data of a press of our own, as `urlencode` writes it."""
    value = activity.value
    dataset = as_string(value.get("dataset"))[:MAX_DATASET_CHARS]
    data = dict(parse_qsl(dataset, keep_blank_values=True, max_num_fields=MAX_DATASET_FIELDS))
    skip = as_object(value.get("queryOptions")).get("skip")
    return make_press(
        activity, "form.choices", {**data, "query": as_string(value.get("queryText")), "skip": f"{skip}"[:10]}
    )


def search_response(reply: Reply | None) -> Json:
    """Return the choices; none after a failure, which cannot be shown here."""
    choices = typeahead_choices(reply.card) if reply and reply.card else []
    results = [{"title": title, "value": value} for title, value in choices]
    return {"statusCode": 200, "type": SEARCH_RESPONSE, "value": {"results": results}}


def _with_submit_actions(node: Json) -> dict[str, object]:
    """Replace each `Action.Execute` of a card by an `Action.Submit`: dialogs know no other action."""
    converted: dict[str, object] = {}
    for name, part in node.items():
        if isinstance(part, Mapping):
            converted[name] = _with_submit_actions(part)
        elif isinstance(part, list):
            kept = [each for each in part if not _closes_dialog(each)]
            converted[name] = [
                _with_submit_actions(_to_submit(each)) if isinstance(each, Mapping) else each for each in kept
            ]
        else:
            converted[name] = part
    return converted


def _to_submit(action: Json) -> Json:
    if action.get("type") != "Action.Execute":
        return action
    submit = {name: part for name, part in action.items() if name != "verb"}
    return submit | {"type": "Action.Submit", "data": {**as_object(action.get("data")), "verb": action["verb"]}}


def _closes_dialog(part: object) -> bool:
    return isinstance(part, Mapping) and part.get("verb") in CLOSING_VERBS
