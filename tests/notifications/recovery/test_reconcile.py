"""What Jira never delivered is told all the same, and nothing is told twice."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path

import pytest

from bot.jira.webhooks.model import Topic
from bot.notifications.outbox.suspension import SuspensionReason
from bot.notifications.recovery.plan import (
    HORIZON_SECONDS,
    OVERLAP_SECONDS,
    SearchTask,
    search_since,
    search_tasks,
)
from sandbox import activity
from sandbox.adf import document
from sandbox.faults import Fault
from tests.support.notifications.jira import JiraBench, jira_bench, person
from tests.support.notifications.payloads import HERE, channel

MINUTES = 60.0


@pytest.fixture
async def jira(tmp_path: Path) -> AsyncIterator[JiraBench]:
    """Run a Jira with an admin's webhook, a channel that hears all of DEMO, and searches that have begun."""
    async with jira_bench(tmp_path) as bench:
        bench.sandbox.send_webhooks_to(bench.url)
        bench.clock.now += 60 * MINUTES
        await bench.subscribe()
        await bench.reconciler().run()
        bench.clock.now += 5 * MINUTES
        yield bench


async def later(bench: JiraBench, minutes: float = 5) -> list[str]:
    """Make the next search; what the channel shows then."""
    bench.clock.now += minutes * MINUTES
    await bench.reconciler().run()
    await bench.quiet()
    return bench.teams.says(HERE)


async def test_what_webhooks_told_is_not_told_again(jira: JiraBench) -> None:
    issue = jira.create("Told")
    await jira.quiet()
    jira.clock.now += 2
    jira.move(issue)
    jira.comment(issue, "Hello")
    await jira.quiet()
    before = jira.teams.says(HERE)
    assert len(before) == 3
    for _ in range(3):
        assert await later(jira) == before
    assert jira.counted("found_total") == 3
    assert jira.counted("recovered_total") == 0


async def test_what_no_webhook_told_is_told_once(jira: JiraBench) -> None:
    jira.hooks.paused = True
    issue = jira.create("Lost")
    jira.clock.now += 2
    jira.move(issue)
    jira.clock.now += 2
    jira.comment(issue, "Anybody?")
    jira.hooks.paused = False
    told = await later(jira)
    assert told == [
        f"[{issue.key} Lost In Progress] Bob B commented: “Anybody?”",
        "↳ Bob B moved To Do → In Progress",
        "↳ Bob B commented: “Anybody?”",
    ]
    assert await later(jira) == told
    assert jira.counted("recovered_total") == 3


async def test_a_webhook_that_comes_after_the_search_is_not_told_again(jira: JiraBench) -> None:
    down = jira.hooks.admin[0].url
    jira.sandbox.send_webhooks_to(jira.url.replace("/jira/webhooks", "/nowhere"))
    issue = jira.create("Late")
    jira.clock.now += 2
    jira.move(issue)
    jira.clock.now += 2
    jira.comment(issue, "Late, too")
    jira.clock.now += 2
    body = {"body": document("Edited")}
    activity.edit_comment(jira.sandbox.site, issue.comments[0].author, issue, issue.comments[0], body)
    await jira.sandbox.webhooks_settled()
    told = await later(jira)
    assert len(told) == 4
    for late in list(jira.hooks.deliveries):
        late.url = down
        jira.hooks.redeliver(late)
    await jira.quiet()
    assert [d.delivered for d in jira.hooks.deliveries] == [True] * 4
    assert jira.counted("duplicate_total", stage="event") == 4
    assert jira.teams.says(HERE) == told


async def test_downtime_of_two_days_is_made_up_for(jira: JiraBench) -> None:
    jira.hooks.paused = True
    first = jira.create("On Saturday")
    jira.clock.now += 86_400
    second = jira.create("On Sunday")
    told = await later(jira, minutes=24 * 60)
    assert [first.key in told[0], second.key in told[1], len(told)] == [True, True, 2]


async def test_nothing_from_before_the_subscription_is_told(jira: JiraBench) -> None:
    new = channel("new")
    jira.hooks.paused = True
    jira.create("Before")
    jira.clock.now += 30
    await jira.subscribe(to=new)
    jira.create("After")
    assert len(await later(jira)) == 2
    assert [says.partition("]")[0] for says in jira.teams.says(new)] == ["[DEMO-8 After To Do"]


async def test_what_was_heard_while_paused_is_not_told_when_it_goes_on(jira: JiraBench) -> None:
    (mine,) = await jira.service.subscriptions.in_conversation(HERE)
    await jira.service.subscriptions.pause(mine.id)
    jira.create("Quiet, please")
    await jira.quiet()
    await jira.service.subscriptions.resume(mine.id)
    assert await later(jira) == []


