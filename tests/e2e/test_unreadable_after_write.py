"""What Jira has taken is never told as a failure, even if the issue cannot be read afterwards."""

from __future__ import annotations

from sandbox.faults import Fault
from sandbox.teams import ALICE
from sandbox.teams_cards import actions, words
from tests.support.commands.form_player import CHAT, ask, filled, newest
from tests.support.rows import Row
from tests.support.world import World

READING = "/rest/api/3/issue/[A-Z]+-[0-9]+$"
HIDDEN = "can't be shown right now."

WRITES = [
    ("comment DEMO-2 hello", "Comment added. DEMO-2 can't be shown right now.", "/comment$"),
    ("log DEMO-2 1h", "Logged 1h. DEMO-2 can't be shown right now.", "/worklog$"),
    ("watch DEMO-3", "You're watching this issue. DEMO-3 can't be shown right now.", "/watchers$"),
    ("unwatch DEMO-2", "You stopped watching this issue. DEMO-2 can't be shown right now.", "/watchers$"),
    ("vote DEMO-3", "Vote added. DEMO-3 can't be shown right now.", "/votes$"),
    ("assign DEMO-2 me", "Assigned to you. DEMO-2 can't be shown right now.", "/assignee$"),
    ("unassign DEMO-2", "Unassigned. DEMO-2 can't be shown right now.", "/assignee$"),
    ("move DEMO-2 start progress", "Moved to In Progress. DEMO-2 can't be shown right now.", "/transitions$"),
    ("link DEMO-2 blocks DEMO-4", "DEMO-2 blocks DEMO-4. DEMO-2 can't be shown right now.", "/issueLink$"),
    ("priority DEMO-2 low", "Saved DEMO-2. It can't be shown right now.", "/issue/DEMO-2$"),
    ("create task DEMO Once", "It can't be shown right now.", "/rest/api/3/issue$"),
]


async def test_f09_written_but_not_readable_afterwards(world: World, row: Row) -> None:
    await world.link()
    for text, told, written in WRITES:
        with row(text):
            # A comment begins with a look at its project: in a service project it is an internal note.
            looks_before = 1 if text.startswith("comment") else 0
            world.sandbox.faults.add(Fault("GET", READING, skip=looks_before, status=503, times=None))
            posted = await ask(world, text)
            assert told in words(posted.card), posted.text
            sent = [r for r in world.sandbox.requests if r.method != "GET" and r.path.endswith(written.strip("$"))]
            assert [r.status // 100 for r in sent] == [2]


async def test_f09_pressed_and_written_but_not_readable_afterwards(world: World) -> None:
    await world.link()
    card = await ask(world, "DEMO-2")
    before = words(card.card)
    world.sandbox.faults.add(Fault("GET", READING, skip=1, status=503, times=None))
    button = actions(card.card, "issue.comment")[0]
    for _ in range(2):
        answer = await world.teams.press(ALICE, CHAT, card.id, button, {"comment": "hello"})
        assert "Comment added. DEMO-2 can't be shown right now." in words(answer.card)
    assert len(world.sandbox.site.issues["DEMO-2"].comments) == 2  # one was there; a press is done once
    assert words(card.card) == before


async def test_f09_form_is_sent_but_the_issue_is_not_readable_afterwards(world: World) -> None:
    await world.link()
    form = await ask(world, "create task DEMO")
    world.sandbox.faults.add(Fault("GET", READING, status=503, times=None))
    given = filled(form.card, f_summary="Once")
    answer = await world.teams.press(ALICE, CHAT, form.id, actions(form.card, "form.submit")[0], given)
    assert f"Created {newest(world).key}. It {HIDDEN}" in words(answer.card)
    assert f"Created {newest(world).key}. It {HIDDEN}" in words(form.card)
