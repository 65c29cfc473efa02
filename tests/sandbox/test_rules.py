"""What Jira refuses, the sandbox refuses: tokens, scopes, permissions, fields, documents, transitions."""

# ruff: noqa: E501 - tables of sentences read best with one row a line
from __future__ import annotations

import aiohttp
import pytest

from sandbox.people import PEOPLE
from sandbox.seed import SECOND_CLOUD_ID
from sandbox.server import Sandbox
from tests.support.sandbox import OFF_SCREEN, App, Client, adf, connect

BOB, FAY = PEOPLE[1].account_id, PEOPLE[5].account_id
GONE = "Issue does not exist or you do not have permission to see it."


async def test_f13_bad_token_is_401_with_the_gateways_body(alice: Client) -> None:
    for wrong in ("", "nonsense", alice.sandbox.microsoft.sign({"aud": "x"})):
        alice.access = wrong
        answer = await alice.get("/myself")
        assert (answer.status, answer.body) == (401, {"code": 401, "message": "Unauthorized"})
    assert alice.sandbox.requests[-1].account_id == ""


async def test_f13_missing_scope_says_so(session: aiohttp.ClientSession, sandbox: Sandbox, app: App) -> None:
    reader = await connect(session, sandbox, app, "alice@example.com", scope="read:jira-work")
    answer = await reader.post("/issue/DEMO-2/comment", {"body": adf("x")})
    assert (answer.status, answer["message"]) == (401, "Unauthorized; scope does not match")
    assert (await reader.get("/issue/DEMO-2")).status == 200


async def test_site_that_was_not_granted_is_401(alice: Client) -> None:
    alice.cloud_id = SECOND_CLOUD_ID
    assert (await alice.get("/myself")).status == 401


@pytest.mark.parametrize("key", ["HR-1", "DEMO-6", "DEMO-999", "NONE-1"])
async def test_t25_invisible_and_missing_are_the_same_404(eve: Client, key: str) -> None:
    answer = await eve.get(f"/issue/{key}")
    assert (answer.status, answer.body) == (404, {"errorMessages": [GONE], "errors": {}})


async def test_without_the_permission(eve: Client) -> None:
    assert (await eve.get("/issue/DEMO-2/transitions"))["transitions"] == []
    assert (await eve.post("/issue/DEMO-2/transitions", {"transition": {"id": "11"}})).status == 400
    assert (await eve.call("PUT", "/issue/DEMO-2/assignee", {"accountId": BOB})).status == 403
    edited = await eve.call("PUT", "/issue/DEMO-2", {"fields": {"summary": "x"}})
    assert (edited.status, edited["errors"]) == (400, {"summary": OFF_SCREEN.format("summary")})
    assert (await eve.call("DELETE", "/issue/DEMO-4")).status == 403
    assert (await eve.post("/issue/DEMO-2/comment", {"body": adf("may comment")})).status == 201


DOCUMENTS = [
    ("plain text", {"comment": "Comment body is not valid!"}, []),
    ({"type": "doc", "version": 1, "content": [{"type": "text", "text": "x"}]}, {}, ["INVALID_INPUT"]),
    ({"type": "doc", "content": []}, {}, ["INVALID_INPUT"]),
    (adf(""), {}, ["INVALID_INPUT"]),
    (adf("x" * 32_768), {"comment": "The entered text is too long. It exceeds the allowed limit of 32,767 characters."}, []),
]  # fmt: skip


@pytest.mark.parametrize(("body", "errors", "messages"), DOCUMENTS)
async def test_comment_that_is_no_document(
    alice: Client, body: object, errors: dict[str, str], messages: list[str]
) -> None:
    answer = await alice.post("/issue/DEMO-2/comment", {"body": body})
    assert (answer.status, answer.body) == (400, {"errorMessages": messages, "errors": errors})
    assert len(alice.sandbox.site.issues["DEMO-2"].comments) == 1


