"""Message extension: the compose box and link unfurling, in the shapes that Teams wants.

https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/search-commands/respond-to-search
An Adaptive Card is not accepted as a `preview`, so each result has a thumbnail card for that.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import replace

from bot.chat.identity import Conversation, Person
from bot.commands.issue.compose_box import Suggestion, Suggestions
from bot.commands.request import Request
from bot.language import tr
from bot.teams import activities
from bot.teams.activities import ADAPTIVE_CARD, Wire

THUMBNAIL = "application/vnd.microsoft.card.thumbnail"
Suggest = Callable[[Request], Awaitable[Suggestions]]
Body = Mapping[str, object]


class Search:
    """Answers the `composeExtension/*` invokes that search."""

    names = frozenset(
        {"composeExtension/query", "composeExtension/queryLink", "composeExtension/anonymousQueryLink"}
    )

    def __init__(self, suggest: Suggest, unfurl: Suggest) -> None:
        self._suggest = suggest
        self._unfurl = unfurl

    async def answer(self, name: str, person: Person | None, place: Conversation, wire: Wire) -> Body:
        """Answer the invoke `name`, one of `names`."""
        match name:
            case "composeExtension/query":
                return await self._query(person, place, wire)
            case "composeExtension/queryLink":
                return await self._unfurl_link(person, place, wire)
        # Where the app is not installed, the link stays a link and nothing of Jira is shown (T37).
        return found(())

    async def _query(self, person: Person | None, place: Conversation, wire: Wire) -> Body:
        """The compose box: clients differ in whether they name the parameter. Who scrolls on has seen it all."""
        value = activities.section(wire, "value")
        if activities.section(value, "queryOptions").get("skip"):
            return found(())
        given = value.get("parameters")
        first = given[0] if isinstance(given, list) and given and isinstance(given[0], dict) else {}
        words = "" if first.get("name") == "initialRun" else str(first.get("value") or "")
        return await self._answer(self._suggest, person, place, wire, words)

    async def _unfurl_link(self, person: Person | None, place: Conversation, wire: Wire) -> Body:
        """A pasted link."""
        url = activities.text(activities.section(wire, "value"), "url")
        return await self._answer(self._unfurl, person, place, wire, url)

    async def _answer(
        self, find: Suggest, person: Person | None, place: Conversation, wire: Wire, words: str
    ) -> Body:
        if person is None:
            return said(tr("Only people of your organisation can search Jira here."))
        answer = await find(replace(activities.request(wire, person, place), text=words, press=None))
        if answer.connect_url:
            return connect_first(answer.connect_url)
        if answer.sentence:
            return said(answer.sentence)
        return found(answer.items)


def found(items: Sequence[Suggestion]) -> Body:
    """What was searched for; maybe nothing."""
    attachments = [_attachment(item) for item in items]
    return {"composeExtension": {"type": "result", "attachmentLayout": "list", "attachments": attachments}}


def connect_first(url: str) -> Body:
    """The way to an account, in the place of what was asked for."""
    action = {"type": "openUrl", "value": url, "title": tr("Continue with Microsoft")}
    return {"composeExtension": {"type": "auth", "suggestedActions": {"actions": [action]}}}


def said(text: str) -> Body:
    """A sentence in the place of what was searched for."""
    return {"composeExtension": {"type": "message", "text": text}}


def _attachment(item: Suggestion) -> dict[str, object]:
    preview = {"title": item.title, "text": item.text}
    return {
        "contentType": ADAPTIVE_CARD,
        "content": item.card,
        "preview": {"contentType": THUMBNAIL, "content": preview},
    }
