"""Personal notifications, put together."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass

from bot.accounts.model import Grants
from bot.notifications.desk import Desk
from bot.notifications.personal.daily_digest import DailyCards, DailyTeller, Finder
from bot.notifications.personal.daily_schedule import DailySchedule
from bot.notifications.personal.recipients import Chats, Directory
from bot.notifications.personal.settings import PersonalTable
from bot.storage.base import Store


@dataclass(frozen=True, slots=True)
class PersonalNeeds:
    """What personal notifications need of the rest of the bridge."""

    grants: Grants
    chats: Chats
    finder: Finder
    cards: DailyCards


class Personal:
    """The parts of personal notifications. `clock` gives Unix seconds."""

    def __init__(self, store: Store, needs: PersonalNeeds, *, clock: Callable[[], float] = time.time) -> None:
        self._needs = needs
        self.table = PersonalTable(store)
        self.directory = Directory(store, self.table, needs.grants, needs.chats, clock=clock)
        self.schedule = DailySchedule(store, self.table, self.directory, clock=clock)

    def teller(self, desk: Desk) -> DailyTeller:
        """Who handles the daily jobs of the outbox."""
        return DailyTeller(desk, self.table, self.directory, self._needs.finder, self._needs.cards)
