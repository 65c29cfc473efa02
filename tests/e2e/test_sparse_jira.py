"""A Jira that does not tell everything: what is only read to be helpful does not stand in the way."""

from __future__ import annotations

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, Posted, personal
from sandbox.teams_cards import actions, words
from tests.support.world import World

CHAT = personal(ALICE)


async def ask(world: World, text: str) -> Posted:
    async with world.teams.expecting(CHAT) as got:
        await world.teams.say(ALICE, CHAT, text)
    return got[0]


@pytest.fixture(params=[403, 404, 500])
def status(request: pytest.FixtureRequest) -> int:
    found: int = request.param
    return found


def hide(world: World, path: str, status: int) -> None:
    world.sandbox.faults.add(Fault("GET", path, status=status, times=None))


async def test_issue_without_its_transitions_is_shown(world: World, status: int) -> None:
    await world.link()
    whole = Fault("GET", "/issue/DEMO-2$", status=200, times=None)
    whole.body = '{"id": "10002", "key": "DEMO-2", "fields": {"summary": "Login fails"}}'
    world.sandbox.faults.add(whole)
    hide(world, "/issue/DEMO-2/transitions$", status)
    for text in ("DEMO-2", "comment DEMO-2 hello"):
        card = (await ask(world, text)).card
        assert "Login fails" in words(card)
        assert not actions(card, "issue.move")


async def test_issue_is_created_where_projects_are_not_listed(world: World, status: int) -> None:
    await world.link()
    hide(world, "/project/search$", status)
    assert "Created." in words((await ask(world, "create task DEMO Something")).card)
    assert "Created." in words((await ask(world, "create task in demo: Something else")).card)
    told = "Jira isn't responding" if status == 500 else "Name one, like"
    assert told in (await ask(world, "create something")).text


async def test_issue_is_created_where_the_screen_is_not_told(world: World) -> None:
    await world.link()
    hide(world, "/createmeta/DEMO/issuetypes/[0-9]+$", 404)
    assert "Created." in words((await ask(world, "create task DEMO Something")).card)


@pytest.mark.parametrize("hidden", ["favourite", "my"])
async def test_filters_are_found_in_the_list_that_is_told(world: World, hidden: str, status: int) -> None:
    await world.link()
    told = {"my": "favourite", "favourite": "my"}[hidden]
    row = '[{"id": "1", "name": "Only here", "jql": "project = DEMO"}]'
    world.sandbox.faults.add(Fault("GET", f"/filter/{told}$", status=200, body=row))
    hide(world, f"/filter/{hidden}$", status)
    assert "DEMO-" in words((await ask(world, "filter only here")).card)


async def test_who_somebody_is_is_known_from_the_link(world: World) -> None:
    await world.link()
    hide(world, "/myself$", 404)
    assert "Alice Example" in (await ask(world, "whoami")).text


async def test_no_links_between_issues_in_this_jira(world: World) -> None:
    await world.link()
    hide(world, "/issueLinkType$", 404)
    assert "turned off in this Jira" in (await ask(world, "link DEMO-1 blocks DEMO-2")).text


async def test_vote_that_jira_does_not_take(world: World) -> None:
    await world.link()
    world.sandbox.faults.add(Fault("POST", "/votes$", status=404))
    assert "can't vote on DEMO-1" in (await ask(world, "vote DEMO-1")).text
