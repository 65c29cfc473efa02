"""Whom an event concerns, and when they hear of it: the decisions, as tables."""

from __future__ import annotations

from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.accounts.grant_vault import PERSONAL_TABLES
from bot.commands.subscriptions.notify import describe_events, switches
from bot.jira.models import JiraUser
from bot.jira.webhooks.model import Change, CommentNote, Event, EventKind
from bot.jira.webhooks.people import IssuePeople, parse_issue_people
from bot.notifications.personal.parser import NotifyError, parse_notify
from bot.notifications.personal.recipients import CONCERNED
from bot.notifications.personal.relevance import DEFAULTS, Reason, accounts_in, reasons_of
from bot.notifications.personal.settings import TABLE, PersonalSettings, due_at, quiet_until, slot_of
from tests.support.notifications.payloads import HOST, issue

ME, BOB = JiraUser("me", "Me"), JiraUser("bob", "Bob")
ASSIGNED = Event(
    frozenset({EventKind.ASSIGNED, EventKind.UPDATED}),
    HOST,
    "10001",
    "PROJ-1",
    "PROJ",
    actor=BOB,
    changes=(Change("assignee", after="Me", after_id="me"),),
)
CREATED = replace(ASSIGNED, kinds=frozenset({EventKind.CREATED}), changes=())
COMMENTED = replace(CREATED, kinds=frozenset({EventKind.COMMENTED}), comment=CommentNote("7", BOB, "Hello"))
MENTIONED = replace(
    COMMENTED,
    kinds=frozenset({EventKind.COMMENTED, EventKind.MENTIONED}),
    comment=CommentNote("7", BOB, "Hello", mentions=("me", "ann")),
)
DESCRIBED = replace(CREATED, kinds=frozenset({EventKind.CREATED, EventKind.MENTIONED}), mentions=("me",))
MOVED = replace(CREATED, kinds=frozenset({EventKind.TRANSITIONED, EventKind.UPDATED}))
EDITED = replace(CREATED, kinds=frozenset({EventKind.UPDATED}))


@pytest.mark.parametrize(
    ("event", "seen", "reasons"),
    [
        (ASSIGNED, {"assignee": ME}, {Reason.ASSIGNED}),
        (ASSIGNED, {"assignee": BOB}, set()),
        (ASSIGNED, {"assignee": BOB, "reporter": ME}, set()),
        (replace(ASSIGNED, changes=(Change("assignee", after="Me"),)), {"assignee": ME}, {Reason.ASSIGNED}),
        (replace(ASSIGNED, changes=(Change("assignee", after_id="bob"),)), {"assignee": ME}, set()),
        (ASSIGNED, {"assignee": BOB, "watching": True}, {Reason.WATCHED}),
        (CREATED, {"assignee": ME}, {Reason.ASSIGNED}),
        (CREATED, {"reporter": ME}, set()),
        (CREATED, {"watching": True}, set()),
        (COMMENTED, {"assignee": ME}, {Reason.COMMENTED}),
        (COMMENTED, {"reporter": ME}, {Reason.COMMENTED}),
        (COMMENTED, {"assignee": BOB}, set()),
        (COMMENTED, {"watching": True}, {Reason.WATCHED}),
        (MENTIONED, {}, {Reason.MENTIONED}),
        (DESCRIBED, {}, {Reason.MENTIONED}),
        (DESCRIBED, {"assignee": ME}, {Reason.MENTIONED, Reason.ASSIGNED}),
        (MENTIONED, {"assignee": ME, "watching": True}, {Reason.MENTIONED, Reason.COMMENTED, Reason.WATCHED}),
        (replace(MENTIONED, kinds=frozenset({EventKind.COMMENT_EDITED})), {"assignee": ME}, set()),
        (MOVED, {"assignee": ME}, {Reason.STATUS}),
        (MOVED, {"reporter": ME, "watching": True}, {Reason.STATUS, Reason.WATCHED}),
        (MOVED, {}, set()),
        (EDITED, {"assignee": ME, "watching": True}, set()),
    ],
)
def test_why_an_event_concerns_me(event: Event, seen: dict[str, object], reasons: set[Reason]) -> None:
    assert reasons_of(event, issue(**seen), "me", quotable=True) == reasons  # type: ignore[arg-type]


