"""T43: what somebody asks for before they connect is kept within bounds, the newest of it."""

from __future__ import annotations

import re

from sandbox.teams import CAROL, personal
from sandbox.teams_cards import actions, words
from tests.support.conversations import shown_to_all, typed
from tests.support.world import World


async def test_t43_the_last_request_runs_after_the_link_and_nine_more_are_offered(world: World) -> None:
    chat = personal(CAROL)
    first = await typed(world, CAROL, chat, "search word0")
    for number in range(1, 25):
        last = await typed(world, CAROL, chat, f"search word{number}")
    assert "no longer" in await world.follow(first, CAROL)
    async with (
        world.teams.expecting(chat, lambda p: "word24" in words(p.card)),
        world.teams.expecting(chat, lambda p: "Jira is connected" in words(p.card)) as connected,
    ):
        await world.follow(last, CAROL)
    offered = [str(action["title"]) for action in actions(connected[0].card, "account.resume")]
    assert offered == [f"search word{number}" for number in range(15, 24)]
    assert set(re.findall(r"Search: (word\d+)", shown_to_all(world, chat))) == {"word24"}
