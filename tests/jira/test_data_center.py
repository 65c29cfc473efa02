"""Calls of REST v3 in the words of REST v2, and the answers."""

from __future__ import annotations

from collections.abc import Mapping

import pytest

from bot.jira.adf.from_markdown import markdown_to_adf
from bot.jira.data_center import Call, DataCenter
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.wiki.reader import wiki_to_adf

STATUS = {"name": "Open", "description": "*not* a text of the issue"}
SPRINT = "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,rapidViewId=1,state=ACTIVE,name=One]"
DOC = markdown_to_adf("**Two** boxes")


def translate(method: str, path: str, body: object = None, **query: str) -> Call:
    return DataCenter().translate("office", method, path, query, body)


@pytest.mark.parametrize(
    ("call", "path", "query", "body"),
    [
        (("PUT", "/issue/A-1/assignee", {"accountId": "bob"}), "/issue/A-1/assignee", {}, {"name": "bob"}),
        (("PUT", "/issue/A-1/assignee", {"accountId": None}), "/issue/A-1/assignee", {}, {"name": None}),
        (("POST", "/issue/A-1/comment", {"body": DOC}), "/issue/A-1/comment", {}, {"body": "{*}Two{*} boxes"}),
        (("POST", "/issue/A-1/watchers", "bob"), "/issue/A-1/watchers", {}, "bob"),
        (
            ("PUT", "/issue/A-1", {"update": {"comment": [{"add": {"body": DOC}}]}, "fields": {"x": {"id": "1"}}}),
            "/issue/A-1",
            {},
            {"update": {"comment": [{"add": {"body": "{*}Two{*} boxes"}}]}, "fields": {"x": {"id": "1"}}},
        ),
    ],
)
def test_writes(call: tuple[str, str, object], path: str, query: Mapping[str, str], body: object) -> None:
    made = translate(*call)
    assert (made.path, made.query, made.body, made.reads) == (path, query, body, False)


def test_people_are_asked_for_by_user_name() -> None:
    assert translate("DELETE", "/issue/A-1/watchers", accountId="bob").query == {"username": "bob"}
    assert translate("GET", "/user", accountId="bob").query == {"username": "bob"}
    assignable = translate("GET", "/user/assignable/search", issueKey="A-1", query="bo", maxResults="10")
    assert assignable.query == {"issueKey": "A-1", "username": "bo", "maxResults": "10"}
    assert translate("GET", "/user/picker", query="bo").query == {"query": "bo"}


def test_a_search_goes_by_offset() -> None:
    first = translate(
        "POST", "/search/jql", {"jql": "x", "maxResults": 2, "fields": ["summary"], "expand": "changelog"}
    )
    assert (first.method, first.path, first.reads) == ("POST", "/search", True)
    assert first.body == {
        "jql": "x",
        "startAt": 0,
        "maxResults": 2,
        "fields": ["summary"],
        "expand": ["changelog"],
    }
    page = first.read({"total": 3, "issues": [{"id": "1"}, {"id": "2"}]})
    assert page == {"issues": [{"id": "1"}, {"id": "2"}], "isLast": False, "nextPageToken": "2"}
    last = translate("POST", "/search/jql", {"jql": "x", "maxResults": 2, "nextPageToken": "2"})
    assert last.read({"total": 3, "issues": [{"id": "3"}]}) == {"issues": [{"id": "3"}], "isLast": True}
    count = translate("POST", "/search/approximate-count", {"jql": "x"})
    assert count.read({"total": 3, "issues": []}) == {"count": 3}


def test_projects_are_searched_in_the_list_of_all() -> None:
    call = translate("GET", "/project/search", query="off", maxResults="1")
    assert (call.path, call.query) == ("/project", {})
    rows = [{"key": "OFF", "name": "x"}, {"key": "A", "name": "Offices"}, {"key": "B", "name": "y"}]
    assert call.read(rows) == {"values": rows[:1], "isLast": False}


@pytest.mark.parametrize("path", ["/jql/match", "/jql/parse", "/filter/my", "/webhook"])
def test_what_v2_does_not_have_is_not_asked(path: str) -> None:
    with pytest.raises(NotFoundOrForbiddenError):
        translate("POST", path)


def test_texts_of_an_issue_become_documents() -> None:
    issue = {
        "key": "A-1",
        "fields": {
            "description": "*Two* boxes",
            "status": STATUS,
            "customfield_1": [
                "com.atlassian.greenhopper.service.sprint.Sprint@1f[id=7,rapidViewId=1,state=ACTIVE,name=One]"
            ],
            "comment": {"comments": [{"author": {"name": "bob"}, "body": "h1. Hi"}]},
            "worklog": {"worklogs": [{"author": {"name": "bob"}, "timeSpent": "1h", "comment": "_x_"}]},
        },
    }
    read = translate("GET", "/issue/A-1").read(issue)
    assert read == {
        "key": "A-1",
        "fields": {
            "description": wiki_to_adf("*Two* boxes"),
            "status": STATUS,
            "customfield_1": [{"id": "7", "state": "active", "name": "One"}],
            "comment": {"comments": [{"author": {"name": "bob"}, "body": wiki_to_adf("h1. Hi")}]},
            "worklog": {
                "worklogs": [{"author": {"name": "bob"}, "timeSpent": "1h", "comment": wiki_to_adf("_x_")}]
            },
        },
    }


def test_long_texts_of_custom_fields_are_known_from_their_metadata() -> None:
    data_center = DataCenter()
    issue = {"key": "A-1", "fields": {"customfield_9": "*x*", "customfield_8": "*x*"}}

    def read(site: str, path: str, answer: object) -> object:
        return data_center.translate(site, "GET", path, {}, None).read(answer)

    assert read("office", "/issue/A-1", issue) == issue
    text_area = {"custom": "com.atlassian.jira.plugin.system.customfieldtypes:textarea"}
    read("office", "/field", [{"id": "customfield_9", "schema": text_area}, {"id": "summary", "schema": {}}])
    after = {"customfield_9": wiki_to_adf("*x*"), "customfield_8": "*x*"}
    assert read("office", "/issue/A-1", issue) == {"key": "A-1", "fields": after}
    assert read("other", "/issue/A-1", issue) == issue
    read("other", "/issue/A-1/editmeta", {"fields": {"customfield_9": {"schema": text_area}}})
    assert read("other", "/issue/A-1", issue) == {"key": "A-1", "fields": after}
