"""A Jira Data Center: REST v2 over the same model, its OAuth 2.0 provider, and personal access tokens.

It serves the operations of `jira_api_*` where v2 has them, with user names in place of account ids and wiki markup
in place of documents, and refuses those of v3.
"""

from __future__ import annotations

import json
import re
from collections.abc import Awaitable, Callable, Mapping, Sequence

from aiohttp import web

from sandbox import jql_match
from sandbox.adf import document
from sandbox.data_center_login import DataCenterLogin
from sandbox.errors import JiraProblem
from sandbox.gateway import Call, RequestRecord, Route, answer
from sandbox.jql_tree import JqlError
from sandbox.model import Json
from sandbox.people import PEOPLE, Person
from sandbox.render import View, project
from sandbox.render_issue import issue_bean
from sandbox.site import Site
from sandbox.webhooks import Webhooks

API = "/rest/api/2"
VERSION = (9, 12, 4)
_CLOUD_ONLY = ("/search/", "/jql/match", "/jql/parse", "/project/search", "/webhook", "/filter/my", "/label")
_TEXTS = frozenset({"description", "environment", "body", "comment"})
_CLOUD_PROPERTIES = frozenset({"accountId", "accountType"})
_USERS = frozenset({"assignee", "reporter"})
_KEYS = {person.account_id: f"JIRAUSER1{number:04}" for number, person in enumerate(PEOPLE)}
"""Users' keys by account id. A Data Center shows them beside names, and in changelogs in their place."""
_MENTION = re.compile(r"\[~accountid:([^\]]+)\]")


def user_name(person: Person) -> str:
    """Return a person's user name: what stands before the @ of their address."""
    return person.email.partition("@")[0]


class DataCenter:
    """Serves one site. `requests` is the log, oldest first."""

    def __init__(self, site: Site, webhooks: Webhooks, login: DataCenterLogin, routes: Sequence[Route]) -> None:
        self.site, self.webhooks, self.login = site, webhooks, login
        webhooks.convert = to_server
        self.requests: list[RequestRecord] = []
        self._routes = routes

    def install(self, app: web.Application) -> None:
        """Add all routes to the server."""
        app.add_routes(self.login.routes())
        app.router.add_get(f"{API}/serverInfo", self._server_info)
        app.router.add_post(f"{API}/search", self._serve(_search))
        app.router.add_get(f"{API}/project", self._serve(_projects))
        for route in sorted(self._routes, key=lambda r: r.path.count("{")):
            path = route.path.removeprefix("/rest/api/3")
            if path != route.path and not path.startswith(_CLOUD_ONLY):
                app.router.add_route(route.method, f"{API}{path}", self._serve(route.handler))
        app.router.add_route("*", "/rest/{rest:.*}", self._serve(_unknown))

    def _serve(
        self, handler: Callable[[Call], Awaitable[web.Response]]
    ) -> Callable[[web.Request], Awaitable[web.Response]]:
        async def serve(request: web.Request) -> web.Response:
            record = RequestRecord(request.method, request.path, dict(request.query), "", None)
            self.requests.append(record)
            try:
                response = await self._handle(handler, request, record)
            except JiraProblem as problem:
                response = answer(problem.body, problem.status)
            record.status = response.status
            return response

        return serve

    async def _handle(
        self, handler: Callable[[Call], Awaitable[web.Response]], request: web.Request, record: RequestRecord
    ) -> web.Response:
        account = record.account_id = self.login.who(request.headers.get("Authorization", ""))
        if not account:
            return answer(
                {"message": "Client must be authenticated to access this resource.", "status-code": 401}, 401
            )
        raw = record.body = json.loads(await request.text()) if request.can_read_body else None
        body = _to_cloud(raw)
        if isinstance(body, str):
            body = _account_id(body)
        query = _query(request.query)
        call = Call(
            self.site,
            self.webhooks,
            account,
            View(self.site, account, self.site.url, version=2),
            dict(request.match_info),
            query,
            {name: [value] for name, value in query.items()},
            body if isinstance(body, dict) else {},
            body,
            request,
        )
        response = await handler(call)
        if not response.body:
            return response
        return answer(_to_server(json.loads(str(response.text))), response.status)

    async def _server_info(self, _request: web.Request) -> web.Response:
        row: Json = {
            "baseUrl": self.site.url,
            "version": ".".join(map(str, VERSION)),
            "versionNumbers": list(VERSION),
            "deploymentType": "Server",
        }
        return answer(row)


