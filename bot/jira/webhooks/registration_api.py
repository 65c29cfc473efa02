"""Webhooks that the app registers for one person by REST (dynamic webhooks).

https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/. They need the scope
`manage:jira-webhook`, live 30 days, and there are at most five an app, person and site.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira.client import JiraClient
from bot.jira.errors import JiraRejectedError, JiraUnavailableError, NotFoundOrForbiddenError
from bot.jira.parse import moment

SCOPE = "manage:jira-webhook"
_PAGE = 100
_MOST_PAGES = 10


@dataclass(frozen=True, slots=True)
class Registered:
    """A webhook as Jira has it. `expires` is in Unix seconds."""

    id: int
    url: str
    jql: str
    events: frozenset[str]
    expires: float


async def registered(client: JiraClient) -> tuple[Registered, ...]:
    """All that the app registered for this person on this site."""
    found: list[Registered] = []
    for page in range(_MOST_PAGES):
        query = {"startAt": str(page * _PAGE), "maxResults": str(_PAGE)}
        data = as_object(await client.request("GET", "/webhook", **query))
        found += [_registered(row) for row in as_list(data.get("values"))]
        if data.get("isLast") is not False:
            break
    return tuple(found)


async def register(client: JiraClient, url: str, jql: str, events: Iterable[str]) -> int:
    """Register one; its id. A refusal inside Jira's 200 is a `JiraRejectedError` like any other."""
    webhook = {"jqlFilter": jql, "events": sorted(events)}
    data = as_object(await client.request("POST", "/webhook", {"url": url, "webhooks": [webhook]}))
    for result in map(as_object, as_list(data.get("webhookRegistrationResult"))):
        if made := as_int(result.get("createdWebhookId")):
            return made
        raise JiraRejectedError(200, tuple(map(as_text, as_list(result.get("errors")))))
    raise JiraUnavailableError("Jira's answer holds no webhook")


async def refresh(client: JiraClient, ids: Sequence[int]) -> None:
    """Give them another 30 days."""
    await client.request("PUT", "/webhook/refresh", {"webhookIds": list(ids)})


async def remove(client: JiraClient, ids: Sequence[int]) -> None:
    """Remove them; those that are gone already do no harm."""
    await client.request("DELETE", "/webhook", {"webhookIds": list(ids)})


async def some_project(client: JiraClient) -> str:
    """The key of any project that this person sees. Raises `NotFoundOrForbiddenError` if there is none."""
    found = as_object(await client.request("GET", "/project/search", maxResults="1"))
    for row in map(as_object, as_list(found.get("values"))):
        if key := as_text(row.get("key")):
            return key
    raise NotFoundOrForbiddenError("no project at all")


def _registered(row: object) -> Registered:
    data = as_object(row)
    return Registered(
        id=as_int(data.get("id")),
        url=as_text(data.get("url")),
        jql=as_text(data.get("jqlFilter")),
        events=frozenset(map(as_text, as_list(data.get("events")))),
        expires=_time(data.get("expirationDate")),
    )


def _time(value: object) -> float:
    """Atlassian's document has milliseconds in its schema, and `2019-06-01T12:42:30.000+0000` in its example."""
    found = moment(value)
    return found.timestamp() if found else as_int(value) / 1000
