"""Message extension: the compose box and link unfurling, in the shapes that Teams wants.

https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/search-commands/respond-to-search
An Adaptive Card is not accepted as a `preview`, so each result has a thumbnail card for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import replace

from bot.chat.identity import Person
from bot.commands.issue.compose_box import Suggestion, Suggestions
from bot.commands.request import Request
from bot.http.json import as_list, as_object, as_string
from bot.language import tr
from bot.teams.activities import ADAPTIVE_CARD, Json, TeamsActivity
from bot.teams.inbound_requests import to_request

THUMBNAIL = "application/vnd.microsoft.card.thumbnail"
QUERY, LINK = "composeExtension/query", "composeExtension/queryLink"
SETTINGS_URL, SETTINGS = "composeExtension/querySettingUrl", "composeExtension/setting"
ANONYMOUS_LINK = "composeExtension/anonymousQueryLink"

Unfurl = Callable[[Request], Awaitable[Suggestions]]
Suggest = Callable[[Request, int], Awaitable[Suggestions]]
"""(what was typed, how many results were shown already) -> the next ones."""
NO_CACHE = {"type": "setCachePolicy", "value": '{"type":"no-cache"}'}
"""Else Teams keeps the answer to a link for half an hour: a person who connects meanwhile would go on seeing it.
https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/link-unfurling"""


class Search:
    """Answers the `composeExtension/*` invokes that search."""

    names = frozenset({QUERY, LINK, ANONYMOUS_LINK})

    def __init__(self, suggest: Suggest, unfurl: Unfurl) -> None:
        self._suggest = suggest
        self._unfurl = unfurl

    async def answer(self, activity: TeamsActivity, person: Person | None) -> Json:
        """Answer an invoke that has one of `names`."""
        value = activity.value
        # Where the app is not installed, a link stays a link and nothing of Jira is shown (T37).
        if activity.name == ANONYMOUS_LINK:
            return results_response(())
        if person is None:
            return message_response(tr("Only people in your organization can search Jira here."))
        request = replace(to_request(activity, person), press=None)
        if activity.name == LINK:
            url = as_string(value.get("url"))
            return _answer(await self._unfurl(replace(request, text=url)), is_link=True)
        skip = as_object(value.get("queryOptions")).get("skip")
        shown = skip if isinstance(skip, int) and skip > 0 else 0
        return _answer(await self._suggest(replace(request, text=_read_query(value)), shown), is_link=False)


def _answer(suggestions: Suggestions, *, is_link: bool) -> Json:
    """Return what was found; of a link nothing is cached unless that is an issue."""
    if suggestions.connect_url:
        return sign_in_response(suggestions.connect_url, cached=not is_link)
    if suggestions.sentence:
        return message_response(suggestions.sentence)
    return results_response(suggestions.items, cached=bool(suggestions.items) or not is_link)


def _read_query(value: Json) -> str:
    """Return what was typed into the compose box. Clients differ in whether they name the parameter."""
    parameters = as_list(value.get("parameters"))
    first = as_object(parameters[0]) if parameters else {}
    return "" if first.get("name") == "initialRun" else str(first.get("value") or "")


def results_response(items: Sequence[Suggestion], *, cached: bool = True) -> Json:
    """Show results, or none."""
    attachments = [_attachment(item) for item in items]
    policy: Json = {} if cached else {"suggestedActions": {"actions": [NO_CACHE]}}
    return {
        "composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": attachments, **policy}
    }


def sign_in_response(url: str, *, cached: bool = True) -> Json:
    """Show the link to connect an account."""
    action = {"type": "openUrl", "value": url, "title": tr("Continue with Microsoft")}
    actions = [action] if cached else [action, NO_CACHE]
    return {"composeExtension": {"type": "auth", "suggestedActions": {"actions": actions}}}


def settings_response(url: str) -> Json:
    """Name the page of settings, which Teams opens in a window.

    https://learn.microsoft.com/microsoftteams/platform/teams-sdk/in-depth-guides/message-extensions/settings
    """
    action = {"type": "openUrl", "value": url, "title": tr("Settings")}
    return {"composeExtension": {"type": "config", "suggestedActions": {"actions": [action]}}}


def message_response(text: str) -> Json:
    """Show a sentence in place of results."""
    return {"composeExtension": {"type": "message", "text": text}}


def _attachment(item: Suggestion) -> dict[str, object]:
    preview = {"title": item.title, "text": item.text}
    return {
        "contentType": ADAPTIVE_CARD,
        "content": item.card,
        "preview": {"contentType": THUMBNAIL, "content": preview},
    }
