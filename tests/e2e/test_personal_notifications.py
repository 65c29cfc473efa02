"""What people are told of Jira in their own chats, over sockets."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

from bot.notifications.personal.daily_digest import DUE_JQL, OPEN_JQL
from sandbox import activity, changes
from sandbox.teams import ALICE, BOB, CAROL, CHANNEL, personal
from sandbox.teams_cards import actions, links, words
from tests.support.commands.accounts import disconnect
from tests.support.json_path import at
from tests.support.notifications.told import (
    HERS,
    HIS,
    assign,
    comment,
    hearing,
    issue,
    jira,
    says,
    set_up,
    the_end,
)
from tests.support.world import World


async def test_the_first_link_says_what_is_told(world: World) -> None:
    await world.link(ALICE)
    card = await world.teams.next(HERS, lambda p: "Jira is connected" in words(p.card))
    assert "when an issue is assigned to you, you are mentioned" in words(card.card)


async def test_who_linked_from_a_channel_hears_in_a_chat_of_their_own(world: World) -> None:
    async with world.teams.expecting(CHANNEL) as asked:
        await world.teams.say(BOB, CHANNEL, "DEMO-1")
    [button] = actions(asked[0].card, "account.connect")
    answer = await world.teams.press(BOB, CHANNEL, asked[0].id, button)
    async with world.teams.expecting(HIS, lambda p: "Jira is connected" in words(p.card)):
        await world.follow_url(links(answer.card)[0], BOB)
    async with hearing(world, BOB, "assigned it to Bob B", "DEMO-4"):
        assign(world, "DEMO-4", BOB)


async def test_somebody_who_disconnects_hears_nothing_more(linked: World) -> None:
    await set_up(linked, BOB, "watched on")
    await disconnect(linked, BOB)
    assign(linked, "DEMO-4", BOB)
    await the_end(linked, ALICE)
    await linked.link(BOB)
    async with linked.teams.expecting(HIS, lambda p: "Notifications" in words(p.card)) as card:
        await linked.teams.say(BOB, HIS, "notify")
    assert {at(a, "data", "wish") for a in actions(card[0].card, "notify.set")} >= {"watched on", "assigned off"}
    assert not any("assigned it to Bob" in says(p) for p in linked.teams.messages(HIS))


async def test_jira_understands_what_the_daily_digest_asks(linked: World) -> None:
    changes.edit(
        linked.sandbox.site,
        jira(ALICE).account_id,
        issue(linked, "DEMO-2"),
        {"fields": {"duedate": datetime.now(UTC).date().isoformat()}},
    )
    for query in (DUE_JQL, OPEN_JQL):
        async with linked.teams.expecting(HERS, lambda p: "DEMO-2" in words(p.card)):
            await linked.teams.say(ALICE, HERS, f"jql {query}")


async def test_assigned_is_told_to_the_assignee_once(linked: World) -> None:
    async with hearing(linked, BOB, "Alice Example assigned it to Bob B", "DEMO-4"):
        assign(linked, "DEMO-4", BOB)


async def test_own_doings_are_not_told(linked: World) -> None:
    before = len(linked.teams.messages(HIS))
    assign(linked, "DEMO-4", BOB, by=BOB)
    comment(linked, "DEMO-3", "Mine", by=BOB, mention=BOB)
    await the_end(linked, BOB)
    assert len(linked.teams.messages(HIS)) == before + 1


async def test_a_mention_on_somebody_elses_issue_is_told(linked: World) -> None:
    async with hearing(linked, BOB, "DEMO-2", "Could you look"):
        comment(linked, "DEMO-2", "Could you look, ", by=ALICE, mention=BOB)


async def test_a_comment_is_told_to_the_reporter_whom_its_delivery_does_not_name(linked: World) -> None:
    key = linked.create_issue("DEMO", "Reported by Bob", by=BOB.email)
    await linked.sandbox.webhooks_settled()
    async with hearing(linked, BOB, key, "On it"):
        comment(linked, key, "On it", by=CAROL)


async def test_what_is_watched_is_told_to_those_who_want_it(linked: World) -> None:
    await set_up(linked, BOB, "watched on")
    activity.watch(linked.sandbox.site, jira(BOB).account_id, issue(linked, "DEMO-2"), None)
    comment(linked, "DEMO-4", "Not watched", by=ALICE)
    async with hearing(linked, BOB, "DEMO-2", "Watched by Bob"):
        comment(linked, "DEMO-2", "Watched by Bob", by=ALICE)
    assert not any("Not watched" in says(p) for p in linked.teams.messages(HIS))


async def test_what_is_switched_off_is_not_told(linked: World) -> None:
    async with linked.teams.expecting(HIS, lambda p: bool(actions(p.card, "notify.set"))) as card:
        await linked.teams.say(BOB, HIS, "notify")
    button = next(a for a in actions(card[0].card, "notify.set") if at(a, "data", "wish") == "assigned off")
    answer = await linked.teams.press(BOB, HIS, card[0].id, button)
    assert any(at(a, "data", "wish") == "assigned on" for a in actions(answer.card, "notify.set"))
    assert any(at(a, "data", "wish") == "assigned on" for a in actions(card[0].card, "notify.set"))
    assign(linked, "DEMO-4", BOB)
    await the_end(linked, BOB)
    assert not any("assigned it to Bob" in says(p) for p in linked.teams.messages(HIS))


async def test_quiet_hours_put_it_off(linked: World) -> None:
    hour = datetime.now(ZoneInfo(jira(BOB).time_zone)).hour
    await set_up(linked, BOB, f"quiet {hour}:00-{(hour + 12) % 24}:00")
    assign(linked, "DEMO-4", BOB)
    async with hearing(linked, ALICE, "DEMO-5"):
        assign(linked, "DEMO-5", ALICE, by=BOB)
    assert not any("assigned it to Bob" in says(p) for p in linked.teams.messages(HIS))
    async with hearing(linked, BOB, "DEMO-4", "assigned it to Bob"):
        await set_up(linked, BOB, "quiet off")


async def test_t25_a_restricted_issue_is_told_to_those_who_may_see_it_in_their_own_chat(
    world: World,
) -> None:
    for user in (ALICE, BOB, CAROL):
        await world.link(user)
    async with world.teams.expecting(CHANNEL, lambda p: "You'll get updates here" in p.text):
        await world.teams.say(ALICE, CHANNEL, "subscribe DEMO all")
    async with hearing(world, BOB, "DEMO-6", "For two"):
        comment(world, "DEMO-6", "For two: ", by=ALICE, mention=BOB)
    comment(world, "DEMO-6", "Not for Carol ", by=ALICE, mention=CAROL)
    async with world.teams.expecting(CHANNEL, lambda p: "Nothing secret" in says(p)):
        world.create_issue("DEMO", "Nothing secret")
    await the_end(world, CAROL)
    for chat in (CHANNEL, personal(CAROL)):
        assert not any("DEMO-6" in says(p) for p in world.teams.messages(chat))
