"""Keeps the dynamic webhooks of each subscription's owner as they should be, for sites without an admin's webhook.

Only for those whose consent covers `manage:jira-webhook`, which is asked for where JIRA_SCOPES names it. While an
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
from bot.notifications.recovery.registration_plan import Holder, Plan, Wish, jql_of, plan, wishes
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "registrations"
_LOOK_AGAIN = 86_400.0

log = structlog.get_logger()


@dataclass(frozen=True, slots=True)
class Record:
    """What we know of an owner's webhooks on a site.

    `unseen` are projects that Jira refused in a filter, looked at again a day after `looked_at` (Unix seconds).
    """

    ids: tuple[int, ...] = ()
    unseen: frozenset[str] = frozenset()
    looked_at: float = 0.0


class Registrar:
    """Registers, refreshes and removes. `url` is where Jira is to deliver."""

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

    async def round(self) -> None:
        """Look at every owner and site once. Raises `StoreError`; what Jira refuses is tried in the next round."""
        wished = wishes([s async for s in self._subscriptions.all()])
        registered = [_holder(entry.key) async for entry in self._table.scan()]
        left = sorted({*wished, *registered}, key=lambda h: (h[0].key, h[1]))
        for _ in range(2):
            # A second time, because one person's outdated webhooks may have stood in another's way.
            left = [holder for holder in left if not await self._try(holder, wished.get(holder))]

    async def _try(self, holder: Holder, wish: Wish | None) -> bool:
        try:
            await self._see_to(holder, wish)
        except NotConnectedError:
            # Without the person's grant nobody can remove their webhooks; they end within 30 days.
            await self._table.delete(_key(holder))
        except (JiraError, SignInUnavailableError) as error:
            self._count("failed")
            log.warning("webhooks not seen to", cloud_id=holder[1], error=type(error).__name__)
            return False
        return True

    async def _see_to(self, holder: Holder, wish: Wish | None) -> None:
        client = await self._client(holder)
        if client is None:
            return
        record = await self._table.get(_key(holder)) or Record()
        possible = wish
        if wish is not None and self._clock() - record.looked_at < _LOOK_AGAIN:
            possible = _without(wish, record.unseen)
        present = await registration_api.list_webhooks(client)
        theirs = await self._ids_of_others(holder)
        todo = plan(possible, present, url=self._url, ours=record.ids, theirs=theirs, now=self._clock())
        if todo != Plan():
            await self._do(client, holder, todo, record)
        if wish is None:
            await self._table.delete(_key(holder))

    async def _do(self, client: JiraClient, holder: Holder, todo: Plan, record: Record) -> None:
        """New before old, so that nothing is missed between; one delivered by both is told once."""
        if todo.outdated:
            await registration_api.delete_webhooks(client, todo.outdated)
        if todo.register is not None:
            record = await self._register(client, holder, todo.register, record)
        if todo.refresh:
            await registration_api.extend_webhooks(client, todo.refresh)
            self._count("refreshed", len(todo.refresh))
        if todo.remove:
            await registration_api.delete_webhooks(client, todo.remove)
        gone = {*todo.outdated, *todo.remove}
        self._count("removed", len(gone))
        await self._write(holder, replace(record, ids=tuple(i for i in record.ids if i not in gone)))

    async def _register(self, client: JiraClient, holder: Holder, wish: Wish, record: Record) -> Record:
        try:
            return await self._put(client, holder, wish, record)
        except JiraRejectedError:
            unseen = {p for p in wish.projects if not await _sees(client, p)}
            record = replace(record, unseen=frozenset(unseen), looked_at=self._clock())
            await self._write(holder, record)
            if not unseen:
                raise
        rest = _without(wish, record.unseen)
        return record if rest is None else await self._put(client, holder, rest, record)

    async def _put(self, client: JiraClient, holder: Holder, wish: Wish, record: Record) -> Record:
        anchor = "" if wish.projects else await registration_api.find_any_project(client)
        made = await registration_api.register_webhook(
            client, self._url, jql_of(wish.projects, anchor), wish.events
        )
        record = replace(record, ids=(*record.ids, made))
        await self._write(holder, record)
        self._count("registered")
        log.info("webhook registered", cloud_id=holder[1], projects=len(wish.projects), webhook=made)
        return record

    async def _ids_of_others(self, holder: Holder) -> set[int]:
        entries = await self._table.find(_tag(holder[1]))
        return {webhook for entry in entries if entry.key != _key(holder) for webhook in entry.value.ids}

    async def _client(self, holder: Holder) -> JiraClient | None:
        """None if the person's consent does not cover webhooks. Raises `NotConnectedError`."""
        person, cloud_id = holder
        account = await self._access.account(person)
        site = account.site_by_id(cloud_id)
        if site is None:
            raise NotConnectedError("the site is not linked any more")
        return self._access.client(person, site) if registration_api.SCOPE in account.scopes else None

    async def _write(self, holder: Holder, record: Record) -> None:
        await self._table.put(_key(holder), record, tags=[_tag(holder[1])])

    def _count(self, what: str, number: int = 1) -> None:
        self._metrics.webhooks.labels(what).inc(number)


def _key(holder: Holder) -> str:
    return f"{holder[1]}|{holder[0].key}"


def _holder(key: str) -> Holder:
    cloud_id, _, person = key.partition("|")
    return Person.from_key(person), cloud_id


def _tag(cloud_id: str) -> str:
    return f"cloud:{cloud_id}"


def _without(wish: Wish, unseen: frozenset[str]) -> Wish | None:
    """The wish for the projects that are left; None if there are none."""
    if not wish.projects:
        return wish
    left = wish.projects - unseen
    return replace(wish, projects=left) if left else None


async def _sees(client: JiraClient, project: str) -> bool:
    try:
        await client.project_name(project)
    except NotFoundOrForbiddenError:
        return False
    return True
