"""botbuilder's adapter on our own connector, and the acknowledgement of turns that take long.

The HTTP answer is given when the turn ends or after `ACKNOWLEDGE_AFTER_SECONDS`, whichever is first; the reply of
a longer turn is delivered by its `Responder`.
"""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Mapping
from typing import Protocol

import structlog
from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import Activity, ConversationReference, ResourceResponse

from bot.chat.messages import DeliveryError
from bot.jobs.tasks import BackgroundTasks
from bot.language import use_language
from bot.runtime.load_shedding import LoadShedder, Work
from bot.teams.activities import TeamsActivity, to_botbuilder
from bot.teams.activity_deduplication import ActivityDeduplicator
from bot.teams.connector import Connector
from bot.teams.inbound_requests import ReadActivity
from bot.teams.messenger import TeamsMessenger
from bot.teams.responder import HttpAnswer, Responder

ACKNOWLEDGE_AFTER_SECONDS = 2.0
"""Three are promised (p99)."""
INVOKE_TIMEOUTS = {"composeExtension/": 4.5, "task/fetch": 8.0, "application/search": 8.0}
"""For which the beginnings of invokes' names stand whose answer cannot come later: they take the time that Teams
gives, which is 5 seconds for message extensions and some 10 for others.
https://learn.microsoft.com/microsoftteams/platform/messaging-extensions/how-to/search-commands/respond-to-search"""
LATE_INVOKES = frozenset({"composeExtension/submitAction"})
"""Their answer follows in the personal chat."""
TYPING_AFTER_SECONDS = 0.5
"""Without an answer by then, the person sees that the bot is at work."""
TYPING_INTERVAL_SECONDS = 4.0
"""Teams shows the indicator for a little longer."""
MANY_TURNS = 4
"""From so many on under way, a person's further requests are refused before those of others."""

log = structlog.get_logger(__name__)


class TeamsTurn(TurnContext):  # type: ignore[misc]  # botbuilder has no types
    """botbuilder's context of a turn, with the activity as the bridge reads it and the way to answer it."""

    def __init__(
        self, adapter: BotAdapter, inbound: TeamsActivity, read: ReadActivity, responder: Responder
    ) -> None:
        super().__init__(adapter, to_botbuilder(inbound))
        self.inbound, self.read, self.responder = inbound, read, responder


class Handler(Protocol):
    """A botbuilder `ActivityHandler` that answers through the turn's `Responder`."""

    def read(self, activity: TeamsActivity) -> ReadActivity: ...

    async def on_turn(self, turn_context: TeamsTurn) -> None: ...


