"""The vault: who is linked to which Jira account, and a token that Jira accepts now."""

from __future__ import annotations

import asyncio
import time
import zlib
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Coroutine
from dataclasses import dataclass, field, replace

import structlog

from bot.accounts import metrics
from bot.accounts.account_index import Holders
from bot.accounts.grant_table import TABLE, Grant, GrantTable, Stored, TokenPair, new_generation, parse, readable
from bot.accounts.model import Account, GrantRevokedError, NotConnectedError, SignInUnavailableError
from bot.accounts.refresh import Cooldown, Refresher, Refreshes
from bot.accounts.token_endpoint import TIMEOUT, Tokens
from bot.chat.identity import Person
from bot.jira.errors import JiraError
from bot.jira.models import JiraUser, Site
from bot.jobs.tasks import BackgroundTasks
from bot.storage.base import Store
from bot.storage.encryption import EncryptionError, Keyring

log = structlog.get_logger(__name__)

PERSONAL_TABLES = (
    *("tickets", "pending_links"),
    *("personal_notifications", "concerned_people", "personal_watermarks"),
)
"""Tables whose rows carry a person's key as tag and go when the person disconnects."""

MARGIN = 60.0
WAIT_SECONDS = 10.0
CACHE_SIZE = 10_000
WHOAMI_SECONDS = 3.0

WhoAmI = Callable[[str, str], Awaitable[JiraUser]]
"""(access token, cloud id) -> the account that the token speaks for. Raises `JiraError`."""


@dataclass(slots=True)
class _Flight:
    """A refresh under way, and how many of those who wait for it are people who will read the outcome."""

    task: asyncio.Task[Grant]
    interactive: int = 0


@dataclass(frozen=True, slots=True)
class _Known:
    generation: str
    access: str = field(repr=False)
    fresh_until: float


