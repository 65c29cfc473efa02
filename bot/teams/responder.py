"""Delivers the reply to a request: in the HTTP answer while that is open, by messages afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from bot.chat.identity import Conversation
from bot.chat.messages import Card, DeliveryError, DeliveryRefusedError, Message
from bot.commands.request import Reply, Request
from bot.language import mark, tr
from bot.teams import activities, invoke_responses
from bot.teams.activities import Wire
from bot.teams.messenger import TeamsMessenger
from cards.text import escape

SLOW = mark("Jira is slow just now. I am still at it; this message will change when it is done.")
SLOW_ALONE = mark("Jira is slow just now. I am still at it; the answer comes into your own chat with me.")
SLOW_SEARCH = mark("Jira is slow just now. Try again in a moment.")
BROKEN = mark("Something went wrong here, on our side. It is in the log; please try again.")
UNDELIVERED = mark(
    "My answer may not have reached you: Teams did not take it. What you asked for may be done;"
    " ask me to show it before you ask again."
)

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class HttpAnswer:
    """The HTTP answer to an activity: a status and, for an invoke, a JSON body."""

    status: int
    body: Mapping[str, object] | None = None


class ReplySender:
    """Sends replies as messages, outside any HTTP answer."""

    def __init__(self, messenger: TeamsMessenger) -> None:
        self._messenger = messenger

    async def send(self, request: Request, reply: Reply) -> None:
        """Send all of a reply. Nothing private goes into a shared conversation. Raises `DeliveryError`."""
        if request.press is None:
            await self._messenger.send(request.conversation, _message(reply))
            return
        place, card_id = request.conversation, request.press.card_id
        if place.is_personal and card_id and reply.card is not None:
            await self.update_card(place, card_id, reply.card, reply.summary)
        elif reply.shared is not None and card_id:
            await self.update_card(place, card_id, reply.shared, reply.summary)
            await self.send_problem(request, reply)
        else:
            await self.send_privately(request, _message(reply))

    async def send_privately(self, request: Request, message: Message) -> None:
        """Send a message into the requester's personal chat. Raises `DeliveryError`."""
        place = request.conversation
        if not place.is_personal:
            near = replace(place, language=request.locale)
            place = await self._messenger.personal_conversation(request.person, near)
        await self._messenger.send(place, message)

    async def send_problem(self, request: Request, reply: Reply) -> None:
        """Tell the requester alone why their press failed, if it did. Raises `DeliveryError`."""
        if reply.problem:
            await self.send_privately(request, Message(text=escape(reply.problem, 1000)))

    async def update_card(self, place: Conversation, card_id: str, card: Card, summary: str) -> None:
        """Replace a posted card. The write in Jira is done by then, so a failure here is logged and not raised."""
        if not card_id:
            return
        try:
            await self._messenger.update(place, card_id, Message(card=card, summary=summary))
        except DeliveryRefusedError as error:
            log.info("card.not_updated", reason=str(error))
        except DeliveryError as error:
            log.warning("card.not_updated", reason=str(error))


class Responder:
    """Answers one activity. Its HTTP answer is open until `acknowledge` gives it without the reply."""

    def __init__(self, wire: Wire, messenger: TeamsMessenger) -> None:
        self._wire, self._messenger = wire, messenger
        self._sender = ReplySender(messenger)
        self._is_invoke = activities.text(wire, "type") == "invoke"
        self._http_open = True
        self.http_answer = HttpAnswer(501 if self._is_invoke else 201)
        """What the turn is answered with if it ends in time; 501 says that an invoke is not known."""

    def answer_invoke(self, body: Mapping[str, object]) -> None:
        """Set the body of an invoke's HTTP answer."""
        self.http_answer = HttpAnswer(200, body)

    def acknowledge(self) -> HttpAnswer:
        """Close the HTTP answer of a turn that goes on; returns what the client gets for now."""
        self._http_open = False
        if not self._is_invoke:
            return HttpAnswer(202)
        name = activities.text(self._wire, "name")
        if name == "composeExtension/submitAction":
            sentence = SLOW_ALONE
        else:
            sentence = SLOW_SEARCH if name.startswith("composeExtension/") else SLOW
        return HttpAnswer(200, invoke_responses.in_words(self._wire, tr(sentence)))

    async def post(self, place: Conversation, message: Message) -> None:
        """Post a message in reply to the activity. Raises `DeliveryError`."""
        # Inside a channel thread the conversation id names the thread already.
        reply_to = "" if place.thread else activities.text(self._wire, "id")
        await self._messenger.send(place, message, reply_to=reply_to)

    async def answer_message(self, request: Request, reply: Reply) -> None:
        """Answer typed text, or the `Action.Submit` of an old client. Raises `DeliveryError`."""
        place = request.conversation
        if request.press is not None and reply.shared is not None:
            await self._sender.update_card(place, request.press.card_id, reply.shared, reply.summary)
        elif reply.private and not place.is_personal:
            # An old client shows no answer to the presser alone.
            await self._sender.send_privately(request, _message(reply))
        else:
            await self.post(place, _message(reply))

    async def answer_press(self, request: Request, reply: Reply) -> None:
        """Send what the HTTP answer does not carry: the shared card, or everything if the answer is closed."""
        if not self._http_open:
            await self._sender.send(request, reply)
        elif reply.shared is not None and request.press is not None:
            await self._sender.update_card(
                request.conversation, request.press.card_id, reply.shared, reply.summary
            )
            if not self._http_open:  # it was closed while Teams took its time for the update
                await self._sender.send_problem(request, reply)

    async def apologise(self, *, undelivered: bool = False) -> HttpAnswer:
        """Tell the person that the turn failed unexpectedly, or that Teams did not take the answer."""
        sentence = tr(UNDELIVERED if undelivered else BROKEN)
        if self._is_invoke:
            return HttpAnswer(200, invoke_responses.in_words(self._wire, sentence))
        if activities.text(self._wire, "type") == "message":
            place = activities.conversation(self._wire, activities.tenants(self._wire)[0])
            try:
                await self.post(place, Message(sentence))
            except DeliveryError as error:
                log.warning("apology not delivered", reason=str(error))
        return HttpAnswer(201)


def _message(reply: Reply) -> Message:
    return Message(text=reply.text, card=reply.card, summary=reply.summary)
