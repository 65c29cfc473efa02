"""What Jira gave up delivering is fetched from it, told once, and not asked for where Jira will not say."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from bot.notifications.recovery.failed_deliveries import TABLE, FailedDeliveries
from sandbox.faults import Fault
from tests.support.notifications.jira_world import HERE, JiraWorld, jira_world
from tests.support.notifications.world import channel

DAY = 86_400.0
PATH = "/webhook/failed$"


@pytest.fixture
async def jira(tmp_path: Path) -> AsyncIterator[JiraWorld]:
    """A Jira on which Alice has a webhook, and which will not say what it could not deliver."""
    async with jira_world(tmp_path) as world:
        await world.subscribe()
        await world.registrar().round()
        yield world


def failures(world: JiraWorld) -> FailedDeliveries:
    return FailedDeliveries(world.store, world.access, world.metrics, url=world.url, clock=world.clock)


def gives(world: JiraWorld, *pages: Sequence[dict[str, object]]) -> None:
    """Jira's next answers; after them there is nothing more, twice."""
    for page in (*pages, (), ()):
        body = json.dumps({"values": list(page), "maxResults": 100}).encode()
        world.sandbox.faults.add(Fault("GET", PATH, status=200, body=body))


def gave_up(
    world: JiraWorld, body: bytes, *, name: str = "w-1", at: int = 1000, **more: object
) -> dict[str, object]:
    return {"id": name, "url": world.url, "body": body.decode(), "failureTime": at, **more}


async def undelivered(world: JiraWorld, summary: str) -> bytes:
    """An issue of which Jira's delivery does not arrive; its body."""
    [hook] = world.hooks.dynamic
    hook.url = "http://127.0.0.1:9/nobody-there"
    world.create(summary)
    await world.sandbox.webhooks_settled()
    hook.url = world.url
    return world.hooks.deliveries[-1].payload


def asked(world: JiraWorld) -> int:
    return sum(r.path.endswith("/webhook/failed") for r in world.sandbox.requests)


async def test_what_jira_gave_up_is_told_once(jira: JiraWorld) -> None:
    body = await undelivered(jira, "Never arrived")
    gives(jira, [gave_up(jira, body)])
    await failures(jira).round()
    await jira.quiet()
    assert ["Never arrived" in text for text in jira.teams.says(HERE)] == [True]
    gives(jira, [gave_up(jira, body, at=2000)], [gave_up(jira, body + b" ", at=3000)])
    await failures(jira).round()
    await jira.reconciler().round()
    await jira.quiet()
    assert jira.teams.count == 1


async def test_all_pages_are_read_and_where_they_ended_is_kept(jira: JiraWorld) -> None:
    first, second = await undelivered(jira, "One"), await undelivered(jira, "Two")
    gives(jira, [gave_up(jira, first, at=1000)], [gave_up(jira, second, name="w-2", at=2000)])
    await failures(jira).round()
    await jira.quiet()
    assert jira.teams.count == 2
    row = await jira.store.get(TABLE, jira.sandbox.site.cloud_id)
    assert row is not None
    assert row.value == {"after": 2000, "resting": 0.0}


async def test_a_refusal_is_taken_for_a_day(jira: JiraWorld) -> None:
    for _ in range(3):
        await failures(jira).round()
        jira.clock.now += DAY / 4
    assert asked(jira) == 1
    jira.clock.now += DAY / 4
    await failures(jira).round()
    assert asked(jira) == 2


async def test_who_is_refused_keeps_nobody_else_from_asking(jira: JiraWorld) -> None:
    body = await undelivered(jira, "Never arrived")
    await jira.subscribe(owner="bob@example.com", project="DEMO", to=channel("bobs"))
    await jira.registrar().round()
    jira.sandbox.faults.add(Fault("GET", PATH, status=403))
    gives(jira, [gave_up(jira, body)])
    await failures(jira).round()
    await jira.quiet()
    assert jira.counted("found_total") == 1


async def test_only_what_was_for_us_and_of_that_site_is_taken(jira: JiraWorld) -> None:
    body = await undelivered(jira, "Not for us")
    elsewhere = body.replace(jira.sandbox.site.url.encode(), b"https://evil.example")
    nothing = gave_up(jira, b"")
    del nothing["body"]
    odd = [
        gave_up(jira, body, url="https://other.example/"),
        gave_up(jira, elsewhere),
        gave_up(jira, b"{"),
        nothing,
    ]
    gives(jira, odd)
    await failures(jira).round()
    await jira.quiet()
    assert jira.teams.count == 0
    assert jira.counted("found_total") == 0


async def test_without_webhooks_of_our_own_nobody_is_asked(tmp_path: Path) -> None:
    async with jira_world(tmp_path) as world:
        await world.subscribe()
        await failures(world).round()
        assert asked(world) == 0
