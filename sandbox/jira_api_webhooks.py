"""REST v3 of dynamic webhooks, which an app registers for the owner of its token."""

from __future__ import annotations

from aiohttp import web

from sandbox import jql, jql_match
from sandbox.errors import JiraProblem
from sandbox.gateway import WEBHOOK, Call, Route, answer, empty
from sandbox.jql_tree import Both, Clause, JqlError, Node, Not
from sandbox.model import Json
from sandbox.webhooks import DYNAMIC_EVENTS, LIFE, DynamicWebhook

MAX_PER_USER = 5
FIELDS = frozenset(
    {"issuekey", "key", "project", "issuetype", "type", "status", "assignee", "reporter", "issue.property"}
)
OPERATORS = frozenset({"=", "!=", "in", "not in"})


def _own(call: Call) -> list[DynamicWebhook]:
    now = call.site.clock()
    return [h for h in call.webhooks.dynamic if h.owner == call.account_id and h.expires > now]


def _clauses(node: Node) -> list[Clause]:
    if isinstance(node, Clause):
        return [node]
    if isinstance(node, Not):
        return _clauses(node.part)
    if isinstance(node, Both):
        return [c for part in node.parts for c in _clauses(part)]
    raise TypeError(node)


def _filter_problems(text: str) -> list[str]:
    try:
        query = jql.parse(text)
    except JqlError as error:
        return [f"The provided JQL filter '{text}' is invalid: {error}"]
    if query.where is None:
        return ["The JQL filter must not be empty."]
    problems = []
    for clause in _clauses(query.where):
        if clause.field.lower() not in FIELDS:
            problems.append(f"The clause '{clause.field}' is not supported in a webhook's JQL filter.")
        if clause.operator not in OPERATORS:
            problems.append(f"The operator '{clause.operator}' is not supported in a webhook's JQL filter.")
    return problems


def _registered(call: Call, url: str, row: object) -> Json:
    details = row if isinstance(row, dict) else {}
    events = details.get("events")
    names = [str(e) for e in events] if isinstance(events, list) else []
    text = str(details.get("jqlFilter", ""))
    problems = _filter_problems(text) or jql_match.problems(call.site, call.account_id, text)
    if not names or any(n not in DYNAMIC_EVENTS for n in names):
        problems.append("The events are missing or not supported.")
    if len(_own(call)) >= MAX_PER_USER:
        problems.append("The maximum number of webhooks for this user has been reached.")
    if problems:
        return {"errors": problems}
    fields = details.get("fieldIdsFilter")
    field_ids = tuple(str(f) for f in fields) if isinstance(fields, list) else ()
    expires = call.site.clock() + LIFE
    hook = DynamicWebhook(0, url, tuple(names), text, call.account_id, expires, field_ids)
    return {"createdWebhookId": call.webhooks.register(hook).id}


async def register(call: Call) -> web.Response:
    url, rows = call.body.get("url"), call.body.get("webhooks")
    if not isinstance(url, str) or not url or not isinstance(rows, list) or not rows:
        raise JiraProblem(400, "The url and at least one webhook are required.")
    if any(h.url != url for h in call.webhooks.dynamic):
        raise JiraProblem(400, "Only a single URL per app is allowed to be registered via REST API.")
    return answer({"webhookRegistrationResult": [_registered(call, url, row) for row in rows]})


async def listed(call: Call) -> web.Response:
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 100, 100)
    own = _own(call)
    rows: list[Json] = []
    for hook in own[start : start + size]:
        row: Json = {"id": hook.id, "url": hook.url, "jqlFilter": hook.jql, "events": list(hook.events)}
        row["expirationDate"] = int(hook.expires * 1000)
        if hook.field_ids:
            row["fieldIdsFilter"] = list(hook.field_ids)
        rows.append(row)
    last = start + size >= len(own)
    return answer({"maxResults": size, "startAt": start, "total": len(own), "isLast": last, "values": rows})


def _ids(call: Call) -> set[int]:
    ids = call.body.get("webhookIds")
    if not isinstance(ids, list):
        raise JiraProblem(400, "The webhook ids are required.")
    return {w for w in ids if isinstance(w, int)}


async def refresh(call: Call) -> web.Response:
    ids, until = _ids(call), call.site.clock() + LIFE
    for hook in _own(call):
        if hook.id in ids:
            hook.expires = until
    return answer({"expirationDate": int(until * 1000)})


async def delete(call: Call) -> web.Response:
    ids, own = _ids(call), {h.id for h in _own(call)}
    call.webhooks.dynamic = [h for h in call.webhooks.dynamic if h.id not in ids & own]
    return empty(202)


async def failed(_call: Call) -> web.Response:
    raise JiraProblem(403, "Only Connect apps can use this operation.")


ROUTES = (
    Route("POST", "/rest/api/3/webhook", WEBHOOK, register),
    Route("GET", "/rest/api/3/webhook", WEBHOOK, listed),
    Route("DELETE", "/rest/api/3/webhook", WEBHOOK, delete),
    Route("PUT", "/rest/api/3/webhook/refresh", WEBHOOK, refresh),
    Route("GET", "/rest/api/3/webhook/failed", WEBHOOK, failed),
)
