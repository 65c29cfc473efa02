"""Which dynamic webhooks there should be: few, broad, refreshed in time, and only ours."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jira.webhooks.model import Topic
from bot.jira.webhooks.registration_api import RegisteredWebhook
from bot.notifications.recovery.registration_plan import (
    MAX_PROJECTS,
    REFRESH_AHEAD_SECONDS,
    Coverage,
    Plan,
    jql_of,
    needed_coverage,
    plan,
    provides,
)
from bot.notifications.subscriptions.model import Subscription
from tests.support.notifications.payloads import ANN, BEN, channel

URL, OLD_URL, NOW, MONTH = "https://bot/jira/webhooks", "https://old/jira/webhooks", 1e9, 30 * 86_400.0
CREATED, UPDATED = "jira:issue_created", "jira:issue_updated"
WISH = Coverage(frozenset({CREATED}), frozenset({"A", "B"}))
GOOD = RegisteredWebhook(1, URL, 'project in ("A", "B")', WISH.events, NOW + MONTH)


def subscription(project: str, *topics: Topic, **more: object) -> Subscription:
    made = Subscription(
        "s", channel(), ANN, "cloud", "host", project, "" if project else "x = y", frozenset(topics)
    )
    return replace(made, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("wish", "present", "ours", "todo"),
    [
        (WISH, [], (), Plan(register=WISH)),
        (None, [], (), Plan()),
        (WISH, [GOOD], (1,), Plan()),
        (WISH, [GOOD], (), Plan()),
        (None, [GOOD], (1,), Plan(remove=(1,))),
        (WISH, [replace(GOOD, events=frozenset({UPDATED}))], (1,), Plan(register=WISH, remove=(1,))),
        (WISH, [replace(GOOD, jql='project in ("A")')], (1,), Plan(register=WISH, remove=(1,))),
        (WISH, [replace(GOOD, expires=NOW + REFRESH_AHEAD_SECONDS - 1)], (1,), Plan(refresh=(1,))),
        (WISH, [replace(GOOD, expires=NOW - 1)], (1,), Plan(register=WISH, remove=(1,))),
        (WISH, [GOOD, replace(GOOD, id=2, expires=NOW + MONTH + 9)], (), Plan(remove=(1,))),
        (WISH, [replace(GOOD, url=OLD_URL)], (1,), Plan(outdated=(1,), register=WISH)),
        (WISH, [replace(GOOD, url=OLD_URL)], (), Plan(register=WISH)),
        (None, [replace(GOOD, url=OLD_URL)], (), Plan()),
    ],
)
def test_the_plan(
    wish: Coverage | None, present: list[RegisteredWebhook], ours: tuple[int, ...], todo: Plan
) -> None:
    assert plan(wish, present, url=URL, ours=ours, now=NOW) == todo


def test_what_subscriptions_need() -> None:
    found = needed_coverage(
        [
            subscription("A", Topic.CREATED),
            subscription("B", Topic.COMMENTED, Topic.CREATED),
            subscription("C", Topic.CREATED, owner=BEN),
            subscription("D", Topic.DELETED, paused=True),
            subscription("E", Topic.DELETED, suspended="revoked"),
            subscription("F", *Topic, cloud_id="other"),
        ]
    )
    comments = {"comment_created", "comment_updated", "comment_deleted"}
    assert found == {
        (ANN, "cloud"): Coverage(frozenset({CREATED, *comments}), frozenset({"A", "B"})),
        (BEN, "cloud"): Coverage(frozenset({CREATED}), frozenset({"C"})),
        (ANN, "other"): Coverage(frozenset({CREATED, UPDATED, "jira:issue_deleted", *comments}), frozenset({"F"})),
    }


@pytest.mark.parametrize("topic", list(Topic))
def test_every_topic_has_an_event_that_jira_takes(topic: Topic) -> None:
    (wish,) = needed_coverage([subscription("A", topic)]).values()
    assert wish.events


def test_a_query_without_a_project_and_very_many_projects_need_all_of_the_site() -> None:
    many = [subscription(f"P{n}", Topic.CREATED) for n in range(MAX_PROJECTS + 1)]
    for those in ([subscription("", Topic.CREATED), subscription("A", Topic.CREATED)], many):
        (wish,) = needed_coverage(those).values()
        assert wish.projects == frozenset()
    assert jql_of((), "AB") == 'project = "AB" OR project != "AB"'


EVENTS = st.frozensets(st.sampled_from([CREATED, UPDATED, "comment_created"]), min_size=1)
PROJECTS = st.frozensets(st.sampled_from(["AA", "BB", "CC"]))
WISHES = st.none() | st.builds(Coverage, EVENTS, PROJECTS)
PRESENT = st.lists(
    st.builds(
        RegisteredWebhook,
        id=st.integers(1, 50),
        url=st.sampled_from([URL, OLD_URL]),
        jql=PROJECTS.map(lambda p: jql_of(p, "ZZ")),
        events=EVENTS,
        expires=st.sampled_from([NOW - 1, NOW + 1, NOW + REFRESH_AHEAD_SECONDS, NOW + MONTH]),
    ),
    max_size=4,
    unique_by=lambda p: p.id,
)


@given(WISHES, PRESENT, st.frozensets(st.integers(1, 50)))
def test_one_round_brings_about_what_is_wished_and_a_second_does_nothing(
    wish: Coverage | None, present: list[RegisteredWebhook], ours: frozenset[int]
) -> None:
    todo = plan(wish, present, url=URL, ours=ours, now=NOW)
    after = {p.id: p for p in present}
    if todo.register is not None:
        jql = jql_of(todo.register.projects, "AA")
        after[99] = RegisteredWebhook(99, URL, jql, todo.register.events, NOW + MONTH)
    assert len(after) <= 5
    for number in todo.refresh:
        after[number] = replace(after[number], expires=NOW + MONTH)
    for number in (*todo.outdated, *todo.remove):
        assert after[number].url == URL or number in ours
        del after[number]
    mine = [p for p in after.values() if p.url == URL or p.id in ours]
    assert len(mine) == (wish is not None)
    assert all(provides(p, wish) and p.expires >= NOW + REFRESH_AHEAD_SECONDS for p in mine if wish)
    assert plan(wish, after.values(), url=URL, ours=ours - set(todo.outdated), now=NOW) == Plan()
