"""Dialogs (task modules) and typeahead: forms in the shapes that Teams wants for them.

https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/task-modules/task-modules-bots
https://learn.microsoft.com/microsoftteams/platform/task-modules-and-cards/cards/dynamic-search
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import parse_qsl

from bot.commands.request import Press, Reply
from bot.language import tr
from bot.teams import activities
from bot.teams.activities import ADAPTIVE_CARD, Wire
from cards.forms import answered_choices, input_names

SEARCH_RESPONSE = "application/vnd.microsoft.search.searchResponse"
LEAVING = frozenset({"issue.show", "form.cancel"})
"""Verbs that a dialog has no button for: it is left by closing it."""
MAX_DATASET = 4_000

Body = Mapping[str, object]


def dialog_press(wire: Wire) -> Press:
    """The press that opens or sends a dialog. `card` in the (signed) data names the card it was opened from."""
    data = activities.section(activities.section(wire, "value"), "data")
    verb = activities.text(data, "verb")
    press = activities.press(wire, verb, {k: v for k, v in data.items() if k != "verb"})
    return Press(verb, press.data, press.data.get("card") or press.card_id, own_view=True)


def dialog_answer(reply: Reply) -> Body:
    """A form stays open or opens; a reply that changes the shared card ends the dialog with a sentence."""
    if reply.card is None or (reply.shared is not None and not reply.repeatable):
        return message(reply.summary or reply.text or tr("Done."))
    card = _for_dialog(reply.card)
    value = {
        "title": reply.summary[:100] or "Jira",
        "height": "large" if len(input_names(card)) > 4 else "medium",
        "width": "medium",
        "card": {"contentType": ADAPTIVE_CARD, "content": card},
    }
    return {"task": {"type": "continue", "value": value}}


def message(text: str) -> Body:
    """A sentence in the place of a dialog."""
    return {"task": {"type": "message", "value": text}}


def search_press(wire: Wire) -> Press:
    """A question for choices; its dataset is the data of a press of our own, as `urlencode` writes it."""
    value = activities.section(wire, "value")
    dataset = activities.text(value, "dataset")[:MAX_DATASET]
    data = dict(parse_qsl(dataset, keep_blank_values=True, max_num_fields=30))
    skip = activities.section(value, "queryOptions").get("skip")
    asked = {"query": activities.text(value, "queryText"), "skip": f"{skip}"[:10]}
    return activities.press(wire, "form.choices", {**data, **asked})


def search_answer(reply: Reply | None) -> Body:
    """The choices; none after a failure, for which there is no other place."""
    found = answered_choices(reply.card) if reply and reply.card else []
    results = [{"title": title, "value": value} for title, value in found]
    return {"statusCode": 200, "type": SEARCH_RESPONSE, "value": {"results": results}}


def _for_dialog(node: Mapping[str, object]) -> dict[str, object]:
    """A card with the `Action.Submit` that stands behind each `Action.Execute`: dialogs know no other."""
    made: dict[str, object] = {}
    for name, part in node.items():
        if isinstance(part, Mapping):
            made[name] = _for_dialog(part)
        elif isinstance(part, list):
            made[name] = [_for_dialog(_behind(p)) if isinstance(p, Mapping) else p for p in part if not _leaves(p)]
        else:
            made[name] = part
    return made


def _behind(action: Mapping[str, object]) -> Mapping[str, object]:
    fallback = action.get("fallback")
    return fallback if action.get("type") == "Action.Execute" and isinstance(fallback, Mapping) else action


def _leaves(part: object) -> bool:
    return isinstance(part, Mapping) and part.get("verb") in LEAVING
