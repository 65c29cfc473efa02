"""Deliveries as Jira sent them, and what we read in them."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.http import strict_json
from bot.http.strict_json import MalformedJsonError
from bot.jira.webhooks.event_types import IGNORED_EVENTS
from bot.jira.webhooks.model import TOPICS, EventKind, Ignored, Topic
from bot.jira.webhooks.parser import parse_events
from bot.jira.webhooks.payload import parse_site
from bot.jira.webhooks.sentences import describe
from tests.support.webhooks import RECORDED, change, event_of, item, recorded

TABLE = {
    "cloud-comment-created-mention-user": (
        "commented mentioned",
        "Test User commented: “Added a comment with mentioned user @someone”",
    ),
    "cloud-comment-deleted": ("comment_deleted", "Someone deleted a comment"),
    "cloud-issue-created-many-fields": ("created", "Sample User created this Task"),
    "issue-assigned-empty-changelog": ("assigned updated", "Admin User assigned it to John Doe"),
    "issue-created-no-description-nor-relevant-fields": ("created", "Test User created this Story"),
    "issue-created-no-relevant-fields": ("created", "Test User created this Story"),
    "issue-created": ("created", "Test User created this Story"),
    "issue-updated-assigned-nobody": ("assigned updated", "Test User unassigned it"),
    "issue-updated-assigned": ("assigned updated", "Test User assigned it to Test User"),
    "issue-updated-components": ("updated", "Test User added the component Special Component"),
    "issue-updated-fix-version": ("updated", "Test User changed the fix version from v1 to v2"),
    "issue-updated-labels": ("updated", "Test User added the label sad and removed the label bad"),
    "issue-updated-multiple-custom-fields": (
        "updated",
        "Test User changed Field Name from Value 1 to Value 2 and changed Field Name from Value 1 to Value 2",
    ),
    "issue-updated-raised-priority": ("updated", "Test User changed priority from Low to High"),
    "issue-updated-renamed": ("updated", "Test User renamed it to “Unit test summary 1”"),
    "issue-updated-reopened": ("reopened transitioned updated", "Test User moved Done → To Do"),
    "issue-updated-resolved": ("resolved transitioned updated", "Test User moved In Progress → Done"),
    "issue-updated-started-working": ("transitioned updated", "Test User moved To Do → In Progress"),
    "server-comment-deleted": ("comment_deleted", "Lev Brouk deleted a comment"),
    "server-issue-updated-closed": ("transitioned updated", "Test User moved Resolved → Closed"),
    "server-issue-updated-comment-edited": (
        "comment_edited",
        "Lev Brouk edited a comment: “and higher eeven higher”",
    ),
    "server-issue-updated-commented-2": (
        "commented",
        "Test User commented: “This is a test comment. We should act on it right away.”",
    ),
    "server-issue-updated-commented-mention-user": (
        "commented mentioned",
        "Lev Brouk commented: “unik with mentioned user @someone”",
    ),
    "server-issue-updated-many-fields": ("updated", "user@example.com removed the label s"),
    "server-issue-updated-resolved": (
        "resolved transitioned updated",
        "Test User moved In Progress → Resolved and resolved it as Done",
    ),
    "server-old-issue-updated-no-event-type-comment-deleted": (
        "comment_deleted",
        "Lev Brouk deleted a comment",
    ),
    "server-old-issue-updated-no-event-type-commented": ("commented", "Lev Brouk commented: “unik”"),
    "server-updated-custom-field": (
        "updated",
        "test@example.com changed numfield from 445455561 to 44545556",
    ),
}


@pytest.mark.parametrize(("name", "kinds", "says"), [(n, *row) for n, row in TABLE.items()], ids=list(TABLE))
def test_recorded_delivery(name: str, kinds: str, says: str) -> None:
    event = event_of(json.loads(recorded(name)))
    assert " ".join(sorted(event.kinds)) == kinds
    assert describe(event) == says
    assert event.site
    assert event.issue_id
    assert event.time > 0
    assert event.names


def test_every_recorded_delivery_is_in_the_table() -> None:
    assert {p.stem.removeprefix("webhook-") for p in RECORDED.glob("*.json")} == set(TABLE)


def test_every_kind_but_a_mention_has_a_topic_and_every_topic_a_kind() -> None:
    assert set(TOPICS) == set(EventKind) - {EventKind.MENTIONED}
    assert set(TOPICS.values()) == set(Topic)


def test_a_change_is_known_by_what_became_of_it_too_as_ids_may_be_made_up() -> None:
    first, again = (
        event_of(change(item("status", "To Do", "Done"))),
        event_of(change(item("status", "To Do", "Done"))),
    )
    other = event_of(change(item("status", "Done", "To Do")))
    assert not {*first.names}.isdisjoint(again.names)
    assert {*first.names}.isdisjoint(other.names)


def test_t26_a_deleted_comments_text_in_the_changelog_is_never_said() -> None:
    event = event_of(change(item("Comment", "the secret", None), issue_event_type_name="issue_comment_deleted"))
    assert event.kinds == {EventKind.COMMENT_DELETED}
    assert describe(event) == "Bob deleted a comment"


@pytest.mark.parametrize(
    ("comment", "restricted"),
    [
        ({"id": "1", "body": "x"}, False),
        ({"id": "1", "body": "x", "jsdPublic": True}, False),
        ({"id": "1", "body": "x", "jsdPublic": False}, True),
        ({"id": "1", "body": "x", "visibility": {"type": "role", "value": "Administrators"}}, True),
    ],
)
def test_t26_restricted_comments_are_known(comment: dict[str, object], restricted: bool) -> None:
    payload = change(comment=comment) | {"webhookEvent": "comment_created"}
    assert event_of(payload).restricted is restricted


@pytest.mark.parametrize(
    ("url", "site"),
    [
        ("https://x.atlassian.net/rest/api/2/issue/1", "x.atlassian.net"),
        ("https://X.Atlassian.NET/rest", "x.atlassian.net"),
        ("http://127.0.0.1:8080/rest", "127.0.0.1:8080"),
        ("https://x.atlassian.net@evil.example/rest", "evil.example"),
        ("https://api.atlassian.com/ex/jira/0A-b/rest/api/3/issue/1", "0a-b"),
        ("https://x:notaport/", ""),
        ("https://[::1/", ""),
        ("", ""),
    ],
)
def test_t45_site_of_a_self_link(url: str, site: str) -> None:
    assert parse_site(url) == site


def test_moved_issue_keeps_its_old_key() -> None:
    event = event_of(change(item("Key", "OLD-1", "PROJ-1")))
    assert (event.old_key, event.issue_key, event.project_key) == ("OLD-1", "PROJ-1", "PROJ")
    assert EventKind.MOVED in event.kinds


@pytest.mark.parametrize(
    ("category", "resolution", "resolved"),
    [("done", None, True), ("done", {"name": "Done"}, False), ("indeterminate", None, False)],
)
def test_a_green_status_without_resolutions_is_resolved(category: str, resolution: object, resolved: bool) -> None:
    payload = change(item("status", "a", "b"))
    issue = payload["issue"]
    assert isinstance(issue, dict)
    issue["fields"] = {"status": {"name": "b", "statusCategory": {"key": category}}, "resolution": resolution}
    assert (EventKind.RESOLVED in event_of(payload).kinds) is resolved


@pytest.mark.parametrize("name", sorted(IGNORED_EVENTS))
def test_events_that_are_not_told(name: str) -> None:
    assert parse_events({"webhookEvent": name}) == Ignored("not told", name)


@pytest.mark.parametrize(
    ("payload", "ignored"),
    [
        ({}, Ignored("unknown", "")),
        ([], Ignored("unknown", "")),
        ({"webhookEvent": "jira:moon_landed"}, Ignored("unknown", "jira:moon_landed")),
        ({"webhookEvent": "<script>"}, Ignored("unknown", "")),
        ({"webhookEvent": "jira:issue_created"}, Ignored("no issue", "jira:issue_created")),
        (
            {"webhookEvent": "jira:issue_created", "issue": {"id": "1", "key": "A-1/../x"}},
            Ignored("no site", "jira:issue_created"),
        ),
        (change(item("Rank", "", "Ranked higher")), Ignored("no change", "jira:issue_updated")),
    ],
)
def test_deliveries_that_tell_nothing(payload: object, ignored: Ignored) -> None:
    assert parse_events(payload) == ignored


@pytest.mark.parametrize(
    ("name", "part", "says"),
    [
        (
            "worklog_created",
            {"worklog": {"id": "5", "issueId": "10001", "timeSpent": "1h", "timeSpentSeconds": 3600}},
            "Bob logged 1h",
        ),
        ("worklog_deleted", {"worklog": {"id": "5", "issueId": "10001"}}, "Bob removed a work log"),
        (
            "issuelink_created",
            {"issueLink": {"id": 1, "sourceIssueId": 10001, "issueLinkType": {"outwardName": "blocks"}}},
            "Bob linked it to another issue",
        ),
    ],
)
def test_events_that_name_the_issue_by_id_alone(name: str, part: dict[str, object], says: str) -> None:
    user = {"accountId": "bob", "displayName": "Bob", "self": "https://x.atlassian.net/rest/api/2/user"}
    event = event_of({"webhookEvent": name, "timestamp": 1, "user": user, **part})
    assert (event.issue_id, event.issue_key, event.project_key, event.site) == ("10001", "", "", "x.atlassian.net")
    assert describe(event) == says


def test_who_is_mentioned_in_a_description() -> None:
    issue = {"id": "1", "self": "https://x.atlassian.net/1", "fields": {"description": "see [~accountid:ann]"}}
    new = event_of({"webhookEvent": "jira:issue_created", "issue": issue})
    assert (new.mentions, EventKind.MENTIONED in new.kinds) == (("ann",), True)
    edited = event_of(change(item("description", "[~accountid:ann]", "[~accountid:ann] [~accountid:bob]")))
    assert (edited.mentions, EventKind.MENTIONED in edited.kinds) == (("bob",), True)
    again = event_of(change(item("description", "[~accountid:ann]", "x [~accountid:ann]")))
    assert (again.mentions, EventKind.MENTIONED in again.kinds) == ((), False)
    comment = {"id": "9", "body": "hello"}
    both = parse_events(change(item("description", "", "[~accountid:bob]"), comment=comment))
    assert not isinstance(both, Ignored)
    assert [(one.mentions, EventKind.MENTIONED in one.kinds) for one in both] == [(("bob",), True), ((), False)]


def test_a_hidden_comment_keeps_back_no_change_that_came_with_it() -> None:
    comment = {"id": "9", "body": "psst", "jsdPublic": False}
    resolved = change(item("resolution", None, "Done"), comment=comment, issue_event_type_name="issue_resolved")
    assert (event_of(resolved).restricted, event_of(resolved).comment) == (False, None)


JSON = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(2**63), 2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=12,
)


@given(st.binary(max_size=200))
def test_any_bytes_are_an_event_or_malformed(body: bytes) -> None:
    with contextlib.suppress(MalformedJsonError):
        assert isinstance(parse_events(strict_json.loads(body)), tuple | Ignored)


@given(st.sampled_from(sorted(TABLE)), st.data())
def test_any_part_of_a_delivery_may_be_anything(name: str, data: st.DataObject) -> None:
    payload = json.loads(recorded(name))
    for _ in range(data.draw(st.integers(1, 3))):
        part = payload
        while True:
            key = data.draw(st.sampled_from(sorted(part)))
            if isinstance(part[key], dict) and part[key] and data.draw(st.booleans()):
                part = part[key]
                continue
            part[key] = data.draw(JSON)
            break
    events = parse_events(payload)
    for event in () if isinstance(events, Ignored) else events:
        assert describe(event)
        assert len(describe(event)) < 8000
