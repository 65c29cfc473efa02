"""Each person's settings: what they are notified about in their own chat, and when."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time, timedelta

from bot.accounts.model import Account
from bot.chat.identity import Conversation, Person
from bot.jira.models import Site
from bot.language.time_zones import zone
from bot.notifications.messages import OUTBOX
from bot.notifications.personal.relevance import DEFAULTS, Reason
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "personal_notifications"
SITES = "jira_sites"
SLOTS = "digest_slots"
MAX_WATCHERS_PER_SITE = 50
"""People of a site who may follow what they watch: no webhook says who watches an issue, so each of its events is
read once for each of them."""

_GRACE_PERIOD = timedelta(hours=2)
"""How long after its time a digest is still made up for, if nothing ran at that moment."""


@dataclass(frozen=True, slots=True)
class PersonalSettings:
    """One person's settings. Times of day are minutes after midnight in `zone` (IANA name; empty: UTC).

    `digest_since` is when the digest was asked for (Unix seconds): a time already past then waits for tomorrow.
    `on_since` is when a reason was last switched on (Unix seconds): earlier events that are found late are not
    posted.
    """

    on: frozenset[Reason] = DEFAULTS
    on_since: float = 0.0
    digest: int | None = None
    digest_since: float = 0.0
    quiet: tuple[int, int] | None = None
    zone: str = ""
    previews: bool = True
    """Whether links to issues that they paste are previewed."""


@dataclass(frozen=True, slots=True)
class _KnownSite:
    """The cloud id of the site whose host is the record's key."""

    cloud_id: str


@dataclass(frozen=True, slots=True)
class _KnownSlot:
    """A slot that somebody asked for at some time; its name is the record's key."""


class TooManyWatchersError(Exception):
    """No more people of this site can follow what they watch."""


def quiet_until(settings: PersonalSettings, now: float) -> float:
    """Return when the quiet hours that hold at `now` end; 0 if none do (both Unix seconds). Pure."""
    if settings.quiet is None:
        return 0.0
    begin, end = settings.quiet
    local = datetime.fromtimestamp(now, zone(settings.zone))
    minute = local.hour * 60 + local.minute
    inside = begin <= minute < end if begin < end else (minute >= begin or minute < end)
    if not inside:
        return 0.0
    day = local.date() if minute < end else local.date() + timedelta(days=1)
    return datetime.combine(day, clock_time(end), local.tzinfo).timestamp()


def clock_time(minutes: int) -> time:
    """Convert minutes after midnight to a time of day."""
    return time(*divmod(minutes, 60))


def slot_of(settings: PersonalSettings) -> str:
    """Return the name of the moment when the person's digest is due; empty if they want none."""
    return "" if settings.digest is None else f"{clock_time(settings.digest):%H:%M}|{settings.zone}"


def due_at(slot: str, now: float) -> tuple[str, float] | None:
    """Return the day and the moment of a slot whose time came a short while ago, else None. Pure."""
    at, _, name = slot.partition("|")
    local = datetime.fromtimestamp(now, zone(name))
    for day in (local.date(), local.date() - timedelta(days=1)):
        moment = datetime.combine(day, time.fromisoformat(at), local.tzinfo).timestamp()
        if 0 <= now - moment < _GRACE_PERIOD.total_seconds():
            return day.isoformat(), moment
    return None


class PersonalSettingsTable:
    """The table of settings; a person without a record has the defaults. Every method may raise `StoreError`."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._settings = Table(store, TABLE, PersonalSettings)
        self._sites, self._slots = Table(store, SITES, _KnownSite), Table(store, SLOTS, _KnownSlot)

    async def get(self, person: Person) -> PersonalSettings:
        """Return this person's settings."""
        return await self.stored(person) or PersonalSettings()

    async def stored(self, person: Person) -> PersonalSettings | None:
        """Return what is stored of this person's settings; None if nothing is."""
        return await self._settings.get(person.key)

    async def initialise(self, account: Account) -> PersonalSettings | None:
        """Store the settings of a person who has linked Jira; return them if they had none before."""
        for site in account.sites:
            await self._sites.put(site.host, _KnownSite(site.cloud_id))
        first = PersonalSettings(zone=account.user.time_zone)
        tags = _tags(account.person, first, account.sites)
        if await self._settings.replace(account.person.key, first, version=0, tags=tags):
            return first
        await self.update(account, lambda s: replace(s, zone=account.user.time_zone or s.zone))
        return None

    async def update(
        self, account: Account, change: Callable[[PersonalSettings], PersonalSettings]
    ) -> PersonalSettings:
        """Apply `change` to the newest state. Raises `TooManyWatchersError`."""

        async def prepare(before: PersonalSettings, after: PersonalSettings) -> None:
            if Reason.WATCHED in after.on - before.on:
                await self._require_capacity(account.sites)
            if slot := slot_of(after):
                await self._slots.put(slot, _KnownSlot())

        default = PersonalSettings(zone=account.user.time_zone)
        changed = await self._settings.update(
            account.person.key,
            change,
            default=default,
            tags=lambda after: _tags(account.person, after, account.sites),
            before_write=prepare,
        )
        return changed or default

    async def end_quiet_hours(self, chat: Conversation) -> None:
        """Post what waits in this chat for the end of quiet hours."""
        await self._store.hasten(OUTBOX, chat.key)

    async def cloud_id(self, site: str) -> str:
        """Return the cloud id of a site that a delivery names by its host, or by the id itself."""
        known = await self._sites.get(site)
        return known.cloud_id if known else site

    async def watchers(self, cloud_id: str) -> list[Person]:
        """Return those who follow what they watch on this site, at most `MAX_WATCHERS_PER_SITE`."""
        entries = await self._settings.find(f"watched:{cloud_id}")
        return [Person.from_key(entry.key) for entry in entries[:MAX_WATCHERS_PER_SITE]]

    async def people(self, *, after: str = "", limit: int) -> list[Person]:
        """Return people with stored settings, in the order of their keys, those greater than `after`."""
        entries = await self._settings.page(after=after, limit=limit)
        return [Person.from_key(entry.key) for entry in entries]

    async def slots(self) -> AsyncIterator[str]:
        """Yield all slots that somebody asked for at some time."""
        async for entry in self._slots.scan():
            yield entry.key

    async def in_slot(self, slot: str) -> list[tuple[Person, PersonalSettings]]:
        """Return those who want their digest in this slot."""
        entries = await self._settings.find(f"digest:{slot}")
        return [(Person.from_key(entry.key), entry.value) for entry in entries]

    async def _require_capacity(self, sites: Iterable[Site]) -> None:
        for site in sites:
            if len(await self.watchers(site.cloud_id)) >= MAX_WATCHERS_PER_SITE:
                raise TooManyWatchersError(site.name)


def _tags(person: Person, settings: PersonalSettings, sites: Iterable[Site]) -> list[str]:
    """Tag with the person's key, so that the record is found when they disconnect."""
    watched = [f"watched:{site.cloud_id}" for site in sites] if Reason.WATCHED in settings.on else []
    slot = slot_of(settings)
    return [person.key, *watched, *([f"digest:{slot}"] if slot else [])]
