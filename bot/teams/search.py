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
ANONYMOUS_LINK = "composeExtension/anonymousQueryLink"

Suggest = Callable[[Request], Awaitable[Suggestions]]


class Search:
    """Answers the `composeExtension/*` invokes that search."""

    names = frozenset({QUERY, LINK, ANONYMOUS_LINK})

    def __init__(self, suggest: Suggest, unfurl: Suggest) -> None:
        self._suggest = suggest
        self._unfurl = unfurl

    async def answer(self, activity: TeamsActivity, person: Person | None) -> Json:
        """Answer an invoke that has one of `names`."""
        value = activity.value
        if activity.name == LINK:
            return await self._answer(self._unfurl, activity, person, as_string(value.get("url")))
        # Where the app is not installed, a link stays a link and nothing of Jira is shown (T37). All results are
        # shown at once, so there are no further ones for somebody who scrolls on.
        if activity.name == ANONYMOUS_LINK or as_object(value.get("queryOptions")).get("skip"):
            return results_response(())
        return await self._answer(self._suggest, activity, person, _read_query(value))

    async def _answer(self, suggest: Suggest, activity: TeamsActivity, person: Person | None, text: str) -> Json:
        if person is None:
            return message_response(tr("Only people in your organization can search Jira here."))
        suggestions = await suggest(replace(to_request(activity, person), text=text, press=None))
        if suggestions.connect_url:
            return sign_in_response(suggestions.connect_url)
        if suggestions.sentence:
            return message_response(suggestions.sentence)
        return results_response(suggestions.items)


def _read_query(value: Json) -> str:
    """Return what was typed into the compose box. Clients differ in whether they name the parameter."""
    parameters = as_list(value.get("parameters"))
    first = as_object(parameters[0]) if parameters else {}
    return "" if first.get("name") == "initialRun" else str(first.get("value") or "")


def results_response(items: Sequence[Suggestion]) -> Json:
    """Show results, or none."""
    attachments = [_attachment(item) for item in items]
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": attachments}}


def sign_in_response(url: str) -> Json:
    """Show the link to connect an account."""
    action = {"type": "openUrl", "value": url, "title": tr("Continue with Microsoft")}
    return {"composeExtension": {"type": "auth", "suggestedActions": {"actions": [action]}}}


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
