"""The vault: who is linked to which Jira account, and a token that Jira accepts now.

A link that another replica ends is ended here once PostgreSQL has announced it: see `Store.get_cached`.
"""

from __future__ import annotations

import asyncio
import time
import zlib
from collections.abc import AsyncIterator, Awaitable, Callable, Coroutine, Mapping
from dataclasses import dataclass, field, replace

import structlog
from cachetools import LRUCache

from bot.accounts import metrics
from bot.accounts.account_index import AccountIndex
from bot.accounts.audit import Actor, AuditAction, AuditLog
from bot.accounts.grant_table import Grant, GrantTable, TokenPair, new_generation
from bot.accounts.model import Account, GrantRevokedError, NotConnectedError, SignInUnavailableError
from bot.accounts.refresh import Cooldown, RefreshEndpoint, Refresher
from bot.accounts.sites import merge_sites
from bot.accounts.token_answers import TOKEN_TIMEOUT, Tokens
from bot.chat.identity import Person
from bot.jira.errors import JiraError
from bot.jira.models import JiraUser, Site
from bot.jobs.tasks import BackgroundTasks
from bot.storage.base import Store
from bot.storage.encryption import EncryptionError, Keyring

log = structlog.get_logger(__name__)

PERSONAL_TABLES = (
    *("tickets", "pending_links"),
    *("personal_notifications", "concerned_people", "personal_watermarks", "personal_data_reports"),
)
"""Tables whose records carry a person's key as tag and are deleted when the person disconnects."""

EXPIRY_MARGIN_SECONDS = 60.0
"""A token is refreshed at least this long before it expires."""
WAIT_TIMEOUT = 10.0
"""Seconds that a caller waits for a refresh; the refresh itself goes on."""
WHOAMI_TIMEOUT = 3.0
MAX_CACHED_TOKENS = 10_000

WhoAmI = Callable[[str, str], Awaitable[JiraUser]]
"""(access token, cloud id) -> the account that the token speaks for. Raises `JiraError`."""


@dataclass(slots=True)
class _RefreshInProgress:
    """A refresh under way, and how many of those who wait for it are people who will read the outcome."""

    task: asyncio.Task[Grant]
    interactive: int = 0


@dataclass(slots=True)
class _CachedToken:
    """A grant's decrypted access token, and until when it is used without a refresh (Unix seconds)."""

    generation: str
    access: str = field(repr=False)
    fresh_until: float


