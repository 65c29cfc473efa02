"""Dynamic webhooks on the sandbox's Jira: made, refreshed, made again after loss, removed in the end."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bot.accounts.access import JiraAccess
from bot.jira.errors import JiraRejectedError
from bot.jira.webhooks import registration_api
from bot.jira.webhooks.model import Topic
from bot.notifications.recovery.registration import TABLE
from sandbox import jira_api_webhooks
from sandbox.faults import Fault
from sandbox.webhooks import LIFE
from tests.support.notifications.jira import JiraBench, Linked, jira_bench, person
from tests.support.notifications.payloads import HERE

DAY = 86_400.0


@pytest.fixture
async def jira(tmp_path: Path) -> AsyncIterator[JiraBench]:
    """Run a Jira whose admin has set up no webhook."""
    async with jira_bench(tmp_path) as bench:
        yield bench


def filters(bench: JiraBench) -> list[str]:
    return [hook.jql for hook in bench.hooks.dynamic]


async def test_a_channel_hears_through_a_webhook_of_our_own(jira: JiraBench) -> None:
    await jira.subscribe()
    await jira.registrar().run()
    issue = jira.create("No admin needed")
    jira.clock.now += 1
    jira.comment(issue, "Indeed")
    await jira.quiet()
    assert len(jira.teams.says(HERE)) == 2
    assert {d.headers["Authorization"].partition(" ")[0] for d in jira.hooks.deliveries} == {"Bearer"}


async def test_one_webhook_covers_all_of_an_owner_s_projects(jira: JiraBench) -> None:
    await jira.subscribe(Topic.CREATED)
    await jira.registrar().run()
    await jira.subscribe(Topic.CREATED, project="OPS")
    await jira.subscribe(Topic.CREATED, project="OPS", owner="bob@example.com")
    await jira.registrar().run()
    assert filters(jira) == ['project in ("DEMO", "OPS")', 'project in ("OPS")']
    issue = jira.create("Twice delivered", project="OPS")
    await jira.quiet()
    assert len([d for d in jira.hooks.deliveries if d.issue_key == issue.key]) == 2
    assert len(jira.teams.says(HERE)) == 1


async def test_all_projects_in_a_filter_that_jira_takes(jira: JiraBench) -> None:
    await jira.subscribe(Topic.CREATED, project="", jql="priority = Medium")
    await jira.registrar().run()
    for project in ("DEMO", "OPS"):
        jira.create("Anywhere", project=project)
    await jira.quiet()
    assert len(jira.hooks.deliveries) == 2
    await jira.registrar().run()
    assert jira.counted("registrations_total", what="registered") == 1


async def test_refreshed_before_their_thirty_days(jira: JiraBench) -> None:
    await jira.subscribe()
    await jira.registrar().run()
    for _ in range(12):
        jira.clock.now += 10 * DAY
        await jira.registrar().run()
    assert jira.counted("registrations_total", what="registered") == 1
    assert jira.counted("registrations_total", what="refreshed") >= 4
    assert jira.hooks.dynamic[0].expires > jira.clock.now + LIFE / 3


async def test_an_end_written_as_in_atlassian_s_example_is_understood(jira: JiraBench) -> None:
    await jira.subscribe()
    await jira.registrar().run()
    (hook,) = jira.hooks.dynamic
    end = datetime.fromtimestamp(hook.expires, UTC).strftime("%Y-%m-%dT%H:%M:%S.000+0000")
    row = {"id": hook.id, "url": hook.url, "jqlFilter": hook.jql, "events": list(hook.events)}
    body = json.dumps({"isLast": True, "values": [row | {"expirationDate": end}]})
    jira.sandbox.faults.add(Fault("GET", "/webhook$", status=200, body=body))
    await jira.registrar().run()
    assert jira.hooks.dynamic == [hook]
    assert jira.counted("registrations_total", what="registered") == 1
    assert jira.counted("registrations_total", what="refreshed") == 0


async def test_made_again_after_loss(jira: JiraBench) -> None:
    await jira.subscribe()
    await jira.registrar().run()
    jira.hooks.dynamic.clear()
    await jira.registrar().run()
    assert filters(jira) == ['project in ("DEMO")']


async def test_removed_with_the_last_subscription(jira: JiraBench) -> None:
    mine = await jira.subscribe()
    await jira.registrar().run()
    await jira.service.subscriptions.remove(mine.id)
    await jira.registrar().run()
    assert filters(jira) == []
    assert await jira.store.page(TABLE) == []


async def test_a_new_public_url_takes_the_old_one_s_place(jira: JiraBench) -> None:
    await jira.subscribe()
    await jira.subscribe(owner="bob@example.com")
    await jira.registrar("https://old.example/jira/webhooks").run()
    await jira.registrar().run()
    assert [hook.url for hook in jira.hooks.dynamic] == [jira.url] * 2


async def test_where_jira_lists_everybody_s_webhooks_each_keeps_their_own(
    jira: JiraBench, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jira_api_webhooks, "_own", lambda call: call.webhooks.dynamic)
    hers = await jira.subscribe(Topic.CREATED)
    await jira.subscribe(Topic.CREATED, project="OPS", owner="bob@example.com")
    for _ in range(3):
        await jira.registrar().run()
    assert sorted(filters(jira)) == ['project in ("DEMO")', 'project in ("OPS")']
    assert jira.counted("registrations_total", what="registered") == 2
    await jira.service.subscriptions.remove(hers.id)
    await jira.registrar().run()
    assert filters(jira) == ['project in ("OPS")']


async def test_a_project_that_jira_does_not_know_silences_no_other(jira: JiraBench) -> None:
    await jira.subscribe(Topic.CREATED)
    await jira.subscribe(Topic.CREATED, project="GONE")
    await jira.registrar().run()
    assert filters(jira) == ['project in ("DEMO")']
    for _ in range(3):
        await jira.registrar().run()
    assert jira.counted("registrations_total", what="registered") == 1


async def test_errors_inside_a_200_are_refusals(jira: JiraBench) -> None:
    client = jira.access.client(person("alice@example.com"), (await _site(jira)))
    with pytest.raises(JiraRejectedError) as refused:
        await registration_api.register_webhook(client, jira.url, "priority = High", ["jira:issue_created"])
    assert "not supported" in refused.value.messages[0]


async def test_without_the_scope_nothing_is_asked(jira: JiraBench) -> None:
    jira.grants = Linked(jira.sandbox, ("read:jira-work", "offline_access"))
    jira.access = JiraAccess(jira.grants, jira.access._transport)
    await jira.subscribe()
    before = len(jira.sandbox.requests)
    await jira.registrar().run()
    assert len(jira.sandbox.requests) == before


async def test_one_owner_s_trouble_is_their_own(jira: JiraBench) -> None:
    await jira.subscribe(Topic.CREATED)
    await jira.subscribe(Topic.CREATED, owner="bob@example.com")
    jira.grants.gone.add(person("alice@example.com"))
    await jira.registrar().run()
    assert [hook.owner for hook in jira.hooks.dynamic] == [(await _account(jira, "bob@example.com"))]


async def test_an_answer_that_got_lost_leads_to_no_second_webhook(jira: JiraBench) -> None:
    await jira.subscribe()
    jira.sandbox.faults.add(Fault(method="POST", path="/webhook$", drop=True))
    await jira.registrar().run()
    await jira.registrar().run()
    assert len(jira.hooks.dynamic) == 1


async def _site(bench: JiraBench):  # type: ignore[no-untyped-def]
    return (await bench.grants.account(person("alice@example.com"))).site


async def _account(bench: JiraBench, email: str) -> str:
    return (await bench.grants.account(person(email))).user.account_id
