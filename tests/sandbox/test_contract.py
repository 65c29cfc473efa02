"""The sandbox's answers hold against Atlassian's published OpenAPI document, every operation of them."""

# ruff: noqa: E501 - tables of sentences read best with one row a line
from __future__ import annotations

import json
import re

import aiohttp
import pytest

from sandbox.gateway import Route
from sandbox.openapi import Contract
from sandbox.people import PEOPLE
from sandbox.server import ROUTES, Sandbox
from tests.support.paths import JIRA_OPENAPI
from tests.support.sandbox import Client, adf

BOB = PEOPLE[1].account_id
HOOK = {
    "url": "https://bridge.example/jira/webhooks",
    "webhooks": [{"events": ["comment_created"], "jqlFilter": "project = DEMO"}],
}
NEW = {"fields": {"project": {"key": "DEMO"}, "issuetype": {"name": "Task"}, "summary": "New"}}
CHECK = {"projectPermissions": [{"permissions": ["BROWSE_PROJECTS"], "issues": [10002], "projects": [10000]}]}

CALLS: tuple[tuple[str, str, object, dict[str, str], int], ...] = (
    ("GET", "/issue/DEMO-2", None, {"fields": "*all,-worklog", "expand": "renderedFields,names,schema,transitions,editmeta,changelog"}, 200),
    ("GET", "/issue/OPS-1", None, {"fields": "summary,status", "updateHistory": "true"}, 200),
    ("GET", "/issue/DEMO-2/transitions", None, {"expand": "transitions.fields"}, 200),
    ("POST", "/issue/DEMO-2/transitions", {"transition": {"id": "11"}}, {}, 204),
    ("GET", "/issue/DEMO-2/comment", None, {"orderBy": "-created", "maxResults": "5"}, 200),
    ("POST", "/issue/DEMO-2/comment", {"body": adf("hello")}, {}, 201),
    ("GET", "/issue/DEMO-2/comment/10007", None, {}, 200),
    ("PUT", "/issue/DEMO-2/assignee", {"accountId": BOB}, {}, 204),
    ("PUT", "/issue/DEMO-2/assignee", {"accountId": None}, {}, 204),
    ("GET", "/issue/DEMO-2/editmeta", None, {}, 200),
    ("PUT", "/issue/DEMO-2", {"update": {"labels": [{"add": "new"}]}, "fields": {"summary": "Changed"}}, {}, 204),
    ("PUT", "/issue/DEMO-2", {"fields": {"customfield_10016": 3}}, {"returnIssue": "true"}, 200),
    ("POST", "/issue", NEW, {}, 201),
    ("POST", "/issue/bulkfetch", {"issueIdsOrKeys": ["DEMO-2", "NO-1"], "fields": ["summary"]}, {}, 200),
    ("POST", "/issue/DEMO-2/worklog", {"timeSpent": "1h 30m", "started": "2026-01-17T12:34:00.000+0000", "comment": adf("x")}, {"adjustEstimate": "new", "newEstimate": "2h"}, 201),
    ("GET", "/issue/DEMO-2/worklog", None, {}, 200),
    ("POST", "/issue/DEMO-2/watchers", BOB, {}, 204),
    ("POST", "/issue/DEMO-2/watchers", None, {}, 204),
    ("GET", "/issue/DEMO-2/watchers", None, {}, 200),
    ("DELETE", "/issue/DEMO-2/watchers", None, {"accountId": BOB}, 204),
    ("POST", "/issue/DEMO-3/votes", None, {}, 204),
    ("GET", "/issue/DEMO-3/votes", None, {}, 200),
    ("DELETE", "/issue/DEMO-3/votes", None, {}, 204),
    ("GET", "/issueLinkType", None, {}, 200),
    ("POST", "/issueLink", {"type": {"name": "Relates"}, "inwardIssue": {"key": "DEMO-2"}, "outwardIssue": {"key": "DEMO-4"}}, {}, 201),
    ("POST", "/search/jql", {"jql": "project = DEMO", "fields": ["*all"], "maxResults": 2}, {}, 200),
    ("GET", "/search/jql", None, {"jql": "project = DEMO", "maxResults": "1"}, 200),
    ("POST", "/search/approximate-count", {"jql": "project = DEMO"}, {}, 200),
    ("POST", "/jql/parse", {"queries": ["a = b and (project in (DEMO, x) or not due < startOfDay(-1d)) order by key desc", "no"]}, {"validation": "none"}, 200),
    ("POST", "/jql/match", {"issueIds": [10002], "jqls": ["project = DEMO", "nope = 1"]}, {}, 200),
    ("GET", "/jql/autocompletedata", None, {}, 200),
    ("GET", "/jql/autocompletedata/suggestions", None, {"fieldName": "labels", "fieldValue": "lo"}, 200),
    ("GET", "/filter/favourite", None, {}, 200),
    ("GET", "/filter/my", None, {"includeFavourites": "true"}, 200),
    ("GET", "/filter/search", None, {"filterName": "open", "expand": "jql,owner,viewUrl"}, 200),
    ("GET", "/issue/picker", None, {"query": "login"}, 200),
    ("GET", "/myself", None, {}, 200),
    ("GET", "/serverInfo", None, {}, 200),
    ("GET", "/project/search", None, {"query": "demo"}, 200),
    ("GET", "/issue/createmeta/OPS/issuetypes", None, {}, 200),
    ("GET", "/issue/createmeta/OPS/issuetypes/10005", None, {}, 200),
    ("GET", "/field", None, {}, 200),
    ("GET", "/user/assignable/search", None, {"issueKey": "DEMO-2", "query": "bo"}, 200),
    ("GET", "/user/assignable/search", None, {"project": "DEMO", "query": ""}, 200),
    ("GET", "/user/picker", None, {"query": "Bo"}, 200),
    ("GET", "/user", None, {"accountId": "712020:5f000000-0000-4000-8000-0000000000b1"}, 200),
    ("GET", "/user", None, {"accountId": "712020:nobody"}, 404),
    ("GET", "/groups/picker", None, {"query": "jira", "caseInsensitive": "true"}, 200),
    ("GET", "/jql/autocompletedata/suggestions", None, {"fieldName": "Sprint", "fieldValue": "demo"}, 200),
    ("GET", "/user/viewissue/search", None, {"issueKey": "DEMO-2", "accountId": BOB}, 200),
    ("GET", "/mypermissions", None, {"issueKey": "DEMO-2", "permissions": "BROWSE_PROJECTS,ADMINISTER"}, 200),
    ("POST", "/permissions/check", CHECK, {}, 200),
    ("POST", "/webhook", HOOK, {}, 200),
    ("GET", "/webhook", None, {}, 200),
    ("PUT", "/webhook/refresh", {"webhookIds": [1]}, {}, 200),
    ("DELETE", "/webhook", {"webhookIds": [1]}, {}, 202),
    ("GET", "/webhook/failed", None, {}, 403),
    ("DELETE", "/issue/DEMO-4", None, {}, 204),
    ("GET", "/issue/NO-1", None, {}, 404),
    ("POST", "/issue", {"fields": {}}, {}, 400),
)  # fmt: skip


