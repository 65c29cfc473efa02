"""What a person can type, in each kind of conversation, and the sentence for each failure."""

from __future__ import annotations

import asyncio
import json
from dataclasses import replace

import pytest

from sandbox.browser import Browser
from sandbox.faults import Fault
from sandbox.people import by_email
from sandbox.teams import ALICE, BOB, CHANNEL, GROUP, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import links, sayings, words
from tests.support.commands.accounts import disconnect
from tests.support.rows import Row
from tests.support.world import World, browser_session

OWN_CHAT = personal(ALICE)


async def reply(world: World, text: str, chat: Chat = OWN_CHAT, user: TeamsUser = ALICE) -> Posted:
    """Type something; the bot's answer."""
    async with world.teams.expecting(chat) as got:
        answer = await world.teams.say(user, chat, text)
        assert answer.status < 300
    return got[0]


def said(posted: Posted) -> str:
    """Everything an answer says."""
    return " ".join(f"{posted.text} {words(posted.card)}".split())


async def test_t43_a_flood_of_one_person_holds_up_nobody_else(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    waiting = asyncio.Event()
    slow = world.sandbox.faults.add(Fault("GET", "/issue/DEMO-1$", until=waiting, times=None))
    flood = [asyncio.create_task(world.teams.say(ALICE, OWN_CHAT, "DEMO-1")) for _ in range(200)]
    await asyncio.wait_for(slow.hit.wait(), 10)
    assert "DEMO-2" in said(await reply(world, "DEMO-2", personal(BOB), BOB))
    assert slow.hits < 50
    waiting.set()
    answers = await asyncio.gather(*flood)
    assert all(answer.status < 300 for answer in answers)
    await world.teams.next(OWN_CHAT, lambda p: len(world.teams.messages(OWN_CHAT)) > 200, 30)


SIMPLE = [
    ("help", "What you can do"),
    ("HELP move", "move PROJ-12"),
    ("whoami", "Alice Example"),
    ("connect", "Jira is connected"),
    ("site", "demo"),
    ("DEMO-1", "DEMO-1"),
    ("show demo-1", "DEMO-1"),
    ("  demo-2 ", "DEMO-2"),
    ("mine", "Your open issues"),
    ("reported", "Reported by you"),
    ("watched", "Watched by you"),
    ("recent", "Recently viewed"),
    ("jql project = DEMO", "DEMO-1"),
    ("DEMO-1 DEMO-2", "DEMO-2"),
    ("assign DEMO-1 me", "Assigned to you"),
    ("DEMO-1 assign me", "Assigned to you"),
    ("assign DEMO-1 to Bob B", "Assigned to Bob B"),
    ("assign DEMO-1 to bob@example.com", "Assigned to Bob B"),
    ("unassign DEMO-1", "Unassigned"),
    ("assign DEMO-1 automatic", "DEMO-1"),
    ("assign DEMO-1 to me!", "Assigned to you"),
    ("assign DEMO-1 to Bob.", "Assigned to Bob B"),
    ("DEMO-4 in progress!", "Moved to In Progress"),
    ("due DEMO-1 tomorrow.", "Due date set to"),
    ("assign DEMO-1 to", "Enter a person"),
    ("move DEMO-1 to", "Choose a status"),
    ("move DEMO-1 to In Progress", "Moved to In Progress"),
    ("move demo-1 in prog", "Moved to In Progress"),
    ("DEMO-1 in progress", "Moved to In Progress"),
    ("transition DEMO-1 start progress", "Moved to In Progress"),
    ("comment DEMO-1 Looks **good**", "Comment added"),
    ("watch DEMO-2", "You're watching"),
    ("unwatch DEMO-1", "stopped watching"),
    ("log DEMO-2 1h 30m review", "Logged 1h 30m"),
    ("vote DEMO-3", "DEMO-3"),
    ("link DEMO-1 blocks DEMO-3", "DEMO-1 blocks DEMO-3"),
    ("DEMO-1 link is blocked by DEMO-4", "DEMO-1 is blocked by DEMO-4"),
    ("link DEMO-1 bloks DEMO-3", "DEMO-1 blocks DEMO-3"),
    ("filter", "filter"),
    ("DEMO-1, DEMO-2 and DEMO-3", "These issues"),
    ("show DEMO-1 DEMO-2", "These issues"),
    ("please show DEMO-1", "DEMO-1"),
    ("DEMO-1 blocks DEMO-3", "DEMO-1 blocks DEMO-3"),
    ("assign DEMO-1 to @Bob B", "Assigned to Bob B"),
    ("log DEMO-2 1h30m", "Logged 1h 30m"),
    ("log DEMO-2 1,5 h", "Logged 1.5h"),
    ("log DEMO-2 2 hours of review", "Logged 2h"),
    ("move DEMO-1 to “In Progress”", "Moved to In Progress"),
    ("move DEMO-1 to „in progress“", "Moved to In Progress"),
    ("assign DEMO-1 to “Bob B”", "Assigned to Bob B"),
    ("priority DEMO-2 “High”", "Priority set to High"),
    ("jql summary ~ “Login fails”", "DEMO-2"),
    ("priority DEMO-2 to High", "Priority set to High"),
    ("labels DEMO-2 add urgent", "login, customer, urgent"),
    ("labels DEMO-2 remove login", "Labels customer"),
]


async def test_typed_command(world: World, row: Row) -> None:
    await world.link()
    for text, expected in SIMPLE:
        with row(text):
            assert expected.casefold() in said(await reply(world, text)).casefold()


async def test_times_are_those_of_teams_if_jira_names_no_zone(world: World) -> None:
    alice = by_email(ALICE.email)
    assert alice is not None
    me = json.dumps({"accountId": alice.account_id, "displayName": alice.name})
    world.sandbox.faults.add(Fault("GET", "/myself$", status=200, body=me, times=None))
    await world.link()
    asked = said(await reply(world, "notify digest 9:00"))
    assert "Times are in UTC (your Jira profile has no time zone)" in asked


WRONG = [
    ("DEMO-999", "I can't find DEMO-999, or you may not see it."),
    ("show", "Which issue?"),
    ("show banana", "isn't an issue key"),
    ("show ../../myself", "isn't an issue key"),
    ("https://elsewhere.atlassian.net/browse/DEMO-1", "haven't connected"),
    ("jql project = ", "Jira didn't accept that"),
    ("jql", "Add a query"),
    ("search", "Enter search words"),
    ("search !!! ???", "Enter search words"),
    ("move DEMO-1 to Narnia", "can't move to"),
    ("move DEMO-1", "Choose a status"),
    ("move DEMO-1 to In Porgress", "can't move to"),
    ("assign DEMO-1 to Nobody Known", "No one called"),
    ("assign DEMO-1", "Enter a person"),
    ("comment DEMO-1", "Add your comment"),
    ("comment DEMO-1 " + "word " * 7_000, "up to 34,000 characters; yours has 35,0"),
    ("log DEMO-1 long", "Enter a duration"),
    ("subscribe DEMO", "works in channels"),
    ("comment DEMO-1 " + "x" * 33_000, "up to 32,767 characters"),
    ("link DEMO-1", "Enter a link type"),
    ("link DEMO-1 admires DEMO-2", "no link type called"),
    ("filter of nobody", "not one of your filters"),
    ("asign DEMO-1 me", "assign DEMO-1 me"),
    ("archive DEMO-1", "Open the issue in Jira"),
    ("don't close DEMO-1", "show DEMO-1"),
    ("gibberish beyond words", "didn't understand"),
]


async def test_every_failure_has_its_sentence(world: World, row: Row) -> None:
    await world.link()
    for text, expected in WRONG:
        with row(text[:60]):
            assert expected.casefold() in said(await reply(world, text)).casefold()


async def test_note_of_logged_work_keeps_its_lines(world: World) -> None:
    await world.link()
    await reply(world, "log DEMO-2 1h 30m done:\n- parser\n- [docs](https://docs.example/x)")
    note = str(world.sandbox.site.issues["DEMO-2"].worklogs[-1].comment)
    assert "bulletList" in note
    assert "'text': 'docs'" in note


async def test_a_typo_of_a_status_gets_the_nearest_as_buttons_that_move(world: World) -> None:
    await world.link()
    asked = await reply(world, "move DEMO-1 to In Porgress")
    nearest = sayings(asked.card)[0]
    assert "progress" in nearest.casefold()
    assert "Moved to In Progress" in said(await reply(world, nearest))


@pytest.mark.parametrize("chat", [CHANNEL, GROUP], ids=lambda c: c.kind)
async def test_commands_work_where_others_read_along(world: World, chat: Chat) -> None:
    await world.link()
    assert "DEMO-1" in said(await reply(world, "DEMO-1", chat))
    assert "Demo" in said(await reply(world, "subscribe DEMO created, commented", chat))
    assert "DEMO" in said(await reply(world, "subscriptions", chat))
    assert "Paused" in said(await reply(world, "pause DEMO", chat))
    assert "Resumed" in said(await reply(world, "resume", chat))
    assert "Unsubscribed" in said(await reply(world, "unsubscribe DEMO", chat))
    assert "doesn't exist" in said(await reply(world, "subscribe NOPE", chat)).casefold()


async def test_a_button_that_speaks_works_in_clients_that_send_no_text(world: World) -> None:
    await world.link()
    value = {"msteams": {"type": "imBack", "value": "show DEMO-1"}}
    async with world.teams.expecting(OWN_CHAT) as got:
        await world.teams.post(world.teams.activity(ALICE, OWN_CHAT, "message", value=value))
    assert "DEMO-1" in said(got[0])


async def test_mention_of_a_linked_colleague_is_resolved(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    async with world.teams.expecting(CHANNEL) as got:
        await world.teams.say(ALICE, CHANNEL, "assign DEMO-1 <at>Bob B</at>", mentions=(BOB,))
    assert "Assigned to Bob B" in said(got[0])
    assert not [path for _, path in world.jira_calls() if "assignable" in path]


async def test_disconnect_forgets_and_the_next_command_asks_to_connect(world: World) -> None:
    await world.link()
    assert "disconnected" in words((await disconnect(world, ALICE)).card)
    assert "haven't connected" in said(await reply(world, "disconnect")).casefold()
    assert "Continue with Microsoft" in said(await reply(world, "whoami"))


async def test_pasted_link_of_the_linked_site_is_its_issue(world: World) -> None:
    await world.link()
    url = f"{world.sandbox.site.url}/browse/DEMO-1?focusedCommentId=5"
    assert "DEMO-1" in said(await reply(world, url))
    assert all(path.startswith("/") for _, path in world.jira_calls())


async def test_invisible_issue_and_missing_issue_are_worded_alike(world: World) -> None:
    await world.link(BOB)
    hidden = next(
        p.key
        for p in world.sandbox.site.projects.values()
        if not world.sandbox.site.allows(p, BOB_ACCOUNT, "BROWSE_PROJECTS")
    )
    missing = said(await reply(world, "DEMO-999", personal(BOB), BOB))
    invisible = said(await reply(world, f"{hidden}-1", personal(BOB), BOB))
    assert invisible.replace(f"{hidden}-1", "DEMO-999") == missing


BOB_ACCOUNT = "712020:5f000000-0000-4000-8000-0000000000b1"


async def test_disconnect_says_which_subscriptions_remain_and_offers_to_remove_them(world: World) -> None:
    await world.link()
    await reply(world, "subscribe DEMO", CHANNEL)
    assert "1 channel subscription" in said(await reply(world, "disconnect"))
    assert "disconnected" in words((await disconnect(world, ALICE, everything=True)).card)
    assert "No subscriptions here" in said(await reply(world, "subscriptions", CHANNEL))


async def test_f07_revoked_link_is_one_card_and_linking_again_works(world: World) -> None:
    await world.link()
    before = len(world.teams.messages(OWN_CHAT))
    world.sandbox.atlassian.revoke("712020:5f000000-0000-4000-8000-0000000000a1")
    asked = await reply(world, "whoami")
    assert "Continue with Microsoft" in said(asked)
    assert len(world.teams.messages(OWN_CHAT)) == before + 1
    async with world.teams.expecting(OWN_CHAT, lambda p: "Alice Example" in p.text):
        await world.follow(asked, ALICE)


async def test_f06_sign_in_that_is_down_is_no_revocation(world: World) -> None:
    await world.link()
    world.sandbox.atlassian.tokens.expire_access_tokens()
    world.sandbox.faults.add(Fault(path="/oauth/token", status=503, times=None))
    assert "You're still connected" in said(await reply(world, "whoami"))
    assert "Jira is connected" in said(await reply(world, "connect"))


async def test_second_site_is_added_later_and_chosen_by_name_or_link(world: World) -> None:
    await world.link()
    second = world.sandbox.sites[1]
    assert "type “connect again”" in said(await reply(world, f"{second.url}/browse/PART-1"))
    assert not links((await reply(world, "connect again", CHANNEL)).card)
    connected = await reply(world, "connect")
    assert not links(connected.card), "who is linked is not asked again"
    assert "connect again" in sayings(connected.card)
    again = await reply(world, "connect again")
    async with browser_session() as session:
        browser = Browser(session)
        page = await browser.open(links(again.card)[0])
        page = await browser.submit(page, {"person": ALICE.email})
        page = await browser.submit(page, {"person": ALICE.email, "site": second.cloud_id})
        assert "radio" in page.text
        async with world.teams.expecting(OWN_CHAT, lambda p: "Jira is connected" in words(p.card)) as got:
            await browser.submit(page, {"site": world.sandbox.site.cloud_id})
    assert second.name in said(got[0])
    assert "DEMO-1" in said(await reply(world, "DEMO-1"))
    key = next(iter(second.issues))
    shown = said(await reply(world, f"{second.url}/browse/{key}"))
    assert key in shown
    assert second.name in shown
    assert second.name in said(await reply(world, f"site {second.name}"))
    assert key in said(await reply(world, key))
    for name in (
        world.sandbox.site.url,
        second.url.partition("://")[2],
        f"“{world.sandbox.site.name}”",
        second.name,
    ):
        assert "is now" in said(await reply(world, f"site {name}"))
    await links_name_their_site(world, second.url, key)


async def links_name_their_site(world: World, second: str, key: str) -> None:
    """Make the second site the default: there issues of the first have no meaning."""
    first = world.sandbox.site.url
    listed = said(await reply(world, f"{first}/browse/DEMO-2 {first}/browse/DEMO-3"))
    assert "Login fails after password reset" in listed
    foreign = f"https://elsewhere.example/browse/{key}"
    assert "haven't connected" in said(await reply(world, f"{foreign} {foreign}"))
    assert "haven't connected" in said(await reply(world, f"link {key} blocks {foreign}"))
    apart = said(await reply(world, f"link {first}/browse/DEMO-2 blocks {second}/browse/{key}"))
    assert f"{key} is on another Jira site than demo" in apart
    tied = said(await reply(world, f"link {first}/browse/DEMO-2 blocks DEMO-4"))
    assert "DEMO-2 blocks DEMO-4" in tied


@pytest.mark.parametrize("text", ["assign DEMO-2 to Bob O’Brien", "edit DEMO-2 assignee bob o’brien"])
async def test_apostrophe_of_a_telephone_names_a_colleague(world: World, text: str) -> None:
    await world.link()
    site = world.sandbox.site
    site.people = tuple(replace(p, name="Bob O'Brien") if p.name == "Bob B" else p for p in site.people)
    assert "Bob O'Brien" in said(await reply(world, text))


async def test_project_is_named_in_small_letters_on_a_large_site_too(world: World) -> None:
    await world.link()
    projects = world.sandbox.site.projects
    for number in range(60):
        projects[f"X{number}"] = replace(projects["DEMO"], id=str(20_000 + number), key=f"X{number}", name="Other")
    assert "Created" in said(await reply(world, "create task x57 Water the plants"))


async def test_mention_without_words_asks_what_can_be_asked(world: World, row: Row) -> None:
    for text in ("", "<at>Jira</at>", "<at>Jira</at>&nbsp;\n"):
        with row(repr(text)):
            assert "What you can do" in said(await reply(world, text, CHANNEL))


async def test_filters_of_one_name_are_told_apart(world: World) -> None:
    await world.link()
    mine = next(f for f in world.sandbox.site.filters if f.name == "Open bugs")
    world.sandbox.site.filters.append(replace(mine, id="10077", jql="project = OPS"))
    asked = await reply(world, "filter open bugs")
    texts = sayings(asked.card)
    assert len(texts) == 2
    shown = [said(await reply(world, text)) for text in texts]
    assert ["Login fails" in shown[0], "Mail queue" in shown[1]] == [True, True]
