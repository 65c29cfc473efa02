"""The sites of a link as Atlassian names them now: a site is renamed, gets a domain of its own, or is added.

`accessible-resources` says a site's present address; its cloud id stays
(https://developer.atlassian.com/cloud/jira/platform/oauth-2-3lo-apps/).
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import replace
from typing import Protocol

import structlog
from cachetools import TTLCache

from bot.accounts.model import Account, NotConnectedError, SignInUnavailableError
from bot.chat.identity import Person
from bot.jira.models import Site
from bot.jobs.tasks import BackgroundTasks
from bot.storage.base import StoreError

REREAD_SECONDS = 86_400.0
"""How often the sites of somebody who uses the bridge are read."""
UNKNOWN_HOST_SECONDS = 60.0
"""How often they are read because of links to hosts that nobody knows."""
MAX_REMEMBERED = 50_000

log = structlog.get_logger(__name__)

OnChanged = Callable[[Person, tuple[Site, ...]], Awaitable[object]]


class SiteGrants(Protocol):
    """What is needed of the vault."""

    async def access_token(self, person: Person, *, rejected: str = "", interactive: bool = False) -> str:
        """Return a token that Jira accepts now."""

    async def account(self, person: Person) -> Account:
        """Return the person's link. Raises `NotConnectedError`."""

    async def save_sites(self, person: Person, sites: tuple[Site, ...]) -> Account:
        """Store the sites of a link."""


class SiteUpdates:
    """Reads the sites of links again. `on_changed` is called with the new ones; `clock` gives Unix seconds."""

    def __init__(
        self,
        grants: SiteGrants,
        read_sites: Callable[[str], Awaitable[tuple[Site, ...]]],
        scopes: tuple[str, ...],
        tasks: BackgroundTasks,
        *,
        on_changed: OnChanged | None = None,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._grants, self._read_sites, self._scopes = grants, read_sites, scopes
        self._tasks, self._on_changed, self._clock = tasks, on_changed, clock
        self._read: TTLCache[str, bool] = TTLCache(MAX_REMEMBERED, REREAD_SECONDS, timer=clock)
        self._asked: TTLCache[str, bool] = TTLCache(MAX_REMEMBERED, UNKNOWN_HOST_SECONDS, timer=clock)

    def note_use(self, person: Person) -> None:
        """Read the person's sites in the background, if that was not done for a day."""
        if person.key not in self._read:
            self._read[person.key] = True
            self._tasks.start(self._update_quietly(person))

    async def find(self, person: Person, origin: str) -> Account | None:
        """Return the link with the site at a host that was not known so far; None if it has none.

        Raises `NotConnectedError`, `SignInUnavailableError`.
        """
        if person.key in self._asked:
            return None
        self._asked[person.key] = True
        account = await self.update(person)
        return account if account.site_by_origin(origin) else None

    async def update(self, person: Person) -> Account:
        """Read the sites and store what has changed. Raises `NotConnectedError`, `SignInUnavailableError`."""
        self._read[person.key] = True
        if (await self._grants.account(person)).site.is_data_center:
            return await self._grants.account(person)  # its token is not for Atlassian
        granted = await self._read_sites(await self._grants.access_token(person))
        account = await self._grants.account(person)
        sites = merge_sites(account.sites, usable_sites(granted, self._scopes))
        if sites == account.sites:
            return account
        updated = await self._grants.save_sites(person, sites)
        log.info("sites changed", person=person.key, sites=len(sites))
        if self._on_changed is not None:
            await self._on_changed(person, sites)
        return updated

    async def _update_quietly(self, person: Person) -> None:
        try:
            # Linking has read them, too.
            if self._clock() - (await self._grants.account(person)).linked_at >= REREAD_SECONDS:
                await self.update(person)
        except (NotConnectedError, SignInUnavailableError, StoreError) as error:
            log.info("sites not read", error=type(error).__name__)


def merge_sites(known: Iterable[Site], granted: tuple[Site, ...]) -> tuple[Site, ...]:
    """Return the granted sites with the addresses that they had before; the known ones if none is granted."""
    before = {site.cloud_id: site for site in known}
    merged = []
    for site in granted:
        old = before.get(site.cloud_id)
        former = () if old is None else (*old.former_origins, old.origin)
        kept = tuple(dict.fromkeys(origin for origin in former if origin != site.origin))
        merged.append(replace(site, former_origins=kept))
    return tuple(merged) or tuple(before.values())


def usable_sites(sites: tuple[Site, ...], required: tuple[str, ...]) -> tuple[Site, ...]:
    """Return the sites with all Jira scopes; a Confluence row of the same site has other scopes."""
    needed = {scope for scope in required if ":jira" in scope}
    return tuple({site.cloud_id: site for site in sites if needed <= {*site.scopes}}.values())


def missing_on_sites(sites: tuple[Site, ...], required: tuple[str, ...]) -> list[str]:
    """Return the scopes that keep the nearest Jira site from being usable; empty if there is no Jira site."""
    needed = [scope for scope in required if ":jira" in scope]
    lacking = [
        [scope for scope in needed if scope not in site.scopes]
        for site in sites
        if any(":jira" in scope for scope in site.scopes)
    ]
    return min(lacking, key=len, default=[])
