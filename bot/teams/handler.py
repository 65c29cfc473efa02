"""botbuilder's TeamsActivityHandler on our dispatcher: activity → Request, Reply → message or invoke answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import Protocol

import structlog
from botbuilder.core import InvokeResponse, TurnContext

from bot.chat.identity import Conversation, Person
from bot.chat.messages import DeliveryError, DeliveryRefusedError, Message
from bot.commands.request import Reply, Request
from bot.language import mark, speaking, tr
from bot.storage.base import StoreError
from bot.teams import activities, dialogs, invoke_responses, message_actions
from bot.teams.activities import Wire
from bot.teams.adapter import LATE, WIRE, Outcome
from bot.teams.lifecycle import Hosts, Presence
from bot.teams.messenger import References, TeamsMessenger
from bot.teams.roster import People
from bot.teams.search import Search
from cards.text import escape

SLOW = mark("Jira is slow just now. I am still at it; this message will change when it is done.")
SLOW_ALONE = mark("Jira is slow just now. I am still at it; the answer comes into your own chat with me.")
SLOW_SEARCH = mark("Jira is slow just now. Try again in a moment.")
Body = Mapping[str, object]
Invoke = Callable[[TurnContext, Conversation, Person | None], Awaitable[Body]]

BROKEN = mark("Something went wrong here, on our side. It is in the log; please try again.")
UNDELIVERED = mark(
    "My answer may not have reached you: Teams did not take it. What you asked for may be done;"
    " ask me to show it before you ask again."
)
NO_IDENTITY = mark(
    "I can't tell from Teams who you are in your organisation, so I can't act for you in Jira."
    " Guests and anonymous people can't be linked."
)

log = structlog.get_logger(__name__)


class Answers(Protocol):
    """The dispatcher, as it is seen from here."""

    async def answer(self, request: Request) -> Reply: ...


class TeamsHandler(Presence):
    """One instance serves all turns; nothing about a turn is kept on it."""

    def __init__(
        self,
        *,
        answers: Answers,
        messenger: TeamsMessenger,
        references: References,
        people: People,
        hosts: Hosts,
        search: Search,
        begin: message_actions.Begin,
    ) -> None:
        super().__init__(messenger=messenger, references=references, people=people, hosts=hosts)
        self._answers = answers
        self._search = search
        self._begin = begin
        self._invokes: Mapping[str, Invoke] = {
            "adaptiveCard/action": self._press,
            "composeExtension/query": self._query,
            "composeExtension/queryLink": self._unfurl,
            "composeExtension/anonymousQueryLink": self._anonymous,
            "composeExtension/fetchTask": self._begun,
            "composeExtension/submitAction": self._finished,
            "task/fetch": self._dialog,
            "task/submit": self._dialog,
            "application/search": self._typeahead,
        }

    def meanwhile(self, wire: Wire) -> Outcome:
        """What a slow invoke is answered with for now; the result follows by `_late`."""
        name = activities.text(wire, "name")
        if name == "composeExtension/submitAction":
            return Outcome(200, invoke_responses.in_words(wire, tr(SLOW_ALONE)))
        return Outcome(
            200, invoke_responses.in_words(wire, tr(SLOW_SEARCH if name.startswith("composeExtension/") else SLOW))
        )

    async def apologise(self, wire: Wire, *, undelivered: bool = False) -> Outcome:
        """Something broke that nobody foresaw, or Teams did not take the answer (`undelivered`); it is in the log,
        and the person is not left in silence."""
        told = tr(UNDELIVERED if undelivered else BROKEN)
        kind = activities.text(wire, "type")
        if kind == "invoke":
            return Outcome(200, invoke_responses.in_words(wire, told))
        if kind == "message":
            place = activities.conversation(wire, activities.tenants(wire)[0])
            try:
                await self._messenger.send(place, Message(told), reply_to=_root(wire, place))
            except DeliveryError as error:
                log.warning("apology not delivered", reason=str(error))
        return Outcome(201)

    # Messages --------------------------------------------------------------------------------------------

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """Typed text, or an `Action.Submit` of an old client."""
        wire: Wire = turn_context.turn_state[WIRE]
        place, person = await self.where_and_who(wire)
        await self._met(place, person)
        if person is None:
            await self._messenger.send(place, Message(tr(NO_IDENTITY)), reply_to=_root(wire, place))
            return
        request = activities.request(wire, person, place)
        if activities.is_only_a_card(wire, request):
            return
        reply = await self._answers.answer(request)
        if request.press is not None and reply.shared is not None:
            await self._update(place, request.press.card_id, reply.shared, reply.summary)
        elif reply.private and not place.is_personal:
            # The press of a client that shows nobody an answer of their own.
            await self._tell_alone(request, _message(reply))
        else:
            await self._messenger.send(place, _message(reply), reply_to=_root(wire, place))
        await self._hosts.spoken_to(place)

    # Invokes ---------------------------------------------------------------------------------------------

    async def on_invoke_activity(self, turn_context: TurnContext) -> InvokeResponse:
        """By name, on the JSON itself.

        botbuilder would put each value into a model first: that raises on odd values, knows no `trigger`, and
        its 4.17.1 serialises an answer twice. An invoke that we do not know is 501, as it says too.
        """
        wire: Wire = turn_context.turn_state[WIRE]
        answer = self._invokes.get(activities.text(wire, "name"))
        if answer is None:
            return InvokeResponse(status=501)
        place, person = await self.where_and_who(wire)
        return InvokeResponse(status=200, body=await answer(turn_context, place, person))

    async def _press(self, turn_context: TurnContext, place: Conversation, person: Person | None) -> Body:
        """A pressed button: the presser's answer goes back in the response, the shared card is updated."""
        wire: Wire = turn_context.turn_state[WIRE]
        press = activities.own_press(wire)
        if person is None:
            return invoke_responses.in_words(wire, tr(NO_IDENTITY))
        request = replace(activities.request(wire, person, place), text="", press=press)
        if press.automatic:
            return invoke_responses.refreshed(await self._answers.answer(request))
        await self._met(place, person)
        reply = await self._answers.answer(request)
        await self._deliver(turn_context, request, reply)
        await self._hosts.spoken_to(place)
        return invoke_responses.pressed(reply)

    async def _dialog(self, turn_context: TurnContext, place: Conversation, person: Person | None) -> Body:
        """A dialog is opened or sent: the press of a button like any other, answered in a window of its own."""
        if person is None:
            return dialogs.message(tr(NO_IDENTITY))
        await self._met(place, person)
        return dialogs.dialog_answer(await self._in_dialog(turn_context, place, person))

    async def _begun(self, turn_context: TurnContext, place: Conversation, person: Person | None) -> Body:
        """An action of the message extension is begun, maybe where the bot is not installed."""
        wire: Wire = turn_context.turn_state[WIRE]
        if person is None:
            return dialogs.message(tr(NO_IDENTITY))
        return await message_actions.begun(self._begin, activities.request(wire, person, place), wire)

    async def _finished(self, turn_context: TurnContext, place: Conversation, person: Person | None) -> Body:
        """The dialog of such an action is sent."""
        if person is None:
            return dialogs.message(tr(NO_IDENTITY))
        reply = await self._in_dialog(turn_context, place, person)
        return message_actions.finished(reply, turn_context.turn_state[WIRE])

    async def _in_dialog(self, turn_context: TurnContext, place: Conversation, person: Person) -> Reply:
        wire: Wire = turn_context.turn_state[WIRE]
        press = dialogs.dialog_press(wire)
        request = replace(activities.request(wire, person, place), text="", press=press)
        reply = await self._answers.answer(request)
        await self._deliver(turn_context, request, reply)
        return reply

    async def _typeahead(self, turn_context: TurnContext, place: Conversation, person: Person | None) -> Body:
        """Words typed into a choice with more values than fit on its card."""
        wire: Wire = turn_context.turn_state[WIRE]
        if person is None:
            return dialogs.search_answer(None)
        request = replace(activities.request(wire, person, place), text="", press=dialogs.search_press(wire))
        return dialogs.search_answer(await self._answers.answer(request))

    async def _query(self, turn_context: TurnContext, place: Conversation, person: Person | None) -> Body:
        return await self._search.query(person, place, turn_context.turn_state[WIRE])

    async def _unfurl(self, turn_context: TurnContext, place: Conversation, person: Person | None) -> Body:
        return await self._search.unfurl(person, place, turn_context.turn_state[WIRE])

    async def _anonymous(self, _context: TurnContext, _place: Conversation, _person: Person | None) -> Body:
        """A link in a place where the app is not installed: nothing of Jira is shown (threat T37)."""
        return self._search.anonymous()

    # Shared ----------------------------------------------------------------------------------------------

    async def _met(self, place: Conversation, person: Person | None) -> None:
        """Note it before the answer, which goes to the newest address. Without the store the next time will do."""
        try:
            await self._references.remember(place, person)
        except StoreError as error:
            log.warning("conversation not remembered", error=type(error).__name__)

    async def resume(self, request: Request) -> None:
        """Run what was asked for before the link was made; its answer is sent proactively."""
        with speaking(request.locale):
            reply = await self._answers.answer(request)
            try:
                if request.press is None:
                    await self._messenger.send(request.conversation, _message(reply))
                else:
                    await self._late(request, reply)
            except DeliveryError as error:
                log.warning("resumed request not answered", reason=str(error))

    async def _deliver(self, turn_context: TurnContext, request: Request, reply: Reply) -> None:
        """What others see of the answer to a press; all of it, if its HTTP request is gone already."""
        if turn_context.turn_state.get(LATE):
            await self._late(request, reply)
        elif reply.shared is not None and request.press is not None:
            await self._update(request.conversation, request.press.card_id, reply.shared, reply.summary)
            if turn_context.turn_state.get(LATE) and reply.problem:  # it was given up while Teams took its time
                await self._tell_alone(request, _problem(reply))

    async def _late(self, request: Request, reply: Reply) -> None:
        """Deliver the answer to a press whose HTTP request is gone already: nothing private into a group."""
        place, press = request.conversation, request.press
        if press is not None and place.is_personal and press.card_id and reply.card is not None:
            await self._update(place, press.card_id, reply.card, reply.summary)
            return
        if press is not None and reply.shared is not None and press.card_id:
            await self._update(place, press.card_id, reply.shared, reply.summary)
            private = _problem(reply) if reply.problem else None
        else:
            private = _message(reply)
        if private is not None:
            await self._tell_alone(request, private)

    async def _tell_alone(self, request: Request, message: Message) -> None:
        place = request.conversation
        near = replace(place, language=request.locale)
        own = place if place.is_personal else await self._messenger.personal_conversation(request.person, near)
        await self._messenger.send(own, message)

    async def _update(self, place: Conversation, card_id: str, card: Mapping[str, object], summary: str) -> None:
        """The write in Jira is done, so a message that cannot be updated must not look like a failure of it."""
        if not card_id:
            return
        try:
            await self._messenger.update(place, card_id, Message(card=card, summary=summary))
        except DeliveryRefusedError as error:
            log.info("card.not_updated", reason=str(error))
        except DeliveryError as error:
            log.warning("card.not_updated", reason=str(error))


def _root(wire: Wire, place: Conversation) -> str:
    """The message to answer; inside a channel thread the conversation id names the thread already."""
    return "" if place.thread else activities.text(wire, "id")


def _message(reply: Reply) -> Message:
    return Message(text=reply.text, card=reply.card, summary=reply.summary)


def _problem(reply: Reply) -> Message:
    return Message(text=escape(reply.problem, 1000))