def test_t26_a_comment_that_i_do_not_see_concerns_me_in_no_way() -> None:
    mine = issue(assignee=ME, watching=True)
    assert reasons_of(MENTIONED, mine, "me", quotable=False) == set()


@pytest.mark.parametrize(
    ("event", "named", "accounts"),
    [
        (ASSIGNED, IssuePeople("me", "ann"), ("me",)),
        (ASSIGNED, IssuePeople(), ("me",)),
        (CREATED, IssuePeople("me", "ann"), ("me",)),
        (COMMENTED, IssuePeople("me", "ann"), ("me", "ann")),
        (COMMENTED, IssuePeople("bob", "bob"), ()),
        (MENTIONED, IssuePeople("carol"), ("me", "ann", "carol")),
        (DESCRIBED, IssuePeople("ann"), ("me", "ann")),
        (MOVED, IssuePeople("me", "me"), ("me",)),
        (EDITED, IssuePeople("me", "ann"), ()),
    ],
)
def test_whom_a_delivery_names(event: Event, named: IssuePeople, accounts: tuple[str, ...]) -> None:
    assert accounts_in(event, named) == accounts


@pytest.mark.parametrize(
    ("payload", "named"),
    [
        (None, IssuePeople()),
        ({"issue": {"fields": {"assignee": None, "reporter": []}}}, IssuePeople()),
        (
            {"issue": {"fields": {"assignee": {"accountId": "a"}, "reporter": {"accountId": "r"}}}},
            IssuePeople("a", "r"),
        ),
    ],
)
def test_named_in_a_delivery(payload: object, named: IssuePeople) -> None:
    assert parse_issue_people(payload) == named


def at(text: str, zone: str = "Europe/Berlin") -> float:
    return datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp()


NIGHT, NOON = (18 * 60, 8 * 60), (12 * 60, 13 * 60)


@pytest.mark.parametrize(
    ("quiet", "now", "until"),
    [
        (None, "2026-05-04T23:00", ""),
        (NIGHT, "2026-05-04T17:59", ""),
        (NIGHT, "2026-05-04T18:00", "2026-05-05T08:00"),
        (NIGHT, "2026-05-05T07:59", "2026-05-05T08:00"),
        (NIGHT, "2026-05-05T08:00", ""),
        (NOON, "2026-05-05T12:30", "2026-05-05T13:00"),
        (NOON, "2026-05-05T13:00", ""),
        # The night in which the clocks go forward, and the one in which they go back.
        (NIGHT, "2026-03-28T20:00", "2026-03-29T08:00"),
        (NIGHT, "2026-10-24T20:00", "2026-10-25T08:00"),
    ],
)
def test_quiet_hours(quiet: tuple[int, int] | None, now: str, until: str) -> None:
    settings = PersonalSettings(quiet=quiet, zone="Europe/Berlin")
    assert quiet_until(settings, at(now)) == (at(until) if until else 0.0)


@given(
    st.integers(0, 1439),
    st.integers(0, 1439),
    st.floats(1.7e9, 1.9e9),
    st.sampled_from(["Europe/Berlin", "Asia/Kolkata", "America/St_Johns", "", "Not/AZone"]),
)
def test_quiet_hours_end_within_a_day_and_a_bit(begin: int, end: int, now: float, zone: str) -> None:
    until = quiet_until(PersonalSettings(quiet=(begin, end), zone=zone), now)
    assert until == 0.0 or now - 3600 < until <= now + 25 * 3600


@pytest.mark.parametrize(
    ("now", "due"),
    [
        ("2026-05-04T08:59", None),
        ("2026-05-04T09:00", "2026-05-04"),
        ("2026-05-04T10:59", "2026-05-04"),
        ("2026-05-04T11:00", None),
    ],
)
def test_when_a_digest_is_due(now: str, due: str | None) -> None:
    slot = slot_of(PersonalSettings(digest=540, zone="Europe/Berlin"))
    assert due_at(slot, at(now)) == (None if due is None else (due, at(f"{due}T09:00")))