async def _search(call: Call) -> web.Response:
    try:
        rows = jql_match.bounded(call.site, call.account_id, str(call.body.get("jql", "")))
    except JqlError as error:
        raise JiraProblem(400, str(error)) from None
    start, size = int(str(call.body.get("startAt", 0))), int(str(call.body.get("maxResults", 50)))
    names = call.body.get("fields")
    fields = [str(name) for name in names] if isinstance(names, list) else []
    shown = [issue_bean(call.view, issue, fields, [], "*navigable") for issue in rows[start : start + size]]
    return answer({"startAt": start, "maxResults": size, "total": len(rows), "issues": shown})


async def _projects(call: Call) -> web.Response:
    return answer([project(call.view, each) for each in call.site.visible_projects(call.account_id)])


async def _unknown(_call: Call) -> web.Response:
    raise JiraProblem(404, "HTTP 404 Not Found")


def _query(query: Mapping[str, str]) -> dict[str, str]:
    if "accountId" in query:
        raise JiraProblem(400, "Account ids are of Jira Cloud.")
    sent = dict(query)
    if (name := sent.pop("username", None)) is not None:
        sent |= {"query": name} if "issueKey" in sent or "project" in sent else {"accountId": _account_id(name)}
    return sent


def _account_id(name: str) -> str:
    person = next((p for p in PEOPLE if user_name(p) == name), None)
    if person is None:
        raise JiraProblem(400, f"User '{name}' does not exist.")
    return person.account_id


def _to_cloud(value: object, name: str = "") -> object:
    """Return a body of v2 as the model takes it. Raises `JiraProblem` for what only v3 has."""
    if isinstance(value, list):
        return [_to_cloud(each, name) for each in value]
    if isinstance(value, str) and name in _TEXTS:
        return document(value)
    if not isinstance(value, dict):
        return value
    if value.get("type") == "doc":
        raise JiraProblem(400, "Operation value must be a string")
    if "accountId" in value:
        raise JiraProblem(400, "Account ids are of Jira Cloud.")
    if set(value) == {"name"} and (name in _USERS or not name):
        person = value["name"]
        return {"accountId": _account_id(person) if person not in (None, "-1") else person}
    return {key: _to_cloud(each, key) for key, each in value.items()}


def to_server(value: Json) -> Json:
    """Return an object of the model as v2 gives it."""
    converted = _to_server(value)
    return converted if isinstance(converted, dict) else {}


def _to_server(value: object) -> object:
    if isinstance(value, list):
        return [_to_server(each) for each in value]
    if isinstance(value, str):
        if value in _KEYS:
            return _KEYS[value]  # as in changelogs
        return _MENTION.sub(lambda match: f"[~{_name_of(match[1])}]", value)
    if not isinstance(value, dict):
        return value
    row: Json = {key: _to_server(each) for key, each in value.items() if key not in _CLOUD_PROPERTIES}
    if account := str(value.get("accountId", "")):
        row |= {"name": _name_of(account), "key": _KEYS.get(account, account), "self": f"{API}/user"}
    for listed in ("issueTypes", "fields"):
        if isinstance(row.get(listed), list):
            row["values"] = row.pop(listed)
    return row


def _name_of(account_id: str) -> str:
    person = next((p for p in PEOPLE if p.account_id == account_id), None)
    return user_name(person) if person else account_id
