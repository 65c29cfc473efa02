"""People and channels are reached where Teams lets the bot reach them, and nowhere else is anything silenced."""

from __future__ import annotations

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, NOT_IN_ROSTER, Chat, Posted, TeamsUser, personal
from sandbox.teams_cards import actions, words
from tests.support.world import World

PRIVATE = Chat("19:private@thread.tacv2", "channel", team=CHANNEL.team)
STRANGER = TeamsUser("Dora Unknown", "00000000-0000-4000-8000-0000000000d0", "dora@example.com")


async def say(world: World, text: str, chat: Chat, user: TeamsUser = ALICE) -> Posted:
    async with world.teams.expecting(chat) as got:
        await world.teams.say(user, chat, text)
    return got[0]


async def link_in_channel(world: World, user: TeamsUser) -> None:
    """Connect somebody who has only the team's installation: they never wrote to the bot in their own chat."""
    card = await say(world, "connect", CHANNEL, user)
    [button] = actions(card.card, "account.connect")
    answer = await world.teams.press(user, CHANNEL, card.id, button)
    async with world.teams.expecting(personal(user), lambda p: "Jira is connected" in words(p.card)):
        await world.follow(Posted("", "", {"attachments": [{"content": answer.card}]}), user)


async def test_who_has_only_the_teams_installation_reads_that_they_are_connected_and_is_notified(
    world: World,
) -> None:
    await world.link(ALICE)
    await link_in_channel(world, BOB)
    async with world.teams.expecting(personal(BOB), lambda p: "assigned" in words(p.card)):
        await say(world, "assign DEMO-1 to Bob B", personal(ALICE))


async def test_an_object_id_alone_opens_no_chat(world: World) -> None:
    """The sandbox refuses what Teams refuses: by object id only where the person has the app."""
    await world.link(ALICE)
    world.teams.people.append(STRANGER)
    async with world.teams.expecting(CHANNEL):
        await world.teams.say(ALICE, CHANNEL, "invite <at>Dora Unknown</at>", mentions=(STRANGER,))
    assert world.teams.messages(personal(STRANGER))
    world.teams.people.remove(STRANGER)
    assert not world.teams.installs.is_personal(personal(STRANGER).id)


async def test_a_late_answer_that_cannot_be_sent_privately_is_announced_where_it_was_asked_for(
    world: World,
) -> None:
    await world.link(ALICE)
    await link_in_channel(world, BOB)
    card = await say(world, "DEMO-2", CHANNEL)
    world.teams.faults.add(Fault("POST", f"/conversations/{personal(BOB).id}/", status=403, body=NOT_IN_ROSTER))
    world.sandbox.faults.add(Fault(path="/issue/DEMO-2/editmeta$", delay=2.5))
    [edit] = actions(card.card, "issue.edit")
    async with world.teams.expecting(CHANNEL, lambda p: "can't message you" in p.text) as got:
        await world.teams.press(BOB, CHANNEL, card.id, edit)
    assert got[0].text.startswith("Bob B,")
    assert "DEMO-2" not in got[0].text


def event(world: World, kind: str, chat: Chat, **more: object) -> dict[str, object]:
    told = world.teams.activity(ALICE, chat, "conversationUpdate", **more)
    told["channelData"] = {**told["channelData"], "eventType": kind}  # type: ignore[dict-item]
    return told


async def subscribe(world: World, *chats: Chat) -> None:
    await world.link(ALICE)
    for chat in chats:
        assert "You'll get updates here" in (await say(world, "subscribe DEMO", chat)).text


@pytest.mark.parametrize(
    "kind", ["channelShared", "channelUnshared", "channelMemberAdded", "channelMemberRemoved"]
)
async def test_who_comes_to_or_leaves_a_channel_silences_nothing(world: World, kind: str) -> None:
    await subscribe(world, CHANNEL, PRIVATE)
    members = {"membersRemoved" if kind.endswith("Removed") else "membersAdded": [{"id": BOB.id}]}
    await world.teams.post(event(world, kind, PRIVATE, **(members if "Member" in kind else {})))
    for chat in (CHANNEL, PRIVATE):
        async with world.teams.expecting(chat, lambda p: "Told on" in words(p.card)):
            world.create_issue("DEMO", "Told on")


async def test_the_bot_leaves_and_enters_one_channel_alone(world: World) -> None:
    await subscribe(world, CHANNEL, PRIVATE)
    bot = [{"id": f"28:{world.teams.app_id}", "name": "Jira"}]
    await world.teams.post(event(world, "channelMemberRemoved", PRIVATE, membersRemoved=bot))
    before = len(world.teams.messages(PRIVATE))
    async with world.teams.expecting(CHANNEL, lambda p: "In the team" in words(p.card)):
        world.create_issue("DEMO", "In the team")
    assert len(world.teams.messages(PRIVATE)) == before
    async with world.teams.expecting(PRIVATE):
        await world.teams.post(event(world, "channelMemberAdded", PRIVATE, membersAdded=bot))
    async with world.teams.expecting(PRIVATE, lambda p: "Everywhere" in words(p.card)):
        world.create_issue("DEMO", "Everywhere")


async def test_a_private_channel_that_loses_the_app_takes_its_team_nothing_away(world: World) -> None:
    await subscribe(world, CHANNEL, PRIVATE)
    removed = world.teams.activity(ALICE, PRIVATE, "installationUpdate", action="remove")
    removed["channelData"] = {**removed["channelData"], "channel": {"id": PRIVATE.id, "type": "private"}}  # type: ignore[dict-item]
    await world.teams.post(removed)
    async with world.teams.expecting(CHANNEL, lambda p: "Told on" in words(p.card)):
        world.create_issue("DEMO", "Told on")


async def test_adding_the_bot_to_one_channel_does_not_reopen_another(world: World) -> None:
    other = Chat("19:other@thread.tacv2", "channel", team=CHANNEL.team)
    await subscribe(world, PRIVATE, other)
    bot = [{"id": f"28:{world.teams.app_id}", "name": "Jira"}]
    for chat in (PRIVATE, other):
        await world.teams.post(event(world, "channelMemberRemoved", chat, membersRemoved=bot))
    async with world.teams.expecting(PRIVATE):
        await world.teams.post(event(world, "channelMemberAdded", PRIVATE, membersAdded=bot))
    calls = len(world.teams.calls)
    async with world.teams.expecting(PRIVATE, lambda p: "Told here" in words(p.card)):
        world.create_issue("DEMO", "Told here")
    assert not [path for _, path, _ in world.teams.calls[calls:] if other.id in path]
