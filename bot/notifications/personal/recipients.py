"""From an event to the linked people whom it may concern, each as a subscription of their own chat.

The cost grows with the people whom the event names and with those who follow what they watch, never with all.
"""

from __future__ import annotations

import time
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from bot.accounts.model import Account, Grants, NotConnectedError
from bot.chat.identity import Conversation, Person
from bot.jira.models import Site
from bot.jira.webhooks.model import Event, Topic
from bot.jira.webhooks.people import parse_issue_people
from bot.notifications.personal.relevance import accounts_in, is_of_own_issues, is_of_watched
from bot.notifications.personal.settings import PersonalTable, Settings, quiet_until
from bot.notifications.subscriptions.matching import wants
from bot.notifications.subscriptions.repository import Subscription
from bot.storage.base import Store
from bot.storage.table import Table

CONCERNED = "concerned_people"
"""The table of issues whose assignee or reporter is linked, because a comment's delivery need not name them."""

_PREFIX = "person:"
_REMEMBER = 180 * 86400.0
_RENEW = 30 * 86400.0

Chats = Callable[[Person], Awaitable[Conversation | None]]
"""The person's own chat with the bot, if it is known."""


@dataclass(frozen=True, slots=True)
class _Concerned:
    """When a person was last seen as an issue's assignee or reporter (Unix seconds)."""

    at: float


class Directory:
    """Every method may raise `StoreError`. `clock` gives Unix seconds."""

    def __init__(
        self,
        store: Store,
        table: PersonalTable,
        grants: Grants,
        chats: Chats,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._concerned, self._table = Table(store, CONCERNED, _Concerned), table
        self._grants, self._chats, self._clock = grants, chats, clock

    async def candidates(self, event: Event, body: object) -> list[Subscription]:
        """Those whom `event` (read from the loaded delivery `body`) may concern; not the one who did it."""
        cloud_id, named = await self._table.cloud_id(event.site), parse_issue_people(body)
        accounts, holders = accounts_in(event, named), (named.assignee, named.reporter)
        linked = await self._linked(cloud_id, {*accounts, *holders} - {""})
        people = [person for account in accounts for person in linked[account]]
        if event.issue_id:
            holding = dict.fromkeys(person for account in holders if account for person in linked[account])
            await self._remember(cloud_id, event.issue_id, holding)
            if is_of_own_issues(event):
                people += await self._remembered(cloud_id, event.issue_id)
        if is_of_watched(event):
            people += await self._table.watchers(cloud_id)
        found: list[Subscription] = []
        for person in dict.fromkeys(people):
            one = await self._subscription(person, cloud_id)
            if one and wants(one, event):
                found.append(one)
        return found

    async def subscription(self, name: str) -> Subscription | None:
        """The inverse of `Subscription.id`: as the person wants it now. None if they unlinked or switched all off.

        Also None for the id of another kind of subscription.
        """
        if not name.startswith(_PREFIX):
            return None
        key, _, cloud_id = name.removeprefix(_PREFIX).partition("@")
        return await self._subscription(Person.from_key(key), cloud_id)

    async def everywhere(self, person: Person) -> list[Subscription]:
        """What they want to hear of, one for each of their sites; empty if they cannot be reached."""
        settings = await self._table.get(person)
        reached = await self.reachable(person) if settings.on else None
        return [_wish(settings, *reached, site) for site in reached[0].sites] if reached else []

    async def due(self, person: Person) -> float:
        """From when on something may be said to them (Unix seconds); 0 for at once."""
        return quiet_until(await self._table.get(person), self._clock())

    async def reachable(self, person: Person) -> tuple[Account, Conversation] | None:
        """The person's link and their own chat, if there are both."""
        chat = await self._chats(person)
        account = await self._account(person)
        return (account, chat) if account and chat else None

    async def _subscription(self, person: Person, cloud_id: str) -> Subscription | None:
        return next((wish for wish in await self.everywhere(person) if wish.cloud_id == cloud_id), None)

    async def _account(self, person: Person) -> Account | None:
        try:
            return await self._grants.account(person)
        except NotConnectedError:
            return None

    async def _linked(self, cloud_id: str, accounts: Iterable[str]) -> dict[str, list[Person]]:
        return {account: await self._grants.people_of(cloud_id, account) for account in accounts}

    async def _remember(self, cloud_id: str, issue_id: str, people: Iterable[Person]) -> None:
        """The issue's linked assignee and reporter; written once a month."""
        for person in people:
            key, now = f"{cloud_id}/{issue_id}|{person.key}", self._clock()
            known = await self._concerned.get(key)
            if known is None or now - known.at > _RENEW:
                tags = (person.key, f"issue:{cloud_id}/{issue_id}")
                await self._concerned.put(key, _Concerned(now), tags=tags, expires_at=now + _REMEMBER)

    async def _remembered(self, cloud_id: str, issue_id: str) -> list[Person]:
        entries = await self._concerned.find(f"issue:{cloud_id}/{issue_id}")
        return [Person.from_key(entry.key.rpartition("|")[2]) for entry in entries]


def _wish(settings: Settings, account: Account, chat: Conversation, site: Site) -> Subscription:
    return Subscription(
        id=f"{_PREFIX}{account.person.key}@{site.cloud_id}",
        conversation=chat,
        owner=account.person,
        cloud_id=site.cloud_id,
        host=site.host,
        project="",
        jql="",
        topics=frozenset(Topic),
        created_at=account.linked_at,
        resumed_at=settings.on_since,
        account=account.user.account_id,
        matters=settings.on,
    )
