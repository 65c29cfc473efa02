"""A window that Teams waits for keeps its opener on its whole way; every other sign-in is parted from it."""

from __future__ import annotations

import pytest

from sandbox.teams import ALICE, personal
from sandbox.teams_cards import links
from tests.support.world import World, browser_session


async def extension_link(world: World) -> str:
    value = {"commandId": "searchIssues", "parameters": [{"name": "query", "value": "x"}]}
    answer = await world.teams.invoke(ALICE, personal(ALICE), "composeExtension/query", value)
    return str(answer.body["composeExtension"]["suggestedActions"]["actions"][0]["value"])  # type: ignore[index]


async def card_link(world: World) -> str:
    async with world.teams.expecting(personal(ALICE)) as got:
        await world.teams.say(ALICE, personal(ALICE), "connect")
    return links(got[0].card)[0]


@pytest.mark.parametrize("in_window", [True, False])
async def test_the_opener_is_kept_for_teams_alone(world: World, *, in_window: bool) -> None:
    expected = None if in_window else "same-origin"
    async with browser_session() as session:
        link = await (extension_link(world) if in_window else card_link(world))
        async with session.get(link, allow_redirects=False) as response:
            assert response.headers.get("Cross-Origin-Opener-Policy") == expected
        async with session.get(f"{world.url}/auth/jira/callback?state=x", allow_redirects=False) as response:
            assert response.headers.get("Cross-Origin-Opener-Policy") == expected
        # A link of a card in the same browser afterwards is parted again.
        async with session.get(await card_link(world), allow_redirects=False) as response:
            assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"
        async with session.get(f"{world.url}/auth/jira/callback?state=x", allow_redirects=False) as response:
            assert response.headers["Cross-Origin-Opener-Policy"] == "same-origin"


@pytest.mark.parametrize("name", ["teams.js", "done.js"])
async def test_the_scripts_come_from_this_host(world: World, name: str) -> None:
    async with browser_session() as session, session.get(f"{world.url}/auth/scripts/{name}") as response:
        assert response.status == 200
        assert response.content_type == "text/javascript"
        assert "sourceMappingURL" not in await response.text()