CREATED = [
    ({"project": {"key": "NOPE"}}, "project", "Specify a valid project ID or key"),
    ({"issuetype": None}, "issuetype", "Specify a valid issue type"),
    ({"issuetype": {"name": "Nope"}}, "issuetype", "Specify a valid issue type"),
    ({"summary": ""}, "summary", "You must specify a summary of the issue."),
    ({"summary": "a\nb"}, "summary", "The summary is invalid because it contains newline characters."),
    ({"summary": "x" * 256}, "summary", "Summary can't exceed 255 characters."),
    ({"description": "text"}, "description", "Operation value must be an Atlassian Document (see the Atlassian Document Format)"),
    ({"priority": {"name": "Nope"}}, "priority", "Priority name 'Nope' is not valid"),
    ({"assignee": {"accountId": FAY}}, "assignee", f"User '{FAY}' cannot be assigned issues."),
    ({"assignee": {"name": "alice"}}, "assignee", "Specify a valid value for assignee"),
    ({"assignee": "alice"}, "assignee", "Specify a valid value for assignee"),
    ({"labels": ["two words"]}, "labels", "The label 'two words' contains spaces which is invalid."),
    ({"duedate": "soon"}, "duedate", "Error parsing date string: soon"),
    ({"fixVersions": [{"name": "9"}]}, "fixVersions", "Fix versions name '9' is not valid"),
    ({"customfield_10016": "3"}, "customfield_10016", "Operation value must be a number"),
    ({"customfield_10017": {"id": 1}}, "customfield_10017", "Number value expected as the Sprint id."),
    ({"customfield_10018": {"value": "Nope"}}, "customfield_10018", "Option value 'Nope' is not valid"),
    ({"status": {"name": "Done"}}, "status", OFF_SCREEN.format("status")),
    ({"nonsense": 1}, "nonsense", OFF_SCREEN.format("nonsense")),
    ({"comment": adf("x")}, "comment", "Field does not support update 'comment'"),
    ({"issuetype": {"name": "Subtask"}}, "parent", "Issue type is a sub-task but parent issue key or id not specified."),
    ({"project": {"key": "OPS"}, "issuetype": {"name": "Incident"}}, "customfield_10018", "Severity is required."),
]  # fmt: skip


@pytest.mark.parametrize(
    ("fields", "field", "message"), CREATED, ids=[f"{n}-{c[1]}" for n, c in enumerate(CREATED)]
)
async def test_create_is_refused_by_field(
    alice: Client, fields: dict[str, object], field: str, message: str
) -> None:
    good = {"project": {"key": "DEMO"}, "issuetype": {"name": "Task"}, "summary": "Good"}
    before = len(alice.sandbox.site.issues)
    answer = await alice.post("/issue", {"fields": {**good, **fields}})
    assert (answer.status, answer["errors"]) == (400, {field: message})
    assert len(alice.sandbox.site.issues) == before


async def test_create_with_every_kind_of_field(alice: Client) -> None:
    fields = {
        "project": {"key": "DEMO"},
        "issuetype": {"name": "Story"},
        "summary": "Everything",
        "description": adf("words"),
        "priority": {"id": "2"},
        "assignee": {"id": BOB},
        "labels": ["a", "b"],
        "duedate": "2027-03-01",
        "components": [{"name": "Backend"}],
        "fixVersions": [{"name": "1.0"}],
        "parent": {"key": "DEMO-1"},
        "security": {"name": "Core team"},
        "customfield_10016": 5,
        "customfield_10017": 1,
        "customfield_10018": {"value": "Major"},
        "customfield_10019": [{"value": "Web"}, {"id": "10111"}],
        "customfield_10020": {"value": "Europe", "child": {"value": "France"}},
        "customfield_10021": adf("notes"),
        "customfield_10022": "CC-1",
        "customfield_10023": {"accountId": BOB},
    }
    made = await alice.post("/issue", {"fields": fields})
    assert made.status == 201
    shown = (await alice.get(f"/issue/{made['key']}"))["fields"]
    assert isinstance(shown, dict)
    assert shown["customfield_10020"]["child"]["value"] == "France"
    assert [o["value"] for o in shown["customfield_10019"]] == ["Web", "API"]
    assert shown["customfield_10017"][0]["state"] == "active"
    assert shown["security"]["name"] == "Core team"
    assert shown["parent"]["key"] == "DEMO-1"
    assert shown["reporter"]["displayName"] == "Alice Example"
    assert shown["status"]["statusCategory"]["key"] == "new"


