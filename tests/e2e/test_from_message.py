"""Issues and comments that are begun from the menu of a message."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, GROUP, Answer, Chat, TeamsUser, personal
from sandbox.teams_cards import actions, words
from tests.support.commands.grammar_player import ADAPTIVE_CARD, inputs, parts, submit_data
from tests.support.json_path import at
from tests.support.world import World

LINK = "https://teams.microsoft.com/l/message/19:x/1700000000000"
MESSAGE = {
    "id": "1700000000000",
    "body": {
        "contentType": "html",
        "content": "<div><p>The <b>login</b> page is empty</p><p>Since noon</p></div>",
    },
    "from": {"user": {"displayName": "Bob B", "id": BOB.oid}},
    "linkToMessage": LINK,
}

Json = dict[str, object]


async def begin(
    world: World,
    action: str,
    message: Mapping[str, object] = MESSAGE,
    user: TeamsUser = ALICE,
    chat: Chat = CHANNEL,
) -> Answer:
    value = {"commandId": action, "commandContext": "message", "messagePayload": message}
    return await world.teams.invoke(user, chat, "composeExtension/fetchTask", value)


async def send(
    world: World, card: Json, verb: str, chat: Chat = CHANNEL, action: str = "createIssue", **given: str
) -> Answer:
    there = {name: str(made["value"]) for name, made in inputs(card) if "value" in made}
    data = {**submit_data(card, verb), **there, **given}
    value = {"commandId": action, "commandContext": "message", "data": data}
    return await world.teams.invoke(ALICE, chat, "composeExtension/submitAction", value)


def card_of(answer: Answer) -> Json:
    [card] = [part["content"] for part in parts(answer.body) if part.get("contentType") == ADAPTIVE_CARD]
    assert isinstance(card, dict)
    return card


async def test_an_issue_is_made_of_a_message(world: World) -> None:
    await world.link(ALICE)
    form = card_of(await begin(world, "createIssue"))
    assert dict(inputs(form))["f_summary"]["value"] == "The login page is empty"
    types = card_of(await send(world, form, "form.start", f_project="DEMO"))
    done = await send(world, types, "form.start", f_type="10001")
    answer = done.body["composeExtension"]
    assert isinstance(answer, dict)
    assert answer["type"] == "result"
    card = card_of(done)
    assert "The login page is empty" in words(card)
    key = next(
        key for key, i in world.sandbox.site.issues.items() if "login page is empty" in str(i.values["summary"])
    )
    text = str(world.sandbox.site.issues[key].values["description"])
    assert "Since noon" in text
    assert "From a message by Bob B in Teams" in text
    assert LINK in text


async def test_t29_a_name_in_teams_is_no_markdown(world: World) -> None:
    await world.link(ALICE)
    name = "Bob](https://evil.example) *B* <b>"
    message = {**MESSAGE, "from": {"user": {"displayName": name}}}
    form = card_of(await begin(world, "createIssue", message))
    types = card_of(await send(world, form, "form.start", f_project="DEMO"))
    key = next(reversed(world.sandbox.site.issues))
    await send(world, types, "form.start", f_type="10001")
    created = next(reversed(world.sandbox.site.issues))
    assert created != key
    source = at(world.sandbox.site.issues[created].values, "description", "content", -1, "content")
    assert [(node["text"], node["marks"][0]["attrs"]["href"]) for node in source] == [
        (f"From a message by {name} in Teams", LINK)
    ]


@pytest.mark.parametrize("chat_id", ["19:alice_bob@unq.gbl.spaces", "19:meeting@thread.v2"])
async def test_what_is_inserted_is_everybodys_card(world: World, chat_id: str) -> None:
    """Teams calls a chat of two people a personal one too, though it is not the bot's."""
    await world.link(ALICE)
    await world.link(BOB)
    between = Chat(chat_id, "personal")
    form = card_of(await begin(world, "createIssue", chat=between))
    types = card_of(await send(world, form, "form.start", between, f_project="DEMO"))
    card = card_of(await send(world, types, "form.start", between, f_type="10001"))
    [watch] = actions(card, "issue.watch")
    pressed = await world.teams.press(BOB, between, "", watch)
    assert "You're watching this" in words(pressed.card)


