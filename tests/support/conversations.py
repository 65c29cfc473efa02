"""What is typed in a conversation, and what everybody in it can see."""

from __future__ import annotations

import json

from sandbox.teams import Chat, Posted, TeamsUser
from tests.support.world import World


def shown_to_all(world: World, chat: Chat) -> str:
    """Everything that anybody in a conversation could ever see of the bot's messages, with their buttons' data."""
    return json.dumps([[p.activity, *p.versions] for p in world.teams.messages(chat)])


async def typed(world: World, user: TeamsUser, chat: Chat, text: str) -> Posted:
    """Type a message; return the bot's next message there."""
    async with world.teams.expecting(chat) as got:
        await world.teams.say(user, chat, text)
    return got[0]