async def test_every_operation_holds_against_the_published_document(sandbox: Sandbox, alice: Client) -> None:
    for method, path, body, query, status in CALLS:
        answer = await alice.call(method, path, body, **query)
        assert (method, path, answer.status) == (method, path, status), answer.body
        if status in {201, 202, 204} and not answer.body:
            assert answer.headers.get("Content-Length", "0") == "0"
    made = await alice.post("/issue/DEMO-2/comment", {"body": adf("mine")})
    await alice.call("PUT", f"/issue/DEMO-2/comment/{made['id']}", {"body": adf("changed")})
    assert (await alice.call("DELETE", f"/issue/DEMO-2/comment/{made['id']}")).status == 204
    [link] = (await alice.get("/issue/DEMO-2", fields="issuelinks"))["fields"]["issuelinks"]
    assert (await alice.call("DELETE", f"/issueLink/{link['id']}")).status == 204
    await attach(sandbox, alice)
    assert "\n".join(sandbox.violations) == ""
    called = {(r.method, r.path) for r in sandbox.requests if r.status < 404}
    for route in ROUTES:
        pattern = re.sub(r"\{[^}]+\}", "[^/]+", route.path)
        if "/agile/" not in route.path:
            assert any(m == route.method and re.fullmatch(pattern, p) for m, p in called), route


