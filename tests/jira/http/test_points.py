"""How Jira's hourly points are shared among people (T43)."""

from __future__ import annotations

import pytest

from bot.jira.errors import PersonQuotaError
from bot.jira.http.points import DEFAULT_QUOTA, Claimant, PointBudget, points_of_answer
from tests.support.clock import Clock

ANN, BEN, CAY = (Claimant(name, waits=True) for name in ("ann", "ben", "cay"))
ANNS_EVENTS = Claimant("ann", waits=False)
A, B = "site a", "site b"


def policy(kind: str, quota: int, left: int | None = None, prefix: str = "") -> dict[str, str]:
    """Return the headers of an answer, as Atlassian documents them."""
    remaining = "" if left is None else f";r={left}"
    return {
        f"{prefix}RateLimit-Policy": f'"jira-burst-based";q=100;w=1,"{kind}-app-quota";q={quota};w=3600',
        f"{prefix}RateLimit": f'"{kind}-app-quota"{remaining};t=1200,"jira-burst-based";r=90;t=1',
    }


def used_up(budget: PointBudget, claimant: Claimant, site: str = A) -> int:
    """Call until refused; return how many calls there were."""
    for calls in range(DEFAULT_QUOTA):
        try:
            budget.take(site, claimant)
        except PersonQuotaError:
            return calls
    raise AssertionError("never refused")


def test_one_person_gets_half_and_each_who_comes_later_their_share_of_the_rest(clock: Clock) -> None:
    budget = PointBudget(clock)
    budget.note(A, policy("global", 600))
    assert used_up(budget, ANN) == 300
    assert used_up(budget, BEN) == 150
    assert used_up(budget, CAY) == 75
    assert used_up(budget, ANN) == 0


def test_what_nobody_waits_for_has_a_share_of_its_own(clock: Clock) -> None:
    budget = PointBudget(clock)
    budget.note(A, policy("global", 600))
    assert used_up(budget, ANNS_EVENTS) == 300
    assert used_up(budget, ANN) == 150


def test_without_a_word_of_jira_the_quota_is_that_of_all_sites_of_an_app() -> None:
    assert used_up(PointBudget(Clock()), ANN) == DEFAULT_QUOTA // 2 == 32_500


def test_a_quota_of_all_sites_is_shared_over_all_sites_and_that_of_one_is_not(clock: Clock) -> None:
    budget = PointBudget(clock)
    budget.note(A, policy("global", 600))
    assert (used_up(budget, ANN, A), used_up(budget, ANN, B)) == (300, 0)
    budget = PointBudget(clock)
    budget.note(A, policy("tenant", 600))
    budget.note(B, policy("tenant", 200))
    assert (used_up(budget, ANN, A), used_up(budget, ANN, B)) == (300, 100)


@pytest.mark.parametrize("prefix", ["", "Beta-"])
def test_what_jira_says_is_left_counts_what_other_replicas_use(clock: Clock, prefix: str) -> None:
    budget = PointBudget(clock)
    budget.note(A, policy("tenant", 600, 40, prefix))
    assert used_up(budget, ANN) == 40
    budget.note(A, policy("tenant", 600, 10, prefix))
    assert used_up(budget, ANN) == 0
    assert used_up(budget, BEN) == 10


def test_whether_anything_is_left_for_one_who_asked_for_little_is_for_jira_to_say(clock: Clock) -> None:
    budget = PointBudget(clock)
    budget.note(A, policy("global", 65_000, 0))
    assert used_up(budget, ANN) == 130


def test_at_the_full_hour_shares_begin_anew_and_until_then_is_said(clock: Clock) -> None:
    clock.now = 10 * 3600.0 + 3000
    budget = PointBudget(clock)
    budget.note(A, policy("global", 600, 0))
    assert used_up(budget, ANN) == 2
    with pytest.raises(PersonQuotaError) as refused:
        budget.take(A, ANN)
    assert (refused.value.person, refused.value.retry_after) == ("ann", 600)
    clock.advance(599.9)
    assert used_up(budget, ANN) == 0
    clock.advance(0.2)
    assert used_up(budget, ANN) == 300


def test_answers_cost_what_they_hold(clock: Clock) -> None:
    budget = PointBudget(clock)
    budget.note(A, policy("global", 600))
    budget.add(A, ANN, 250)
    assert used_up(budget, ANN) == 50


def test_who_is_about_to_connect_is_not_refused(clock: Clock) -> None:
    budget = PointBudget(clock)
    budget.note(A, policy("global", 10, 0))
    for _ in range(100):
        budget.take(A, Claimant("", waits=False))


@pytest.mark.parametrize(
    "text", ["", "nonsense", '"global-app-quota"', '"global-app-quota";q=', '"global-app-quota";q=9999999999']
)
def test_headers_that_are_none_change_nothing(text: str) -> None:
    budget = PointBudget(Clock())
    budget.note(A, {"RateLimit-Policy": text, "RateLimit": text})
    assert used_up(budget, ANN) == DEFAULT_QUOTA // 2


@pytest.mark.parametrize(
    ("path", "document", "reads", "points"),
    [
        ("/issue/DEMO-1", {"key": "DEMO-1", "fields": {}}, True, 1),
        ("/search/jql", {"issues": [{}, {}, {}]}, True, 3),
        ("/search/jql", {"issues": []}, True, 0),
        ("/project/search", {"values": [{}, {}]}, True, 2),
        ("/user/assignable/search", [{}, {}, {}], True, 6),
        ("/user/picker", {"users": [{}], "total": 1}, True, 2),
        ("/myself", {"accountId": "1"}, True, 2),
        ("/issue", {"id": "1"}, False, 0),
        ("/issue/DEMO-1/watchers", None, True, 0),
    ],
)
def test_points_of_answers(path: str, document: object, reads: bool, points: int) -> None:
    assert points_of_answer(path, document, reads=reads) == points
