"""REST v3 of single issues: show, create, edit, move, assign, delete."""

from __future__ import annotations

from aiohttp import web

from sandbox import changes
from sandbox.errors import JiraProblem
from sandbox.gateway import READ, WRITE, Call, Route, answer, empty
from sandbox.model import Json
from sandbox.render_issue import issue_bean
from sandbox.render_meta import edit_meta, transitions

ISSUE = "/rest/api/3/issue/{key}"


async def show(call: Call) -> web.Response:
    issue = call.issue()
    if call.query.get("updateHistory") == "true":
        issue.viewed[call.account_id] = call.site.clock()
    return answer(issue_bean(call.view, issue, call.queries.get("fields", []), call.queries.get("expand", [])))


async def create(call: Call) -> web.Response:
    issue = changes.create(call.site, call.account_id, call.body)
    row: Json = {"id": issue.id, "key": issue.key, "self": call.view.link(f"issue/{issue.id}")}
    return answer(row, 201)


async def edit(call: Call) -> web.Response:
    issue = call.issue()
    changes.edit(call.site, call.account_id, issue, call.body)
    if call.query.get("returnIssue") == "true":
        return answer(issue_bean(call.view, issue, [], call.queries.get("expand", [])))
    return empty()


async def delete(call: Call) -> web.Response:
    issue = call.issue()
    if call.site.children(issue) and call.query.get("deleteSubtasks") != "true":
        raise JiraProblem(
            400,
            f"The issue '{issue.key}' has subtasks. You must specify the 'deleteSubtasks' parameter to delete "
            "this issue and all its subtasks.",
        )
    for child in call.site.children(issue):
        changes.delete(call.site, call.account_id, child)
    changes.delete(call.site, call.account_id, issue)
    return empty()


async def show_transitions(call: Call) -> web.Response:
    with_fields = "transitions.fields" in call.query.get("expand", "")
    rows = transitions(call.view, call.issue(), with_fields=with_fields)
    transition_id = call.query.get("transitionId")
    shown = [r for r in rows if transition_id in (None, r["id"])]
    return answer({"expand": "transitions", "transitions": shown})


async def move(call: Call) -> web.Response:
    changes.move(call.site, call.account_id, call.issue(), call.body)
    return empty()


async def assign(call: Call) -> web.Response:
    issue = call.issue()
    if "accountId" not in call.body:
        raise JiraProblem(400, "accountId is required")
    changes.assign(call.site, call.account_id, issue, call.body["accountId"])
    return empty()


async def show_edit_meta(call: Call) -> web.Response:
    return answer(edit_meta(call.view, call.issue()))


async def bulk_fetch(call: Call) -> web.Response:
    keys = call.body.get("issueIdsOrKeys")
    if not isinstance(keys, list) or len(keys) > 100:
        raise JiraProblem(400, "Between 1 and 100 issue ids or keys are expected.")
    fields = call.body.get("fields")
    names = [str(f) for f in fields] if isinstance(fields, list) else []
    issues: list[Json] = []
    for key in dict.fromkeys(str(w) for w in keys):
        try:
            issue = call.site.issue(key, call.account_id)
        except JiraProblem:
            continue
        issues.append(issue_bean(call.view, issue, names, [], "*navigable"))
    return answer({"issues": issues, "issueErrors": []})


ROUTES = (
    Route("POST", "/rest/api/3/issue", WRITE, create),
    Route("POST", "/rest/api/3/issue/bulkfetch", READ, bulk_fetch),
    Route("GET", ISSUE, READ, show),
    Route("PUT", ISSUE, WRITE, edit),
    Route("DELETE", ISSUE, WRITE, delete),
    Route("GET", f"{ISSUE}/transitions", READ, show_transitions),
    Route("POST", f"{ISSUE}/transitions", WRITE, move),
    Route("PUT", f"{ISSUE}/assignee", WRITE, assign),
    Route("GET", f"{ISSUE}/editmeta", READ, show_edit_meta),
)
