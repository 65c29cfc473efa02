"""T43: what somebody asks for before they connect is kept within bounds, the newest of it."""

from __future__ import annotations

import re

from sandbox.teams import CAROL, personal
from sandbox.teams_cards import words
from tests.support.conversations import shown_to_all, typed
from tests.support.world import World


async def test_t43_the_last_ten_requests_run_after_the_link_and_no_more(world: World) -> None:
    chat = personal(CAROL)
    first = await typed(world, CAROL, chat, "search word0")
    for number in range(1, 25):
        last = await typed(world, CAROL, chat, f"search word{number}")
    assert "no longer" in await world.follow(first, CAROL)
    async with world.teams.expecting(chat, lambda p: "word24" in words(p.card)):
        await world.follow(last, CAROL)
    ran = re.findall(r"Search: (word\d+)", shown_to_all(world, chat))
    assert list(dict.fromkeys(ran)) == [f"word{number}" for number in range(15, 25)]