async def test_begun_from_nothing_it_is_an_empty_form(world: World) -> None:
    await world.link(ALICE)
    form = card_of(await begin(world, "createIssue", {}))
    assert "value" not in dict(inputs(form))["f_summary"]


async def test_a_comment_quotes_the_message(world: World) -> None:
    await world.link(ALICE)
    form = card_of(await begin(world, "commentOnIssue", chat=GROUP))
    answer = await send(world, form, "message.comment", GROUP, "commentOnIssue", f_issue="DEMO-3")
    assert words(answer.body) == "message Comment added to DEMO-3." or "Comment added to DEMO-3." in words(
        answer.body
    )
    [quote, source] = at(world.sandbox.site.issues["DEMO-3"].comments[-1].body, "content")
    assert quote["type"] == "blockquote"
    assert LINK in str(source)


async def test_t23_a_message_that_is_only_named_is_not_fetched(world: World) -> None:
    """An attacker names the message of a chat that they are not in: nothing is asked of Teams or Jira for it."""
    await world.link(ALICE)
    named = {"id": "1700000000001", "conversationId": GROUP.id, "linkToMessage": LINK, "replyToId": "1"}
    before = len(world.teams.calls)
    form = card_of(await begin(world, "createIssue", named))
    assert world.teams.calls[before:] == []
    assert "value" not in dict(inputs(form))["f_summary"]
    assert "value" not in dict(inputs(form)).get("f_description", {})


async def test_a_refused_comment_comes_back_as_it_was_typed(world: World) -> None:
    await world.link(ALICE)
    form = card_of(await begin(world, "commentOnIssue"))
    again = card_of(
        await send(
            world, form, "message.comment", CHANNEL, "commentOnIssue", f_issue="DEMO-99", f_comment="My words"
        )
    )
    assert "I can't find DEMO-99" in words(again)
    assert dict(inputs(again))["f_comment"]["value"] == "My words"
    assert dict(inputs(again))["f_issue"]["value"] == "DEMO-99"


async def test_t50_a_dialog_that_is_sent_twice_writes_once(world: World) -> None:
    await world.link(ALICE)
    form = card_of(await begin(world, "commentOnIssue"))
    before = len(world.sandbox.site.issues["DEMO-3"].comments)
    sent = [send(world, form, "message.comment", CHANNEL, "commentOnIssue", f_issue="DEMO-3") for _ in range(5)]
    answers = await asyncio.gather(*sent)
    assert all("Comment added" in words(answer.body) for answer in answers)
    assert len(world.sandbox.site.issues["DEMO-3"].comments) == before + 1


async def test_somebody_without_a_link_is_asked_to_connect(world: World) -> None:
    answer = await begin(world, "createIssue", user=BOB)
    extension = answer.body["composeExtension"]
    assert isinstance(extension, dict)
    assert extension["type"] == "auth"
    await world.follow_url(extension["suggestedActions"]["actions"][0]["value"], BOB)
    assert "New issue" in words(card_of(await begin(world, "createIssue", user=BOB)))


