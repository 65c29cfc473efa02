"""What people type in any script, with joiners, marks and emoji, is in Jira as they typed it."""

from __future__ import annotations

import json

import pytest

from sandbox.teams import ALICE, CAROL, CHANNEL, Chat, Posted, personal
from sandbox.teams_cards import actions, words
from tests.commands.test_typed_text import SCRIPTS, written
from tests.support.commands.form_player import ask, send
from tests.support.commands.form_player import inputs as form_inputs
from tests.support.commands.grammar_player import inputs
from tests.support.json_path import at
from tests.support.rows import Row
from tests.support.world import World

OWN_CHAT = personal(ALICE)


async def say(world: World, text: str, chat: Chat = OWN_CHAT) -> Posted:
    async with world.teams.expecting(chat) as got:
        assert (await world.teams.say(ALICE, chat, text)).status < 300
    return got[0]


def last_comment(world: World, key: str) -> str:
    return written(world.sandbox.site.issues[key].comments[-1].body)


@pytest.mark.parametrize("chat", [OWN_CHAT, CHANNEL])
async def test_comments_replies_and_notes_of_work(world: World, chat: Chat, row: Row) -> None:
    await world.link()
    for script, text in SCRIPTS.items():
        with row(script):
            await say(world, f"comment DEMO-1 {text}", chat)
            assert last_comment(world, "DEMO-1") == text
            await say(world, f"reply OPS-1 {text}", chat)
            assert last_comment(world, "OPS-1") == text
            await say(world, f"log DEMO-1 1h {text}", chat)
            assert written(world.sandbox.site.issues["DEMO-1"].worklogs[-1].comment) == text


async def test_fields(world: World, row: Row) -> None:
    await world.link()
    for script, text in SCRIPTS.items():
        with row(script):
            values = world.sandbox.site.issues["DEMO-1"].values
            await say(world, f"summary DEMO-1 {text}")
            assert values["summary"] == text
            await say(world, f"edit DEMO-1 description {text}")
            assert written(values["description"]) == text


async def test_new_issues(world: World, row: Row) -> None:
    await world.link()
    for script, text in SCRIPTS.items():
        with row(script):
            await say(world, f"create task DEMO {text}\r\n{text}\r\n\r\n{text}")
            created = world.sandbox.site.issues[next(reversed(world.sandbox.site.issues))]
            assert created.values["summary"] == text
            assert written(created.values["description"]) == f"{text}{text}"


async def test_labels(world: World, row: Row) -> None:
    await world.link()
    for label in ("می\u200cخواهم", "क्\u200dष", "👩🏽\u200d🚀", "ភាសា\u200bខ្មែរ", "e\u0301té"):
        with row(label):
            await say(world, f"labels DEMO-1 {label}")
            assert world.sandbox.site.issues["DEMO-1"].values["labels"] == [label]
            await say(world, f"edit DEMO-1 labels +{label}2")
            assert world.sandbox.site.issues["DEMO-1"].values["labels"] == [label, f"{label}2"]


async def test_a_comment_that_is_written_on_the_card(world: World, row: Row) -> None:
    await world.link()
    for script, text in SCRIPTS.items():
        with row(script):
            card = await say(world, "DEMO-1")
            [button] = actions(card.card, "issue.comment")
            await world.teams.press(ALICE, OWN_CHAT, card.id, button, {"comment": f"{text}\r\n{text}"})
            assert last_comment(world, "DEMO-1") == f"{text}\n{text}"


async def test_queries_have_their_joiners(world: World, row: Row) -> None:
    await world.link()
    for typed in ("jql text ~ “می\u200cخواهم”", "search می\u200cخواهم", 'jql\u00a0text ~ "می\u200cخواهم"\u200f'):
        with row(typed):
            await say(world, typed)
            asked = next(r.body for r in world.sandbox.requests if r.path.endswith("/search/jql"))
            assert str(at(asked, "jql")).removesuffix(" ORDER BY updated DESC") == 'text ~ "می\u200cخواهم"'


