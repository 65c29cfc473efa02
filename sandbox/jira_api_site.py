"""REST v3 of a site: projects, create metadata, users, permissions and fields."""

from __future__ import annotations

from html import escape

from aiohttp import web

from sandbox import changes
from sandbox.errors import JiraProblem
from sandbox.fields import Kind
from sandbox.gateway import READ, SPRINT, USER, Call, Route, answer, empty
from sandbox.model import Issue, Json, Project
from sandbox.people import Person
from sandbox.render import avatars, group_id, issue_type, project, stamp
from sandbox.render_meta import field_meta
from sandbox.site import GLOBAL_PERMISSIONS, PROJECT_PERMISSIONS

FIRST_USERS = 1_000
"""The user searches of Jira look at the first thousand users only."""


async def myself(call: Call) -> web.Response:
    person = call.site.person(call.account_id)
    if person is None:
        raise JiraProblem(403, "This account has no access to the site.")
    return answer(call.view.full_user(person))


async def server_info(call: Call) -> web.Response:
    row: Json = {
        "baseUrl": call.site.url,
        "displayUrl": call.site.url,
        "version": "1001.0.0-SNAPSHOT",
        "versionNumbers": [1001, 0, 0],
        "deploymentType": "Cloud",
        "buildNumber": 100_250,
        "serverTime": stamp(call.site.clock()),
        "serverTimeZone": "UTC",
        "scmInfo": "0" * 40,
        "serverTitle": "Jira",
    }
    return answer(row)


async def projects(call: Call) -> web.Response:
    words = call.query.get("query", "").lower()
    keys = {k.upper() for k in call.queries.get("keys", [])}
    rows = [
        p
        for p in call.site.visible_projects(call.account_id)
        if words in f"{p.key} {p.name}".lower() and (not keys or p.key in keys)
    ]
    if call.query.get("action") == "create":
        rows = [p for p in rows if call.site.allows(p, call.account_id, "CREATE_ISSUES")]
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 50, 100)
    shown = [
        {**project(call.view, p), "style": "classic", "isPrivate": "BROWSE_PROJECTS" in p.permissions}
        for p in rows[start : start + size]
    ]
    body: Json = {
        "self": call.view.link("project/search"),
        "maxResults": size,
        "startAt": start,
        "total": len(rows),
    }
    return answer({**body, "isLast": start + size >= len(rows), "values": shown})


def _creatable(call: Call) -> Project:
    project = call.site.project(call.path["project"], call.account_id)
    if project is None or not call.site.allows(project, call.account_id, "CREATE_ISSUES"):
        raise JiraProblem(404, f"No project could be found with key or id '{call.path['project']}'.")
    return project


async def create_types(call: Call) -> web.Response:
    owner = _creatable(call)
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 50, 200)
    rows = [issue_type(call.view, t) for t in owner.types]
    page = rows[start : start + size]
    return answer({"startAt": start, "maxResults": size, "total": len(rows), "issueTypes": page})


async def create_fields(call: Call) -> web.Response:
    owner = _creatable(call)
    screen = owner.screens.get(call.path["type"])
    if screen is None:
        raise JiraProblem(404, "The issue type does not exist in this project.")
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 50, 200)
    rows = [{**field_meta(call.view, e, owner), "fieldId": e.field_id} for e in screen]
    page = rows[start : start + size]
    return answer({"startAt": start, "maxResults": size, "total": len(rows), "fields": page})


async def fields(call: Call) -> web.Response:
    rows: list[Json] = []
    for f in call.site.fields.values():
        row: Json = {
            "id": f.id,
            "key": f.id,
            "name": f.name,
            "custom": bool(f.custom),
            "orderable": f.kind not in {Kind.PROJECT, Kind.TYPE},
            "navigable": True,
            "searchable": True,
            "clauseNames": sorted({*f.jql_names, f.name} if f.custom else {*f.jql_names, f.id}),
            "schema": f.schema,
        }
        rows.append(row)
    return answer(rows)


def _fits(person: Person, query: str) -> bool:
    start = query.lower().strip()
    words = [person.name.lower(), *person.name.lower().split(), person.email]
    return any(w.startswith(start) for w in words)


def _people(call: Call, query: str) -> list[Person]:
    return [p for p in call.site.people[:FIRST_USERS] if _fits(p, query)]


