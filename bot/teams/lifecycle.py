"""Coming and going: where the bot is, and who is told of it."""

from __future__ import annotations

from dataclasses import replace
from typing import Protocol

from botbuilder.core.teams import TeamsActivityHandler
from botbuilder.schema import ChannelAccount

from bot.chat.identity import Conversation, Person
from bot.chat.messages import Message
from bot.teams import activities
from bot.teams.activities import Wire
from bot.teams.adapter import TeamsTurn
from bot.teams.conversation_references import ConversationReferences
from bot.teams.messenger import TeamsMessenger
from bot.teams.roster import People


class Hosts(Protocol):
    """Who hears of the bot being added to and removed from conversations."""

    async def welcomed(self, place: Conversation, person: Person | None) -> Message | None: ...

    async def removed(self, place: Conversation) -> None: ...

    async def team_removed(self, place: Conversation) -> None: ...

    async def team_back(self, place: Conversation) -> None: ...

    async def spoken_to(self, place: Conversation) -> None: ...


class Presence(TeamsActivityHandler):  # type: ignore[misc]  # botbuilder has no types
    """What Teams announces of installations, teams and channels."""

    def __init__(
        self, *, messenger: TeamsMessenger, references: ConversationReferences, people: People, hosts: Hosts
    ) -> None:
        super().__init__()
        self._messenger = messenger
        self._references = references
        self._people = people
        self._hosts = hosts

    async def where_and_who(self, wire: Wire) -> tuple[Conversation, Person | None]:
        """The conversation of an activity, and its sender; None for somebody without an identity."""
        tenant = next((t for t in activities.tenants(wire) if t), "")
        place = activities.conversation(wire, tenant)
        return place, await self._people.sender(wire, place)

    async def on_installation_update_add(self, turn_context: TeamsTurn) -> None:
        """Installed: say hello once. `conversationUpdate` arrives too; the host knows whom it greeted."""
        await self._welcome(turn_context)

    async def on_installation_update_remove(self, turn_context: TeamsTurn) -> None:
        """Removed: nothing can be sent any more. Unless it only makes room for its next version."""
        if turn_context.activity.action != "remove-upgrade":
            await self._gone(turn_context)

    async def on_teams_members_added_dispatch(
        self, members_added: list[ChannelAccount], team_info: object, turn_context: TeamsTurn
    ) -> None:
        """Only the bot's own arrival matters (botbuilder would look every member up)."""
        if any(m.id == turn_context.activity.recipient.id for m in members_added or ()):
            await self._welcome(turn_context)

    async def on_teams_members_removed_dispatch(
        self, members_removed: list[ChannelAccount], team_info: object, turn_context: TeamsTurn
    ) -> None:
        """Only the bot's own departure matters."""
        if any(m.id == turn_context.activity.recipient.id for m in members_removed or ()):
            await self._gone(turn_context)

    async def on_teams_channel_deleted(self, channel: object, team: object, turn_context: TeamsTurn) -> None:
        """Teams says so in the team's general channel."""
        place, _ = await self.where_and_who(turn_context.wire)
        deleted = activities.channel_of(turn_context.wire)
        if deleted:
            await self._references.forget(replace(place, id=deleted))
            await self._hosts.removed(replace(place, id=deleted))

    async def on_teams_channel_restored(self, channel: object, team: object, turn_context: TeamsTurn) -> None:
        """It can be told things again."""
        place, _ = await self.where_and_who(turn_context.wire)
        restored = activities.channel_of(turn_context.wire)
        if restored:
            await self._hosts.spoken_to(replace(place, id=restored))

    async def on_teams_team_deleted(self, team: object, turn_context: TeamsTurn) -> None:
        """With all of its channels."""
        place, _ = await self.where_and_who(turn_context.wire)
        await self._team_gone(place)

    async def on_teams_team_hard_deleted(self, team: object, turn_context: TeamsTurn) -> None:
        """For good."""
        await self.on_teams_team_deleted(team, turn_context)

    async def on_teams_team_restored(self, team: object, turn_context: TeamsTurn) -> None:
        """With all of its channels."""
        place, _ = await self.where_and_who(turn_context.wire)
        await self._references.move_team(place)
        await self._hosts.team_back(place)

    async def on_teams_team_unarchived(self, team: object, turn_context: TeamsTurn) -> None:
        """While it was archived Teams let nobody write in it."""
        await self.on_teams_team_restored(team, turn_context)

    async def _welcome(self, turn_context: TeamsTurn) -> None:
        place, person = await self.where_and_who(turn_context.wire)
        await self._references.remember(place, person, force=True)
        await self._references.move_team(place)
        hello = await self._hosts.welcomed(place, person)
        if hello is not None:
            await self._messenger.send(place, hello)

    async def _gone(self, turn_context: TeamsTurn) -> None:
        place, person = await self.where_and_who(turn_context.wire)
        if place.team:
            await self._team_gone(place)
            return
        await self._references.forget(place, person)
        await self._hosts.removed(place)

    async def _team_gone(self, place: Conversation) -> None:
        await self._references.forget_team(place)
        await self._hosts.team_removed(place)
