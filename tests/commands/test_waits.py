"""How long to wait, as people put it."""

from __future__ import annotations

import pytest

from bot.commands.errors import explain
from bot.commands.waits import in_time
from bot.jira.errors import JiraRateLimitedError
from bot.language import use_language

TIMES = [
    (0, "in a second", "in einer Sekunde"),
    (1, "in a second", "in einer Sekunde"),
    (20, "in 20 seconds", "in 20 Sekunden"),
    (59.2, "in a minute", "in einer Minute"),
    (60, "in a minute", "in einer Minute"),
    (61, "in 2 minutes", "in 2 Minuten"),
    (300, "in 5 minutes", "in 5 Minuten"),
    (3599, "in an hour", "in einer Stunde"),
    (3600, "in an hour", "in einer Stunde"),
    (4500, "in 75 minutes", "in 75 Minuten"),
    (7200, "in 2 hours", "in 2 Stunden"),
    (86_400, "in 24 hours", "in 24 Stunden"),
    (259_200, "in 3 days", "in 3 Tagen"),
]


@pytest.mark.parametrize(("seconds", "english", "german"), TIMES)
def test_a_wait_is_said_in_the_unit_that_people_use(seconds: float, english: str, german: str) -> None:
    assert in_time(seconds) == english
    with use_language("de"):
        assert in_time(seconds) == german


def test_a_rate_limit_of_an_hour_is_not_counted_in_seconds() -> None:
    assert explain(JiraRateLimitedError(3600)) == "Jira is limiting requests. Try again in an hour."
    with use_language("de"):
        assert explain(JiraRateLimitedError(3600)).endswith("Versuchen Sie es in einer Stunde noch einmal.")