class GrantVault:
    """Implements `bot.accounts.model.Grants`.

    `on_revoked` runs once for each grant that Atlassian ended, unless the person is waiting and gets it as the
    answer. `whoami`, if given, is asked after each refresh whether the grant still speaks for the linked account;
    one that does not is unlinked. `clock` gives Unix seconds.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        endpoint: RefreshEndpoint,
        *,
        clock: Callable[[], float] = time.time,
        on_revoked: Callable[[Person], Coroutine[None, None, None]] | None = None,
        whoami: WhoAmI | None = None,
        audit: AuditLog | None = None,
        data_centers: Mapping[str, RefreshEndpoint] | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_revoked = on_revoked
        self._whoami = whoami
        self.audit = audit or AuditLog(store, clock=clock)
        self.table = GrantTable(store, keyring)
        self._accounts = AccountIndex(store)
        self._refresher = Refresher(
            store,
            self.table,
            endpoint,
            clock=clock,
            cooldown=Cooldown(),
            on_ended=self._on_ended,
            data_centers=data_centers,
        )
        self._tokens: LRUCache[str, _CachedToken] = LRUCache(MAX_CACHED_TOKENS)
        self._refreshes: dict[str, _RefreshInProgress] = {}
        self._background = BackgroundTasks()

    async def account(self, person: Person) -> Account:
        """Return the person's link. Raises `NotConnectedError`, `GrantRevokedError`."""
        return _live(await self.table.get_cached(person)).account

    async def access_token(self, person: Person, *, rejected: str = "", interactive: bool = False) -> str:
        """Return a token that Jira accepts now; see `Grants`."""
        # An outdated grant does no harm: its token is good until it expires, and a refresh reads the grant anew.
        grant = _live(await (self.table.get(person) if rejected else self.table.get_cached(person)))
        cached = self._open(grant)
        if cached.access != rejected and self._clock() < cached.fresh_until:
            return cached.access
        try:
            token = await self._refresh(grant, rejected, interactive=interactive)
        except SignInUnavailableError:
            if cached.access != rejected and self._clock() < grant.expires_at:
                return cached.access
            raise
        if token == rejected:
            raise SignInUnavailableError("Atlassian gave the token again that Jira had refused")
        return token

    async def _refresh(self, grant: Grant, rejected: str, *, interactive: bool) -> str:
        renewed = await self.renew(grant, interactive=interactive)
        if self._open(renewed).access == rejected:
            # It joined a refresh that had brought this very token.
            renewed = await self.renew(renewed, interactive=interactive)
        return self._open(renewed).access

    def _open(self, grant: Grant) -> _CachedToken:
        key = grant.account.person.key
        cached = self._tokens.get(key)
        if cached is None or cached.generation != grant.generation:
            cached = _CachedToken(grant.generation, self.table.open(grant).access, fresh_until(grant))
            self._tokens[key] = cached
        return cached

    async def renew(
        self,
        grant: Grant,
        *,
        seconds: float = TOKEN_TIMEOUT,
        wait: float = WAIT_TIMEOUT,
        interactive: bool = False,
    ) -> Grant:
        """Return a newer generation of this grant, refreshed once for all who ask meanwhile.

        A token call may take `seconds`. Raises `SignInUnavailableError` after waiting `wait` seconds; the refresh
        goes on and stores what it gets.
        """
        key = grant.account.person.key
        refresh = self._refreshes.get(key)
        if refresh is None:
            refresh = self._refreshes[key] = _RefreshInProgress(
                asyncio.create_task(self._refresh_grant(grant, seconds))
            )
            refresh.task.add_done_callback(lambda task: self._finish_refresh(key, task))
        refresh.interactive += interactive
        try:
            async with asyncio.timeout(wait):
                return await asyncio.shield(refresh.task)
        except TimeoutError:
            raise SignInUnavailableError("Atlassian's sign-in takes too long") from None
        finally:
            refresh.interactive -= interactive

    def _finish_refresh(self, key: str, task: asyncio.Task[Grant]) -> None:
        del self._refreshes[key]
        if not task.cancelled():
            task.exception()  # if nobody waits any more, asyncio would report it as never retrieved

    async def _refresh_grant(self, grant: Grant, seconds: float) -> Grant:
        person = grant.account.person
        renewed = await self._refresher.refresh(person, grant.generation, seconds=seconds)
        if not await self._same_account(renewed):
            log.warning("the grant speaks for another Jira account now: unlinked", person=person.key)
            await self.disconnect(person, action=AuditAction.MISMATCHED, by=Actor.BRIDGE)
            raise NotConnectedError("the Jira account behind the link has changed")
        return renewed

    async def _same_account(self, grant: Grant) -> bool:
        if self._whoami is None:
            return True
        try:
            async with asyncio.timeout(WHOAMI_TIMEOUT):
                user = await self._whoami(self.table.open(grant).access, grant.account.default_site)
        except (JiraError, TimeoutError):
            return True  # Jira being down says nothing about whose grant it is
        return user.account_id == grant.account.user.account_id

    def _on_ended(self, person: Person, reason: str) -> None:
        self._tokens.pop(person.key, None)
        self._background.start(self.audit.record(AuditAction.REVOKED, person, by=Actor.ATLASSIAN, reason=reason))
        refresh = self._refreshes.get(person.key)
        answered = refresh is not None and refresh.interactive > 0
        if self._on_revoked is not None and not answered:
            self._background.start(self._on_revoked(person))

    async def close(self, seconds: float = 20.0) -> None:
        """Wait for refreshes and callbacks under way, at most `seconds` for each kind."""
        if self._refreshes:
            await asyncio.wait([refresh.task for refresh in self._refreshes.values()], timeout=seconds)
        await self._background.close(seconds)

    async def save_link(
        self, person: Person, user: JiraUser, sites: tuple[Site, ...], tokens: Tokens, *, default_site: str
    ) -> Account:
        """Store a new consent. The same Jira account keeps the sites it had; another one replaces everything."""
        now = self._clock()
        account = Account(person, user, sites, default_site, tokens.scopes or (), now)
        await self.index(account)
        pair = self.table.seal(person, TokenPair(tokens.access, tokens.refresh))
        renews = bool(tokens.refresh)
        grant = Grant(account, pair, new_generation(), now + tokens.lifetime, tokens.lifetime, now, renews=renews)

        def keep_sites(present: Grant) -> Grant:
            if not present.account.is_same_login(account):
                return grant
            newest = merge_sites(present.account.sites, sites)
            by_id = {site.cloud_id: site for site in (*present.account.sites, *newest)}
            return replace(grant, account=replace(account, sites=tuple(by_id.values())))

        before = await self.table.get(person)
        saved = await self.table.save(grant, merge=keep_sites)
        self._tokens.pop(person.key, None)
        await self._accounts.remove(person, keep=user.account_id)
        metrics.LINKS.labels("linked").inc()
        await self.audit.record(_link_action(before, account), person, account=user.account_id)
        return saved.account

    async def choose_site(self, person: Person, cloud_id: str) -> Account:
        """Make one of the linked sites the default; see `Grants`."""
        if _live(await self.table.get(person)).account.site_by_id(cloud_id) is None:
            raise KeyError(cloud_id)
        updated = await self.table.update(
            person, lambda grant: replace(grant, account=replace(grant.account, default_site=cloud_id))
        )
        return _require(updated).account

    async def save_user(self, person: Person, user: JiraUser) -> None:
        """Store the name and address of a linked account as Jira has them now; another account is not taken."""
        now = self._clock()

        def change(grant: Grant) -> Grant:
            if grant.account.user.account_id != user.account_id:
                return grant
            return replace(grant, account=replace(grant.account, user=user), user_read_at=now)

        await self.table.update(person, change)

    async def save_sites(self, person: Person, sites: tuple[Site, ...]) -> Account:
        """Store the sites of a link as Atlassian names them now."""
        account = _live(await self.table.get(person)).account
        await self._accounts.add(person, [site.cloud_id for site in sites], account.user.account_id)
        updated = await self.table.update(
            person, lambda grant: replace(grant, account=replace(grant.account, sites=sites))
        )
        return _require(updated).account

    async def disconnect(
        self, person: Person, *, action: AuditAction = AuditAction.DISCONNECTED, by: Actor | None = None
    ) -> bool:
        """Forget the grant, its accounts, tickets, unconfirmed consents and personal settings; see `Grants`.

        `action` and `by` are what the audit log says of it: that they did it themselves, unless `by` is given.
        """
        self._tokens.pop(person.key, None)
        had = await self.table.delete(person)
        had = await self._accounts.remove(person) or had
        for table in PERSONAL_TABLES:
            for row in await self._store.find(table, person.key):
                had = await self._store.delete(table, row.key) or had
        if had:
            metrics.LINKS.labels("unlinked").inc()
            await self.audit.record(action, person, by=by)
        return had

    async def index(self, account: Account) -> None:
        """Note whose Jira account this is, in case only the grants were restored from a backup."""
        await self._accounts.add(
            account.person, [site.cloud_id for site in account.sites], account.user.account_id
        )

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        """Return the Teams users linked to a Jira account; see `Grants`."""
        people = await self._accounts.people_of(cloud_id, account_id)
        grants = [await self.table.get_cached(person) for person in people]
        linked = [g.account for g in grants if g and g.account.user.account_id == account_id]
        return [account.person for account in linked if account.site_by_id(cloud_id)]

    async def accounts(self) -> AsyncIterator[Account]:
        """Yield all links in the order of their people's keys, also those that have ended."""
        async for grant in self.table.scan():
            yield grant.account

    async def rotate_keys(self) -> int:
        """Re-encrypt every grant under the first key while all are in use; return how many were changed.

        Sealed sign-ins under way expire within ten minutes by themselves.
        """
        changed = 0
        async for grant in self.table.scan():
            try:
                if self.table.reseal(grant) is not grant:
                    changed += await self.table.update(grant.account.person, self.table.reseal) is not None
            except EncryptionError as error:
                log.error("a grant cannot be opened", person=grant.account.person.key, error=type(error).__name__)  # noqa: TRY400 - one line is enough
        return changed


def _link_action(before: Grant | None, account: Account) -> AuditAction:
    if before is None:
        return AuditAction.LINKED
    return AuditAction.RENEWED if before.account.is_same_login(account) else AuditAction.REPLACED


def _require(grant: Grant | None) -> Grant:
    if grant is None:
        raise NotConnectedError("no account is linked")
    return grant


def _live(grant: Grant | None) -> Grant:
    present = _require(grant)
    if present.ended:
        raise GrantRevokedError("Atlassian has ended this grant")
    return present


def fresh_until(grant: Grant) -> float:
    """Return until when a grant's token is used without a refresh.

    Each person's margin differs, so that a morning's links are not all renewed in the same second; a token that
    lives only minutes is used for three quarters of its life.
    """
    jitter = zlib.crc32(grant.account.person.key.encode()) % int(EXPIRY_MARGIN_SECONDS)
    return grant.expires_at - min(EXPIRY_MARGIN_SECONDS + jitter, grant.lifetime / 4)