async def test_what_was_missed_while_paused_is_not_told_when_it_goes_on(jira: JiraBench) -> None:
    (mine,) = await jira.service.subscriptions.in_conversation(HERE)
    await jira.service.subscriptions.pause(mine.id)
    jira.hooks.paused = True
    jira.create("Quiet, please")
    assert await later(jira) == []
    jira.create("Quiet, too")
    jira.clock.now += 1
    await jira.service.subscriptions.resume(mine.id)
    jira.create("Again")
    told = await later(jira)
    assert [says.partition("]")[0] for says in told] == ["[DEMO-9 Again To Do"]


async def test_what_was_missed_without_a_link_is_not_told_when_it_is_back(jira: JiraBench) -> None:
    jira.hooks.paused = True
    (mine,) = await jira.service.subscriptions.in_conversation(HERE)
    await jira.service.subscriptions.update(
        mine.id, lambda s: replace(s, suspended=SuspensionReason.NOT_CONNECTED)
    )
    jira.create("Unseen")
    jira.clock.now += 1
    assert await jira.service.owner_back(mine.owner) == 1
    assert await later(jira) == []
    jira.create("Seen")
    assert len(await later(jira)) == 1


@pytest.mark.parametrize("status", [429, 500, 503])
async def test_what_jira_did_not_answer_is_searched_again(jira: JiraBench, status: int) -> None:
    jira.hooks.paused = True
    jira.create("Patience")
    trouble = jira.sandbox.faults.add(Fault(path="/search/jql", status=status, times=None))
    assert await later(jira) == []
    assert trouble.hits
    jira.sandbox.faults.clear()
    assert len(await later(jira, minutes=60)) == 1
    assert jira.counted("searches_total", result="failed") == 1


async def test_a_query_that_jira_refuses_silences_no_other(jira: JiraBench) -> None:
    await jira.subscribe(project="", jql="sprint = 12345", to=channel("broken"))
    jira.hooks.paused = True
    jira.create("Still told")
    assert len(await later(jira)) == 1


async def test_what_the_owner_does_not_see_is_not_found(jira: JiraBench) -> None:
    there = channel("there")
    await jira.subscribe(owner="bob@example.com", project="HR", to=there)
    await later(jira)
    jira.hooks.paused = True
    jira.create("Secret", project="HR", by="alice@example.com")
    await later(jira)
    assert jira.teams.says(there) == []


async def test_more_than_a_page_is_found_and_the_watermark_moves(jira: JiraBench) -> None:
    jira.hooks.paused = True
    for number in range(60):
        jira.create(f"Bulk {number}")
    await jira.reconciler().run()
    assert jira.counted("found_total") == 60
    assert jira.counted("searches_total", result="page") == 2
    row = await jira.store.get("watermarks", f"{jira.sandbox.site.cloud_id}|{person('alice@example.com').key}")
    assert row is not None
    assert row.value["until"] == jira.clock.now


async def test_one_search_for_each_owner_and_site(jira: JiraBench) -> None:
    await jira.subscribe(Topic.CREATED, project="OPS")
    await jira.subscribe(Topic.COMMENTED, project="", jql="priority = High")
    await jira.subscribe(Topic.CREATED, owner="bob@example.com")
    paused = await jira.subscribe(Topic.CREATED, owner="d@example.com")
    await jira.service.subscriptions.pause(paused.id)
    found = search_tasks([s async for s in jira.service.subscriptions.all()])
    assert [(b.owner, b.jql) for b in found] == [
        (person("alice@example.com"), 'project in ("DEMO", "OPS") OR (priority = High)'),
        (person("bob@example.com"), 'project in ("DEMO")'),
    ]
    assert [b.jql for b in found[0].split()] == [
        'project in ("DEMO")',
        'project in ("OPS")',
        "(priority = High)",
    ]
    assert found[1].split() == ()


@pytest.mark.parametrize(
    ("watermark", "since"),
    [(1e6, 1e6 - OVERLAP_SECONDS), (1e6 - 2 * HORIZON_SECONDS, 1e6 + 300 - HORIZON_SECONDS)],
)
def test_a_search_overlaps_the_last_one_and_has_a_horizon(watermark: float, since: float) -> None:
    assert search_since(watermark, 1e6 + 300) == since


def test_a_beat_quotes_its_projects() -> None:
    odd = SearchTask(person("bob@example.com"), "cloud", frozenset({"AND"}), frozenset(), frozenset())
    assert odd.jql == 'project in ("AND")'
