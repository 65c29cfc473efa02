"""Every command that names an issue says which one Jira does not show, and what Jira no longer offers."""

from __future__ import annotations

import pytest
import structlog
from structlog.testing import capture_logs

from bot.jira.http import transport
from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, GROUP, Chat, personal
from sandbox.teams_cards import words
from tests.support.world import World

OWN = personal(ALICE)


async def say(world: World, text: str, chat: Chat = OWN) -> str:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(ALICE, chat, text.replace("{site}", world.sandbox.site.url))
    return f"{got[0].text} {words(got[0].card)}"


@pytest.mark.parametrize("kind", ["composeExtension/query", "composeExtension/queryLink"])
async def test_an_unknown_link_in_the_compose_box_is_named(world: World, kind: str) -> None:
    await world.link()
    url = f"{world.sandbox.site.url}/browse/DEMO-999"
    query = {"commandId": "searchIssues", "parameters": [{"name": "query", "value": url}]}
    value = query if kind.endswith("query") else {"url": url}
    answer = await world.teams.invoke(ALICE, GROUP, kind, value)
    assert "I can't find DEMO-999" in words(answer.body)


@pytest.mark.parametrize(
    ("method", "path", "text"),
    [
        ("GET", "/issue/DEMO-2$", "DEMO-2"),
        ("POST", "/search/jql$", "mine"),
        ("PUT", "/issue/DEMO-2/assignee$", "assign DEMO-2 me"),
        ("POST", "/issue/DEMO-2/comment$", "comment DEMO-2 hello"),
        ("GET", "/issueLinkType$", "link DEMO-2 blocks DEMO-3"),
    ],
)
async def test_what_jira_has_removed_is_said_logged_and_counted(
    world: World, monkeypatch: pytest.MonkeyPatch, method: str, path: str, text: str
) -> None:
    await world.link()
    world.sandbox.faults.add(Fault(method, path, status=410, times=None))
    monkeypatch.setattr(transport, "log", structlog.get_logger())
    with capture_logs() as lines:
        said = await say(world, text)
    assert "This Jira no longer offers that. Your administrator has to update the bridge." in said
    gone = [line for line in lines if line["event"] == "Jira operation gone"]
    assert gone[0]["log_level"] == "error"
    assert gone[0]["method"] == method
    assert str(gone[0]["path"]).endswith(path.removesuffix("$"))
    await world.counted(f'jira_gone_total{{method="{method}"}}')


async def test_what_jira_has_removed_suspends_no_subscription(world: World) -> None:
    """The issue could not be read, and that says nothing about what its subscriber may see."""
    await world.link()
    await say(world, "subscribe DEMO", GROUP)
    gone = world.sandbox.faults.add(Fault("GET", "/issue/DEMO-", status=410, times=1, server="jira"))
    async with world.teams.expecting(GROUP, lambda post: "Printer on fire" in words(post.card)):
        world.create_issue("DEMO", "Printer on fire", by=BOB.email)
    assert gone.hits == 1