async def test_a_subscription_has_the_joiners_of_its_query(world: World) -> None:
    await world.link()
    await say(world, "subscribe DEMO where summary ~ “می\u200cخواهم”", CHANNEL)
    async with world.teams.expecting(CHANNEL, lambda p: "می\u200cخواهم" in words(p.card)):
        world.create_issue("DEMO", "می\u200cخواهم")


async def test_what_is_carried_to_a_form_and_back(world: World) -> None:
    """In a channel a new issue's text travels in a button to the form of whoever presses it."""
    await world.link()
    text = SCRIPTS["Persian"] + SCRIPTS["family"]
    opener = await say(world, f"create {text}\n{text}", CHANNEL)
    [button] = actions(opener.card, "form.open")
    form = await world.teams.press(ALICE, CHANNEL, opener.id, button)
    values = {name: str(shown.get("value", "")) for name, shown in inputs(form.card)}
    assert values["f_summary"] == values["f_description"] == text


async def test_what_looks_like_the_bridges_own_signs_is_text(world: World) -> None:
    """Private use characters, of which the bridge puts some in the place of a mention while it reads a text."""
    await world.link()
    async with world.teams.expecting(OWN_CHAT):
        text = "comment DEMO-1 \ue0000\ue001 <at>Carol C</at>"
        await world.teams.say(ALICE, OWN_CHAT, text, mentions=(CAROL,))
    assert last_comment(world, "DEMO-1").startswith("\ue0000\ue001 ")


async def test_a_suggestion_has_the_words_that_were_typed(world: World) -> None:
    await world.link()
    text = SCRIPTS["Persian"]
    card = await say(world, f"comentt DEMO-1 {text}")
    assert f"comment DEMO-1 {text}" in json.dumps(card.card, ensure_ascii=False)


async def test_a_comment_that_nobody_would_see_is_asked_for(world: World) -> None:
    await world.link()
    answer = await say(world, "comment DEMO-1 \u200b\u2060")
    assert "Add your comment" in answer.text


async def test_what_is_written_into_a_form_and_shown_there_again(world: World, row: Row) -> None:
    await world.link()
    for script, text in SCRIPTS.items():
        with row(script):
            await written_and_shown_again(world, text)


async def written_and_shown_again(world: World, text: str) -> None:
    values = world.sandbox.site.issues["DEMO-1"].values
    posted = await ask(world, "edit DEMO-1")
    refused = await send(world, posted.card, posted, f_summary=text, f_description=text, f_duedate="never")
    assert form_inputs(refused.card)["f_summary"]["value"] == text
    await send(world, refused.card, posted, f_duedate="")
    assert (values["summary"], written(values["description"])) == (text, text)
    again = await ask(world, "edit DEMO-1")
    shown = form_inputs(again.card)
    assert shown["f_summary"]["value"] == shown["f_description"]["value"] == text
    await send(world, again.card, again, f_summary=f"{text} a", f_description=f"{text} b")
    assert (values["summary"], written(values["description"])) == (f"{text} a", f"{text} b")


async def test_the_message_that_an_issue_is_made_of(world: World, row: Row) -> None:
    await world.link()
    for script, text in SCRIPTS.items():
        with row(script):
            await offered_in_the_dialogs(world, text)


async def offered_in_the_dialogs(world: World, text: str) -> None:
    message = {"id": "1", "body": {"contentType": "html", "content": f"<p>{text}</p>"}}
    for action, names in (("createIssue", ("f_summary", "f_description")), ("commentOnIssue", ("f_comment",))):
        value = {"commandId": action, "commandContext": "message", "messagePayload": message}
        answer = await world.teams.invoke(ALICE, CHANNEL, "composeExtension/fetchTask", value)
        shown = form_inputs(answer.body)
        assert all(text.replace("\u00a0", " ") in str(shown[name]["value"]) for name in names)


async def test_t31_an_override_is_in_no_input(world: World) -> None:
    """It would make what is written look like something else."""
    await world.link()
    world.sandbox.site.issues["DEMO-1"].values["summary"] = "\u202efdp.exe\u2066 x"
    posted = await ask(world, "edit DEMO-1")
    assert form_inputs(posted.card)["f_summary"]["value"] == "fdp.exe x"
