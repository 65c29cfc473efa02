"""How far a rate limit of Jira's reaches."""

from __future__ import annotations

import pytest

from bot.jira.answers import decode
from bot.jira.doors import Doors, doors
from bot.jira.errors import JiraRateLimitedError, Reach

MOVE = doors("a", "POST", "/issue/PROJ-1/transitions", reads=False)

ELSEWHERE = {
    "the same": MOVE,
    "another issue": doors("a", "POST", "/issue/PROJ-2/transitions", reads=False),
    "another write": doors("a", "PUT", "/issue/PROJ-1/assignee", reads=False),
    "a read": doors("a", "GET", "/issue/PROJ-1", reads=True),
    "another site": doors("b", "POST", "/issue/PROJ-1/transitions", reads=False),
}


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
    closing = Doors(lambda: now[0])
    with pytest.raises(JiraRateLimitedError) as raised:
        decode(429, {"Retry-After": "7", "RateLimit-Reason": reason}, b"")
    closing.close(MOVE, raised.value.reach, raised.value.retry_after)
    assert {name for name, passed in ELSEWHERE.items() if closing.wait(passed) > 0} == closed
    assert closing.wait(MOVE) == 7
    now[0] += 7
    assert not any(closing.wait(passed) > 0 for passed in ELSEWHERE.values())


def test_a_limit_of_an_issue_that_the_path_does_not_name_is_that_of_such_calls() -> None:
    closing, link = Doors(lambda: 0.0), doors("a", "POST", "/issueLink", reads=False)
    closing.close(link, Reach.ISSUE, 5)
    assert closing.wait(link) == 5
    assert closing.wait(doors("a", "GET", "/myself", reads=True)) <= 0


def test_what_is_open_again_is_forgotten() -> None:
    now = [0.0]
    closing = Doors(lambda: now[0])
    for number in range(5_000):
        now[0] += 1
        closing.close(doors("a", "PUT", f"/issue/PROJ-{number + 1}", reads=False), Reach.ISSUE, 2)
    assert len(closing._until) <= 1_001
