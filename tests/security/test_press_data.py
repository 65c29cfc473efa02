"""T21: a press changes only the card that it was made on, whatever else is put into its data."""

from __future__ import annotations

from sandbox.teams import ALICE, BOB, CHANNEL, GROUP
from sandbox.teams_cards import actions, words
from tests.support.commands.form_player import ask, filled, inputs
from tests.support.world import World


def data_of(card: object, verb: str) -> dict[str, object]:
    button = actions(card, verb)[0]
    data = button["data"]
    assert isinstance(data, dict)
    return {**data, "verb": verb}


async def test_t21_press_in_a_dialog_overwrites_no_other_message(world: World) -> None:
    """An attacker adds `card` to the genuine data of a button that is not made for any dialog."""
    await world.link()
    await world.link(BOB)
    victim = await ask(world, "DEMO-2", CHANNEL)
    other = await ask(world, "DEMO-3", CHANNEL, BOB)
    for verb in ("issue.watch", "issue.vote", "issue.show"):
        data = {**data_of(other.card, verb), "card": victim.id}
        for name in ("task/submit", "task/fetch", "composeExtension/submitAction"):
            answer = await world.teams.invoke(BOB, CHANNEL, name, {"data": data}, reply_to=other.id)
            assert answer.status == 200
    assert (victim.versions, "DEMO-2" in words(victim.card)) == ([], True)
    assert other.versions != []


async def test_t21_forms_dialog_keeps_to_the_card_that_it_came_from(world: World) -> None:
    await world.link()
    victim, shown = await ask(world, "DEMO-3", GROUP), await ask(world, "DEMO-2", GROUP)
    opened = await world.teams.invoke(
        ALICE, GROUP, "task/fetch", {"data": data_of(shown.card, "issue.edit")}, reply_to=shown.id
    )
    task = opened.body["task"]
    assert isinstance(task, dict)
    card = task["value"]["card"]["content"]
    submit = {**card["actions"][0]["data"], **filled(card, f_summary="Login fails")}
    assert inputs(card)
    refused = await world.teams.invoke(ALICE, GROUP, "task/submit", {"data": {**submit, "card": victim.id}})
    assert "out of date" in words(refused.body)
    saved = await world.teams.invoke(ALICE, GROUP, "task/submit", {"data": submit})
    assert saved.body == {"task": {"type": "message", "value": "Saved DEMO-2."}}
    assert "Login fails" in words(shown.card)
    assert victim.versions == []


async def test_t21_refused_press_leads_to_no_issue_of_the_attackers_choice(world: World) -> None:
    await world.link()
    shown = await ask(world, "DEMO-2", CHANNEL)
    button = actions(shown.card, "issue.watch")[0]
    forged = {**button, "data": {**button["data"], "issue": "DEMO-3"}}  # type: ignore[dict-item]
    before = len(world.sandbox.requests)
    answer = await world.teams.press(ALICE, CHANNEL, shown.id, forged)
    assert "out of date" in words(answer.card)
    assert "DEMO-3" not in str(answer.body)
    assert actions(answer.card, "issue.show") == []
    assert len(world.sandbox.requests) == before


async def test_t21_property_that_the_button_was_not_made_with_is_ignored(world: World) -> None:
    """`vote` is what makes “Remove vote” of “Vote”; added to the data of “Vote” it changes nothing."""
    await world.link(BOB)
    shown = await ask(world, "DEMO-2", CHANNEL, BOB)
    button = actions(shown.card, "issue.vote")[0]
    answer = await world.teams.press(BOB, CHANNEL, shown.id, button, {"vote": "off", "transition": "31"})
    assert "Vote added" in words(answer.card)
