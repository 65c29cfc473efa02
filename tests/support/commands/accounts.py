"""How the end-to-end tests disconnect."""

from __future__ import annotations

from sandbox.teams import Answer, Posted, TeamsUser, personal
from sandbox.teams_cards import actions
from tests.support.world import World


async def disconnect(world: World, user: TeamsUser, *, everything: bool = False) -> Answer:
    """Type the word in the person's own chat and press the button."""
    chat = personal(user)

    def asks(posted: Posted) -> bool:
        return bool(actions(posted.card, "account.disconnect"))

    async with world.teams.expecting(chat, asks) as got:
        await world.teams.say(user, chat, "disconnect")
    button = actions(got[0].card, "account.disconnect")[-1 if everything else 0]
    return await world.teams.press(user, chat, got[0].id, button)