async def test_edit_by_operations(alice: Client) -> None:
    update = {"labels": [{"add": "x"}, {"remove": "login"}], "summary": [{"set": "New"}]}
    assert (await alice.call("PUT", "/issue/DEMO-2", {"update": update})).status == 204
    issue = alice.sandbox.site.issues["DEMO-2"]
    assert (issue.ids("labels"), issue.text("summary")) == (("customer", "x"), "New")
    wrong = await alice.call("PUT", "/issue/DEMO-2", {"update": {"summary": [{"add": "x"}]}})
    assert wrong["errors"] == {"summary": "Operation 'add' is not supported for field 'summary'"}


@pytest.mark.parametrize(
    ("body", "status"),
    [
        ({"timeSpent": "1h 30m"}, 201),
        ({"timeSpent": "2"}, 201),
        ({"timeSpentSeconds": 60}, 201),
        ({"timeSpent": "a while"}, 400),
        ({"timeSpent": ""}, 400),
        ({"timeSpent": "0m"}, 400),
        ({"timeSpentSeconds": 30}, 400),
        ({"timeSpent": "1h", "timeSpentSeconds": 3600}, 400),
        ({}, 400),
        ({"timeSpent": "1h", "started": "2026-01-17T12:34:00.000+0000"}, 201),
        ({"timeSpent": "1h", "started": "2026-01-17T12:34:00.000Z"}, 400),
        ({"timeSpent": "1h", "started": "2026-01-17T12:34:00.000+00:00"}, 400),
        ({"timeSpent": "1h", "comment": "text"}, 400),
    ],
    ids=str,
)
async def test_worklog(alice: Client, body: dict[str, object], status: int) -> None:
    assert (await alice.post("/issue/DEMO-2/worklog", body)).status == status


async def test_one_day_is_eight_hours(alice: Client) -> None:
    made = await alice.post("/issue/DEMO-2/worklog", {"timeSpent": "1w 1d"})
    assert (made["timeSpentSeconds"], made["timeSpent"]) == (172_800, "1w 1d")


async def test_restricted_comment_is_seen_by_its_role_only(alice: Client, eve: Client) -> None:
    body = {"body": adf("secret"), "visibility": {"type": "role", "value": "Developers"}}
    assert (await alice.post("/issue/DEMO-2/comment", body)).status == 201
    assert (await alice.get("/issue/DEMO-2/comment"))["total"] == 2
    assert (await eve.get("/issue/DEMO-2/comment"))["total"] == 1
    assert (await eve.post("/issue/DEMO-2/comment", body)).status == 400


async def test_internal_note_is_not_public(alice: Client) -> None:
    note = {"key": "sd.public.comment", "value": {"internal": True}}
    made = await alice.post("/issue/OPS-1/comment", {"body": adf("internal"), "properties": [note]})
    assert made["jsdPublic"] is False


async def test_one_cannot_vote_for_ones_own_issue(alice: Client, eve: Client) -> None:
    assert (await alice.post("/issue/DEMO-2/votes")).status == 404
    assert (await eve.post("/issue/DEMO-2/votes")).status == 204
    alice.sandbox.site.voting = False
    assert (await eve.post("/issue/DEMO-3/votes")).status == 404


async def test_link_reads_as_the_inward_issue_does_it(alice: Client) -> None:
    for key, side, other in (("DEMO-2", "outwardIssue", "DEMO-3"), ("DEMO-3", "inwardIssue", "DEMO-2")):
        fields = (await alice.get(f"/issue/{key}", fields="issuelinks"))["fields"]
        assert isinstance(fields, dict)
        assert fields["issuelinks"][0][side]["key"] == other
        assert fields["issuelinks"][0]["type"]["outward"] == "blocks"


async def test_pages_of_a_search_follow_one_another(alice: Client) -> None:
    token, found = "", []
    while True:
        body = {
            "jql": "project = DEMO order by key",
            "maxResults": 4,
            **({"nextPageToken": token} if token else {}),
        }
        answer = await alice.post("/search/jql", body)
        assert isinstance(answer.body, dict)
        found += [i["id"] for i in answer.body["issues"]]
        assert all(set(i) == {"expand", "id", "self", "key"} for i in answer.body["issues"])
        if answer["isLast"]:
            break
        token = answer.body["nextPageToken"]
    assert len(found) == len(set(found)) == 6
    other = await alice.post("/search/jql", {"jql": "project = OPS", "nextPageToken": token})
    assert other.status == 400


