"""What was typed for a field that cannot be set is shown, to be copied, and never dropped."""

from __future__ import annotations

from sandbox import changes
from sandbox.teams import ALICE, Posted, personal
from sandbox.teams_cards import actions, words
from tests.e2e.test_from_message import begin, card_of, send
from tests.support.commands.grammar_player import inputs
from tests.support.namesakes import drop_descriptions
from tests.support.world import World

CHAT = personal(ALICE)
TEXT = "Steps to **reproduce**:\n- open it"
KEEP = "Description (can't be set here, copy it to keep it)"

Json = dict[str, object]


async def ask(world: World, text: str) -> Posted:
    async with world.teams.expecting(CHAT) as got:
        await world.teams.say(ALICE, CHAT, text)
    return got[0]


async def press(world: World, posted: Posted, card: object, verb: str = "form.submit", **filled: str) -> Json:
    there = {name: str(made["value"]) for name, made in inputs(card) if "value" in made}
    button = actions(card, verb)[0]
    answer = await world.teams.press(ALICE, CHAT, posted.id, button, {**there, **filled})
    return answer.card


async def test_a_description_that_the_create_screen_lacks_stays_on_the_form(world: World) -> None:
    await world.link()
    drop_descriptions(world.sandbox.site)
    posted = await ask(world, f"create bug DEMO The login page is empty\n{TEXT}")
    kept = dict(inputs(posted.card))["f_description"]
    assert (kept["label"], kept["value"]) == (KEEP, TEXT)
    made = await press(world, posted, posted.card)
    assert "Created. Not set, because Jira has no such field here: Description." in words(made)
    assert all("reproduce" not in str(issue.values) for issue in world.sandbox.site.issues.values())


async def test_a_refused_form_still_has_it(world: World) -> None:
    await world.link()
    drop_descriptions(world.sandbox.site)
    posted = await ask(world, f"create bug DEMO The login page is empty\n{TEXT}")
    again = await press(world, posted, posted.card, f_summary="")
    assert dict(inputs(again))["f_description"]["value"] == TEXT


async def test_a_field_that_went_from_the_edit_screen_while_it_was_filled_in(world: World) -> None:
    await world.link()
    posted = await ask(world, "edit DEMO-2")
    drop_descriptions(world.sandbox.site)
    again = await press(world, posted, posted.card, f_description=TEXT, f_summary="")
    assert dict(inputs(again))["f_description"]["value"] == TEXT
    saved = await press(world, posted, again, f_summary="Login is slow")
    assert "Saved. Not set, because Jira has no such field here: Description." in words(saved)


async def test_a_comment_on_a_step_that_has_gone_is_kept(world: World) -> None:
    await world.link()
    posted = await ask(world, "move DEMO-2 close")
    site = world.sandbox.site
    done = {"transition": {"id": "61"}, "fields": {"resolution": {"id": "10000"}}}
    changes.move(site, site.projects["DEMO"].lead, site.issues["DEMO-2"], done)
    card = await press(world, posted, posted.card, f_resolution="10001", f_comment="A long reason")
    assert "no longer available" in words(card)
    assert dict(inputs(card))["f_comment"]["value"] == "A long reason"
    assert "Login fails" in words(await press(world, posted, card, "issue.show"))


async def test_the_text_of_a_message_is_kept_where_there_is_no_description(world: World) -> None:
    await world.link()
    drop_descriptions(world.sandbox.site)
    form = card_of(await begin(world, "createIssue"))
    types = card_of(await send(world, form, "form.start", f_project="DEMO"))
    shown = card_of(await send(world, types, "form.start", f_type="10001"))
    kept = dict(inputs(shown))["f_description"]
    assert kept["label"] == KEEP
    assert "From a message by" in str(kept["value"])