class TeamsAdapter(BotAdapter):  # type: ignore[misc]  # botbuilder has no types
    """Runs turns. Each is answered by its `Responder`."""

    def __init__(
        self,
        connector: Connector,
        messenger: TeamsMessenger,
        deduplicator: ActivityDeduplicator,
        load: LoadShedder,
        *,
        acknowledge_after: float = ACKNOWLEDGE_AFTER_SECONDS,
        typing_interval: float = TYPING_INTERVAL_SECONDS,
        invoke_timeouts: Mapping[str, float] = INVOKE_TIMEOUTS,
    ) -> None:
        super().__init__(None)
        self._connector, self._messenger, self._deduplicator = connector, messenger, deduplicator
        self._load = load
        self._acknowledge_after, self._typing_interval = acknowledge_after, typing_interval
        self._invoke_timeouts = invoke_timeouts
        self._tasks = BackgroundTasks()
        self._under_way = Counter[str]()
        """How many turns of each person have begun and not ended."""

    async def process(self, activity: TeamsActivity, handler: Handler) -> HttpAnswer:
        """Run one turn, or answer a repeated activity as the first one.

        Never raises for what happens in the turn: that is logged, and the person is told.
        """
        with use_language(activity.locale):
            return await self._process(activity, handler)

    async def _process(self, activity: TeamsActivity, handler: Handler) -> HttpAnswer:
        responder = Responder(activity, self._messenger)
        # A repetition of what was refused is refused as well: the person has read that it was not done.
        turn = self._deduplicator.turn(activity, lambda: self._start(activity, responder, handler))
        patience = self._patience(activity)
        await asyncio.wait((turn,), timeout=min(TYPING_AFTER_SECONDS, patience))
        if not turn.done() and patience > TYPING_AFTER_SECONDS:
            self._tasks.start(self._show_typing(activity, turn))
            await asyncio.wait((turn,), timeout=patience - TYPING_AFTER_SECONDS)
        if turn.done():
            return turn.result()
        log.info("turn takes long", type=activity.type)
        return responder.acknowledge()

    def _start(self, activity: TeamsActivity, responder: Responder, handler: Handler) -> asyncio.Task[HttpAnswer]:
        """Start the turn of an activity, or refuse it while there is too much to do."""
        if not self._admits(activity):
            return self._tasks.start(responder.refuse_busy())
        turn, sender = self._tasks.start(self._run(activity, responder, handler)), activity.sender.id
        self._under_way[sender] += 1
        turn.add_done_callback(lambda _turn: self._end(sender))
        return turn

    def _end(self, sender: str) -> None:
        self._under_way[sender] -= 1
        if not self._under_way[sender]:
            del self._under_way[sender]

    def _admits(self, activity: TeamsActivity) -> bool:
        """Whether there is time for this activity now, as there always is for what nobody would ask again."""
        if activity.type not in ("message", "invoke"):
            return True
        if activity.is_automatic:
            return self._load.admits(Work.BACKGROUND)
        has_many = self._under_way[activity.sender.id] >= MANY_TURNS
        return self._load.admits(Work.FURTHER_REQUEST if has_many else Work.REQUEST)

    def _patience(self, activity: TeamsActivity) -> float:
        """Return how long the HTTP answer may take."""
        if activity.type != "invoke" or activity.name in LATE_INVOKES:
            return self._acknowledge_after
        timeouts = (seconds for name, seconds in self._invoke_timeouts.items() if activity.name.startswith(name))
        return next(timeouts, self._acknowledge_after)

    async def drain(self, seconds: float) -> None:
        """Wait at most `seconds` for the turns under way, then cancel those that are left."""
        await self._tasks.close(seconds)

    async def _run(self, activity: TeamsActivity, responder: Responder, handler: Handler) -> HttpAnswer:
        with self._load.under_way():
            return await self._take_turn(activity, responder, handler)

    async def _take_turn(self, activity: TeamsActivity, responder: Responder, handler: Handler) -> HttpAnswer:
        read = handler.read(activity)
        # A claim is a write to the disk, which what only reads need not wait for.
        if not read.intent.only_reads and not await self._deduplicator.is_first(activity):
            log.info("activity repeated", type=activity.type)
            return responder.answer_repetition()
        try:
            # No middleware is used, so botbuilder's pipeline would only pass the turn on.
            await handler.on_turn(TeamsTurn(self, activity, read, responder))
        except DeliveryError as error:
            log.warning("answer not delivered", type=activity.type, reason=str(error))
            return await responder.apologise(undelivered=True)
        except Exception:
            # The handler tells people about every failure that it knows; this one is a fault of the bridge.
            log.exception("turn failed", type=activity.type)
            return await responder.apologise()
        return responder.http_answer

    async def _show_typing(self, activity: TeamsActivity, turn: asyncio.Task[HttpAnswer]) -> None:
        """Show the typing indicator until the turn of a message ends or Teams refuses the indicator."""
        try:
            while activity.type == "message" and not turn.done():
                await self._connector.send(activity.service_url, activity.address, {"type": "typing"})
                await asyncio.wait((turn,), timeout=self._typing_interval)
        except DeliveryError as error:
            log.info("typing indicator not sent", reason=str(error))

    # What botbuilder asks of an adapter; its handlers use none of it here -----------------------------------

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        """Messages are sent by the turn's `Responder`."""
        raise NotImplementedError

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        """Messages are updated by the turn's `Responder`."""
        raise NotImplementedError

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Nothing deletes messages."""
        raise NotImplementedError
