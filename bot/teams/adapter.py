"""botbuilder's adapter on our own connector, and the acknowledgement of turns that take long.

The HTTP answer is given when the turn ends or after `ACKNOWLEDGE_AFTER`, whichever is first; a longer turn goes on
and its answers are delivered through the connector (fault F09).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Protocol

import structlog
from botbuilder.core import BotAdapter, TurnContext
from botbuilder.schema import Activity, ConversationReference, InvokeResponse, ResourceResponse
from msrest.serialization import Model

from bot.chat.messages import DeliveryError
from bot.language import speaking
from bot.teams.activities import Wire, text, to_model
from bot.teams.connector import Connector

ACKNOWLEDGE_AFTER = 2.0
"""Seconds. Promised: 3 (p99)."""
TYPING_AFTER = 0.5
"""Seconds without an answer after which the person sees that we are at work."""
TYPING_EVERY = 4.0
"""Teams shows it for some seconds."""

WIRE = "wire"
LATE = "late"
_INVOKE_RESPONSE = BotAdapter._INVOKE_RESPONSE_KEY

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Outcome:
    """The HTTP answer to an activity: a status and, for an invoke, a JSON body."""

    status: int
    body: object = None


class Handler(Protocol):
    """A botbuilder `ActivityHandler` that can also say what a slow invoke gets for now."""

    async def on_turn(self, turn_context: TurnContext) -> None: ...

    def meanwhile(self, wire: Wire) -> Outcome: ...

    async def apologise(self, wire: Wire, *, undelivered: bool = False) -> Outcome: ...


class TeamsAdapter(BotAdapter):  # type: ignore[misc]  # botbuilder has no types
    """Runs turns. Its sends and updates go through `Connector`; an invoke's answer goes into the HTTP answer."""

    def __init__(
        self,
        connector: Connector,
        *,
        acknowledge_after: float = ACKNOWLEDGE_AFTER,
        typing_every: float = TYPING_EVERY,
    ) -> None:
        super().__init__(None)
        self._connector = connector
        self._acknowledge_after, self._typing_every = acknowledge_after, typing_every
        self._turns: set[asyncio.Task[Outcome]] = set()
        self._typings: set[asyncio.Future[None]] = set()

    async def process(self, wire: Wire, handler: Handler) -> Outcome:
        """Run one turn. Never raises for what happens in it: that is logged, and told by the handler."""
        with speaking(text(wire, "locale")):
            return await self._process(wire, handler)

    async def _process(self, wire: Wire, handler: Handler) -> Outcome:
        context = TurnContext(self, to_model(wire))
        context.turn_state[WIRE] = wire
        turn = asyncio.create_task(self._turn(context, handler))
        self._turns.add(turn)
        turn.add_done_callback(self._turns.discard)
        message = context.activity.type == "message"
        typing = self._later(TYPING_AFTER, lambda: self._typing(wire, turn)) if message else None
        try:
            await asyncio.wait((turn,), timeout=self._acknowledge_after)
        finally:
            if typing is not None:
                typing.cancel()
        if turn.done():
            return turn.result()
        context.turn_state[LATE] = True
        log.info("turn.late", type=context.activity.type)
        return handler.meanwhile(wire) if context.activity.type == "invoke" else Outcome(202)

    async def drain(self, seconds: float) -> None:
        """Wait for the turns under way, then cancel those that are left."""
        if self._turns:
            _, left = await asyncio.wait(self._turns, timeout=seconds)
            for turn in left:
                turn.cancel()
            await asyncio.gather(*left, return_exceptions=True)

    async def _turn(self, context: TurnContext, handler: Handler) -> Outcome:
        try:
            # No middleware is used, so botbuilder's pipeline would only pass the turn on.
            await handler.on_turn(context)
        except DeliveryError as error:
            log.warning("turn.answer_not_delivered", type=context.activity.type, reason=str(error))
            return await handler.apologise(context.turn_state[WIRE], undelivered=True)
        except Exception:
            # The handler tells people about every failure that it knows; this one is ours to mend.
            log.exception("turn.failed", type=context.activity.type)
            return await handler.apologise(context.turn_state[WIRE])
        if context.activity.type != "invoke":
            return Outcome(201)
        answered = context.turn_state.get(_INVOKE_RESPONSE)
        response = answered.value if answered is not None else InvokeResponse(status=501)
        return Outcome(int(response.status), _plain(response.body))

    def _later(self, delay: float, act: Callable[[], Awaitable[None]]) -> asyncio.TimerHandle:
        loop = asyncio.get_running_loop()

        def start() -> None:
            task = asyncio.ensure_future(act())
            self._typings.add(task)
            task.add_done_callback(self._typings.discard)

        return loop.call_later(delay, start)

    async def _typing(self, wire: Wire, turn: asyncio.Task[Outcome]) -> None:
        """Show that we are at work, again and again until the turn ends or Teams will not have it."""
        place = wire["conversation"]
        conversation_id = text(place, "id") if isinstance(place, dict) else ""
        try:
            while not turn.done():
                await self._connector.send(text(wire, "serviceUrl"), conversation_id, {"type": "typing"})
                await asyncio.wait((turn,), timeout=self._typing_every)
        except DeliveryError as error:
            log.info("typing.not_sent", reason=str(error))

    # What botbuilder asks of an adapter ------------------------------------------------------------------

    async def send_activities(self, context: TurnContext, activities: list[Activity]) -> list[ResourceResponse]:
        """An invoke response is kept for the HTTP answer; anything else is posted."""
        sent = []
        for activity in activities:
            if activity.type == "invokeResponse":
                context.turn_state[_INVOKE_RESPONSE] = activity
                sent.append(ResourceResponse(id=""))
                continue
            inbound = context.activity
            posted = await self._connector.send(
                inbound.service_url,
                inbound.conversation.id,
                activity_json(activity),
                reply_to=inbound.id if inbound.type == "message" else "",
                patient=True,
            )
            sent.append(ResourceResponse(id=posted))
        return sent

    async def update_activity(self, context: TurnContext, activity: Activity) -> None:
        """Replace a message of ours."""
        place = context.activity
        await self._connector.update(
            place.service_url, place.conversation.id, activity.id, activity_json(activity), patient=True
        )

    async def delete_activity(self, context: TurnContext, reference: ConversationReference) -> None:
        """Nothing here deletes messages."""
        raise NotImplementedError


def _plain(body: object) -> object:
    """botbuilder's response models as JSON; what is JSON already stays."""
    return activity_json(body) if isinstance(body, Model) else body


def activity_json(model: Model) -> Mapping[str, object]:
    """A botbuilder model as JSON."""
    plain: Mapping[str, object] = model.serialize()  # type: ignore[no-untyped-call]  # msrest has no types
    return plain