async def assignable(call: Call) -> web.Response:
    if "issueKey" in call.query or "issueId" in call.query:
        issue = call.site.issue(call.query.get("issueKey") or call.query["issueId"], call.account_id)
        owner = call.site.project_of(issue)
    else:
        project = call.site.project(call.query.get("project", ""), call.account_id)
        if project is None:
            raise JiraProblem(404, f"No project could be found with key '{call.query.get('project', '')}'.")
        owner, issue = project, None
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 50, 1_000)
    account, query = call.query.get("accountId"), call.query.get("query", "")
    rows = [
        p
        for p in _people(call, query)
        if call.site.allows(owner, p.account_id, "ASSIGNABLE_USER") and account in (None, p.account_id)
    ]
    return answer([call.view.user(p.account_id) for p in rows[start : start + size]])


async def one_user(call: Call) -> web.Response:
    if "accountId" not in call.query:
        raise JiraProblem(400, "The accountId query parameter needs to be provided")
    if all(p.account_id != call.query["accountId"] for p in call.site.people):
        raise JiraProblem(404, "Specified user does not exist or you do not have required permissions")
    return answer(call.view.user(call.query["accountId"]))


async def pick_user(call: Call) -> web.Response:
    query = call.query.get("query", "")
    if "query" not in call.query:
        raise JiraProblem(400, "The 'query' parameter is required.")
    # A site with a group of this name gives the permission Browse users to its members only.
    may_search = not (holders := call.site.groups.get("user-pickers")) or call.account_id in holders
    rows = _people(call, query) if may_search else [p for p in call.site.people if p.name.lower() == query.lower()]
    shown = rows[: call.number("maxResults", 50, 1_000)]
    users = [
        {
            "accountId": p.account_id,
            "accountType": "atlassian",
            "html": f"<strong>{escape(p.name)}</strong>",
            "displayName": p.name,
            "avatarUrl": str(avatars(call.site.url, f"avatar/user/{p.account_id}")["24x24"]),
        }
        for p in shown
    ]
    header = f"Showing {len(users)} of {len(rows)} matching users"
    return answer({"users": users, "total": len(rows), "header": header})


async def pick_group(call: Call) -> web.Response:
    """Find groups. People who may not browse groups find a group only by its exact name."""
    query = call.query.get("query", "")
    may_search = not (holders := call.site.groups.get("user-pickers")) or call.account_id in holders
    folded = call.query.get("caseInsensitive") == "true"
    names = [
        name
        for name in sorted(call.site.groups)
        if (query in name or (folded and query.lower() in name.lower()) if may_search else query == name)
    ]
    shown = names[: call.number("maxResults", 20, 1_000)]
    groups = [{"name": name, "html": escape(name), "groupId": group_id(name)} for name in shown]
    header = f"Showing {len(groups)} of {len(names)} matching groups"
    return answer({"groups": groups, "total": len(names), "header": header})


async def viewers(call: Call) -> web.Response:
    """Return the users of the site who may see an issue."""
    key, account, query = call.query.get("issueKey", ""), call.query.get("accountId"), call.query.get("query")
    if account is None and query is None:
        raise JiraProblem(400, "Either 'accountId' or 'query' is required.")
    issue = call.site.issue(key, call.account_id) if key else None
    rows = [
        p
        for p in _people(call, query or "")
        if account in (None, p.account_id) and (issue is None or call.site.is_visible(issue, p.account_id))
    ]
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 50, 1_000)
    return answer([call.view.user(p.account_id) for p in rows[start : start + size]])


def _holds(call: Call, permission: str, owner: Project | None, issue: Issue | None) -> bool:
    if permission in GLOBAL_PERMISSIONS:
        return permission != "ADMINISTER" or call.account_id in call.site.admins
    places = [owner] if owner else call.site.visible_projects(call.account_id)
    if issue is not None and not call.site.is_visible(issue, call.account_id):
        return False
    return any(call.site.allows(p, call.account_id, permission) for p in places)


