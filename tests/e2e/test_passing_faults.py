"""A single fault of Atlassian's sign-in is nothing that a person notices."""

from __future__ import annotations

import pytest

from sandbox.faults import HTML_PAGE, Fault
from sandbox.teams import ALICE, personal
from sandbox.teams_cards import words
from tests.support.world import World

CHAT = personal(ALICE)
FAULTS = {
    "500": {"status": 500},
    "429": {"status": 429},
    "page": {"status": 200, "body": HTML_PAGE, "content_type": "text/html"},
}


@pytest.mark.parametrize("how", FAULTS.values(), ids=FAULTS.keys())
async def test_a_request_is_answered_although_the_token_endpoint_failed_once(
    world: World, how: dict[str, object]
) -> None:
    await world.link()
    world.sandbox.atlassian.tokens.expire_access_tokens()
    fault = world.sandbox.faults.add(Fault(server="atlassian", path="^/oauth/token$", **how))  # type: ignore[arg-type]
    async with world.teams.expecting(CHAT) as got:
        await world.teams.say(ALICE, CHAT, "DEMO-1")
    assert "DEMO-1" in words(got[0].card)
    assert fault.hits == 1


@pytest.mark.parametrize("how", FAULTS.values(), ids=FAULTS.keys())
@pytest.mark.parametrize(
    ("server", "path"),
    [("atlassian", "^/oauth/token$"), ("jira", "accessible-resources$")],
    ids=["token", "sites"],
)
async def test_an_account_is_linked_although_atlassian_failed_once(
    world: World, how: dict[str, object], server: str, path: str
) -> None:
    fault = world.sandbox.faults.add(Fault(server=server, path=path, **how))  # type: ignore[arg-type]
    assert "connected" in await world.link()
    assert fault.hits == 1
