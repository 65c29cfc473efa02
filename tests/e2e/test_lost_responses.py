"""F11: writes whose answers are lost, are read back before they are tried again; reads are just read again."""

from __future__ import annotations

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, Posted, personal
from sandbox.teams_cards import words
from tests.support.rows import Row
from tests.support.world import World

CHAT = personal(ALICE)
ISSUE = "/rest/api/3/issue/DEMO-2"
WRITES = [
    ("PUT", f"{ISSUE}/assignee$", "assign DEMO-2 me", "Assigned to you."),
    ("PUT", f"{ISSUE}$", "summary DEMO-2 Another one", "Summary changed."),
    ("PUT", f"{ISSUE}$", "labels DEMO-2 +urgent -login", "Labels changed."),
    ("PUT", f"{ISSUE}$", "due DEMO-2 2027-05-11", "Due date set to"),
    ("PUT", f"{ISSUE}$", "priority DEMO-2 High", "Priority set to High."),
    ("POST", f"{ISSUE}/watchers$", "watch DEMO-2", "You're watching this issue."),
    ("DELETE", f"{ISSUE}/watchers$", "unwatch DEMO-2", "You stopped watching this issue."),
    ("POST", f"{ISSUE}/transitions$", "move DEMO-2 to In Progress", "Moved to In Progress."),
    ("POST", f"{ISSUE}/comment$", "comment DEMO-2 once", "Comment added."),
    ("POST", f"{ISSUE}/worklog$", "log DEMO-2 30m once", "Logged 30m."),
    ("POST", "/issueLink$", "link DEMO-2 blocks DEMO-3", "DEMO-2 blocks DEMO-3."),
]


async def ask(world: World, text: str) -> Posted:
    async with world.teams.expecting(CHAT) as got:
        await world.teams.say(ALICE, CHAT, text)
    return got[0]


def sent(world: World, method: str) -> int:
    return sum(r.method == method and "/search/" not in r.path for r in world.sandbox.requests)


async def test_f11_write_that_was_done_is_not_done_again(world: World, row: Row) -> None:
    await world.link()
    for method, path, text, told in WRITES:
        with row(text):
            world.sandbox.faults.add(Fault(method, path, drop=True))
            assert told in words((await ask(world, text)).card)
            assert sent(world, method) == 1


async def test_f11_write_that_was_not_done_is_done_if_twice_would_be_the_same(world: World, row: Row) -> None:
    await world.link()
    for method, path, text, told in WRITES:
        if method == "PUT":
            with row(text):
                world.sandbox.faults.add(Fault(method, path, reset=True))
                assert told in words((await ask(world, text)).card)


async def test_f11_write_that_may_have_been_done_is_not_tried_again(world: World, row: Row) -> None:
    await world.link()
    created = "/(comment|worklog|issue|transitions)$"
    for text in (
        "comment DEMO-2 perhaps",
        "log DEMO-2 30m",
        "create task DEMO Perhaps",
        "move DEMO-2 to In Progress",
    ):
        with row(text):
            fault = world.sandbox.faults.add(Fault("POST", created, reset=True, times=None))
            assert "the change may or may not have been made" in (await ask(world, text)).text
            assert fault.hits == 1


async def test_f11_gateway_that_gives_up_on_a_write(world: World, row: Row) -> None:
    await world.link()
    for method, path, text, told in WRITES:
        if text.startswith(("summary", "comment", "log")):
            with row(text):
                fault = world.sandbox.faults.add(Fault(method, path, status=504, times=None))
                answer = await ask(world, text)
                assert "the change may or may not have been made" in answer.text
                assert told not in words(answer.card)
                assert fault.hits == 1


async def test_f11_write_that_jira_broke_after_is_not_done_again(world: World, row: Row) -> None:
    await world.link()
    for method, path, text, told in WRITES:
        with row(text):
            fault = world.sandbox.faults.add(Fault(method, path, status=500, done=True, times=None))
            assert told in words((await ask(world, text)).card)
            assert fault.hits == 1


async def test_f11_write_that_jira_broke_in_may_have_been_done(world: World) -> None:
    await world.link()
    fault = world.sandbox.faults.add(Fault("POST", f"{ISSUE}/comment$", status=500, times=None))
    assert "the change may or may not have been made" in (await ask(world, "comment DEMO-2 perhaps")).text
    assert fault.hits == 1


async def test_f11_earlier_comment_of_the_same_words_is_not_taken_for_the_lost_one(world: World) -> None:
    await world.link()
    await ask(world, "comment DEMO-2 +1")
    world.sandbox.site.issues["DEMO-2"].comments[-1].created -= 600
    world.sandbox.faults.add(Fault("POST", f"{ISSUE}/comment$", reset=True))
    assert "the change may or may not have been made" in (await ask(world, "comment DEMO-2 +1")).text


async def test_f11_lost_answer_that_cannot_be_read_back_is_said(world: World) -> None:
    await world.link()
    fault = world.sandbox.faults.add(Fault("PUT", f"{ISSUE}/assignee$", drop=True))
    world.sandbox.faults.add(Fault("GET", ISSUE, status=503, times=None))
    assert "the change may or may not have been made" in (await ask(world, "assign DEMO-2 me")).text
    assert fault.hits == 1


@pytest.mark.parametrize("text", ["mine", "search login", "jql project = DEMO"])
async def test_f11_search_is_a_read_although_it_is_posted(world: World, text: str, row: Row) -> None:
    await world.link()
    faults: list[dict[str, int]] = [{"reset": True}, {"status": 502}, {"status": 503}, {"status": 504}]
    for fault in faults:
        with row(fault):
            world.sandbox.faults.add(Fault("POST", "/search/jql$", **fault))  # type: ignore[arg-type]
            assert "DEMO-" in words((await ask(world, text)).card)
            world.sandbox.faults.add(Fault("POST", "/search/jql$", times=None, **fault))  # type: ignore[arg-type]
            assert "Nothing was changed" in (await ask(world, text)).text


async def test_worklog_says_when_the_work_was_started(world: World) -> None:
    await world.link()
    await ask(world, "log DEMO-2 30m")
    sent_body = next(r.body for r in world.sandbox.requests if r.path.endswith("/worklog"))
    assert isinstance(sent_body, dict)
    assert str(sent_body["started"]).endswith("+0000")