async def attach(sandbox: Sandbox, alice: Client) -> None:
    base = f"{sandbox.api_url}/ex/jira/{sandbox.site.cloud_id}/rest/api/3"
    headers = {"Authorization": f"Bearer {alice.access}", "X-Atlassian-Token": "no-check"}
    form = aiohttp.FormData()
    form.add_field("file", b"content", filename="a.txt", content_type="text/plain")
    async with alice.session.post(f"{base}/issue/DEMO-2/attachments", data=form, headers=headers) as answer:
        assert answer.status == 200
        made = (await answer.json())[0]
    url = f"{base}/attachment/content/{made['id']}"
    async with alice.session.get(url, headers=headers, allow_redirects=False) as answer:
        assert answer.status == 303
        where = answer.headers["Location"]
    async with alice.session.get(where) as answer:
        assert await answer.read() == b"content"


@pytest.mark.parametrize(
    "route", [r for r in ROUTES if "/agile/" not in r.path], ids=lambda r: f"{r.method} {r.path}"
)
def test_scopes_are_those_of_the_document(route: Route) -> None:
    operations = json.loads(JIRA_OPENAPI.read_text(encoding="utf-8"))["paths"]
    shape = re.sub(r"\{[^}]+\}", "{}", route.path)
    found = next(o for p, o in operations.items() if re.sub(r"\{[^}]+\}", "{}", p) == shape)[route.method.lower()]
    documented: list[str] = next((s["OAuth2"] for s in found["security"] if "OAuth2" in s), [])
    assert set(route.scopes) == set(documented)


@pytest.mark.parametrize(
    ("method", "path", "query", "body", "problem"),
    [
        ("GET", "/rest/api/3/nothing", {}, None, "no such operation"),
        ("GET", "/rest/api/3/issue/A-1", {"field": "summary"}, None, "query parameter field is unknown"),
        ("GET", "/rest/api/3/user/picker", {}, None, "query parameter query is missing"),
        ("GET", "/rest/api/3/user/picker", {"query": "a", "maxResults": "many"}, None, 'is not of type "integer"'),
        ("POST", "/rest/api/3/search/jql", {}, {"jql": 1}, 'is not of type "string"'),
        ("POST", "/rest/api/3/search/jql", {}, {"query": "x"}, "Additional properties"),
        ("POST", "/rest/api/3/issue", {}, None, "the body is missing"),
        ("DELETE", "/rest/api/3/issue/A-1/votes", {}, {"a": 1}, "a body is not expected"),
    ],
)
def test_wrong_requests_are_found(
    method: str, path: str, query: dict[str, str], body: object, problem: str
) -> None:
    found = list(Contract.load(JIRA_OPENAPI).request_problems(method, path, query, body))
    assert len(found) == 1
    assert problem in found[0]


@pytest.mark.parametrize(
    ("path", "status", "body", "problem"),
    [
        ("/rest/api/3/myself", 200, b'{"accountId": 5}', 'is not of type "string"'),
        ("/rest/api/3/myself", 200, b'{"surprise": 5}', "Additional properties"),
        ("/rest/api/3/myself", 200, b"", "has no body"),
        ("/rest/api/3/myself", 201, b"", "is not declared"),
    ],
)
def test_wrong_answers_are_found(path: str, status: int, body: bytes, problem: str) -> None:
    found = list(Contract.load(JIRA_OPENAPI).answer_problems("GET", path, status, body, "application/json"))
    assert len(found) == 1
    assert problem in found[0]


async def test_a_wrong_request_of_a_client_becomes_a_violation(sandbox: Sandbox, alice: Client) -> None:
    await alice.get("/myself", expandd="groups")
    assert sandbox.violations == ["GET /rest/api/3/myself: request: query parameter expandd is unknown"]


async def test_a_change_from_nothing_is_no_violation(sandbox: Sandbox, alice: Client) -> None:
    await alice.call("PUT", "/issue/DEMO-2", {"fields": {"duedate": "2026-12-24"}})
    search = {"jql": "key = DEMO-2", "fields": ["summary"], "expand": "changelog"}
    found = await alice.post("/search/jql", search)
    items = [i for h in found["issues"][0]["changelog"]["histories"] for i in h["items"]]
    assert None in [item["from"] for item in items]
    assert sandbox.violations == []
