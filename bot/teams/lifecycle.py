"""Handles installations: the bot, a team or a channel is added, removed or restored."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import ChannelAccount

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.teams.adapter import TeamsTurn
from bot.teams.conversation_references import ConversationReferences
from bot.teams.messenger import TeamsMessenger
from bot.teams.roster import TeamsRoster


class ConversationEvents(Protocol):
    """What the rest of the bridge does when the bot is added to, removed from or written to in a conversation."""

    async def on_added(
        self, conversation: Conversation, person: Person | None, *, one_channel: bool = False
    ) -> Message | None:
        """Return the welcome, or None if it was sent before: Teams announces an installation twice.

        `one_channel`: the bot came to this channel alone, not to its whole team.
        """

    async def on_removed(self, conversation: Conversation) -> None:
        """Stop sending there."""

    async def on_team_removed(self, channel: Conversation) -> None:
        """Stop sending to every channel of this one's team."""

    async def on_team_restored(self, channel: Conversation) -> None:
        """Go on sending to the channels of this one's team."""

    async def on_message(self, conversation: Conversation) -> None:
        """Go on sending there: somebody can write to the bot."""


class LifecycleHandler(TeamsActivityHandler):  # type: ignore[misc]  # botbuilder has no types
    """The part of the handler that follows where the bot is installed."""

    def __init__(
        self,
        *,
        messenger: TeamsMessenger,
        references: ConversationReferences,
        roster: TeamsRoster,
        events: ConversationEvents,
    ) -> None:
        super().__init__()
        self._messenger, self._references = messenger, references
        self._roster, self._events = roster, events

    async def on_installation_update_add(self, turn_context: TeamsTurn) -> None:
        """Welcome; `conversationUpdate` announces the same installation."""
        await self._add(turn_context)

    async def on_installation_update_remove(self, turn_context: TeamsTurn) -> None:
        """Forget the conversation, unless the app is only replaced by its next version."""
        if turn_context.inbound.action != "remove-upgrade":
            await self._remove(turn_context)

    async def on_teams_members_added_dispatch(
        self, members_added: list[ChannelAccount], team_info: object, turn_context: TeamsTurn
    ) -> None:
        """Welcome if the bot itself was added; botbuilder would look every member up."""
        activity = turn_context.inbound
        if any(member.id == activity.bot.id for member in activity.members_added):
            await self._add(turn_context)

    async def on_teams_members_removed_dispatch(
        self, members_removed: list[ChannelAccount], team_info: object, turn_context: TeamsTurn
    ) -> None:
        """Forget the conversation if the bot itself was removed."""
        activity = turn_context.inbound
        if any(member.id == activity.bot.id for member in activity.members_removed):
            await self._remove(turn_context)

    async def on_teams_channel_deleted(self, channel: object, team: object, turn_context: TeamsTurn) -> None:
        """Forget the channel; Teams says so in the team's general channel."""
        deleted = _named_channel(turn_context)
        if deleted is not None:
            await self._references.forget(deleted)
            await self._events.on_removed(deleted)

    async def on_teams_channel_restored(self, channel: object, team: object, turn_context: TeamsTurn) -> None:
        """Go on sending to the channel."""
        restored = _named_channel(turn_context)
        if restored is not None:
            await self._events.on_message(restored)

    async def on_teams_team_deleted(self, team: object, turn_context: TeamsTurn) -> None:
        """Forget all channels of the team."""
        await self._remove_team(turn_context.inbound.conversation)

    async def on_teams_team_hard_deleted(self, team: object, turn_context: TeamsTurn) -> None:
        """Forget all channels of the team."""
        await self._remove_team(turn_context.inbound.conversation)

    async def on_teams_team_restored(self, team: object, turn_context: TeamsTurn) -> None:
        """Go on sending to the team's channels."""
        channel = turn_context.inbound.conversation
        await self._references.move_team(channel)
        await self._events.on_team_restored(channel)

    async def on_teams_team_unarchived(self, team: object, turn_context: TeamsTurn) -> None:
        """Go on sending to the team's channels: nobody can write in an archived team."""
        await self.on_teams_team_restored(team, turn_context)

    async def _add(self, turn: TeamsTurn) -> None:
        conversation = turn.inbound.conversation
        person = await self._roster.sender(turn.inbound)
        await self._references.remember(conversation, person, force=True)
        one_channel = turn.inbound.concerns_one_channel
        if not one_channel:
            await self._references.move_team(conversation)
        welcome = await self._events.on_added(conversation, person, one_channel=one_channel)
        if welcome is not None:
            await self._messenger.send(conversation, welcome)

    async def _remove(self, turn: TeamsTurn) -> None:
        conversation = turn.inbound.conversation
        if conversation.team and not turn.inbound.concerns_one_channel:
            await self._remove_team(conversation)
            return
        await self._references.forget(conversation, await self._roster.sender(turn.inbound))
        await self._events.on_removed(conversation)

    async def _remove_team(self, channel: Conversation) -> None:
        await self._references.forget_team(channel)
        await self._events.on_team_removed(channel)


def _named_channel(turn: TeamsTurn) -> Conversation | None:
    """Return the channel that the event is about; None if it names none."""
    channel_id = turn.inbound.named_channel
    return replace(turn.inbound.conversation, id=channel_id) if channel_id else None
