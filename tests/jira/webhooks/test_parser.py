"""Deliveries as Jira sent them, and what we read in them."""

from __future__ import annotations

import contextlib
import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bot.http import strict_json
from bot.http.strict_json import MalformedJsonError
from bot.jira.models import Comment, Issue, JiraUser
from bot.jira.webhooks.event_types import IGNORED_EVENTS
from bot.jira.webhooks.model import TOPICS, Event, EventKind, Ignored, Topic
from bot.jira.webhooks.parser import parse_events
from bot.jira.webhooks.payload import parse_site
from bot.jira.webhooks.people import display_names
from bot.jira.webhooks.sentences import describe
from tests.support.paths import DATA

RECORDED = DATA / "jira-webhooks"

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


def recorded(name: str) -> bytes:
    return (RECORDED / f"webhook-{name}.json").read_bytes()


def event_of(payload: dict[str, object]) -> Event:
    events = parse_events(payload)
    assert not isinstance(events, Ignored), events
    (event,) = events
    return event


def change(*items: dict[str, object], **more: object) -> dict[str, object]:
    """Build a minimal update with these changelog items."""
    return {
        "webhookEvent": "jira:issue_updated",
        "issue_event_type_name": "issue_generic",
        "timestamp": 1_700_000_000_000,
        "user": {"accountId": "bob", "displayName": "Bob"},
        "issue": {"id": "10001", "key": "PROJ-1", "self": "https://x.atlassian.net/rest/api/2/10001"},
        "changelog": {"id": "7", "items": list(items)},
        **more,
    }


def item(field: str, before: str | None, after: str | None) -> dict[str, object]:
    return {"field": field, "from": before, "fromString": before, "to": after, "toString": after}


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


