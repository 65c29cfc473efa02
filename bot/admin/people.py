"""`people`: everybody of whom something is stored, all of it about one of them, and its removal."""

from __future__ import annotations

import argparse
from collections import Counter
from collections.abc import AsyncIterator
from dataclasses import dataclass
from datetime import datetime

from bot.accounts import connect_links
from bot.accounts.grant_table import Grant
from bot.admin.output import Column, from_unix
from bot.admin.subscriptions import SubscriptionRow, subscription_row
from bot.admin.toolbox import Toolbox
from bot.chat import reference_keys
from bot.chat.identity import Conversation, Person
from bot.chat.tables import INVITATIONS_TABLE
from bot.notifications.personal.settings import PersonalSettings, PersonalSettingsTable, clock_time, slot_of
from bot.storage.base import Store
from bot.storage.table import PAGE_SIZE, Table

LIST_COLUMNS = (
    Column("person", "Person (tenant/object id)", whole=True),
    Column("name", "Jira account"),
    Column("link", "Link"),
    Column("subscriptions", "Subscriptions"),
    Column("has_settings", "Settings"),
    Column("has_chat", "Chat"),
)
SHOW_COLUMNS = (
    Column("person", "Person"),
    Column("name", "Jira account"),
    Column("account_id", "Jira account id"),
    Column("link", "Link"),
    Column("linked", "Linked"),
    Column("refreshed", "Token refreshed"),
    Column("ended", "Ended"),
    Column("sites", "Sites"),
    Column("scopes", "Scopes"),
    Column("chat", "Own chat"),
    Column("language", "Language"),
    Column("notified_about", "Notified about"),
    Column("digest", "Daily digest"),
    Column("quiet_hours", "Quiet hours"),
    Column("subscription_ids", "Subscriptions"),
    Column("open_links", "Open connect links"),
    Column("invited", "Invited this week"),
)
UNKNOWN = "Nothing is stored about that person; `people list` shows everybody."


@dataclass(frozen=True, slots=True)
class PersonRow:
    """A person as the list shows them. `link` is `linked`, `ended` or empty."""

    person: str
    name: str
    link: str
    subscriptions: int
    has_settings: bool
    has_chat: bool


@dataclass(frozen=True, slots=True)
class PersonRecord:
    """All that is stored about a person and does not expire within hours, without their tokens."""

    person: str
    name: str
    account_id: str
    link: str
    linked: datetime | None
    refreshed: datetime | None
    ended: str
    sites: tuple[str, ...]
    scopes: tuple[str, ...]
    chat: str
    language: str
    notified_about: tuple[str, ...]
    digest: str
    quiet_hours: str
    subscriptions: tuple[SubscriptionRow, ...]
    open_links: int
    invited: bool

    @property
    def subscription_ids(self) -> tuple[str, ...]:
        """What the table shows of the subscriptions."""
        return tuple(row.id for row in self.subscriptions)

    @property
    def is_known(self) -> bool:
        """Whether anything is stored."""
        stored = (self.link, self.chat, self.notified_about, self.subscriptions, self.open_links, self.invited)
        return any(stored)


async def list_people(tools: Toolbox, _options: argparse.Namespace) -> int:
    """List everybody with a link, a subscription, settings or a chat with the bot."""
    grants = {grant.account.person.key: grant async for grant in tools.vault.table.scan()}
    owned = Counter([subscription.owner.key async for subscription in tools.subscriptions.all()])
    with_settings = {person.key async for person in _with_settings(tools.store)}
    with_chat = {key async for key in _with_chat(tools.store)}
    rows = [
        PersonRow(
            person=key,
            name=grants[key].account.user.name if key in grants else "",
            link=_link_state(grants.get(key)),
            subscriptions=owned[key],
            has_settings=key in with_settings,
            has_chat=key in with_chat,
        )
        for key in sorted({*grants, *owned, *with_settings, *with_chat})
    ]
    tools.output.print_rows(LIST_COLUMNS, rows)
    return 0


async def show_person(tools: Toolbox, options: argparse.Namespace) -> int:
    """Show what is stored about one person."""
    record = await read_person(tools, Person.from_key(options.name))
    if not record.is_known:
        tools.output.print_result(UNKNOWN, known=False)
        return 1
    tools.output.print_record(SHOW_COLUMNS, record)
    return 0


async def read_person(tools: Toolbox, person: Person) -> PersonRecord:
    """Read what is stored about one person."""
    grant = await tools.vault.table.get(person)
    chat = await chat_of(tools.store, person)
    settings = await PersonalSettingsTable(tools.store).stored(person)
    subscriptions = await tools.subscriptions.of_owner(person)
    return PersonRecord(
        person=person.key,
        name=grant.account.user.name if grant else "",
        account_id=grant.account.user.account_id if grant else "",
        link=_link_state(grant),
        linked=from_unix(grant.account.linked_at) if grant else None,
        refreshed=from_unix(grant.refreshed_at) if grant else None,
        ended=grant.ended if grant else "",
        sites=tuple(site.host for site in grant.account.sites) if grant else (),
        scopes=grant.account.scopes if grant else (),
        chat=chat.id if chat else "",
        language=chat.language if chat else "",
        notified_about=tuple(sorted(settings.on)) if settings else (),
        digest=slot_of(settings) if settings else "",
        quiet_hours=_hours(settings),
        subscriptions=tuple(map(subscription_row, subscriptions)),
        open_links=len(await tools.store.find(connect_links.TABLE, person.key)),
        invited=await tools.store.get(INVITATIONS_TABLE, person.key) is not None,
    )


async def chat_of(store: Store, person: Person) -> Conversation | None:
    """Return the person's own chat with the bot, if it is known. Raises `StoreError`."""
    return await Table(store, reference_keys.TABLE, Conversation).get(reference_keys.person_key(person))


async def _with_settings(store: Store) -> AsyncIterator[Person]:
    settings, after = PersonalSettingsTable(store), ""
    while people := await settings.people(after=after, limit=PAGE_SIZE):
        for person in people:
            yield person
        after = people[-1].key


async def _with_chat(store: Store) -> AsyncIterator[str]:
    """Yield the keys of people whose own chat is known."""
    prefix = after = reference_keys.PERSON_PREFIX
    while rows := await store.page(reference_keys.TABLE, after=after, limit=PAGE_SIZE):
        for row in rows:
            if not row.key.startswith(prefix):
                return
            yield row.key.removeprefix(prefix)
        after = rows[-1].key


def _link_state(grant: Grant | None) -> str:
    if grant is None:
        return ""
    return "ended" if grant.ended else "linked"


def _hours(settings: PersonalSettings | None) -> str:
    if settings is None or settings.quiet is None:
        return ""
    begin, end = map(clock_time, settings.quiet)
    return f"{begin:%H:%M}-{end:%H:%M}"
