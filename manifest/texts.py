"""The texts of the manifest by their place in it: English in the manifest itself, others in a file per language.

Places are named as in Microsoft's localization schema:
https://learn.microsoft.com/microsoftteams/platform/resources/schema/localization-schema
"""

from __future__ import annotations

import re
from collections.abc import Mapping

from bot.language import LANGUAGE_CODES, tr, use_language

LANGUAGES = tuple(code for code in LANGUAGE_CODES if code != "en")
"""The languages that have a file of their own."""

_STEP = re.compile(r"([a-zA-Z]+)|\[([0-9]+)\]")


def own_texts(code: str) -> dict[str, str]:
    """Return the texts that do not depend on the commands."""
    with use_language(code):
        return {
            "name.short": "Bridge for Jira",
            "name.full": tr("Bridge for Jira: work in Jira as yourself"),
            "description.short": tr(
                "Show, create, update and discuss Jira issues without leaving the conversation."
            ),
            "description.full": tr(
                "Connect your Jira account once, then work in Jira as yourself from any chat or channel: "
                "show an issue as a card, change its status, assign it, comment, log work, edit fields and "
                "create issues, by typing or with buttons.\n\nSearch issues from the compose box, and "
                "paste a Jira link to preview the issue. Subscribe a channel to a project or a query to "
                "get updates on new and changed issues. The app sees and changes only what your own Jira "
                "account can."
            ),
            "composeExtensions[0].commands[0].title": tr("Search issues"),
            "composeExtensions[0].commands[0].description": tr("Find a Jira issue and add it to your message."),
            "composeExtensions[0].commands[0].parameters[0].title": tr("Search"),
            "composeExtensions[0].commands[0].parameters[0].description": tr("Words, an issue key or a link"),
            "composeExtensions[0].commands[1].title": tr("Create a Jira issue"),
            "composeExtensions[0].commands[1].description": tr("Create an issue, or turn a message into one."),
            "composeExtensions[0].commands[2].title": tr("Comment in Jira"),
            "composeExtensions[0].commands[2].description": tr("Add this message as a comment on a Jira issue."),
        }


def put(manifest: object, texts: Mapping[str, str]) -> None:
    """Put each text at its place. Raises `LookupError` or `TypeError` if the manifest has no such place."""
    for place, text in texts.items():
        *path, last = (int(index) if index else name for name, index in _STEP.findall(place))
        part = manifest
        for step in path:
            part = _child(part, step)
        if not isinstance(part, dict):
            raise TypeError(f"the manifest has no {place}")
        part[last] = text


def _child(part: object, step: str | int) -> object:
    if isinstance(part, dict):
        child: object = part[step]
    elif isinstance(part, list) and isinstance(step, int):
        child = part[step]
    else:
        raise TypeError(f"the manifest has no {step} there")
    return child
