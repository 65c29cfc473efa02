"""`subscribe …` as people type it."""

from __future__ import annotations

import contextlib

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.jira.webhooks.model import Topic
from bot.notifications.subscriptions.parser import SubscribeError, SubscribeRequest, parse_subscribe

T = Topic
ALL = frozenset(Topic)

GOOD = {
    "PROJ": SubscribeRequest("PROJ", frozenset({T.CREATED})),
    "  proj  ": SubscribeRequest("PROJ", frozenset({T.CREATED})),
    "PROJ created commented": SubscribeRequest("PROJ", frozenset({T.CREATED, T.COMMENTED})),
    "PROJ created, comments and Transitions": SubscribeRequest(
        "PROJ", frozenset({T.CREATED, T.COMMENTED, T.TRANSITIONED})
    ),
    "to project PROJ for new issues": SubscribeRequest("PROJ", frozenset({T.CREATED})),
    "EVENTS created": SubscribeRequest("EVENTS", frozenset({T.CREATED})),
    "PROJ all": SubscribeRequest("PROJ", ALL),
    "PROJ where priority = High": SubscribeRequest("PROJ", frozenset({T.CREATED}), "priority = High"),
    'PROJ resolved WHERE x ~ "where y" Including Restricted': SubscribeRequest(
        "PROJ", frozenset({T.RESOLVED}), 'x ~ "where y"', True
    ),
    'PROJ where x ~ "including restricted"': SubscribeRequest(
        "PROJ", frozenset({T.CREATED}), 'x ~ "including restricted"'
    ),
    'PROJ where x ~ "order by"': SubscribeRequest("PROJ", frozenset({T.CREATED}), 'x ~ "order by"'),
    "PROJ including restricted": SubscribeRequest("PROJ", frozenset({T.CREATED}), "", True),
    "PROJ including restricted created where a = b": SubscribeRequest(
        "PROJ", frozenset({T.CREATED}), "a = b", True
    ),
    "PROJ as service": SubscribeRequest("PROJ", frozenset({T.CREATED}), as_service=True),
    "PROJ as the service account created where a = b": SubscribeRequest(
        "PROJ", frozenset({T.CREATED}), "a = b", as_service=True
    ),
    "PROJ where a = b including restricted AS SERVICE": SubscribeRequest(
        "PROJ", frozenset({T.CREATED}), "a = b", True, as_service=True
    ),
    "PROJ where a = b as service including restricted": SubscribeRequest(
        "PROJ", frozenset({T.CREATED}), "a = b", True, as_service=True
    ),
    'PROJ where x ~ "as service"': SubscribeRequest("PROJ", frozenset({T.CREATED}), 'x ~ "as service"'),
    "PROJ: everything": SubscribeRequest("PROJ", ALL),
    "where assignee = currentUser()": SubscribeRequest("", frozenset({T.CREATED}), "assignee = currentUser()"),
    "updated where a = b": SubscribeRequest("", frozenset({T.UPDATED}), "a = b"),
    "SPRINT sprint": SubscribeRequest("SPRINT", frozenset({T.SPRINT})),
    "A_1 deleted": SubscribeRequest("A_1", frozenset({T.DELETED})),
}


@pytest.mark.parametrize(("text", "request_"), GOOD.items(), ids=GOOD.keys())
def test_understood(text: str, request_: SubscribeRequest) -> None:
    assert parse_subscribe(text) == request_


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "Which project"),
        ("created", "Which project"),
        ("including restricted", "Which project"),
        ("P", "isn't a project key"),
        ("PROJ-1", "isn't a project key"),
        ("ＰＲＯＪ", "isn't a project key"),
        ("PROJ, OPS created", "“OPS” isn't an event. If it's a project, type: subscribe OPS."),
        ("PROJ comented", "Did you mean commented?"),
        ("PROJ xyzzy", "Choose from: created, updated"),
        ("PROJ where", "Add a JQL query"),
        ("PROJ where   including restricted", "Add a JQL query"),
        ("PROJ where a = b ORDER BY c", "ORDER BY"),
        ("PROJ where " + "x" * 1001, "too long"),
    ],
)
def test_not_understood(text: str, says: str) -> None:
    with pytest.raises(SubscribeError, match=says.replace("?", r"\?")):
        parse_subscribe(text)


@given(st.text())
def test_any_text_is_a_request_or_an_error(text: str) -> None:
    with contextlib.suppress(SubscribeError):
        request = parse_subscribe(text)
        assert request.topics
        assert request.project or request.jql
