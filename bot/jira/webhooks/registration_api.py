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
from bot.jira.parse import parse_time

SCOPE = "manage:jira-webhook"
_PAGE_SIZE = 100
_MAX_PAGES = 10


@dataclass(frozen=True, slots=True)
class RegisteredWebhook:
    """A webhook as Jira stores it. `expires` is in Unix seconds."""

    id: int
    url: str
    jql: str
    events: frozenset[str]
    expires: float


async def list_webhooks(client: JiraClient) -> tuple[RegisteredWebhook, ...]:
    """Return all webhooks that the app registered for this person on this site."""
    webhooks: list[RegisteredWebhook] = []
    for page in range(_MAX_PAGES):
        query = {"startAt": str(page * _PAGE_SIZE), "maxResults": str(_PAGE_SIZE)}
        data = as_object(await client.request("GET", "/webhook", **query))
        webhooks += [_parse_webhook(row) for row in as_list(data.get("values"))]
        if data.get("isLast") is not False:
            break
    return tuple(webhooks)


async def register_webhook(client: JiraClient, url: str, jql: str, events: Iterable[str]) -> int:
    """Register a webhook and return its id. A refusal inside Jira's 200 raises `JiraRejectedError`, too."""
    webhook = {"jqlFilter": jql, "events": sorted(events)}
    data = as_object(await client.request("POST", "/webhook", {"url": url, "webhooks": [webhook]}))
    for result in map(as_object, as_list(data.get("webhookRegistrationResult"))):
        if webhook_id := as_int(result.get("createdWebhookId")):
            return webhook_id
        raise JiraRejectedError(200, tuple(map(as_text, as_list(result.get("errors")))))
    raise JiraUnavailableError("Jira's answer holds no webhook")


async def extend_webhooks(client: JiraClient, ids: Sequence[int]) -> None:
    """Extend webhooks by another 30 days."""
    await client.request("PUT", "/webhook/refresh", {"webhookIds": list(ids)})


async def delete_webhooks(client: JiraClient, ids: Sequence[int]) -> None:
    """Delete webhooks; ids that do not exist are ignored."""
    await client.request("DELETE", "/webhook", {"webhookIds": list(ids)})


async def find_any_project(client: JiraClient) -> str:
    """Return the key of any project that this person sees. Raises `NotFoundOrForbiddenError` if there is none."""
    data = as_object(await client.request("GET", "/project/search", maxResults="1"))
    for row in map(as_object, as_list(data.get("values"))):
        if key := as_text(row.get("key")):
            return key
    raise NotFoundOrForbiddenError("no project at all")


def _parse_webhook(row: object) -> RegisteredWebhook:
    data = as_object(row)
    return RegisteredWebhook(
        id=as_int(data.get("id")),
        url=as_text(data.get("url")),
        jql=as_text(data.get("jqlFilter")),
        events=frozenset(map(as_text, as_list(data.get("events")))),
        expires=_parse_expiration(data.get("expirationDate")),
    )


def _parse_expiration(value: object) -> float:
    """Read milliseconds (as in the schema of Atlassian's document) or an ISO time (as in its example)."""
    moment = parse_time(value)
    return moment.timestamp() if moment else as_int(value) / 1000
