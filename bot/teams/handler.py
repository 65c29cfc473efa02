"""Handles messages and invokes: activity → Request → dispatcher → Reply → message or invoke answer."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from typing import Protocol

import structlog

from bot.chat.identity import Person
from bot.chat.messages import DeliveryError, Message
from bot.commands.intent import Intent
from bot.commands.request import Reply, Request
from bot.http.json import as_string
from bot.language import mark, tr, use_language
from bot.storage.base import StoreError
from bot.teams import dialogs, inbound_requests, invoke_responses, message_actions, microsoft365
from bot.teams.activities import MICROSOFT_365, Json, TeamsActivity
from bot.teams.adapter import TeamsTurn
from bot.teams.conversation_references import ConversationReferences
from bot.teams.inbound_requests import ReadActivity
from bot.teams.lifecycle import ConversationEvents, LifecycleHandler
from bot.teams.messenger import TeamsMessenger
from bot.teams.responder import ReplySender
from bot.teams.roster import TeamsRoster
from bot.teams.search import SETTINGS, SETTINGS_URL, Search, settings_response

InvokeHandler = Callable[[TeamsTurn, Person], Awaitable[Json]]
SettingsUrl = Callable[[Request], Awaitable[str]]
SaveSettings = Callable[[Request, str], Awaitable[None]]

NO_IDENTITY = mark(
    "Teams doesn't say who you are in your organization, so I can't act for you in Jira. "
    "Guests and anonymous users can't connect."
)

log = structlog.get_logger(__name__)


class Dispatcher(Protocol):
    """Answers requests."""

    def read(self, text: str, verb: str = "") -> Intent: ...

    async def answer(self, request: Request, intent: Intent | None = None) -> Reply: ...


class TeamsHandler(LifecycleHandler):
    """Handles all activities. Nothing about a turn is kept on it."""

    def __init__(
        self,
        *,
        dispatcher: Dispatcher,
        messenger: TeamsMessenger,
        references: ConversationReferences,
        roster: TeamsRoster,
        events: ConversationEvents,
        search: Search,
        begin_action: message_actions.BeginAction,
        settings_url: SettingsUrl,
        save_settings: SaveSettings,
    ) -> None:
        super().__init__(messenger=messenger, references=references, roster=roster, events=events)
        self._dispatcher = dispatcher
        self._sender = ReplySender(messenger)
        self._search = search
        self._begin_action = begin_action
        self._settings_url, self._save_settings = settings_url, save_settings
        self._invokes: Mapping[str, InvokeHandler] = {
            "adaptiveCard/action": self._on_press,
            "composeExtension/fetchTask": self._on_begin_action,
            "composeExtension/submitAction": self._on_submit_action,
            SETTINGS_URL: self._on_settings_url,
            SETTINGS: self._on_settings,
            "task/fetch": self._on_dialog,
            "task/submit": self._on_dialog,
            "application/search": self._on_typeahead,
        }

    def read(self, activity: TeamsActivity) -> ReadActivity:
        """Read what is asked for, without doing anything."""
        if activity.type == "message":
            typed = inbound_requests.read_text(activity)
            intent = self._dispatcher.read(typed.text, as_string(activity.value.get("verb")))
            return ReadActivity(intent, typed)
        if activity.name == "adaptiveCard/action":
            return ReadActivity(self._dispatcher.read("", inbound_requests.read_execute(activity).verb))
        return ReadActivity(Intent(only_reads=False))

    async def on_turn(self, turn_context: TeamsTurn) -> None:
        """Take a turn; what most turns are is told before botbuilder compares each kind."""
        if turn_context.inbound.type == "message":
            await self.on_message_activity(turn_context)
        else:
            await super().on_turn(turn_context)

    async def on_message_activity(self, turn_context: TeamsTurn) -> None:
        """Answer typed text, or an `Action.Submit` of an old client."""
        activity, responder = turn_context.inbound, turn_context.responder
        person = await self._roster.sender(activity)
        await self._remember(activity, person)
        if person is None:
            await responder.post(Message(tr(NO_IDENTITY)))
            return
        request = inbound_requests.to_request(activity, person, turn_context.read.typed)
        if inbound_requests.is_card_only(activity, request):
            return
        reply = await self._dispatcher.answer(request, turn_context.read.intent)
        await responder.answer_message(request, reply)
        await self._resume_of(reply)
        await self._events.on_message(activity.conversation)

    async def on_invoke_activity(self, turn_context: TeamsTurn) -> None:
        """Answer an invoke by its name; one that is not known is answered 501.

        botbuilder would put each value into a model first: that raises on odd values, knows no `trigger`, and
        its 4.17.1 serialises an answer twice.
        """
        activity = turn_context.inbound
        if activity.name in self._search.names:
            person = await self._roster.sender(activity)
            body = await self._search.answer(activity, person)
            is_in_teams = activity.channel_id != MICROSOFT_365
            turn_context.responder.answer_invoke(body if is_in_teams else microsoft365.without_buttons(body))
        elif activity.channel_id == MICROSOFT_365:
            turn_context.responder.answer_invoke(microsoft365.only_in_teams(activity))
        elif activity.name in self._invokes:
            person = await self._roster.sender(activity)
            if person is None:
                body = invoke_responses.in_words(activity, tr(NO_IDENTITY))
            else:
                body = await self._invokes[activity.name](turn_context, person)
            turn_context.responder.answer_invoke(body)

    async def _on_press(self, turn: TeamsTurn, person: Person) -> Json:
        """Answer a pressed button: the presser's view goes into the response, the shared card is updated."""
        press = inbound_requests.read_execute(turn.inbound)
        request = inbound_requests.to_press_request(turn.inbound, person, press)
        if press.automatic:
            return invoke_responses.refresh_response(await self._dispatcher.answer(request))
        await self._remember(turn.inbound, person)
        reply = await self._dispatcher.answer(request)
        await turn.responder.answer_press(request, reply)
        await self._resume_of(reply)
        await self._events.on_message(turn.inbound.conversation)
        return invoke_responses.press_response(reply)

    async def _on_dialog(self, turn: TeamsTurn, person: Person) -> Json:
        """Open or submit a dialog, which is a press that is answered in a window."""
        await self._remember(turn.inbound, person)
        return dialogs.dialog_response(await self._answer_dialog(turn, person))

    async def _on_begin_action(self, turn: TeamsTurn, person: Person) -> Json:
        """Open the dialog of a message extension's action, maybe where the bot is not installed."""
        request = inbound_requests.to_request(turn.inbound, person)
        return await message_actions.begin_response(self._begin_action, request, turn.inbound)

    async def _on_submit_action(self, turn: TeamsTurn, person: Person) -> Json:
        """Submit the dialog of a message extension's action."""
        return message_actions.submit_response(await self._answer_dialog(turn, person), turn.inbound)

    async def _on_settings_url(self, turn: TeamsTurn, person: Person) -> Json:
        """Name the page of the message extension's settings."""
        return settings_response(await self._settings_url(inbound_requests.to_request(turn.inbound, person)))

    async def _on_settings(self, turn: TeamsTurn, person: Person) -> Json:
        """Keep what was chosen on that page."""
        state = as_string(turn.inbound.value.get("state"))
        await self._save_settings(inbound_requests.to_request(turn.inbound, person), state)
        return {}

    async def _answer_dialog(self, turn: TeamsTurn, person: Person) -> Reply:
        press = dialogs.read_press(turn.inbound)
        request = inbound_requests.to_press_request(turn.inbound, person, press)
        reply = await self._dispatcher.answer(request)
        await turn.responder.answer_press(request, reply)
        return reply

    async def _on_typeahead(self, turn: TeamsTurn, person: Person) -> Json:
        """Search the values of a choice that has more of them than fit on its card."""
        press = dialogs.read_search(turn.inbound)
        request = inbound_requests.to_press_request(turn.inbound, person, press)
        return dialogs.search_response(await self._dispatcher.answer(request))

    async def _remember(self, activity: TeamsActivity, person: Person | None) -> None:
        """Save the conversation reference: the answer goes to its service URL. Store errors are ignored."""
        try:
            await self._references.remember(activity.conversation, person)
        except StoreError as error:
            log.warning("conversation not remembered", error=type(error).__name__)

    async def _resume_of(self, reply: Reply) -> None:
        if reply.resumes is not None:
            await self.resume(reply.resumes)

    async def resume(self, request: Request) -> None:
        """Run what was asked for before the account was linked, and send the answer proactively."""
        with use_language(request.locale):
            reply = await self._dispatcher.answer(request)
            try:
                await self._sender.send(request, reply)
            except DeliveryError as error:
                log.warning("resumed request not answered", reason=str(error))
        await self._resume_of(reply)