async def test_t20_a_dialog_that_somebody_else_filled_in_is_refused(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    form = card_of(await begin(world, "commentOnIssue", user=BOB))
    answer = await send(world, form, "message.comment", CHANNEL, "commentOnIssue", f_issue="DEMO-3")
    assert "out of date" in words(answer.body)


async def test_f09_a_slow_answer_comes_into_ones_own_chat(world: World) -> None:
    await world.link(ALICE)
    form = card_of(await begin(world, "commentOnIssue"))
    waiting = asyncio.Event()
    world.sandbox.faults.add(Fault("POST", "/comment$", until=waiting))
    async with world.teams.expecting(personal(ALICE), lambda p: "Comment added" in words(p.card)):
        answer = await send(world, form, "message.comment", CHANNEL, "commentOnIssue", f_issue="DEMO-3")
        assert "your personal chat" in words(answer.body)
        waiting.set()


@pytest.mark.parametrize("status", [503, 429])
async def test_jira_in_trouble_is_a_sentence(world: World, status: int) -> None:
    await world.link(ALICE)
    world.sandbox.faults.add(Fault(server="jira", status=status, headers={"Retry-After": "60"}, times=None))
    answer = await begin(world, "createIssue")
    assert answer.status == 200
    assert "Jira" in words(answer.body)


CODE_MESSAGE = {
    **MESSAGE,
    "body": {
        "contentType": "html",
        "content": '<p>This fails:</p><codeblock class="Python"><code>if x &lt; 1:<br>    y()</code></codeblock>',
    },
}
CODE = {
    "type": "codeBlock",
    "attrs": {"language": "python"},
    "content": [{"type": "text", "text": "if x < 1:\n    y()"}],
}
FILE = {
    "id": "f",
    "contentType": "reference",
    "name": "report.pdf",
    "contentUrl": "https://a.sharepoint.com/r.pdf",
}


async def created_from(world: World, message: Mapping[str, object]) -> Json:
    """Create an issue from a message, as the form suggests it; its fields in Jira."""
    form = card_of(await begin(world, "createIssue", message))
    types = card_of(await send(world, form, "form.start", f_project="DEMO"))
    await send(world, types, "form.start", f_type="10001")
    return world.sandbox.site.issues[next(reversed(world.sandbox.site.issues))].values


async def test_code_is_code_in_jira(world: World) -> None:
    await world.link()
    values = await created_from(world, CODE_MESSAGE)
    assert values["summary"] == "This fails:"
    assert at(values, "description", "content", 1) == CODE
    form = card_of(await begin(world, "commentOnIssue", CODE_MESSAGE))
    await send(world, form, "message.comment", CHANNEL, "commentOnIssue", f_issue="DEMO-3")
    assert at(world.sandbox.site.issues["DEMO-3"].comments[-1].body, "content", 0, "content", 1) == CODE


async def test_a_file_alone_is_named_and_linked(world: World) -> None:
    await world.link()
    body = {"contentType": "html", "content": '<attachment id="f"></attachment>'}
    values = await created_from(world, {**MESSAGE, "body": body, "attachments": [FILE]})
    assert values["summary"] == "report.pdf"
    [attached, source] = at(values, "description", "content")
    [words_before, file] = attached["content"]
    assert (words_before["text"], file["text"]) == ("Attached in Teams: ", "report.pdf")
    assert at(file, "marks", 0, "attrs", "href") == FILE["contentUrl"]
    assert LINK in str(source)


async def test_a_quoted_message_is_a_quote_in_jira(world: World) -> None:
    await world.link()
    reply = '<blockquote itemtype="http://schema.skype.com/Reply"><strong>Carol C</strong><p>Who?</p></blockquote>'
    body = {"contentType": "html", "content": f"{reply}<p>I will</p>"}
    values = await created_from(world, {**MESSAGE, "body": body})
    assert values["summary"] == "I will"
    kinds = [block["type"] for block in at(values, "description", "content")]
    assert kinds == ["blockquote", "paragraph", "paragraph"]


@pytest.mark.parametrize("chat", [CHANNEL, GROUP])
async def test_a_message_without_a_link_of_its_own_is_linked_by_its_id(world: World, chat: Chat) -> None:
    await world.link()
    form = card_of(await begin(world, "createIssue", {**MESSAGE, "linkToMessage": None}, chat=chat))
    link = f"https://teams.microsoft.com/l/message/{chat.id}/{MESSAGE['id']}?"
    assert link in str(dict(inputs(form))["f_description"]["value"])


async def test_t29_the_name_of_a_file_is_no_markdown(world: World) -> None:
    await world.link()
    name = "a](https://evil.example) *b* <at>Bob</at>.pdf"
    values = await created_from(world, {**MESSAGE, "attachments": [{**FILE, "name": name}]})
    assert "evil.example" not in str([m["attrs"] for m in marks(values["description"])])


def marks(node: object) -> list[Json]:
    """Return the links of a document."""
    return [part for part in parts(node) if part.get("type") == "link"]
