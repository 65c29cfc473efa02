"""Sentences about what changed in an issue."""

from __future__ import annotations

import json

import pytest

from bot.jira.models import Comment, Issue, JiraUser
from bot.jira.webhooks.model import EventKind
from bot.jira.webhooks.people import display_names
from bot.jira.webhooks.sentences import describe
from tests.support.webhooks import change, event_of, item, recorded


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
