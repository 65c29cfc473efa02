"""Which deliveries say the same of an issue, and are posted once."""

from __future__ import annotations

import pytest

from bot.jira.webhooks.model import Event, EventKind, Ignored
from bot.jira.webhooks.parser import parse_events
from bot.jira.webhooks.sentences import describe
from tests.support.webhooks import change, event_of, item


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