async def my_permissions(call: Call) -> web.Response:
    requested = [p for p in call.query.get("permissions", "").split(",") if p]
    if not requested:
        raise JiraProblem(400, "The 'permissions' query parameter is required.")
    known = {*GLOBAL_PERMISSIONS, *PROJECT_PERMISSIONS}
    if unknown := [p for p in requested if p not in known]:
        raise JiraProblem(400, f"Unrecognized permission(s): {', '.join(unknown)}")
    issue, owner = None, None
    if key := call.query.get("issueKey") or call.query.get("issueId"):
        issue = call.site.issue(key, call.account_id)
        owner = call.site.project_of(issue)
    elif place := call.query.get("projectKey") or call.query.get("projectId"):
        owner = call.site.project(place, call.account_id)
        if owner is None:
            raise JiraProblem(404, f"No project could be found with key '{place}'.")
    rows = {
        p: {
            "id": str(number),
            "key": p,
            "name": p.replace("_", " ").capitalize(),
            "type": "GLOBAL" if p in GLOBAL_PERMISSIONS else "PROJECT",
            "description": "",
            "havePermission": _holds(call, p, owner, issue),
        }
        for number, p in enumerate(requested)
    }
    return answer({"permissions": rows})


async def check_permissions(call: Call) -> web.Response:
    account = str(call.body.get("accountId") or call.account_id)
    if account != call.account_id and call.account_id not in call.site.admins:
        raise JiraProblem(403, "You do not have permission to view permissions of other users.")
    asked = call.body.get("projectPermissions")
    grants: list[Json] = []
    for row in asked if isinstance(asked, list) else []:
        issues = [call.site.issue_by_id(str(i)) for i in row.get("issues", [])]
        if len(issues) > 1_000:
            raise JiraProblem(400, "No more than 1000 issues can be checked at once.")
        seen = [i for i in issues if i and call.site.is_visible(i, account)]
        places = [call.site.project(str(p), account) for p in row.get("projects", [])]
        for name in row.get("permissions", []):
            held = [int(i.id) for i in seen if call.site.allows(call.site.project_of(i), account, name)]
            where = [int(p.id) for p in places if p and call.site.allows(p, account, name)]
            grants.append({"permission": name, "issues": held, "projects": where})
    permissions = call.body.get("globalPermissions")
    names = [str(w) for w in permissions] if isinstance(permissions, list) else []
    held_globally = [
        n for n in names if n in GLOBAL_PERMISSIONS and (n != "ADMINISTER" or account in call.site.admins)
    ]
    return answer({"projectPermissions": grants, "globalPermissions": held_globally})


async def into_sprint(call: Call) -> web.Response:
    """Move issues into a sprint, the only operation of the agile API."""
    sprint = next((s for s in call.site.sprints if str(s.id) == call.path["sprint"]), None)
    keys = call.body.get("issues")
    if sprint is None:
        raise JiraProblem(404, "Sprint does not exist or you do not have permission to view it.")
    if not isinstance(keys, list) or len(keys) > 50:
        raise JiraProblem(400, "At most 50 issues may be moved at once.")
    definition = next(f for f in call.site.fields.values() if f.kind is Kind.SPRINT)
    for key in keys:
        issue = call.site.issue(str(key), call.account_id)
        changes.edit(call.site, call.account_id, issue, {"fields": {definition.id: sprint.id}})
    return empty()


ROUTES = (
    Route("GET", "/rest/api/3/myself", USER, myself),
    Route("GET", "/rest/api/3/serverInfo", (), server_info),
    Route("GET", "/rest/api/3/project/search", READ, projects),
    Route("GET", "/rest/api/3/issue/createmeta/{project}/issuetypes", READ, create_types),
    Route("GET", "/rest/api/3/issue/createmeta/{project}/issuetypes/{type}", READ, create_fields),
    Route("GET", "/rest/api/3/field", READ, fields),
    Route("GET", "/rest/api/3/user/assignable/search", USER, assignable),
    Route("GET", "/rest/api/3/user", USER, one_user),
    Route("GET", "/rest/api/3/user/picker", USER, pick_user),
    Route("GET", "/rest/api/3/groups/picker", USER, pick_group),
    Route("GET", "/rest/api/3/user/viewissue/search", USER, viewers),
    Route("GET", "/rest/api/3/mypermissions", READ, my_permissions),
    Route("POST", "/rest/api/3/permissions/check", (), check_permissions),
    Route("POST", "/rest/agile/1.0/sprint/{sprint}/issue", SPRINT, into_sprint),
)
