"""The notification service with a given Teams, Jira and cards, as tests and benchmarks need it."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

from bot.accounts.model import Account, Grants, NotConnectedError
from bot.chat.identity import Conversation, Person
from bot.chat.last_issue import LastIssueStore
from bot.chat.messages import Message, Messenger
from bot.chat.viewers import RecentViewers
from bot.jira.models import Issue
from bot.jobs.worker import POLL_SECONDS
from bot.notifications.build import build_notifications
from bot.notifications.inbox.endpoint import Backlog
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.rate_limit import MAX_WAIT_SECONDS
from bot.notifications.personal.daily_schedule import DailySchedule
from bot.notifications.personal.recipients import PersonalChats, RecipientFinder
from bot.notifications.personal.settings import PersonalSettingsTable
from bot.notifications.ports import Cards, DailyCards, Day, IssueReader, IssueSearch
from bot.notifications.service import Notifications
from bot.notifications.subscriptions.repository import Subscriptions
from bot.notifications.unreachable import UnreachableConversations
from bot.runtime.load_shedding import LoadShedder
from bot.storage.base import Store


class Nobody:
    """`Grants`, chats, a search and daily cards where nobody is linked."""

    async def account(self, person: Person) -> Account:
        raise NotConnectedError

    async def access_token(self, person: Person, *, rejected: str = "", interactive: bool = False) -> str:
        raise NotConnectedError

    async def choose_site(self, person: Person, cloud_id: str) -> Account:
        raise NotConnectedError

    async def disconnect(self, person: Person) -> bool:
        return False

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        return []

    async def chat(self, person: Person) -> Conversation | None:
        return None

    async def search(self, person: Person, cloud_id: str, jql: str, limit: int) -> tuple[Sequence[Issue], bool]:
        raise NotConnectedError

    def daily_message(self, conversation: Conversation, day: Day) -> Message:
        raise NotImplementedError


class Personal:
    """The parts of personal notifications."""

    def __init__(
        self, store: Store, grants: Grants, chats: PersonalChats, *, clock: Callable[[], float] = time.time
    ) -> None:
        self.settings = PersonalSettingsTable(store)
        self.people = RecipientFinder(store, self.settings, grants, chats, clock=clock)
        self.schedule = DailySchedule(store, self.settings, self.people, clock=clock)


def build_service(
    store: Store,
    messenger: Messenger,
    reader: IssueReader,
    cards: Cards,
    metrics: Metrics,
    *,
    personal: Personal | None = None,
    search: IssueSearch | None = None,
    daily_cards: DailyCards | None = None,
    backlog: Backlog | None = None,
    load: LoadShedder | None = None,
    max_wait: float = MAX_WAIT_SECONDS,
    poll_seconds: float = POLL_SECONDS,
    clock: Callable[[], float] = time.time,
) -> Notifications:
    """Build the service; without `personal` nobody is linked."""
    nobody = Nobody()
    personal = personal or Personal(store, nobody, nobody.chat, clock=clock)
    return build_notifications(
        store,
        messenger,
        metrics,
        subscriptions=Subscriptions(store, clock=clock),
        unreachable=UnreachableConversations(store),
        settings=personal.settings,
        people=personal.people,
        reader=reader,
        search=search or nobody,
        cards=cards,
        daily_cards=daily_cards or nobody,
        last_issues=LastIssueStore(store, clock),
        viewers=RecentViewers(store, clock),
        backlog=backlog or Backlog(),
        load=load or LoadShedder(),
        max_wait=max_wait,
        poll_seconds=poll_seconds,
        clock=clock,
    )
