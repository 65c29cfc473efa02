"""Delivers the reply to a request: in the HTTP answer while that is open, by messages afterwards."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import structlog

from bot.chat.messages import Card, ConversationGoneError, DeliveryError, DeliveryRefusedError, Message
from bot.commands.request import Reply, Request
from bot.language import mark, tr
from bot.teams import invoke_responses
from bot.teams.activities import TeamsActivity
from bot.teams.messenger import TeamsMessenger
from cards.text import escape

SLOW = mark("Jira is slow. Still working on it… You'll get the answer on the card or in your personal chat.")
SLOW_ALONE = mark("Jira is slow. Still working on it… I'll answer in your personal chat.")
SLOW_SEARCH = mark("Jira is slow right now. Try again in a moment.")
BROKEN = mark("Something went wrong on our side. We've logged it. Try again in a moment.")
BUSY = mark("I'm very busy right now, so I didn't start this. Try again in a minute.")
UNDELIVERED = mark(
    "Teams didn't deliver my answer. Your request may have been completed: check the issue before you try again."
)

NOT_INSTALLED = mark(
    "{name}, I have an answer for you alone, but I can't message you: the app isn't installed for you. "
    "Add it under Apps in Teams, then ask again."
)
MAX_NAME = 80

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
        is_personal, card_id = request.conversation.is_personal, _pressed_card(request, reply)
        if is_personal and card_id and reply.card is not None:
            await self.update_card(request, reply, reply.card)
        elif reply.shared is not None and card_id:
            await self.update_card(request, reply, reply.shared)
            await self.send_problem(request, reply)
        else:
            await self.send_privately(request, _message(reply))

    async def send_privately(self, request: Request, message: Message) -> None:
        """Send a message into the requester's personal chat, or say here that it cannot be sent there.

        Raises `DeliveryError`.
        """
        here = request.conversation
        if here.is_personal:
            await self._messenger.send(here, message)
            return
        near = replace(here, language=request.locale)
        try:
            chat = await self._messenger.personal_conversation(request.person, near, teams_id=request.teams_id)
            await self._messenger.send(chat, message)
        except ConversationGoneError as error:
            log.info("private answer not sent", reason=str(error))
            await self._messenger.send(here, Message(tr(NOT_INSTALLED, name=escape(request.name, MAX_NAME))))

    async def send_problem(self, request: Request, reply: Reply) -> None:
        """Tell the requester alone why their press failed, if it did. Raises `DeliveryError`."""
        if reply.problem:
            await self.send_privately(request, Message(text=escape(reply.problem, 1000)))

    async def update_card(self, request: Request, reply: Reply, card: Card) -> None:
        """Replace the pressed card. The write in Jira is done by then, so a failure is logged and not raised."""
        card_id = _pressed_card(request, reply)
        if not card_id:
            return
        message = Message(card=card, summary=reply.summary, about=reply.about)
        try:
            await self._messenger.update(request.conversation, card_id, message)
        except DeliveryRefusedError as error:
            log.info("card not updated", reason=str(error))
        except DeliveryError as error:
            log.warning("card not updated", reason=str(error))


class Responder:
    """Answers one activity. Its HTTP answer is open until `acknowledge` gives it without the reply."""

    def __init__(self, activity: TeamsActivity, messenger: TeamsMessenger) -> None:
        self._activity, self._messenger = activity, messenger
        self._sender = ReplySender(messenger)
        self._is_invoke = activity.type == "invoke"
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
        name = self._activity.name
        if name == "composeExtension/submitAction":
            sentence = SLOW_ALONE
        else:
            sentence = SLOW_SEARCH if name.startswith("composeExtension/") else SLOW
        return HttpAnswer(200, invoke_responses.in_words(self._activity, tr(sentence)))

    def answer_repetition(self) -> HttpAnswer:
        """Return the answer to an activity that another replica has carried out."""
        if not self._is_invoke:
            return self.http_answer
        return HttpAnswer(200, invoke_responses.in_words(self._activity, tr("That's already done.")))

    async def post(self, message: Message) -> None:
        """Post a message in reply to the activity. Raises `DeliveryError`."""
        # Inside a channel thread the conversation names the thread already.
        conversation = self._activity.conversation
        reply_to = "" if conversation.thread else self._activity.id
        await self._messenger.answer(conversation, message, reply_to=reply_to)

    async def answer_message(self, request: Request, reply: Reply) -> None:
        """Answer typed text, or the `Action.Submit` of an old client. Raises `DeliveryError`."""
        if request.press is not None and reply.shared is not None:
            await self._sender.update_card(request, reply, reply.shared)
        elif reply.private and not request.conversation.is_personal:
            # An old client shows no answer to the presser alone.
            await self._sender.send_privately(request, _message(reply))
        else:
            await self.post(_message(reply))

    async def answer_press(self, request: Request, reply: Reply) -> None:
        """Send what the HTTP answer does not carry: the shared card, or everything if the answer is closed."""
        if not self._http_open:
            await self._sender.send(request, reply)
        elif reply.shared is not None:
            await self._sender.update_card(request, reply, reply.shared)
            if not self._http_open:  # it was closed while Teams took its time for the update
                await self._sender.send_problem(request, reply)

    async def apologise(self, *, undelivered: bool = False) -> HttpAnswer:
        """Tell the person that the turn failed unexpectedly, or that Teams did not take the answer."""
        return await self._say(tr(UNDELIVERED if undelivered else BROKEN))

    async def refuse_busy(self) -> HttpAnswer:
        """Tell the person that nothing of what they asked for was begun. Neither the store nor Jira is asked."""
        return await self._say(tr(BUSY))

    async def _say(self, sentence: str) -> HttpAnswer:
        """Say one sentence in the form of the activity's kind."""
        if self._is_invoke:
            return HttpAnswer(200, invoke_responses.in_words(self._activity, sentence))
        if self._activity.type == "message":
            try:
                await self.post(Message(sentence))
            except DeliveryError as error:
                log.warning("sentence not delivered", reason=str(error))
        return HttpAnswer(201)


def _pressed_card(request: Request, reply: Reply) -> str:
    """Return the activity id of the card that was pressed, or from which a dialog was opened; empty for text."""
    return reply.replaces or (request.press.card_id if request.press else "")


def _message(reply: Reply) -> Message:
    return Message(text=reply.text, card=reply.card, summary=reply.summary, about=reply.about)
