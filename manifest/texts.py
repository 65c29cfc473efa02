"""What people read in the manifest, by its place there: in English in the manifest itself, else in a file of its
own. The places are named as Microsoft's localization schema names them:
https://learn.microsoft.com/microsoftteams/platform/resources/schema/localization-schema
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.language import LANGUAGE_CODES, tr, use_language

LANGUAGES = tuple(code for code in LANGUAGE_CODES if code != "en")
"""Those that have a file of their own."""

_STEP = re.compile(r"([a-zA-Z]+)|\[([0-9]+)\]")


def own_texts(code: str) -> dict[str, str]:
    """Those that do not depend on the commands."""
    with use_language(code):
        return {
            "name.short": "Jira Bridge",
            "name.full": tr("Jira Bridge: work in Jira as yourself, from chat"),
            "description.short": tr(
                "Show, create, move and discuss Jira issues without leaving the conversation."
            ),
            "description.full": tr(
                "Link your Jira account once, then work in Jira as yourself from any chat or channel: show"
                " an issue as a card, move it through its workflow, assign it, comment, log work, edit"
                " fields and create issues, by typing or by a button.\n\n"
                "Search issues from the compose box, and paste a Jira link to see the issue. A channel can"
                " subscribe to a project, or to a query, and hears of new and changed issues. The app sees"
                " and changes only what your own Jira account may see and change."
            ),
            "composeExtensions[0].commands[0].title": tr("Search issues"),
            "composeExtensions[0].commands[0].description": tr(
                "Find a Jira issue and put its card into the message."
            ),
            "composeExtensions[0].commands[0].parameters[0].title": tr("Search"),
            "composeExtensions[0].commands[0].parameters[0].description": tr("Words, an issue key or a link"),
            "composeExtensions[0].commands[1].title": tr("Create a Jira issue"),
            "composeExtensions[0].commands[1].description": tr(
                "Create an issue, out of a message if you begin from one."
            ),
            "composeExtensions[0].commands[2].title": tr("Comment in Jira"),
            "composeExtensions[0].commands[2].description": tr(
                "Put this message under a Jira issue as a comment."
            ),
        }


def put(made: object, texts: Mapping[str, str]) -> None:
    """Puts each text at its place. Raises `LookupError` or `TypeError` where `made` has no such place."""
    for place, text in texts.items():
        *way, last = (int(index) if index else name for name, index in _STEP.findall(place))
        inner = made
        for step in way:
            inner = _inside(inner, step)
        if not isinstance(inner, dict):
            raise TypeError(f"the manifest has no {place}")
        inner[last] = text


def _inside(part: object, step: str | int) -> object:
    if isinstance(part, dict):
        found: object = part[step]
    elif isinstance(part, list) and isinstance(step, int):
        found = part[step]
    else:
        raise TypeError(f"the manifest has no {step} there")
    return found
