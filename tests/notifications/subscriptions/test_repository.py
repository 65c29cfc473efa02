"""Subscriptions in the store, what they match, and the dead letters."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.admin.dead_letters import drop_dead, list_dead, retry_dead
from bot.chat.identity import Scope
from bot.jira.models import Comment, NamedItem
from bot.jira.webhooks.model import CommentNote, Event, EventKind, Topic
from bot.notifications.messages import INBOX, OUTBOX
from bot.notifications.outbox.authorization import Authorizer, restriction
from bot.notifications.outbox.readings import Reading
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import parse_subscribe
from bot.storage.base import Job
from tests.support.notifications.bench import Bench
from tests.support.notifications.fakes import FakeJira
from tests.support.notifications.payloads import ANN, BEN, HERE, HOST, SITE, THERE, channel, delivery, issue

MINE = Subscription("1", HERE, ANN, "cloud-1", HOST, "PROJ", "", frozenset({Topic.CREATED, Topic.COMMENTED}))
CREATED = Event(frozenset({EventKind.CREATED}), HOST, "10001", "PROJ-1", "PROJ")


@pytest.mark.parametrize(
    ("subscription", "event", "wanted"),
    [
        ({}, {}, True),
        ({}, {"site": "cloud-1"}, True),
        ({}, {"site": "evil.example"}, False),
        ({}, {"project_key": "OTHER"}, False),
        ({}, {"project_key": ""}, True),
        ({}, {"project_key": "OTHER", "old_key": "PROJ-1"}, True),
        ({}, {"project_key": "OTHER", "old_key": "THIRD-1"}, False),
        ({"project": ""}, {"project_key": "OTHER"}, True),
        ({}, {"kinds": frozenset({EventKind.UPDATED, EventKind.COMMENTED})}, True),
        ({}, {"kinds": frozenset({EventKind.UPDATED})}, False),
        ({}, {"kinds": frozenset({EventKind.MENTIONED})}, False),
        ({"paused": True}, {}, False),
        ({"suspended": "revoked"}, {}, False),
    ],
)
def test_wants(subscription: dict[str, object], event: dict[str, object], wanted: bool) -> None:
    assert replace(MINE, **subscription).wants(replace(CREATED, **event)) is wanted  # type: ignore[arg-type]


SECRET = NamedItem("1", "Secret")
NOTE = CommentNote("7", text="psst")
SEEN = Comment("7", None, None, None)


@pytest.mark.parametrize("restricted_event", [False, True])
@pytest.mark.parametrize("level", [None, SECRET])
@pytest.mark.parametrize("reread", ["absent", "open", "restricted"])
@pytest.mark.parametrize(
    ("including", "scope"), [(False, Scope.CHANNEL), (True, Scope.CHANNEL), (False, Scope.PERSONAL)]
)
def test_t25_t26_what_is_restricted(
    restricted_event: bool, level: NamedItem | None, reread: str, including: bool, scope: Scope
) -> None:
    comment = None if reread == "absent" else replace(SEEN, restricted=reread == "restricted")
    subscription = replace(MINE, including_restricted=including, conversation=channel(scope=scope))
    event = replace(CREATED, comment=NOTE, restricted=restricted_event)
    told = not restriction(event, Reading(SITE, issue(security_level=level), comment), subscription)
    secret = restricted_event or level is not None or reread == "restricted"
    assert told is (including or scope is Scope.PERSONAL or not secret)


@pytest.mark.parametrize("including", [False, True])
async def test_t26_other_restricted_comments_do_not_reach_the_card(including: bool) -> None:
    jira = FakeJira()
    jira.put(issue(comments=(SEEN, replace(SEEN, id="8", restricted=True)), comment_count=2))
    decision = await Authorizer(jira).authorize(CREATED, [replace(MINE, including_restricted=including)])
    assert decision.allowed is not None
    assert decision.allowed.current is not None
    assert len(decision.allowed.current[1].comments) == (2 if including else 1)


async def test_the_same_wish_again_replaces_the_first(bench: Bench) -> None:
    first = await bench.subscribe(HERE, Topic.CREATED)
    again = await bench.subscribe(HERE, Topic.COMMENTED)
    other = await bench.subscribe(HERE, Topic.COMMENTED, owner=BEN)
    assert first.id == again.id
    assert await bench.service.subscriptions.in_conversation(HERE) == [again, other]
    assert await bench.service.subscriptions.in_conversation(replace(HERE, thread="55")) == [again, other]
    assert await bench.service.subscriptions.of_owner(BEN) == [other]


async def test_candidates_are_found_by_site_and_project(bench: Bench) -> None:
    subscriptions = bench.service.subscriptions
    mine = await bench.subscribe(HERE)
    whole = await bench.subscribe(HERE, project="", jql="a = b")
    await bench.subscribe(HERE, project="OTHER")
    foreign = replace(SITE, cloud_id="cloud-2", url="https://other.atlassian.net")
    await subscriptions.create(HERE, ANN, foreign, parse_subscribe("PROJ all"), now=9e9)
    assert await subscriptions.candidates(CREATED) == [mine, whole]
    assert await subscriptions.candidates(replace(CREATED, site="cloud-1")) == [mine, whole]
    nameless = Event(frozenset({EventKind.WORKLOG}), HOST, "10001")
    assert len(await subscriptions.candidates(nameless)) == 3


async def test_pause_resume_remove(bench: Bench) -> None:
    subscriptions = bench.service.subscriptions
    mine = await bench.subscribe(THERE)
    assert (await subscriptions.pause(mine.id)) == replace(mine, paused=True)
    assert (await subscriptions.resume(mine.id)) == replace(mine, resumed_at=bench.clock.now)
    assert await subscriptions.remove(mine.id)
    assert not await subscriptions.remove(mine.id)
    assert await subscriptions.pause(mine.id) is None
    assert await subscriptions.get(mine.id) is None


async def test_a_press_that_names_no_team_leaves_the_subscription_in_its_team(bench: Bench) -> None:
    here = replace(HERE, team="19:team@thread.tacv2")
    await bench.subscribe(here)
    await bench.service.conversation_back(replace(HERE, service_url="https://smba.example/amer/"))
    [moved] = await bench.service.subscriptions.in_team(here)
    assert moved.conversation.service_url == "https://smba.example/amer/"


async def test_who_takes_over_keeps_what_they_had_asked_for_themselves(bench: Bench) -> None:
    subscriptions = bench.service.subscriptions
    own = await bench.subscribe(HERE, Topic.COMMENTED, owner=BEN)
    taken = await subscriptions.take_over(await bench.subscribe(HERE, Topic.CREATED), BEN)
    assert await subscriptions.in_conversation(HERE) == [own, taken]
    again = await subscriptions.take_over(await bench.subscribe(HERE, Topic.COMMENTED), BEN)
    assert await subscriptions.in_conversation(HERE) == [taken, again]
    assert {s.owner for s in (taken, again)} == {BEN}


async def test_dead_letters_can_be_listed_retried_and_dropped(bench: Bench) -> None:
    for queue, payload in (
        (INBOX, {"body": delivery()}),
        (OUTBOX, {"form": "event", "event": {"issue_key": "PROJ-2"}}),
    ):
        for name in ("a", "b"):
            await bench.store.enqueue(queue, Job(f"{queue}-{name}", payload))
        for leased in await bench.store.lease(queue, limit=2, seconds=5):
            await bench.store.bury(queue, leased, reason="crashed: KeyError")
    rows = [row async for row in list_dead(bench.store)]
    assert [(r.queue, r.id, r.form, r.issue) for r in rows] == [
        ("inbox", "inbox-a", "delivery", "PROJ-1"),
        ("inbox", "inbox-b", "delivery", "PROJ-1"),
        ("outbox", "outbox-a", "event", "PROJ-2"),
        ("outbox", "outbox-b", "event", "PROJ-2"),
    ]
    assert "Issue 1" not in repr(rows)
    assert await retry_dead(bench.store, "outbox-a")
    assert await drop_dead(bench.store, "inbox-a")
    assert not await retry_dead(bench.store, "inbox-a")
    assert [row.id async for row in list_dead(bench.store)] == ["inbox-b", "outbox-b"]
    assert [leased.job.id for leased in await bench.store.lease(OUTBOX, limit=9, seconds=5)] == ["outbox-a"]


async def test_a_dead_letter_is_named_by_as_much_of_its_id_as_is_shown(bench: Bench) -> None:
    for name in ("abcdef0123456789", "abcdef012345ffff", "123456abcdef0000"):
        await bench.store.enqueue(OUTBOX, Job(name, {"form": "event"}))
    for leased in await bench.store.lease(OUTBOX, limit=3, seconds=5):
        await bench.store.bury(OUTBOX, leased, reason="refused by Teams")
    assert not await retry_dead(bench.store, "abcdef012345")
    assert not await drop_dead(bench.store, "123456")
    assert await drop_dead(bench.store, "123456abcdef")
    assert await retry_dead(bench.store, "abcdef0123456")
    assert [row.id async for row in list_dead(bench.store)] == ["abcdef012345ffff"]
