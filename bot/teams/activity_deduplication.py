"""Recognises repeated deliveries: Teams sends an activity again, under its id, when its answer was late or lost.

https://learn.microsoft.com/microsoftteams/platform/bots/build-conversational-capability and
https://github.com/MicrosoftDocs/msteams-docs/issues/6084
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from hashlib import sha256

import structlog
from cachetools import TTLCache

from bot.storage.base import Store, StoreError
from bot.teams.activities import TeamsActivity
from bot.teams.responder import HttpAnswer

WINDOW_SECONDS = 600.0
"""How long an activity of the same id in the same conversation is a repetition."""
TABLE = "deliveries"
MAX_REMEMBERED = 2_000
"""Turns whose answers this process keeps for repetitions."""
_INVOKES = frozenset({"adaptiveCard/action", "task/submit", "composeExtension/submitAction"})
"""Invokes that may change something; others only read, and are simply answered again."""

log = structlog.get_logger(__name__)

Turn = asyncio.Task[HttpAnswer]


class ActivityDeduplicator:
    """Lets each activity be carried out once, by whichever replica gets it first. `clock` gives Unix seconds."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store, self._clock = store, clock
        self._turns: TTLCache[str, Turn] = TTLCache(MAX_REMEMBERED, WINDOW_SECONDS, timer=clock)

    def turn(self, activity: TeamsActivity, start: Callable[[], Turn]) -> Turn:
        """Return the turn that this process has begun for this activity; `start` begins one if there is none."""
        key = _key(activity)
        turn = self._turns.get(key)
        if turn is None:
            turn = start()
            if key:
                self._turns[key] = turn
        return turn

    async def is_first(self, activity: TeamsActivity) -> bool:
        """Whether no replica has carried out this activity yet; from now on it counts as carried out.

        While the store cannot be reached nobody can say, and the activity is carried out.
        """
        key = _key(activity)
        if not key:
            return True
        expires_at = self._clock() + WINDOW_SECONDS
        try:
            return await self._store.replace(TABLE, key, {}, version=0, expires_at=expires_at) is not None
        except StoreError as error:
            log.warning("delivery not remembered", error=type(error).__name__)
            return True


def _key(activity: TeamsActivity) -> str:
    """Return what repetitions have in common; empty for an activity that may be repeated.

    Repetitions are equal in all that they ask for. An id alone does not tell: a client that starts anew may count
    from one again, and what a person asks for then must not be dropped.
    """
    is_read = activity.type == "invoke" and (activity.name not in _INVOKES or activity.is_automatic)
    if is_read or not activity.id:
        return ""
    asked = repr((activity.sender.id, activity.name, activity.text, activity.value)).encode()
    return f"{activity.conversation.key}|{activity.type}|{activity.id}|{sha256(asked).hexdigest()[:16]}"
