"""botbuilder's TeamsActivityHandler on our dispatcher: activity → Request, Reply → message or invoke answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog

from bot.chat.identity import Conversation, Person
from bot.chat.messages import DeliveryError, Message
from bot.commands.request import Reply, Request
from bot.language import mark, speaking, tr
from bot.storage.base import StoreError
from bot.teams import activities, dialogs, invoke_responses, message_actions
from bot.teams.adapter import TeamsTurn
from bot.teams.conversation_references import ConversationReferences
from bot.teams.lifecycle import Hosts, Presence
from bot.teams.messenger import TeamsMessenger
from bot.teams.responder import ReplySender
from bot.teams.roster import People
from bot.teams.search import Search

Body = Mapping[str, object]
Invoke = Callable[[TeamsTurn, Conversation, Person], Awaitable[Body]]

NO_IDENTITY = mark(
    "I can't tell from Teams who you are in your organisation, so I can't act for you in Jira."
    " Guests and anonymous people can't be linked."
)

log = structlog.get_logger(__name__)


class Dispatcher(Protocol):
    """Answers requests."""

    async def answer(self, request: Request) -> Reply: ...


class TeamsHandler(Presence):
    """One instance serves all turns; nothing about a turn is kept on it."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        messenger: TeamsMessenger,
        references: ConversationReferences,
        people: People,
        hosts: Hosts,
        search: Search,
        begin: message_actions.Begin,
    ) -> None:
        super().__init__(messenger=messenger, references=references, people=people, hosts=hosts)
        self._dispatcher = dispatcher
        self._sender = ReplySender(messenger)
        self._search = search
        self._begin = begin
        self._invokes: Mapping[str, Invoke] = {
            "adaptiveCard/action": self._press,
            "composeExtension/fetchTask": self._begin_action,
            "composeExtension/submitAction": self._finish_action,
            "task/fetch": self._dialog,
            "task/submit": self._dialog,
            "application/search": self._typeahead,
        }

    async def on_message_activity(self, turn_context: TeamsTurn) -> None:
        """Answer typed text, or an `Action.Submit` of an old client."""
        wire, responder = turn_context.wire, turn_context.responder
        place, person = await self.where_and_who(wire)
        await self._remember(place, person)
        if person is None:
            await responder.post(place, Message(tr(NO_IDENTITY)))
            return
        request = activities.request(wire, person, place)
        if activities.is_only_a_card(wire, request):
            return
        reply = await self._dispatcher.answer(request)
        await responder.answer_message(request, reply)
        await self._hosts.spoken_to(place)

    async def on_invoke_activity(self, turn_context: TeamsTurn) -> None:
        """Answer an invoke by its name; one that is not known is answered 501.

        botbuilder would put each value into a model first: that raises on odd values, knows no `trigger`, and
        its 4.17.1 serialises an answer twice.
        """
        name = activities.text(turn_context.wire, "name")
        if name not in self._invokes and name not in self._search.names:
            return
        place, person = await self.where_and_who(turn_context.wire)
        turn_context.responder.answer_invoke(await self._answer_invoke(name, turn_context, place, person))

    async def _answer_invoke(self, name: str, turn: TeamsTurn, place: Conversation, person: Person | None) -> Body:
        if name in self._search.names:
            return await self._search.answer(name, person, place, turn.wire)
        if person is None:
            return invoke_responses.in_words(turn.wire, tr(NO_IDENTITY))
        return await self._invokes[name](turn, place, person)

    async def _press(self, turn: TeamsTurn, place: Conversation, person: Person) -> Body:
        """Answer a pressed button: the presser's view goes into the response, the shared card is updated."""
        press = activities.own_press(turn.wire)
        request = activities.press_request(turn.wire, person, place, press)
        if press.automatic:
            return invoke_responses.refreshed(await self._dispatcher.answer(request))
        await self._remember(place, person)
        reply = await self._dispatcher.answer(request)
        await turn.responder.answer_press(request, reply)
        await self._hosts.spoken_to(place)
        return invoke_responses.pressed(reply)

    async def _dialog(self, turn: TeamsTurn, place: Conversation, person: Person) -> Body:
        """Open or submit a dialog, which is a press that is answered in a window."""
        await self._remember(place, person)
        return dialogs.dialog_answer(await self._submit_dialog(turn, place, person))

    async def _begin_action(self, turn: TeamsTurn, place: Conversation, person: Person) -> Body:
        """Open the dialog of a message extension's action, maybe where the bot is not installed."""
        return await message_actions.begun(self._begin, activities.request(turn.wire, person, place), turn.wire)

    async def _finish_action(self, turn: TeamsTurn, place: Conversation, person: Person) -> Body:
        """Submit the dialog of such an action."""
        return message_actions.finished(await self._submit_dialog(turn, place, person), turn.wire)

    async def _submit_dialog(self, turn: TeamsTurn, place: Conversation, person: Person) -> Reply:
        request = activities.press_request(turn.wire, person, place, dialogs.dialog_press(turn.wire))
        reply = await self._dispatcher.answer(request)
        await turn.responder.answer_press(request, reply)
        return reply

    async def _typeahead(self, turn: TeamsTurn, place: Conversation, person: Person) -> Body:
        """Search the values of a choice that has more of them than fit on its card."""
        request = activities.press_request(turn.wire, person, place, dialogs.search_press(turn.wire))
        return dialogs.search_answer(await self._dispatcher.answer(request))

    async def _remember(self, place: Conversation, person: Person | None) -> None:
        """Save the conversation reference: the answer goes to its service URL. Store errors are ignored."""
        try:
            await self._references.remember(place, person)
        except StoreError as error:
            log.warning("conversation not remembered", error=type(error).__name__)

    async def resume(self, request: Request) -> None:
        """Run what was asked for before the account was linked, and send the answer proactively."""
        with speaking(request.locale):
            reply = await self._dispatcher.answer(request)
            try:
                await self._sender.send(request, reply)
            except DeliveryError as error:
                log.warning("resumed request not answered", reason=str(error))
