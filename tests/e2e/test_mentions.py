"""Colleagues who are mentioned: assigned, mentioned in Jira too, or invited."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.accounts.connect_links import ConnectLinks
from bot.storage.base import StoreUnavailableError
from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, NOT_IN_ROSTER, TeamsUser, personal
from sandbox.teams_cards import actions, links, words
from tests.support.json_path import at
from tests.support.world import World

STRANGER = TeamsUser("Dora Unknown", "dddddddd-dddd-4ddd-8ddd-dddddddddddd", "dora@elsewhere.example")


async def said(world: World, text: str, *mentions: TeamsUser) -> str:
    """Say something as Alice in the channel; the answer."""
    async with world.teams.expecting(CHANNEL) as got:
        await world.teams.say(ALICE, CHANNEL, text, mentions=mentions)
    return f"{got[0].text} {words(got[0].card)}"


def comment_nodes(world: World, key: str) -> list[dict[str, object]]:
    """Return the inline nodes of the newest comment in Jira."""
    issue = world.sandbox.site.issues[key]
    nodes: list[dict[str, object]] = at(issue.comments[-1].body, "content", 0, "content")
    return nodes


async def test_a_mention_in_a_comment_is_one_in_jira(world: World) -> None:
    await world.link(ALICE)
    await world.link(BOB)
    assert "Comment added" in await said(world, "comment DEMO-1 please look, <at>Bob B</at>!", BOB)
    assert [n["type"] for n in comment_nodes(world, "DEMO-1")] == ["text", "mention", "text"]


async def test_somebody_without_a_link_is_mentioned_by_their_address(world: World) -> None:
    await world.link(ALICE)
    assert "Comment added" in await said(world, "comment DEMO-1 <at>Bob B</at> please look", BOB)
    assert comment_nodes(world, "DEMO-1")[0]["type"] == "mention"


async def test_somebody_unknown_to_jira_is_a_plain_name(world: World) -> None:
    await world.link(ALICE)
    text = "comment DEMO-1 <at>Dora Unknown</at> please look"
    assert "Comment added" in await said(world, text, STRANGER)
    [only] = comment_nodes(world, "DEMO-1")
    assert only["text"] == "@Dora Unknown please look"


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_somebody_whom_jira_does_not_let_us_look_up_is_a_plain_name(world: World, status: int) -> None:
    await world.link(ALICE)
    world.sandbox.faults.add(Fault("GET", "/user/", status=status, times=None))
    assert "Comment added" in await said(world, "comment DEMO-1 <at>Bob B</at> please look", BOB)
    [only] = comment_nodes(world, "DEMO-1")
    assert only["text"] == "@Bob B please look"


@pytest.mark.parametrize("text", ["assign DEMO-1 <at>Bob B</at>", "edit DEMO-1 assignee <at>Bob B</at>"])
async def test_a_linked_colleague_is_found_whatever_they_are_called_in_jira(world: World, text: str) -> None:
    site = world.sandbox.site
    site.people = tuple(replace(p, name="Robert Builder") if p.name == "Bob B" else p for p in site.people)
    await world.link(ALICE)
    await world.link(BOB)
    assert "Robert Builder" in await said(world, text, BOB)


NAMING_NOBODY = [
    ("<at>Bob B</at>", "“@Bob B”"),
    ("search <at>Bob B</at>", "Search: @Bob B"),
    ("DEMO-1 <at>Bob B</at>", "can't move to “@Bob B”"),
    ("unassign <at>Bob B</at>", "“@Bob B” isn't an issue key"),
    ("edit DEMO-1 <at>Bob B</at> x", "no editable field called “@Bob B”"),
]


@pytest.mark.parametrize(("text", "told"), NAMING_NOBODY)
async def test_where_nobody_is_asked_for_a_mention_is_a_plain_name(world: World, text: str, told: str) -> None:
    await world.link(ALICE)
    assert told in " ".join((await said(world, text, BOB)).split())


async def test_a_mention_in_a_note_of_work_is_a_plain_name(world: World) -> None:
    await world.link(ALICE)
    assert "Logged 1h" in await said(world, "log DEMO-1 1h with <at>Bob B</at>", BOB)
    assert "with @Bob B" in str(world.sandbox.site.issues["DEMO-1"].worklogs[-1].comment)


async def test_assigning_a_colleague_without_a_link_finds_their_address(world: World) -> None:
    await world.link(ALICE)
    assert "Assigned to Bob B" in await said(world, "assign DEMO-1 <at>Bob B</at>", BOB)


async def test_nobody_fits_so_an_invitation_is_offered(world: World) -> None:
    await world.link(ALICE)
    world.teams.people.append(STRANGER)
    async with world.teams.expecting(CHANNEL) as got:
        await world.teams.say(ALICE, CHANNEL, "assign DEMO-1 <at>Dora Unknown</at>", mentions=(STRANGER,))
    assert "No one called “Dora Unknown”" in words(got[0].card)
    [invite] = actions(got[0].card, "account.invite")
    async with world.teams.expecting(personal(STRANGER)) as invited:
        answer = await world.teams.press(ALICE, CHANNEL, got[0].id, invite)
    assert "Invitation sent to Dora Unknown" in words(answer.card)
    assert "Alice Example" in words(invited[0].card)
    assert links(invited[0].card)


async def test_an_invited_colleague_links_their_own_account(world: World) -> None:
    await world.link(ALICE)
    async with world.teams.expecting(personal(CAROL)) as invited:
        assert "sent to Carol" in await said(world, "invite <at>Carol C</at>", CAROL)
    async with world.teams.expecting(personal(CAROL), lambda p: "Jira is connected" in words(p.card)):
        await world.follow(invited[0], CAROL)
    assert "is already connected to Jira" in await said(world, "invite <at>Carol C</at>", CAROL)


async def test_nobody_is_invited_twice_in_a_week(world: World) -> None:
    await world.link(ALICE)
    async with world.teams.expecting(personal(BOB)):
        assert "Invitation sent to Bob B" in await said(world, "invite <at>Bob B</at>", BOB)
    assert "was already invited" in await said(world, "invite <at>Bob B</at>", BOB)
    assert len(world.teams.messages(personal(BOB))) == 1


async def test_who_has_not_the_app_cannot_be_written_to(world: World) -> None:
    await world.link(ALICE)
    world.teams.faults.add(Fault("POST", "/conversations$", status=403, body=NOT_IN_ROSTER))
    assert "isn't installed for them" in await said(world, "invite <at>Bob B</at>", BOB)
    async with world.teams.expecting(personal(BOB)):
        assert "Invitation sent to Bob B" in await said(world, "invite <at>Bob B</at>", BOB)


async def test_who_got_no_invitation_because_something_failed_is_invited_the_next_time(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    await world.link(ALICE)

    async def away(*_arguments: object) -> str:
        raise StoreUnavailableError("away")

    with monkeypatch.context() as patched:
        patched.setattr(ConnectLinks, "connect_url", away)
        assert "storage isn't available" in await said(world, "invite <at>Bob B</at>", BOB)
    async with world.teams.expecting(personal(BOB)):
        assert "Invitation sent to Bob B" in await said(world, "invite <at>Bob B</at>", BOB)


@pytest.mark.parametrize("text", ["invite", "invite Bob", "invite bob@example.com"])
async def test_an_invitation_needs_a_mention(world: World, text: str) -> None:
    await world.link(ALICE)
    assert "@mention a colleague" in await said(world, text)
