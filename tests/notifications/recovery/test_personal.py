"""A person is notified though Jira never delivered them: once, and none from before they asked."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from bot.accounts.grant_vault import PERSONAL_TABLES
from bot.notifications.build import build_reconciliation
from bot.notifications.personal.relevance import DEFAULTS, Reason
from bot.notifications.personal.settings import PersonalSettingsTable
from bot.notifications.recovery.personal import TABLE
from bot.notifications.recovery.personal_plan import next_cursor, personal_search_since, personal_search_task
from bot.notifications.recovery.plan import HORIZON_SECONDS, OVERLAP_SECONDS
from bot.notifications.recovery.search import MAX_BACKLOG, MAX_CONCURRENT_SEARCHES
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.embedded import EmbeddedStore
from sandbox.faults import Fault
from tests.support.notifications.jira import account, person
from tests.support.notifications.payloads import HERE
from tests.support.notifications.personal import (
    ALICE,
    BOB,
    CAROL,
    DAN,
    EVERYBODY,
    MINUTES,
    Scene,
    chat,
    personal_bench,
)


@pytest.fixture
async def scene(tmp_path: Path) -> AsyncIterator[Scene]:
    """Alice and Carol are linked; no webhook is delivered."""
    async with personal_bench(tmp_path) as scene:
        yield scene


async def test_a_lost_assignment_is_told_once_to_whom_it_concerns(scene: Scene) -> None:
    issue = scene.assign("Lost", ALICE)
    for _ in range(3):
        await scene.later()
        assert scene.says(ALICE) == [f"[{issue.key} Lost To Do] Bob B assigned it to Alice Example"]
        assert scene.says(CAROL) == []
    assert scene.bench.counted("recovered_total") == 2


async def test_a_lost_comment_on_ones_own_issue_is_told(scene: Scene) -> None:
    issue = scene.assign("Mine", ALICE)
    await scene.later()
    scene.bench.comment(issue, "Anybody?")
    await scene.later()
    assert scene.says(ALICE)[1:] == [f"↳ {issue.key} Mine: Bob B commented: “Anybody?”"]


async def test_what_is_watched_is_searched_for_only_by_those_who_follow_it(scene: Scene) -> None:
    issue = scene.assign("Elsewhere", BOB)
    issue.watchers |= {account(ALICE).account_id, account(CAROL).account_id}
    await scene.wants(CAROL, "watched on")
    scene.bench.clock.now += 2
    scene.bench.move(issue)
    await scene.later()
    assert [scene.says(ALICE), len(scene.says(CAROL))] == [[], 1]


async def test_a_webhook_that_comes_after_the_search_is_not_told_again(scene: Scene) -> None:
    scene.bench.hooks.paused = False
    there = scene.bench.hooks.admin[0].url
    scene.bench.sandbox.send_webhooks_to(scene.bench.url.replace("/jira/webhooks", "/nowhere"))
    scene.assign("Late", ALICE)
    await scene.bench.sandbox.webhooks_settled()
    await scene.later()
    told = scene.says(ALICE)
    assert len(told) == 1
    for late in list(scene.bench.hooks.deliveries):
        late.url = there
        scene.bench.hooks.redeliver(late)
    await scene.bench.quiet()
    assert [d.delivered for d in scene.bench.hooks.deliveries] == [True] * 2
    assert scene.says(ALICE) == told


async def test_what_a_webhook_told_is_not_told_again(scene: Scene) -> None:
    scene.bench.hooks.paused = False
    scene.assign("Told", ALICE)
    await scene.bench.quiet()
    assert len(scene.says(ALICE)) == 1
    await scene.later()
    assert len(scene.says(ALICE)) == 1
    assert [scene.bench.counted(name) for name in ("found_total", "recovered_total")] == [2, 0]


async def test_a_channels_search_and_ones_own_tell_each_place_once(scene: Scene) -> None:
    await scene.bench.subscribe()
    await scene.bench.reconciler().run()
    scene.bench.clock.now += 5 * MINUTES
    scene.assign("Twice found", ALICE)
    await scene.bench.reconciler().run()
    # The clock stands still meanwhile: what is being sent must not lose its lease.
    await scene.reconciler().run()
    await scene.bench.quiet()
    assert [len(scene.says(ALICE)), len(scene.bench.teams.says(HERE))] == [1, 2]
    await scene.bench.reconciler().run()
    await scene.bench.quiet()
    assert [len(scene.says(ALICE)), len(scene.bench.teams.says(HERE))] == [1, 2]


async def test_nothing_from_before_the_link_is_told(scene: Scene) -> None:
    scene.assign("Before", DAN)
    scene.bench.clock.now += 30
    await scene.link(DAN)
    after = scene.assign("After", DAN)
    await scene.later()
    assert [says.split()[0] for says in scene.says(DAN)] == [f"[{after.key}"]


async def test_nothing_from_before_it_was_switched_on_is_told(scene: Scene) -> None:
    await scene.wants(ALICE, "all off")
    scene.assign("Unwanted", ALICE)
    assert person(ALICE) not in await scene.later()
    await scene.wants(ALICE, "mentioned on")
    scene.assign("Unwanted, too", ALICE)
    scene.bench.clock.now += 1
    await scene.wants(ALICE, "assigned on")
    wanted = scene.assign("Wanted", ALICE)
    await scene.later()
    assert [says.split()[0] for says in scene.says(ALICE)] == [f"[{wanted.key}"]


async def test_nothing_from_before_is_told_though_a_channels_search_finds_it(scene: Scene) -> None:
    await scene.bench.subscribe()
    await scene.bench.reconciler().run()
    scene.bench.clock.now += 5 * MINUTES
    await scene.wants(ALICE, "assigned off")
    scene.assign("Unwanted", ALICE)
    scene.assign("Before", DAN)
    scene.bench.clock.now += 1
    await scene.wants(ALICE, "assigned on")
    await scene.link(DAN)
    await scene.bench.reconciler().run()
    await scene.bench.quiet()
    assert [len(scene.bench.teams.says(HERE)), scene.says(ALICE), scene.says(DAN)] == [4, [], []]


async def test_what_is_on_already_is_not_switched_on_anew(scene: Scene) -> None:
    scene.assign("Lost", ALICE)
    scene.bench.clock.now += 1
    await scene.wants(ALICE, "assigned on")
    await scene.later()
    assert len(scene.says(ALICE)) == 1


@pytest.mark.parametrize("why", ["unlinked", "no chat", "chat gone", "all off"])
async def test_who_cannot_be_told_costs_no_search(scene: Scene, why: str) -> None:
    alice = person(ALICE)
    match why:
        case "unlinked":
            del scene.office.linked_at[alice]
        case "no chat":
            del scene.office.chats[alice]
        case "chat gone":
            await scene.bench.service.conversation_gone(chat(ALICE))
        case _:
            await scene.wants(ALICE, "all off")
    assert await scene.later() == [person(CAROL)]
    assert scene.bench.counted("searches_total", result="page") == 1


async def test_one_search_for_each_site(scene: Scene) -> None:
    scene.office.sites = 2
    await scene.later()
    assert scene.bench.counted("searches_total", result="page") == 4
    rows = await scene.bench.store.page(TABLE)
    assert len(rows) == 4
    assert {float(str(row.value["until"])) for row in rows} == {scene.bench.clock()}
    # They go when the person disconnects.
    assert len(await scene.bench.store.find(TABLE, person(ALICE).key)) == 2
    assert TABLE in PERSONAL_TABLES


async def test_every_person_has_a_turn_within_the_promised_rounds(scene: Scene) -> None:
    await scene.link(*EVERYBODY)
    for email in EVERYBODY[:-1]:
        scene.assign(f"For {email}", email)
    keys = sorted(person(email).key for email in EVERYBODY)
    assert len(keys) == 5
    turns = [[who.key for who in await scene.later(budget=2)] for _ in range(3)]
    assert turns == [keys[:2], keys[2:4], keys[4:]]
    assert [len(scene.says(email)) for email in EVERYBODY] == [1, 1, 1, 1, 0]
    assert [who.key for who in await scene.later(budget=2)] == keys[:2]


async def test_a_full_last_page_costs_no_round(scene: Scene) -> None:
    await scene.link(*EVERYBODY)
    keys = sorted(person(email).key for email in EVERYBODY)
    turns = [[who.key for who in await scene.later(budget=5)] for _ in range(3)]
    assert turns == [keys] * 3


async def test_the_cursor_survives_a_restart(scene: Scene, tmp_path: Path) -> None:
    await scene.link(*EVERYBODY)
    keys = sorted(person(email).key for email in EVERYBODY)
    turns: list[Sequence[str]] = []
    for start in range(4):
        store = EmbeddedStore(tmp_path / "restarted", clock=scene.bench.clock)
        await store.open()
        if not start:
            for email in EVERYBODY:
                await PersonalSettingsTable(store).initialise(await scene.office.account(person(email)))
        scene.office.calls.clear()
        await scene.reconciler(budget=2, store=store).run()
        turns.append(sorted(who.key for who in set(scene.office.calls)))
        await store.close()
    assert turns == [keys[:2], keys[2:4], keys[4:], keys[:2]]


async def test_whom_jira_refuses_keeps_nobody_else_from_hearing(scene: Scene) -> None:
    await scene.office.access_token(person(ALICE))
    scene.bench.sandbox.atlassian.tokens.revoke(account(ALICE).account_id)
    scene.assign("Hers", ALICE)
    scene.assign("Carol's", CAROL)
    await scene.later(budget=1)
    await scene.later(budget=1)
    assert [len(scene.says(ALICE)), len(scene.says(CAROL))] == [0, 1]
    assert scene.bench.counted("searches_total", result="failed") == 1


@pytest.mark.parametrize("status", [403, 500, 503])
async def test_a_search_that_failed_is_made_up_for(scene: Scene, status: int) -> None:
    scene.assign("Hers", ALICE)
    scene.assign("Carol's", CAROL)
    # A search is a read, so one that failed in passing is sent once more.
    scene.bench.sandbox.faults.add(Fault(path="/search/jql", status=status, times=2 if status >= 500 else 1))
    await scene.later(budget=1)
    assert len(scene.says(ALICE)) + len(scene.says(CAROL)) == 0
    await scene.later(budget=1)
    assert len(scene.says(ALICE)) + len(scene.says(CAROL)) == 1
    await scene.later(budget=1)
    assert [len(scene.says(ALICE)), len(scene.says(CAROL))] == [1, 1]


async def test_a_condition_that_jira_refuses_spoils_no_other(scene: Scene) -> None:
    scene.assign("Hers", ALICE)
    del scene.office.linked_at[person(CAROL)]
    # The whole is refused, then one of its parts: the reporter's, since they are asked in the order of their text.
    scene.bench.sandbox.faults.add(Fault(path="/search/jql", status=400))
    scene.bench.sandbox.faults.add(Fault(path="/search/jql", status=400, skip=1))
    await scene.later()
    assert len(scene.says(ALICE)) == 1
    assert scene.bench.counted("searches_total", result="rejected") == 1


async def test_a_rate_limit_ends_the_round_and_the_next_goes_on_there(scene: Scene) -> None:
    await scene.link(*EVERYBODY)
    for email in EVERYBODY[:-1]:
        scene.assign("Patience", email)
    limit = Fault(path="/search/jql", status=429, times=None, headers={"Retry-After": "600"})
    scene.bench.sandbox.faults.add(limit)
    assert 1 <= len(await scene.later()) <= MAX_CONCURRENT_SEARCHES
    assert 1 <= limit.hits <= MAX_CONCURRENT_SEARCHES
    scene.bench.sandbox.faults.clear()
    scene.bench.clock.now += 600  # the transport keeps away from the site for as long as it was asked to
    keys = sorted(person(email).key for email in EVERYBODY)
    assert [who.key for who in await scene.later()] == keys[1:]
    assert [who.key for who in await scene.later()] == keys
    assert [len(scene.says(email)) for email in EVERYBODY] == [1, 1, 1, 1, 0]


async def test_a_long_inbox_puts_the_round_off(scene: Scene) -> None:
    scene.backlog.waiting = MAX_BACKLOG + 1
    assert await scene.later() == []
    assert scene.bench.counted("searches_total", result="put off") == 1
    scene.backlog.waiting = MAX_BACKLOG
    assert len(await scene.later()) == 2


async def test_the_bridges_own_round_searches_for_people(scene: Scene) -> None:
    scene.assign("Lost", ALICE)
    reconciliation = build_reconciliation(
        scene.bench.store,
        scene.access,
        scene.bench.metrics,
        subscriptions=scene.bench.service.subscriptions,
        unreachable=UnreachableConversations(scene.bench.store),
        settings=scene.personal.settings,
        people=scene.personal.people,
        backlog=scene.backlog,
        every=300,
        clock=scene.bench.clock,
    )
    await reconciliation.run_once()
    await scene.bench.quiet()
    assert len(scene.says(ALICE)) == 1


async def test_what_is_searched_for_follows_from_what_is_on(scene: Scene) -> None:
    [wish] = await scene.personal.people.of_person(person(ALICE))

    def asked(*reasons: Reason) -> tuple[str, bool]:
        beat = personal_search_task(replace(wish, reasons=frozenset(reasons)))
        return beat.jql.replace(" = currentUser()", ""), bool(beat.topics)

    assert asked(Reason.ASSIGNED) == ("(assignee)", False)
    assert asked(Reason.STATUS) == ("(assignee) OR (reporter)", False)
    assert asked(Reason.WATCHED) == ("(watcher)", True)
    assert asked(*DEFAULTS) == ("(assignee) OR (reporter)", True)
    assert asked(*Reason) == ("(assignee) OR (reporter) OR (watcher)", True)
    assert personal_search_task(wish).jql == "(assignee = currentUser()) OR (reporter = currentUser())"


async def test_a_search_reaches_back_to_the_link_and_to_the_horizon(scene: Scene) -> None:
    [wish] = await scene.personal.people.of_person(person(ALICE))
    begin = wish.active_since
    assert personal_search_since(wish, None, begin + 5) == begin
    assert personal_search_since(wish, begin + 10, begin + 300) == begin
    assert personal_search_since(wish, begin + OVERLAP_SECONDS + 7, begin + 900) == begin + 7
    assert personal_search_since(wish, None, begin + HORIZON_SECONDS + 9) == begin + 9


@pytest.mark.parametrize(
    ("people", "stopped", "after"),
    [
        ("abc", None, "c"),
        ("ab", None, ""),
        ("abc", 0, "a"),
        ("abc", 1, "a"),
        ("abc", 2, "b"),
        ("ab", 1, "a"),
    ],
)
def test_where_the_next_round_begins(people: str, stopped: int | None, after: str) -> None:
    assert next_cursor(people, stopped, budget=3) == after
