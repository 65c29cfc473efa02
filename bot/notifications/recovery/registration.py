"""Registers webhooks on behalf of each subscription's owner, for sites without an admin's webhook.

Only for owners whose consent covers `manage:jira-webhook`, which is asked for where JIRA_SCOPES names it. While an
app is not distributed, Jira delivers only what the app's own owner registered
(https://developer.atlassian.com/cloud/jira/platform/rest/v3/api-group-webhooks/).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import structlog

from bot.accounts.access import JiraAccess
from bot.accounts.model import NotConnectedError, SignInUnavailableError
from bot.chat.identity import Person
from bot.jira.client import JiraClient
from bot.jira.errors import JiraError, JiraRejectedError, NotFoundOrForbiddenError
from bot.jira.webhooks import registration_api
from bot.notifications.metrics import Metrics
from bot.notifications.recovery.registration_plan import (
    Coverage,
    Plan,
    Registrant,
    jql_of,
    needed_coverage,
    plan,
)
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "registrations"
_RECHECK_SECONDS = 86_400.0

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Record:
    """What is stored of a registrant's webhooks.

    `unseen` are projects that Jira refused in a filter, looked at again a day after `looked_at` (Unix seconds).
    """

    ids: tuple[int, ...] = ()
    unseen: frozenset[str] = frozenset()
    looked_at: float = 0.0


class Registrar:
    """Registers, refreshes and removes webhooks. `url` is where Jira delivers. `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        subscriptions: Subscriptions,
        access: JiraAccess,
        metrics: Metrics,
        *,
        url: str,
        clock: Callable[[], float],
    ) -> None:
        self._table, self._subscriptions, self._access = Table(store, TABLE, Record), subscriptions, access
        self._metrics, self._url, self._clock = metrics, url, clock

    async def run(self) -> None:
        """Look at every registrant once. Raises `StoreError`; what Jira refuses is tried again in the next run."""
        needed = needed_coverage([s async for s in self._subscriptions.all()])
        known = [_registrant(entry.key) async for entry in self._table.scan()]
        left = sorted({*needed, *known}, key=lambda registrant: (registrant[0].key, registrant[1]))
        for _ in range(2):
            # A second time, because another person's stale webhooks may have used up the quota.
            left = [registrant for registrant in left if not await self._try(registrant, needed.get(registrant))]

    async def _try(self, registrant: Registrant, coverage: Coverage | None) -> bool:
        try:
            await self._update_webhooks(registrant, coverage)
        except NotConnectedError:
            # Without the person's grant nobody can remove their webhooks; they end within 30 days.
            await self._table.delete(_key(registrant))
        except (JiraError, SignInUnavailableError) as error:
            self._count("failed")
            log.warning("webhooks not seen to", cloud_id=registrant[1], error=type(error).__name__)
            return False
        return True

    async def _update_webhooks(self, registrant: Registrant, coverage: Coverage | None) -> None:
        client = await self._client(registrant)
        if client is None:
            return
        record = await self._table.get(_key(registrant)) or Record()
        possible = coverage
        if coverage is not None and self._clock() - record.looked_at < _RECHECK_SECONDS:
            possible = _without(coverage, record.unseen)
        webhooks = await registration_api.list_webhooks(client)
        theirs = await self._ids_of_others(registrant)
        todo = plan(possible, webhooks, url=self._url, ours=record.ids, theirs=theirs, now=self._clock())
        if todo != Plan():
            await self._carry_out(client, registrant, todo, record)
        if coverage is None:
            await self._table.delete(_key(registrant))

    async def _carry_out(self, client: JiraClient, registrant: Registrant, todo: Plan, record: Record) -> None:
        """Register new webhooks before old ones go; an event that both deliver is posted once."""
        if todo.outdated:
            await registration_api.delete_webhooks(client, todo.outdated)
        if todo.register is not None:
            record = await self._register(client, registrant, todo.register, record)
        if todo.refresh:
            await registration_api.extend_webhooks(client, todo.refresh)
            self._count("refreshed", len(todo.refresh))
        if todo.remove:
            await registration_api.delete_webhooks(client, todo.remove)
        gone = {*todo.outdated, *todo.remove}
        self._count("removed", len(gone))
        await self._write(registrant, replace(record, ids=tuple(i for i in record.ids if i not in gone)))

    async def _register(
        self, client: JiraClient, registrant: Registrant, coverage: Coverage, record: Record
    ) -> Record:
        """Register a webhook, without the projects that the registrant no longer sees."""
        try:
            return await self._register_all(client, registrant, coverage, record)
        except JiraRejectedError:
            unseen = {p for p in coverage.projects if not await _sees(client, p)}
            record = replace(record, unseen=frozenset(unseen), looked_at=self._clock())
            await self._write(registrant, record)
            if not unseen:
                raise
        rest = _without(coverage, record.unseen)
        return record if rest is None else await self._register_all(client, registrant, rest, record)

    async def _register_all(
        self, client: JiraClient, registrant: Registrant, coverage: Coverage, record: Record
    ) -> Record:
        anchor = "" if coverage.projects else await registration_api.find_any_project(client)
        jql = jql_of(coverage.projects, anchor)
        webhook = await registration_api.register_webhook(client, self._url, jql, coverage.events)
        record = replace(record, ids=(*record.ids, webhook))
        await self._write(registrant, record)
        self._count("registered")
        projects = len(coverage.projects)
        log.info("webhook registered", cloud_id=registrant[1], projects=projects, webhook=webhook)
        return record

    async def _ids_of_others(self, registrant: Registrant) -> set[int]:
        entries = await self._table.find(_tag(registrant[1]))
        return {webhook for entry in entries if entry.key != _key(registrant) for webhook in entry.value.ids}

    async def _client(self, registrant: Registrant) -> JiraClient | None:
        """Return None if the person's consent does not cover webhooks. Raises `NotConnectedError`."""
        person, cloud_id = registrant
        client = await self._access.client_for_site(person, cloud_id)
        covered = registration_api.SCOPE in (await self._access.account(person)).scopes
        return client if covered else None

    async def _write(self, registrant: Registrant, record: Record) -> None:
        await self._table.put(_key(registrant), record, tags=[_tag(registrant[1])])

    def _count(self, what: str, number: int = 1) -> None:
        self._metrics.webhooks.labels(what).inc(number)


def _key(registrant: Registrant) -> str:
    return f"{registrant[1]}|{registrant[0].key}"


def _registrant(key: str) -> Registrant:
    cloud_id, _, person = key.partition("|")
    return Person.from_key(person), cloud_id


def _tag(cloud_id: str) -> str:
    return f"cloud:{cloud_id}"


def _without(coverage: Coverage, unseen: frozenset[str]) -> Coverage | None:
    """Remove projects; None if none is left."""
    if not coverage.projects:
        return coverage
    left = coverage.projects - unseen
    return replace(coverage, projects=left) if left else None


async def _sees(client: JiraClient, project: str) -> bool:
    try:
        await client.project_name(project)
    except NotFoundOrForbiddenError:
        return False
    return True
