"""Finds the linked people whom an event may concern, each as a recipient in their own chat.

The cost grows with the people whom the event names and with those who follow what they watch, never with all.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.accounts.model import Account, Grants, NotConnectedError
from bot.chat.identity import Conversation, Person
from bot.jira.models import Site
from bot.jira.webhooks.model import Event
from bot.jira.webhooks.people import parse_issue_people
from bot.notifications.personal.relevance import Reason, accounts_in, is_of_own_issues, is_of_watched
from bot.notifications.personal.settings import PersonalSettings, PersonalSettingsTable, quiet_until
from bot.storage.base import Store
from bot.storage.table import Table

CONCERNED = "concerned_people"
"""The table of issues whose assignee or reporter is linked, because a comment's delivery need not name them."""

_ID_PREFIX = "person:"
_REMEMBER_SECONDS = 180 * 86400.0
_REFRESH_SECONDS = 30 * 86400.0

PersonalChats = Callable[[Person], Awaitable[Conversation | None]]
"""Returns the person's own chat with the bot, if it is known."""


@dataclass(frozen=True, slots=True)
class PersonalRecipient:
    """A person who is notified in their own chat about what concerns them on one site. Not stored.

    `account_id` is their Jira account, `reasons` are those for which they want to be notified. Times are in
    Unix seconds.
    """

    owner: Person
    conversation: Conversation
    cloud_id: str
    host: str
    account_id: str
    reasons: frozenset[Reason]
    created_at: float
    resumed_at: float = 0.0

    @property
    def id(self) -> str:
        """The name of this recipient in messages of the outbox."""
        return f"{_ID_PREFIX}{self.owner.key}@{self.cloud_id}"

    @property
    def active_since(self) -> float:
        """Unix seconds. Earlier events that are found late are not posted any more."""
        return max(self.created_at, self.resumed_at)

    @property
    def allows_restricted(self) -> bool:
        """In a person's own chat everything that they may see in Jira may be posted."""
        return True

    def wants(self, event: Event) -> bool:
        """Whether the event is about this site (T45), and not about what the person did themselves."""
        by_themselves = event.actor is not None and event.actor.account_id == self.account_id
        return event.site in (self.host, self.cloud_id) and bool(event.topics) and not by_themselves


@dataclass(frozen=True, slots=True)
class _Concerned:
    """When a person was last seen as an issue's assignee or reporter (Unix seconds)."""

    at: float


class RecipientFinder:
    """Every method may raise `StoreError`. `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        settings: PersonalSettingsTable,
        grants: Grants,
        chats: PersonalChats,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._concerned, self._settings = Table(store, CONCERNED, _Concerned), settings
        self._grants, self._chats, self._clock = grants, chats, clock

    async def candidates(self, event: Event, body: object) -> list[PersonalRecipient]:
        """Return those whom `event`, read from the delivery `body`, may concern, without its actor."""
        cloud_id = await self._settings.cloud_id(event.site)
        people = await self._people_in(event, body, cloud_id)
        if is_of_watched(event):
            people += await self._settings.watchers(cloud_id)
        recipients = [await self._on_site(person, cloud_id) for person in dict.fromkeys(people)]
        return [recipient for recipient in recipients if recipient and recipient.wants(event)]

    async def by_id(self, recipient_id: str) -> PersonalRecipient | None:
        """Return the recipient as they want it now; None if they unlinked or switched everything off.

        Also None for the id of a subscription.
        """
        if not recipient_id.startswith(_ID_PREFIX):
            return None
        key, _, cloud_id = recipient_id.removeprefix(_ID_PREFIX).partition("@")
        return await self._on_site(Person.from_key(key), cloud_id)

    async def of_person(self, person: Person) -> list[PersonalRecipient]:
        """Return the person as a recipient on each of their sites; none if they cannot be reached."""
        settings = await self._settings.get(person)
        reached = await self.reachable(person) if settings.on else None
        return [_recipient(settings, *reached, site) for site in reached[0].sites] if reached else []

    async def quiet_until(self, person: Person) -> float:
        """Return when the person's quiet hours end (Unix seconds); 0 if they hold no longer."""
        return quiet_until(await self._settings.get(person), self._clock())

    async def reachable(self, person: Person) -> tuple[Account, Conversation] | None:
        """Return the person's link and their own chat, if there are both."""
        chat = await self._chats(person)
        account = await self._account(person)
        return (account, chat) if account and chat else None

    async def _people_in(self, event: Event, body: object, cloud_id: str) -> list[Person]:
        """Return the linked people whom the event names or whose issue it is about; remember the latter."""
        named = parse_issue_people(body)
        accounts, holders = accounts_in(event, named), (named.assignee, named.reporter)
        linked = await self._linked(cloud_id, {*accounts, *holders} - {""})
        people = [person for account in accounts for person in linked[account]]
        if event.issue_id:
            holding = dict.fromkeys(person for account in holders if account for person in linked[account])
            await self._remember(cloud_id, event.issue_id, holding)
            if is_of_own_issues(event):
                people += await self._remembered(cloud_id, event.issue_id)
        return people

    async def _on_site(self, person: Person, cloud_id: str) -> PersonalRecipient | None:
        return next((r for r in await self.of_person(person) if r.cloud_id == cloud_id), None)

    async def _account(self, person: Person) -> Account | None:
        try:
            return await self._grants.account(person)
        except NotConnectedError:
            return None

    async def _linked(self, cloud_id: str, accounts: Iterable[str]) -> dict[str, list[Person]]:
        return {account: await self._grants.people_of(cloud_id, account) for account in accounts}

    async def _remember(self, cloud_id: str, issue_id: str, people: Iterable[Person]) -> None:
        """Store the issue's linked assignee and reporter; written once a month."""
        for person in people:
            key, now = f"{cloud_id}/{issue_id}|{person.key}", self._clock()
            known = await self._concerned.get(key)
            if known is None or now - known.at > _REFRESH_SECONDS:
                tags = (person.key, f"issue:{cloud_id}/{issue_id}")
                await self._concerned.put(key, _Concerned(now), tags=tags, expires_at=now + _REMEMBER_SECONDS)

    async def _remembered(self, cloud_id: str, issue_id: str) -> list[Person]:
        entries = await self._concerned.find(f"issue:{cloud_id}/{issue_id}")
        return [Person.from_key(entry.key.rpartition("|")[2]) for entry in entries]


def _recipient(settings: PersonalSettings, account: Account, chat: Conversation, site: Site) -> PersonalRecipient:
    return PersonalRecipient(
        owner=account.person,
        conversation=chat,
        cloud_id=site.cloud_id,
        host=site.host,
        account_id=account.user.account_id,
        reasons=settings.on,
        created_at=account.linked_at,
        resumed_at=settings.on_since,
    )
