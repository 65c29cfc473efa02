"""How far a rate limit of Jira's reaches."""

from __future__ import annotations

import time
from datetime import UTC, datetime, timedelta

import pytest

from bot.jira.errors import JiraRateLimitedError, RateLimitScope
from bot.jira.http.rate_limits import RateLimits, buckets_of_call
from bot.jira.http.responses import decode, parse_retry_after

MOVE = buckets_of_call("a", "POST", "/issue/PROJ-1/transitions", reads=False)

ELSEWHERE = {
    "the same": MOVE,
    "another issue": buckets_of_call("a", "POST", "/issue/PROJ-2/transitions", reads=False),
    "another write": buckets_of_call("a", "PUT", "/issue/PROJ-1/assignee", reads=False),
    "a read": buckets_of_call("a", "GET", "/issue/PROJ-1", reads=True),
    "another site": buckets_of_call("b", "POST", "/issue/PROJ-1/transitions", reads=False),
}


def moment(seconds: float) -> str:
    """So many seconds from now, as a header has it."""
    return (datetime.now(UTC) + timedelta(seconds=seconds)).isoformat()


@pytest.mark.parametrize(
    ("reason", "closed"),
    [
        ("jira-quota-global-based", {"the same", "another issue", "another write", "a read"}),
        ("jira-quota-tenant-based", {"the same", "another issue", "another write", "a read"}),
        ("", {"the same", "another issue", "another write", "a read"}),
        ("jira-burst-based", {"the same", "another issue"}),
        ("jira-per-issue-on-write", {"the same", "another write"}),
    ],
)
def test_f10_a_limit_closes_what_it_is_for(reason: str, closed: set[str]) -> None:
    now = [100.0]
    limits = RateLimits(lambda: now[0])
    with pytest.raises(JiraRateLimitedError) as raised:
        decode(429, {"Retry-After": "7", "RateLimit-Reason": reason}, b"")
    limits.block(MOVE, raised.value.scope, raised.value.retry_after)
    assert {name for name, passed in ELSEWHERE.items() if limits.seconds_left(passed) > 0} == closed
    assert limits.seconds_left(MOVE) == 7
    now[0] += 7
    assert not any(limits.seconds_left(passed) > 0 for passed in ELSEWHERE.values())


@pytest.mark.parametrize(
    ("headers", "least", "most"),
    [
        ({"Retry-After": "7"}, 7, 7),
        ({"Retry-After": "9" * 400}, 3600, 3600),
        ({"Retry-After": "9999-12-31T23:59:59Z"}, 3600, 3600),
        ({"Retry-After": "²"}, 5, 5),
        ({"Retry-After": "²", "X-RateLimit-Reset": moment(1800)}, 600, 1800),
        ({"Retry-After": moment(1800).removesuffix("+00:00")}, 600, 1800),
        ({"X-RateLimit-Reset": moment(-60)}, 0, 0),
        ({"X-RateLimit-Reset": "0001-01-01T00:00:00"}, 0, 0),
    ],
)
def test_f10_no_answer_makes_us_wait_longer_than_an_hour(
    monkeypatch: pytest.MonkeyPatch, headers: dict[str, str], least: float, most: float
) -> None:
    monkeypatch.setenv("TZ", "Pacific/Auckland")
    time.tzset()
    try:
        assert least <= parse_retry_after(headers) <= most
    finally:
        monkeypatch.delenv("TZ")
        time.tzset()


def test_a_limit_of_an_issue_that_the_path_does_not_name_is_that_of_such_calls() -> None:
    limits, link = RateLimits(lambda: 0.0), buckets_of_call("a", "POST", "/issueLink", reads=False)
    limits.block(link, RateLimitScope.ISSUE, 5)
    assert limits.seconds_left(link) == 5
    assert limits.seconds_left(buckets_of_call("a", "GET", "/myself", reads=True)) <= 0


def test_what_is_open_again_is_forgotten() -> None:
    now = [0.0]
    limits = RateLimits(lambda: now[0])
    for number in range(5_000):
        now[0] += 1
        limits.block(
            buckets_of_call("a", "PUT", f"/issue/PROJ-{number + 1}", reads=False), RateLimitScope.ISSUE, 2
        )
    assert len(limits._blocked_until) <= 1_001