@pytest.mark.parametrize("path", ["/search", "/issue/createmeta"])
async def test_removed_operations_are_gone(alice: Client, path: str) -> None:
    assert (await alice.get(path)).status == 410


async def test_browsers_are_refused_as_forgeries(alice: Client) -> None:
    url = f"{alice.sandbox.api_url}/ex/jira/{alice.sandbox.site.cloud_id}/rest/api/3/issue/DEMO-2/votes"
    headers = {"Authorization": f"Bearer {alice.access}", "User-Agent": "Mozilla/5.0"}
    async with alice.session.delete(url, headers=headers) as answer:
        assert (answer.status, await answer.text()) == (403, "XSRF check failed")


async def test_token_does_not_work_at_the_site_itself(alice: Client) -> None:
    url = f"{alice.sandbox.board_url}/rest/api/3/myself"
    async with alice.session.get(url, headers={"Authorization": f"Bearer {alice.access}"}) as answer:
        assert answer.status == 403
        assert "Connect Session" in await answer.text()


@pytest.mark.parametrize(("body", "kind", "status"), [("{", "application/json", 400), ("{}", "text/plain", 415)])
async def test_body_that_is_no_json(alice: Client, body: str, kind: str, status: int) -> None:
    url = f"{alice.sandbox.api_url}/ex/jira/{alice.sandbox.site.cloud_id}/rest/api/3/issue"
    headers = {"Authorization": f"Bearer {alice.access}", "Content-Type": kind}
    async with alice.session.post(url, data=body, headers=headers) as answer:
        assert answer.status == status


async def test_rights_of_others_are_for_administrators(alice: Client, eve: Client) -> None:
    asked = {"accountId": BOB, "projectPermissions": [{"permissions": ["BROWSE_PROJECTS"], "issues": [10006]}]}
    granted = await alice.post("/permissions/check", asked)
    assert granted["projectPermissions"] == [{"permission": "BROWSE_PROJECTS", "issues": [10006], "projects": []}]
    assert (await eve.post("/permissions/check", asked)).status == 403
    own = await eve.post("/permissions/check", {**asked, "accountId": PEOPLE[4].account_id})
    assert own["projectPermissions"][0]["issues"] == []


async def test_moved_issue_is_found_under_its_old_key(alice: Client) -> None:
    alice.sandbox.site.moved_keys["OLD-7"] = "DEMO-2"
    answer = await alice.get("/issue/OLD-7")
    assert (answer.status, answer["key"]) == (200, "DEMO-2")


async def test_times_are_in_the_readers_zone(session: aiohttp.ClientSession, sandbox: Sandbox, app: App) -> None:
    carol = await connect(session, sandbox, app, "c@example.com")
    fields = (await carol.get("/issue/DEMO-2", fields="created"))["fields"]
    assert isinstance(fields, dict)
    assert fields["created"] == "2027-01-15T00:00:00.000-0800"


async def test_custom_fields_have_other_numbers_on_another_site(
    session: aiohttp.ClientSession, sandbox: Sandbox, app: App
) -> None:
    ids = []
    for site in sandbox.sites:
        client = await connect(session, sandbox, app, "alice@example.com", site=site.cloud_id)
        rows = (await client.get("/field")).body
        assert isinstance(rows, list)
        ids.append({r["name"]: r["id"] for r in rows}["Sprint"])
    assert ids == ["customfield_10017", "customfield_10113"]


async def test_agile_scope_has_no_classic_one(session: aiohttp.ClientSession, sandbox: Sandbox, app: App) -> None:
    scope = "read:jira-work write:sprint:jira-software"
    client = await connect(session, sandbox, app, "alice@example.com", scope=scope)
    path = "/rest/agile/1.0/sprint/2/issue"
    assert (await client.post(path, {"issues": ["DEMO-3"]})).status == 204
    assert sandbox.site.issues["DEMO-3"].ids("customfield_10017") == ("2",)
