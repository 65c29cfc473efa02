"""Outlook and Copilot: the message extension over the channel Microsoft 365, which names no conversation."""

from __future__ import annotations

import pytest

from sandbox.teams import ALICE, Answer, personal
from tests.support.world import World

QUERY = {"parameters": [{"name": "query", "value": "DEMO-1"}], "queryOptions": {"skip": 0, "count": 25}}


async def ask(world: World, kind: str = "invoke", **more: object) -> Answer:
    """Send an activity as Outlook does."""
    activity = world.teams.activity(ALICE, personal(ALICE), kind, channelId="m365extensions", **more)
    return await world.teams.post({name: part for name, part in activity.items() if name != "conversation"})


def endorse(world: World, *channels: str) -> None:
    world.teams.issuer.rotate("another key", list(channels))


async def test_outlook_finds_issues_and_gets_cards_without_buttons(world: World) -> None:
    await world.link()
    endorse(world, "msteams", "m365extensions")
    answers = [
        await ask(world, name="composeExtension/query", value=QUERY),
        await ask(
            world, name="composeExtension/queryLink", value={"url": f"{world.sandbox.site.url}/browse/DEMO-1"}
        ),
    ]
    for answer in answers:
        assert answer.status == 200
        assert "DEMO-1" in str(answer.body)
        assert "Action.OpenUrl" in str(answer.body)
        assert "Action.Execute" not in str(answer.body)
        assert "refresh" not in str(answer.body)
    in_teams = await world.teams.invoke(ALICE, personal(ALICE), "composeExtension/query", QUERY)
    assert "Action.Execute" in str(in_teams.body)


async def test_outlook_asks_to_connect_first(world: World) -> None:
    endorse(world, "msteams", "m365extensions")
    answer = await ask(world, name="composeExtension/query", value=QUERY)
    assert "/connect?ticket=" in str(answer.body)


async def test_a_dialog_says_that_it_works_in_teams(world: World) -> None:
    endorse(world, "msteams", "m365extensions")
    answer = await ask(world, name="composeExtension/fetchTask", value={"commandId": "createIssue"})
    assert answer.body == {"task": {"type": "message", "value": "This works in Microsoft Teams only."}}


@pytest.mark.parametrize(
    "activity",
    [
        {"kind": "message", "text": "show DEMO-1"},
        {"name": "adaptiveCard/action", "value": {"action": {"verb": "issue.show", "data": {}}}},
        {"kind": "installationUpdate", "action": "add"},
    ],
)
async def test_nothing_else_is_served_outside_teams(world: World, activity: dict[str, str]) -> None:
    endorse(world, "msteams", "m365extensions")
    assert (await ask(world, **activity)).status == 403
    assert world.jira_calls() == []


async def test_a_key_for_teams_signs_nothing_for_outlook(world: World) -> None:
    assert (await ask(world, name="composeExtension/query", value=QUERY)).status == 401