@pytest.mark.parametrize(
    ("items", "says"),
    [
        (
            [item("assignee", None, "Ann"), item("status", "To Do", "In Progress")],
            "Bob moved To Do → In Progress and assigned it to Ann",
        ),
        ([item("status", None, "Open")], "Bob moved it to Open"),
        ([item("Sprint", "", "Sprint 3")], "Bob put it into Sprint 3"),
        ([item("Sprint", "Sprint 3", "")], "Bob took it out of Sprint 3"),
        ([item("Sprint", "Sprint 3", "Sprint 3, Sprint 4")], "Bob put it into Sprint 4"),
        ([item("Sprint", "Sprint 3, Sprint 4", "Sprint 3")], "Bob took it out of Sprint 4"),
        ([item("Sprint", "Sprint 3", "Sprint 4")], "Bob moved it from Sprint 3 to Sprint 4"),
        ([item("Sprint", "Sprint 3", "Sprint 3")], "Bob put it into Sprint 3"),
        ([item("IssueParentAssociation", None, "PROJ-9")], "Bob set the parent to PROJ-9"),
        ([item("Parent", "PROJ-8", "PROJ-9")], "Bob changed the parent from PROJ-8 to PROJ-9"),
        ([item("Parent Issue", "PROJ-8", None)], "Bob removed the parent PROJ-8"),
        ([item("issuetype", "Task", "Sub-task")], "Bob changed issue type from Task to Sub-task"),
        ([item("timeoriginalestimate", None, "27000")], "Bob set the original estimate to 7h 30m"),
        ([item("timeoriginalestimate", "27000", None)], "Bob cleared the original estimate"),
        (
            [item("RemoteWorkItemLink", None, 'This work item links to "Plan (Confluence)"')],
            'Bob linked it: “This work item links to "Plan (Confluence)"”',
        ),
        ([item("Attachment", None, "a.png")], "Bob attached a.png"),
        ([item("Attachment", "a.png", None)], "Bob removed the file a.png"),
        ([item("timespent", "3600", "9000")], "Bob logged 1h 30m"),
        ([item("timespent", "3600", "0")], "Bob corrected the work log"),
        ([item("duedate", None, "2026-05-11 00:00:00.0")], "Bob set the due date to 2026-05-11"),
        ([item("duedate", "2026-05-11", None)], "Bob cleared the due date"),
        ([item("description", "a", "a long secret")], "Bob changed the description"),
        (
            [item("Key", "OLD-1", "PROJ-1"), item("project", "Old", "Project")],
            "Bob moved it from OLD-1 to PROJ-1",
        ),
        ([item("resolution", "Done", None)], "Bob reopened it"),
        ([item("timespent", None, "²")], "Bob corrected the work log"),
        ([item("timespent", "²", "3600")], "Bob logged 1h"),
        ([item("Flagged", None, "Impediment")], "Bob set Flagged to Impediment"),
        ([item("Flagged", "Impediment", None)], "Bob cleared Flagged"),
        ([item("summary", "a", "one\ntwo\u202e three")], "Bob renamed it to “one two three”"),
        ([item("labels", "a", "a b c")], "Bob added the labels b, c"),
        ([item("labels", "a a", "a")], "Bob changed the labels"),
        (
            [item(f"field {n}", None, str(n)) for n in range(8)],
            "Bob set field 0 to 0, set field 1 to 1, set field 2 to 2, set field 3 to 3, set field 4 to 4"
            " and changed 3 more fields",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_sentence_of_a_changelog(items: list[dict[str, object]], says: str) -> None:
    assert describe(event_of(change(*items))) == says


def test_sentence_cuts_by_grapheme() -> None:
    flags = "🇫🇷" * 200
    said = describe(event_of(change(item("summary", "a", flags))))
    assert said == f"Bob renamed it to “{'🇫🇷' * 79}…”"


def test_sentence_without_text_holds_nothing_of_the_comment() -> None:
    event = event_of(json.loads(recorded("server-issue-updated-commented-2")))
    assert describe(event, with_text=False) == "Test User commented"


def test_a_change_is_known_by_what_became_of_it_too_as_ids_may_be_made_up() -> None:
    first, again = (
        event_of(change(item("status", "To Do", "Done"))),
        event_of(change(item("status", "To Do", "Done"))),
    )
    other = event_of(change(item("status", "Done", "To Do")))
    assert not {*first.names}.isdisjoint(again.names)
    assert {*first.names}.isdisjoint(other.names)


def test_a_mention_is_said_by_name_where_the_issue_knows_it() -> None:
    said = [
        {"type": "mention", "attrs": {"id": "5b:1", "text": "@Ann"}},
        {"type": "mention", "attrs": {"id": "7"}},
    ]
    body = {"type": "doc", "version": 1, "content": [{"type": "paragraph", "content": said}]}
    issue = Issue("1", "A-1", "", "A", comments=(Comment("9", JiraUser("8", "Cem"), body, None),))
    event = event_of(
        {
            "webhookEvent": "comment_created",
            "issue": {"id": "1", "key": "A-1", "self": "https://x.atlassian.net/rest/api/2/1"},
            "comment": {
                "id": "9",
                "body": "[~accountid:5b:1], [~accountid:7], [~8]",
                "updateAuthor": {"accountId": "b"},
            },
        }
    )
    assert describe(event, names=display_names(issue)).endswith("commented: “@Ann, @someone, @Cem”")


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


def test_wiki_markup_is_made_plain() -> None:
    body = "h1. Hi [~accountid:abc]\n{code:java}x{code} see [this|http://evil] !cat.png|thumbnail!"
    payload = change(comment={"id": "1", "body": body, "author": {"accountId": "a", "displayName": "Ann"}})
    event = event_of(payload | {"webhookEvent": "comment_created"})
    assert describe(event) == "Bob commented: “Hi @someone x see this [cat.png]”"
    assert event.comment is not None
    assert event.comment.mentions == ("abc",)


def test_marks_in_a_fields_values_are_not_shown() -> None:
    event = event_of(change(item("Steps", "open *it*", "open {{it}} _twice_")))
    assert describe(event) == "Bob changed Steps from open it to open it twice"


@pytest.mark.parametrize(
    ("before", "after", "says"),
    [
        ("a.png", "b.png", "replaced the file a.png with b.png"),
        (None, "b_1_.png", "attached b_1_.png"),
        ("a.png", None, "removed the file a.png"),
    ],
)
def test_a_replaced_attachment_names_both_files(before: str | None, after: str | None, says: str) -> None:
    assert describe(event_of(change(item("Attachment", before, after)))) == f"Bob {says}"


def test_a_comment_in_adf_is_read_too() -> None:
    body = {
        "type": "doc",
        "content": [
            {
                "type": "paragraph",
                "content": [
                    {"type": "text", "text": "for"},
                    {"type": "mention", "attrs": {"id": "abc", "text": "@Ann"}},
                ],
            }
        ],
    }
    event = event_of(change(comment={"id": "1", "body": body}) | {"webhookEvent": "comment_created"})
    assert describe(event) == "Bob commented: “for @Ann”"
    assert EventKind.MENTIONED in event.kinds


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


def test_one_comment_told_by_two_events_is_one_matter() -> None:
    comment = {"id": "9", "body": "hello", "author": {"accountId": "bob", "displayName": "Bob"}}
    old = event_of(change(comment=comment, issue_event_type_name="issue_commented", changelog={}))
    new = event_of(change(comment=comment, changelog={}) | {"webhookEvent": "comment_created", "timestamp": 5})
    assert set(old.names) & set(new.names)
    edited = event_of(change(comment=comment, changelog={}) | {"webhookEvent": "comment_updated"})
    assert not set(edited.names) & set(new.names)


def test_a_change_and_the_comment_that_was_made_with_it_are_two_matters() -> None:
    comment = {"id": "9", "body": "[~accountid:ann] done", "author": {"accountId": "bob", "displayName": "Bob"}}
    hidden = comment | {"jsdPublic": False}
    both = parse_events(change(item("status", "To Do", "Done"), comment=hidden))
    assert not isinstance(both, Ignored)
    changed, said = both
    assert [describe(changed), describe(said)] == ["Bob moved To Do → Done", "Bob commented: “@someone done”"]
    assert (changed.restricted, said.restricted) == (False, True)
    assert (changed.comment, said.changes) == (None, ())
    assert EventKind.MENTIONED in said.kinds
    assert changed.names == event_of(change(item("status", "To Do", "Done"))).names
    alone = event_of(change(comment=comment, changelog={}) | {"webhookEvent": "comment_created"})
    assert set(said.names) & set(alone.names)


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


def test_a_comment_edited_back_to_earlier_words_is_a_matter_of_its_own() -> None:
    def edited(second: int) -> Event:
        comment = {"id": "9", "body": "hello", "updated": f"2026-01-17T12:34:{second:02}.000+0000"}
        return event_of(change(comment=comment, changelog={}) | {"webhookEvent": "comment_updated"})

    assert not set(edited(1).names) & set(edited(2).names)


@pytest.mark.parametrize(
    ("apart_ms", "seconds", "same"), [(0, 3600, True), (4000, 3600, True), (60_000, 3600, False), (0, 1800, False)]
)
def test_one_worklog_told_by_two_events_is_one_matter(apart_ms: int, seconds: int, same: bool) -> None:
    user = {"accountId": "bob", "displayName": "Bob", "self": "https://x.atlassian.net/rest/api/2/user"}
    worklog = {"id": "5", "issueId": "10001", "timeSpent": "1h", "timeSpentSeconds": seconds}
    at = 1_700_000_000_000
    first = event_of(
        {"webhookEvent": "worklog_created", "timestamp": at + apart_ms, "user": user, "worklog": worklog}
    )
    second = event_of(change(item("timespent", None, "3600")))
    assert bool(set(first.names) & set(second.names)) is same


@pytest.mark.parametrize(
    ("event", "field", "same"),
    [
        ("attachment_created", ("Attachment", None, "a.png"), True),
        ("attachment_deleted", ("Attachment", "a.png", None), True),
        ("attachment_deleted", ("Attachment", None, "a.png"), False),
        ("attachment_created", ("summary", None, "a.png"), False),
    ],
)
def test_one_file_told_by_two_events_is_one_matter(
    event: str, field: tuple[str, str | None, str | None], same: bool
) -> None:
    # The changelog of these tests has the same for a value's id and its words.
    file = {"id": "a.png", "filename": "a.png", "author": {"accountId": "bob", "displayName": "Bob"}}
    first = event_of(change(attachment=file, changelog={}, timestamp=5) | {"webhookEvent": event})
    second = event_of(change(item(*field)))
    assert bool(set(first.names) & set(second.names)) is same
    more = event_of(change(item(*field), item("description", "a", "b")))
    assert not set(first.names) & set(more.names)


def test_different_changes_are_different_matters() -> None:
    one = event_of(change(item("status", "a", "b")))
    other = event_of(change(item("status", "b", "a")))
    later = event_of(change(item("status", "a", "b"), timestamp=1_700_000_000_001))
    assert len({one.names, other.names, later.names}) == 3


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