def test_a_digest_shortly_before_midnight_may_be_made_after_it() -> None:
    slot = slot_of(PersonalSettings(digest=23 * 60 + 50, zone="Asia/Tokyo"))
    assert due_at(slot, at("2026-05-05T00:10", "Asia/Tokyo")) == (
        "2026-05-04",
        at("2026-05-04T23:50", "Asia/Tokyo"),
    )


BEFORE = PersonalSettings(on=frozenset({Reason.ASSIGNED}), digest=600, quiet=NOON)


@pytest.mark.parametrize(
    ("typed", "after"),
    [
        ("assigned off", {"on": frozenset()}),
        ("Mentions ON", {"on": frozenset({Reason.ASSIGNED, Reason.MENTIONED}), "on_since": 5.0}),
        (
            "watched, status on",
            {"on": frozenset({Reason.ASSIGNED, Reason.WATCHED, Reason.STATUS}), "on_since": 5.0},
        ),
        ("all on", {"on": frozenset(Reason), "on_since": 5.0}),
        ("assigned on", {}),
        ("off", {"on": frozenset(), "digest": None}),
        ("all off", {"on": frozenset(), "digest": None}),
        ("off assigned", {"on": frozenset()}),
        ("turn off my assignments", {"on": frozenset()}),
        ("status changes on", {"on": frozenset({Reason.ASSIGNED, Reason.STATUS}), "on_since": 5.0}),
        ("digest at 9:00", {"digest": 540, "digest_since": 5.0}),
        ("digest daily at 9", {"digest": 540, "digest_since": 5.0}),
        ("quiet from 18:00 to 8:00", {"quiet": (1080, 480)}),
        ("quiet between 6pm and 8am", {"quiet": (1080, 480)}),
        ("digest 9:00", {"digest": 540, "digest_since": 5.0}),
        ("digest 7", {"digest": 420, "digest_since": 5.0}),
        ("digest 4:30 pm", {"digest": 990, "digest_since": 5.0}),
        ("digest 12am", {"digest": 0, "digest_since": 5.0}),
        ("digest on", {"digest": 540, "digest_since": 5.0}),
        ("digest off", {"digest": None}),
        ("quiet 18:00-8:00", {"quiet": NIGHT}),
        ("quiet hours 18 – 8", {"quiet": NIGHT}),
        ("quiet 6pm to 8am", {"quiet": NIGHT}),
        ("quiet off", {"quiet": None}),
    ],
)
def test_what_notify_understands(typed: str, after: dict[str, object]) -> None:
    change = parse_notify(typed, now=5.0)
    assert change is not None
    assert change(BEFORE) == replace(BEFORE, **after)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    "typed",
    [
        *("assigned", "assigned maybe", "nonsense on", "digest", "digest 25:00", "digest 9:60", "digest 13pm"),
        *("digest 0am", "quiet", "quiet 8:00", "quiet 8-8", "quiet 8:00-", "digest ٩:٠٠"),
    ],
)
def test_what_notify_does_not_understand(typed: str) -> None:
    with pytest.raises(NotifyError):
        parse_notify(typed, now=0.0)


@given(st.text(max_size=60), st.sampled_from(["", "digest ", "quiet ", "assigned "]))
def test_notify_takes_any_text(text: str, start: str) -> None:
    with suppress(NotifyError):
        change = parse_notify(start + text, now=0.0)
        assert change is None or isinstance(change(BEFORE), PersonalSettings)


def test_each_button_does_what_its_line_says() -> None:
    for settings in (PersonalSettings(), BEFORE, PersonalSettings(on=frozenset(), digest=5)):
        for switch in switches(settings):
            change = parse_notify(switch.wish, now=0.0)
            assert change is not None
            [again] = [s for s in switches(change(settings)) if s.title == switch.title]
            assert again.on is not switch.on
    assert describe_events(PersonalSettings(on=frozenset({Reason.ASSIGNED}))) == "an issue is assigned to you"
    assert frozenset(Reason) - DEFAULTS == {Reason.WATCHED}


def test_disconnecting_forgets_what_is_stored_here() -> None:
    assert {TABLE, CONCERNED} <= set(PERSONAL_TABLES)
