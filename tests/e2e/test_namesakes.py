"""Of several things of one name each can be reached by its button, and no question repeats."""

from __future__ import annotations

import json

import pytest

from sandbox import workflow
from sandbox.faults import Fault
from sandbox.model import Transition
from sandbox.people import by_email
from sandbox.teams import ALICE, Posted, personal
from sandbox.teams_cards import sayings, words
from tests.support.namesakes import add_namesakes, add_sprints
from tests.support.world import World

OWN = personal(ALICE)


async def say(world: World, text: str) -> Posted:
    async with world.teams.expecting(OWN) as got:
        await world.teams.say(ALICE, OWN, text)
    return got[0]


def says(posted: Posted) -> str:
    return f"{posted.text} {words(posted.card)}"


@pytest.mark.parametrize(
    ("text", "done"),
    [
        ("edit DEMO-2 team Blue", "Team"),
        ("edit DEMO-2 stage one", "Stage changed"),
        ("edit DEMO-2 customfield_10903 red", "Team set to Red"),
        ("components DEMO-2 API", "Components set to API"),
        ("sprint DEMO-2 Alpha", "Sprint changed"),
        ("filter roadmap", "Roadmap"),
    ],
)
async def test_each_button_of_namesakes_leads_to_one_of_them(world: World, text: str, done: str) -> None:
    add_namesakes(world.sandbox.site)
    await world.link()
    asked = await say(world, text)
    texts = sayings(asked.card)
    assert len(texts) == len(set(texts)) == 2
    for chosen in texts:
        answer = await say(world, chosen)
        assert done in says(answer)
        assert "Which" not in says(answer)


@pytest.mark.parametrize(
    "suggested",
    [
        None,
        [{"value": "21"}, {"value": "22"}, {"value": "23"}],
        [{"value": "21", "displayName": "21"}, {"value": "22", "displayName": "<b>Beta</b>"}],
        [{"value": '"Beta"', "displayName": "Beta"}],
    ],
)
async def test_sprints_of_other_projects_have_their_names_and_boards(
    world: World, suggested: list[dict[str, str]] | None
) -> None:
    """However Jira's suggestions name them."""
    add_sprints(world.sandbox.site, *(world.create_issue("OPS", "x", by="alice@example.com") for _ in range(3)))
    await world.link()
    if suggested is not None:
        body = json.dumps({"results": suggested})
        world.sandbox.faults.add(Fault("GET", "/suggestions$", status=200, body=body, times=None))
    asked = await say(world, "sprint DEMO-2 Beta")
    assert "Beta (board 5)" in words(asked.card)
    assert "Beta (board 6)" in words(asked.card)
    field = next(each.id for each in world.sandbox.site.fields.values() if each.name == "Sprint")
    texts = sayings(asked.card)
    assert {text.rpartition(" ")[2] for text in texts} == {"21", "22"}
    for text in texts:
        await say(world, text)
        assert text.rpartition(" ")[2] in str(world.sandbox.site.issues["DEMO-2"].values[field])


async def test_a_long_value_is_whole_on_the_buttons(world: World) -> None:
    add_namesakes(world.sandbox.site)
    await world.link()
    value = f"\u2067שלום\u2069 {'long ' * 40}end"
    asked = await say(world, f"edit DEMO-2 stage {value}")
    texts = sayings(asked.card)
    assert len(texts) == 2
    await say(world, texts[1])
    assert value in world.sandbox.site.issues["DEMO-2"].values.values()


async def test_a_value_that_fits_on_no_button_is_sent_again(world: World) -> None:
    add_namesakes(world.sandbox.site)
    await world.link()
    asked = await say(world, f"edit DEMO-2 stage {'long ' * 2_000}")
    assert sayings(asked.card) == []
    assert "doesn't fit on a button" in words(asked.card)
    assert "edit DEMO-2 customfield_10904 long" in words(asked.card)


async def test_a_long_suggestion_is_whole(world: World) -> None:
    await world.link()
    text = f"{'long ' * 100}\nend"
    asked = await say(world, f"coment DEMO-1 {text}")
    assert sayings(asked.card)[0] == f"comment DEMO-1 {text}"
    asked = await say(world, f"coment DEMO-1 {text * 10}")
    assert all(text in ("show DEMO-1", "help") for text in sayings(asked.card))


async def test_fields_that_no_button_offers_are_counted(world: World) -> None:
    add_namesakes(world.sandbox.site)
    await world.link()
    asked = await say(world, "edit DEMO-2 zzz x")
    assert len(sayings(asked.card)) == 12
    assert "more can be typed.)" in words(asked.card)


async def test_the_button_of_a_step_carries_its_id(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two steps of one name lead to one status: only their ids tell them apart."""
    todo, progress = "10000", "3"
    steps = tuple(Transition(number, "Begin", progress, (todo,)) for number in ("81", "82"))
    monkeypatch.setattr(workflow, "TRANSITIONS", (*workflow.TRANSITIONS, *steps))
    await world.link()
    asked = await say(world, "move DEMO-2 to begin")
    assert "Begin → In Progress (81)" in words(asked.card)
    assert sayings(asked.card) == ["move DEMO-2 to Begin #81", "move DEMO-2 to Begin #82"]
    assert "Moved to In Progress" in says(await say(world, "move DEMO-2 to Begin #82"))
    moved = [request for request in world.sandbox.requests if request.path.endswith("/DEMO-2/transitions")]
    assert any(request.method == "POST" for request in moved)


@pytest.mark.parametrize(
    ("text", "choice"),
    [("assign DEMO-2 to zoe", "assign DEMO-2 to {id}"), ("edit DEMO-2 assignee zoe", "edit DEMO-2 Assignee {id}")],
)
async def test_a_single_hit_without_anything_of_what_was_typed_is_asked_about(
    world: World, text: str, choice: str
) -> None:
    """Jira also searches user names and addresses that it does not show."""
    await world.link()
    bob = by_email("bob@example.com")
    assert bob
    found = [{"accountId": bob.account_id, "displayName": bob.name, "active": True, "accountType": "atlassian"}]
    world.sandbox.faults.add(
        Fault("GET", "/user/assignable/search$", status=200, body=json.dumps(found), times=None)
    )
    asked = await say(world, text)
    assert "Jira found Bob B for “zoe”. Is this who you mean?" in words(asked.card)
    assert world.sandbox.site.issues["DEMO-2"].values["assignee"] != bob.account_id
    [answer] = sayings(asked.card)
    assert answer == choice.format(id=bob.account_id)
    await say(world, answer)
    assert world.sandbox.site.issues["DEMO-2"].values["assignee"] == bob.account_id
