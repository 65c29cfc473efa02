"""Outlook and Microsoft 365 Copilot: they search and preview issues through the message extension, and no more.

Their activities come over the bot's channel Microsoft 365. Of a card's actions only `Action.OpenUrl` works there:
https://learn.microsoft.com/microsoftteams/platform/m365-apps/extend-m365-teams-message-extension
"""

from __future__ import annotations

from collections.abc import Mapping

from bot.language import tr
from bot.teams import dialogs, search
from bot.teams.activities import Json, TeamsActivity

BEGIN_ACTION = "composeExtension/fetchTask"


def is_served(activity: TeamsActivity) -> bool:
    """Whether the activity is one that Outlook or Copilot may send."""
    return activity.type == "invoke" and activity.name.startswith("composeExtension/")


def only_in_teams(activity: TeamsActivity) -> Json:
    """Answer an action of the message extension, whose dialogs need what only Teams has."""
    sentence = tr("This works in Microsoft Teams only.")
    respond = dialogs.message_response if activity.name == BEGIN_ACTION else search.message_response
    return respond(sentence)


def without_buttons(node: Json) -> dict[str, object]:
    """Return an answer whose cards have no actions that need Teams, and no refresh."""
    kept: dict[str, object] = {}
    for name, part in node.items():
        if name == "refresh":
            continue
        if isinstance(part, Mapping):
            kept[name] = without_buttons(part)
        elif isinstance(part, list):
            works = [each for each in part if not _needs_teams(each)]
            kept[name] = [without_buttons(each) if isinstance(each, Mapping) else each for each in works]
        else:
            kept[name] = part
    return kept


def _needs_teams(part: object) -> bool:
    """Whether it is an action that needs Teams, or a set of nothing but such actions."""
    if not isinstance(part, Mapping):
        return False
    kind, actions = part.get("type"), part.get("actions")
    if kind == "ActionSet" and isinstance(actions, list):
        return all(map(_needs_teams, actions))
    return isinstance(kind, str) and kind.startswith("Action.") and kind != "Action.OpenUrl"
