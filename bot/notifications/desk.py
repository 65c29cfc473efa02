"""What telling needs, in one hand."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

from bot.notifications.metrics import Metrics
from bot.notifications.permission import Judge
from bot.notifications.places import Places
from bot.notifications.ports import Cards
from bot.notifications.subscriptions import Subscriptions
from bot.notifications.suspending import Suspender
from bot.notifications.trail import Trail
from bot.notifications.voice import Voice
from bot.shown import LastShown
from bot.storage.base import Store


@dataclass(frozen=True, slots=True)
class Desk:
    """Shared by everything between the outbox and Teams. `clock` gives Unix seconds."""

    store: Store
    subscriptions: Subscriptions
    places: Places
    judge: Judge
    suspender: Suspender
    voice: Voice
    cards: Cards
    metrics: Metrics
    trail: Trail
    shown: LastShown
    clock: Callable[[], float]