class GrantVault:
    """Implements `bot.accounts.model.Grants`.

    `on_revoked` runs once for each grant that Atlassian ended, unless the person is waiting and gets it as the
    answer. `whoami`, if given, is asked after each refresh
    whether the grant still speaks for the linked account; one that does not is unlinked.
    """

    def __init__(
        self,
        store: Store,
        keyring: Keyring,
        endpoint: Refreshes,
        *,
        clock: Callable[[], float] = time.time,
        on_revoked: Callable[[Person], Coroutine[None, None, None]] | None = None,
        whoami: WhoAmI | None = None,
    ) -> None:
        self._store = store
        self._clock = clock
        self._on_revoked = on_revoked
        self._whoami = whoami
        self.table = GrantTable(store, keyring)
        self._holders = Holders(store)
        self._refresher = Refresher(
            store, self.table, endpoint, clock=clock, cooldown=Cooldown(), ended=self._grant_ended
        )
        self._known: OrderedDict[str, _Known] = OrderedDict()
        self._flights: dict[str, _Flight] = {}
        self._background = BackgroundTasks()

    async def account(self, person: Person) -> Account:
        """See `Grants`. A grant that has ended raises `GrantRevokedError`."""
        return (await self._live(person)).account

    async def access_token(self, person: Person, *, rejected: str = "", interactive: bool = False) -> str:
        """See `Grants`."""
        row = await self._store.get(TABLE, person.key)
        if row is None:
            raise NotConnectedError("no account is linked")
        known = self._known.get(person.key)
        if (
            known is not None
            and known.generation == row.value["generation"]
            and known.access != rejected
            and self._clock() < known.fresh_until
            and not row.value["ended"]
        ):
            return known.access
        return await self._token_of(parse(row).grant, rejected, interactive=interactive)

    async def _token_of(self, grant: Grant, rejected: str, *, interactive: bool) -> str:
        if grant.ended:
            raise GrantRevokedError("Atlassian has ended this grant")
        known = self._remember(grant)
        if known.access != rejected and self._clock() < known.fresh_until:
            return known.access
        try:
            renewed = await self.renew(grant, interactive=interactive)
            if self._remember(renewed).access == rejected:
                # It joined a flight that had brought this very token.
                renewed = await self.renew(renewed, interactive=interactive)
            token = self._remember(renewed).access
        except SignInUnavailableError:
            if known.access != rejected and self._clock() < grant.expires_at:
                return known.access
            raise
        if token == rejected:
            raise SignInUnavailableError("Atlassian gave the token again that Jira had refused")
        return token

    def _remember(self, grant: Grant) -> _Known:
        key = grant.account.person.key
        known = self._known.get(key)
        if known is None or known.generation != grant.generation:
            known = _Known(grant.generation, self.table.open(grant).access, fresh_until(grant))
            self._known[key] = known
            if len(self._known) > CACHE_SIZE:
                self._known.popitem(last=False)
        return known

    async def renew(
        self, grant: Grant, *, seconds: float = TIMEOUT, wait: float = WAIT_SECONDS, interactive: bool = False
    ) -> Grant:
        """A newer generation of this grant, by one flight for all who ask meanwhile.

        Who waits longer than `wait` gets `SignInUnavailableError`; the flight goes on and stores what it gets.
        """
        key = grant.account.person.key
        flight = self._flights.get(key)
        if flight is None:
            flight = self._flights[key] = _Flight(asyncio.create_task(self._fly(grant, seconds)))
            flight.task.add_done_callback(lambda done: self._landed(key, done))
        flight.interactive += interactive
        try:
            async with asyncio.timeout(wait):
                return await asyncio.shield(flight.task)
        except TimeoutError:
            raise SignInUnavailableError("Atlassian's sign-in takes too long") from None
        finally:
            flight.interactive -= interactive

    def _landed(self, key: str, flight: asyncio.Task[Grant]) -> None:
        del self._flights[key]
        if not flight.cancelled():
            flight.exception()  # a flight that everybody left would be reported as never looked at

    async def _fly(self, grant: Grant, seconds: float) -> Grant:
        person = grant.account.person
        renewed = await self._refresher.refresh(person, grant.generation, seconds=seconds)
        if not await self._same_account(renewed):
            log.warning("the grant speaks for another Jira account now: unlinked", person=person.key)
            await self.disconnect(person)
            raise NotConnectedError("the Jira account behind the link has changed")
        return renewed

    async def _same_account(self, grant: Grant) -> bool:
        if self._whoami is None:
            return True
        try:
            async with asyncio.timeout(WHOAMI_SECONDS):
                user = await self._whoami(self.table.open(grant).access, grant.account.default_site)
        except (JiraError, TimeoutError):
            return True  # Jira being down says nothing about whose grant it is
        return user.account_id == grant.account.user.account_id

    def _grant_ended(self, person: Person) -> None:
        self._known.pop(person.key, None)
        flight = self._flights.get(person.key)
        answered = flight is not None and flight.interactive > 0
        if self._on_revoked is not None and not answered:
            self._background.start(self._on_revoked(person))

    async def close(self, seconds: float = 20.0) -> None:
        """Let refreshes and callbacks under way come to their end, for at most `seconds` each."""
        if self._flights:
            await asyncio.wait([flight.task for flight in self._flights.values()], timeout=seconds)
        await self._background.close(seconds)

    async def save_link(
        self, person: Person, user: JiraUser, sites: tuple[Site, ...], tokens: Tokens, *, default_site: str
    ) -> Account:
        """Store a new consent. The same Jira account keeps the sites it had; another one replaces everything."""
        known = {site.cloud_id: site for site in sites}
        await self._holders.add(person, known, user.account_id)
        now = self._clock()
        while True:
            stored = await self.table.get(person)
            if stored and stored.grant.account.user.account_id == user.account_id:
                known = {site.cloud_id: site for site in stored.grant.account.sites} | known
            account = Account(person, user, tuple(known.values()), default_site, tokens.scopes or (), now)
            pair = self.table.seal(person, TokenPair(tokens.access, tokens.refresh))
            grant = Grant(account, pair, new_generation(), now + tokens.lifetime, tokens.lifetime, now)
            if await self.table.write(grant, version=stored.version if stored else 0):
                break
        await self._holders.remove(person, but=user.account_id)
        metrics.LINKS.labels("linked").inc()
        log.info("account linked", person=person.key, sites=len(known))
        return account

    async def choose_site(self, person: Person, cloud_id: str) -> Account:
        """See `Grants`."""
        if (await self._live(person)).account.site_by_id(cloud_id) is None:
            raise KeyError(cloud_id)
        written = await self.table.update(
            person, lambda grant: replace(grant, account=replace(grant.account, default_site=cloud_id))
        )
        return _present(written).grant.account

    async def disconnect(self, person: Person) -> bool:
        """See `Grants`: the grant, the names it is known by, tickets and unconfirmed consents."""
        self._known.pop(person.key, None)
        had = await self.table.delete(person)
        had = await self._holders.remove(person) or had
        for table in PERSONAL_TABLES:
            for row in await self._store.find(table, person.key):
                had = await self._store.delete(table, row.key) or had
        if had:
            metrics.LINKS.labels("unlinked").inc()
            log.info("account unlinked", person=person.key)
        return had

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        """See `Grants`."""
        found = [(person, await self.table.get(person)) for person in await self._holders.of(cloud_id, account_id)]
        return [p for p, link in found if link and link.grant.account.user.account_id == account_id]

    async def accounts(self, *, after: str = "", limit: int = 100) -> list[Account]:
        """Links in the order of their person's key, those greater than `after`; ended ones too."""
        return [grant.account for grant in readable(await self._store.page(TABLE, after=after, limit=limit))]

    async def rotate_keys(self) -> int:
        """Re-encrypt every grant under the first key, while all of them are in use; how many it changed.

        What else is sealed (sign-ins under way) is gone after ten minutes by itself.
        """
        changed = 0
        async for grant in self.table.all():
            try:
                if self.table.resealed(grant) is not grant:
                    changed += await self.table.update(grant.account.person, self.table.resealed) is not None
            except EncryptionError as error:
                log.error("a grant cannot be opened", person=grant.account.person.key, error=type(error).__name__)  # noqa: TRY400 - one line is enough
        return changed

    async def _live(self, person: Person) -> Grant:
        grant = _present(await self.table.get(person)).grant
        if grant.ended:
            raise GrantRevokedError("Atlassian has ended this grant")
        return grant


def _present(stored: Stored | None) -> Stored:
    if stored is None:
        raise NotConnectedError("no account is linked")
    return stored


def fresh_until(grant: Grant) -> float:
    """Until when a token is used without a refresh.

    Each person's margin differs, so that a morning's links are not all renewed in the same second; a token that
    lives only minutes is used for three quarters of its life.
    """
    jitter = zlib.crc32(grant.account.person.key.encode()) % int(MARGIN)
    return grant.expires_at - min(MARGIN + jitter, grant.lifetime / 4)
