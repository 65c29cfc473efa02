"""Sends and updates messages outside any HTTP answer (implements `bot.chat.messages.Messenger`)."""

from __future__ import annotations

from collections.abc import Callable

from bot.chat.identity import Conversation, Person, Scope
from bot.chat.messages import ConversationGoneError, IssueRef, Message
from bot.http.json import as_string
from bot.teams.activities import ADAPTIVE_CARD
from bot.teams.connector import Connector
from bot.teams.conversation_references import ConversationReferences

MAX_SUMMARY_CHARS = 200

OnPosted = Callable[[Conversation, str, IssueRef], None]
"""Notes that a message (its activity id) is about an issue."""


class TeamsMessenger:
    """Posts through the connector.

    With `retry`, while a person waits, a call makes several attempts and goes to the newest address that this
    process knows. Without it a call makes one attempt, to the newest address that any replica knows.
    """

    def __init__(
        self,
        connector: Connector,
        references: ConversationReferences,
        *,
        retry: bool = False,
        on_posted: OnPosted | None = None,
    ) -> None:
        self._connector, self._references, self._retry = connector, references, retry
        self._on_posted = on_posted

    async def send(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        """Post a message, in the thread that the conversation names or of message `reply_to`; returns its id.

        Raises `DeliveryError`.
        """
        return await self._post(await self._newest(to), to, message, reply_to)

    async def answer(self, to: Conversation, message: Message, *, reply_to: str = "") -> str:
        """Post a message as `send` does, at the address that an activity came from; the store is not asked.

        Raises `DeliveryError`.
        """
        return await self._post(to, to, message, reply_to)

    async def _post(self, here: Conversation, to: Conversation, message: Message, reply_to: str) -> str:
        thread = reply_to if to.scope is Scope.CHANNEL and reply_to else to.thread
        target = _address(here, thread)
        activity = _to_activity(message) | {"from": {"id": here.bot_id}, "conversation": {"id": target}}
        activity_id = await self._connector.send(here.service_url, target, activity, retry=self._retry)
        self._note(to, activity_id, message)
        return activity_id

    async def update(self, to: Conversation, activity_id: str, message: Message) -> None:
        """Replace an earlier message. Raises `DeliveryError`."""
        here = await self._newest(to)
        target = _address(here, to.thread)
        activity = _to_activity(message) | {
            "id": activity_id,
            "from": {"id": here.bot_id},
            "conversation": {"id": target},
        }
        await self._connector.update(here.service_url, target, activity_id, activity, retry=self._retry)
        self._note(to, activity_id, message)

    def _note(self, to: Conversation, activity_id: str, message: Message) -> None:
        if self._on_posted is not None and message.about is not None:
            self._on_posted(to, activity_id, message.about)

    async def _newest(self, to: Conversation) -> Conversation:
        # The conversation of a turn was just saved by this process; of others another replica may know better.
        return await (self._references.known(to) if self._retry else self._references.latest(to))

    async def personal_conversation(
        self, person: Person, near: Conversation, *, teams_id: str = ""
    ) -> Conversation:
        """Return the person's own chat, opened through the connector if it has not been seen yet.

        Teams opens it by the person's id for this bot (`29:…`) for every member of a team or chat that has the
        app; by their object id only where they have the app themselves. Its language is that of `near` until the
        person writes there. Raises `DeliveryError` and `StoreError`.
        """
        known = await self._references.personal(person)
        if known is not None:
            return known
        here = await self._newest(near)
        member = teams_id or await self._teams_id(person, here) or person.oid
        opened = await self._connector.create_personal(here.service_url, here.bot_id, person.tenant, member)
        if not opened:
            raise ConversationGoneError("Teams opened no personal chat")
        place = Conversation(
            opened, Scope.PERSONAL, person.tenant, here.service_url, here.bot_id, language=near.language
        )
        await self._references.remember(place, person, force=True)
        return place

    async def _teams_id(self, person: Person, here: Conversation) -> str:
        """Return the person's id for this bot from the member list of a shared conversation; empty if none."""
        if here.is_personal:
            return ""
        try:
            member = await self._connector.member(here.service_url, here.id, person.oid)
        except ConversationGoneError:
            return ""
        return as_string(member.get("id"))


def _to_activity(message: Message) -> dict[str, object]:
    """Return a message as the activity that the connector takes."""
    activity: dict[str, object] = {"type": "message"}
    if message.text:
        activity["text"] = message.text
        activity["textFormat"] = "markdown"
    if message.card is not None:
        activity["attachments"] = [{"contentType": ADAPTIVE_CARD, "content": message.card}]
        if message.summary:
            activity["summary"] = message.summary[:MAX_SUMMARY_CHARS]
    return activity


def _address(place: Conversation, thread: str) -> str:
    """Return the conversation id by which Teams knows a thread of a channel."""
    return f"{place.id};messageid={thread}" if thread else place.id
