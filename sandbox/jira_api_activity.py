"""REST v3 of an issue's activity: comments, worklogs, watchers, votes, links, attachments."""

from __future__ import annotations

from aiohttp import web
from aiohttp.multipart import BodyPartReader

from sandbox import activity
from sandbox.errors import JiraProblem
from sandbox.gateway import READ, WRITE, Call, Route, answer, empty
from sandbox.jira_api_issue import ISSUE
from sandbox.model import Json
from sandbox.render import attachment
from sandbox.render_issue import comment, visible_comments, worklog

MAX_FILE = 10 * 1024 * 1024


async def comments(call: Call) -> web.Response:
    issue = call.issue()
    order = call.query.get("orderBy", "created")
    rows = sorted(visible_comments(call.view, issue), key=lambda c: c.created, reverse=order.startswith("-"))
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 100, 5_000)
    shown = [comment(call.view, issue, c) for c in rows[start : start + size]]
    return answer({"startAt": start, "maxResults": size, "total": len(rows), "comments": shown})


async def add_comment(call: Call) -> web.Response:
    issue = call.issue()
    added = activity.add_comment(call.site, call.account_id, issue, call.body)
    return answer(comment(call.view, issue, added), 201)


async def show_comment(call: Call) -> web.Response:
    issue = call.issue()
    shown = activity.comment_of(call.site, call.account_id, issue, call.path["id"])
    return answer(comment(call.view, issue, shown))


async def edit_comment(call: Call) -> web.Response:
    issue = call.issue()
    edited = activity.comment_of(call.site, call.account_id, issue, call.path["id"])
    activity.edit_comment(call.site, call.account_id, issue, edited, call.body)
    return answer(comment(call.view, issue, edited))


async def delete_comment(call: Call) -> web.Response:
    issue = call.issue()
    deleted = activity.comment_of(call.site, call.account_id, issue, call.path["id"])
    activity.delete_comment(call.site, call.account_id, issue, deleted)
    return empty()


async def worklogs(call: Call) -> web.Response:
    issue = call.issue()
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 5_000, 5_000)
    rows = [worklog(call.view, issue, w) for w in issue.worklogs]
    page = rows[start : start + size]
    return answer({"startAt": start, "maxResults": size, "total": len(rows), "worklogs": page})


async def log_work(call: Call) -> web.Response:
    issue = call.issue()
    entry = activity.log_work(call.site, call.account_id, issue, call.body, call.query)
    return answer(worklog(call.view, issue, entry), 201)


async def watchers(call: Call) -> web.Response:
    issue = call.issue()
    row: Json = {
        "self": call.view.link(f"issue/{issue.key}/watchers"),
        "isWatching": call.account_id in issue.watchers,
        "watchCount": len(issue.watchers),
        "watchers": [call.view.user(a) for a in sorted(issue.watchers)],
    }
    return answer(row)


async def watch(call: Call) -> web.Response:
    if call.raw is not None and not isinstance(call.raw, str):
        raise JiraProblem(400, "The request body has to be an account id in quotation marks.")
    activity.watch(call.site, call.account_id, call.issue(), call.raw)
    return empty()


async def unwatch(call: Call) -> web.Response:
    issue = call.issue()
    account = call.query.get("accountId")
    if not account:
        raise JiraProblem(400, "The account id is required.")
    activity.unwatch(call.site, call.account_id, issue, account)
    return empty()


async def votes(call: Call) -> web.Response:
    issue = call.issue()
    row: Json = {
        "self": call.view.link(f"issue/{issue.key}/votes"),
        "votes": len(issue.voters),
        "hasVoted": call.account_id in issue.voters,
        "voters": [call.view.user(a) for a in sorted(issue.voters)],
    }
    return answer(row)


async def vote(call: Call) -> web.Response:
    activity.vote(call.site, call.account_id, call.issue(), up=True)
    return empty()


async def unvote(call: Call) -> web.Response:
    activity.vote(call.site, call.account_id, call.issue(), up=False)
    return empty()


async def link_types(call: Call) -> web.Response:
    rows = [
        {
            "id": t.id,
            "name": t.name,
            "inward": t.inward,
            "outward": t.outward,
            "self": call.view.link(f"issueLinkType/{t.id}"),
        }
        for t in call.site.link_types
    ]
    return answer({"issueLinkTypes": rows})


async def link(call: Call) -> web.Response:
    activity.link(call.site, call.account_id, call.body)
    return empty(201)


async def unlink(call: Call) -> web.Response:
    activity.unlink(call.site, call.account_id, call.path["id"])
    return empty()


async def attach(call: Call) -> web.Response:
    issue = call.issue()
    if call.request.headers.get("X-Atlassian-Token") != "no-check":
        return web.Response(status=403, text="XSRF check failed")
    if call.request.content_type != "multipart/form-data":
        raise JiraProblem(415, "Unsupported Media Type")
    files = []
    async for part in await call.request.multipart():
        if not isinstance(part, BodyPartReader) or part.name != "file" or not part.filename:
            continue
        content = bytes(await part.read(decode=False))
        if len(content) > MAX_FILE:
            raise JiraProblem(413, "The attachment is too large.")
        kind = part.headers.get("Content-Type", "application/octet-stream")
        file = activity.attach(
            call.site, call.account_id, issue, name=part.filename, mime_type=kind, content=content
        )
        files.append(file)
    return answer([attachment(call.view, a) for a in files])


async def content(call: Call) -> web.Response:
    for issue in call.site.visible_issues(call.account_id):
        for file in issue.attachments:
            if file.id == call.path["id"]:
                where = f"{call.site.url}/media/{file.id}"
                return web.Response(status=303, headers={"Location": where})
    raise JiraProblem(404, f"The attachment with id '{call.path['id']}' does not exist")


ROUTES = (
    Route("GET", f"{ISSUE}/comment", READ, comments),
    Route("POST", f"{ISSUE}/comment", WRITE, add_comment),
    Route("GET", f"{ISSUE}/comment/{{id}}", READ, show_comment),
    Route("PUT", f"{ISSUE}/comment/{{id}}", WRITE, edit_comment),
    Route("DELETE", f"{ISSUE}/comment/{{id}}", WRITE, delete_comment),
    Route("GET", f"{ISSUE}/worklog", READ, worklogs),
    Route("POST", f"{ISSUE}/worklog", WRITE, log_work),
    Route("GET", f"{ISSUE}/watchers", READ, watchers),
    Route("POST", f"{ISSUE}/watchers", WRITE, watch),
    Route("DELETE", f"{ISSUE}/watchers", WRITE, unwatch),
    Route("GET", f"{ISSUE}/votes", READ, votes),
    Route("POST", f"{ISSUE}/votes", WRITE, vote),
    Route("DELETE", f"{ISSUE}/votes", WRITE, unvote),
    Route("GET", "/rest/api/3/issueLinkType", READ, link_types),
    Route("POST", "/rest/api/3/issueLink", WRITE, link),
    Route("DELETE", "/rest/api/3/issueLink/{id}", WRITE, unlink),
    Route("POST", f"{ISSUE}/attachments", WRITE, attach),
    Route("GET", "/rest/api/3/attachment/content/{id}", READ, content),
)
