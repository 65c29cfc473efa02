"""REST v3 of searches: search, counts, JQL validation and suggestions, filters, the issue picker."""

from __future__ import annotations

import base64
import json
from html import escape

from aiohttp import web

from sandbox import jql, jql_match
from sandbox.errors import JiraProblem
from sandbox.fields import Kind
from sandbox.gateway import READ, Call, Route, answer
from sandbox.jql_catalogue import FUNCTIONS, searchable
from sandbox.jql_dates import FUNCTIONS as DATE_FUNCTIONS
from sandbox.jql_lexer import RESERVED_WORDS
from sandbox.jql_tree import Both, Clause, JqlError, Node, Not, Operand, Value, Values
from sandbox.model import Filter, Issue, Json
from sandbox.render_issue import issue_bean

MAX_PAGE = 5_000


def _found(call: Call, text: str) -> list[Issue]:
    try:
        return jql_match.bounded(call.site, call.account_id, text)
    except JqlError as error:
        raise JiraProblem(400, str(error)) from None


def _text(call: Call, name: str) -> str:
    value = call.body.get(name, "")
    if not isinstance(value, str):
        raise JiraProblem(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return value


def _strings(value: object) -> list[str]:
    return [str(v) for v in value] if isinstance(value, list) else []


def _page_token(offset: int, text: str) -> str:
    return base64.urlsafe_b64encode(json.dumps([offset, text]).encode()).decode()


def _offset(token: str, text: str) -> int:
    """Decode a page token, which is bound to its query."""
    try:
        offset, query = json.loads(base64.urlsafe_b64decode(token))
    except ValueError:
        offset, query = -1, ""
    if not isinstance(offset, int) or offset < 0 or query != text:
        raise JiraProblem(400, "The provided next page token is invalid or expired.")
    return offset


def _page(call: Call, text: str, token: str, size: int, *, fields: list[str], expand: list[str]) -> web.Response:
    rows = _found(call, text)
    start = _offset(token, text) if token else 0
    shown = rows[start : start + size]
    is_last = start + size >= len(rows)
    body: Json = {"issues": [issue_bean(call.view, i, fields, expand, "id") for i in shown], "isLast": is_last}
    if not is_last:
        body["nextPageToken"] = _page_token(start + size, text)
    return answer(body)


async def search(call: Call) -> web.Response:
    size = call.body.get("maxResults", 50)
    if isinstance(size, bool) or not isinstance(size, int) or not size >= 0:
        raise JiraProblem(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    reconcile = call.body.get("reconcileIssues")
    if isinstance(reconcile, list) and len(reconcile) > 50:
        raise JiraProblem(400, "The number of issue IDs to reconcile must be less than or equal to 50.")
    fields = _strings(call.body.get("fields"))
    expand = _text(call, "expand")
    page = _text(call, "jql"), _text(call, "nextPageToken"), min(size, MAX_PAGE)
    return _page(call, *page, fields=fields, expand=[expand])


async def search_by_get(call: Call) -> web.Response:
    size = call.number("maxResults", 50, MAX_PAGE)
    fields, expand = call.queries.get("fields", []), call.queries.get("expand", [])
    page = call.query.get("jql", ""), call.query.get("nextPageToken", ""), size
    return _page(call, *page, fields=fields, expand=expand)


async def count(call: Call) -> web.Response:
    return answer({"count": len(_found(call, _text(call, "jql")))})


def _operand(operand: Operand) -> Json:
    if isinstance(operand, Values):
        return {"values": [_operand(o) for o in operand.items]}
    if isinstance(operand, Value):
        return {"keyword": "empty"} if operand.text is None else {"value": operand.text}
    return {"function": operand.name, "arguments": list(operand.arguments)}


def _structure(node: Node) -> Json:
    if isinstance(node, Clause):
        operand = _operand(node.operand)
        return {"field": {"name": node.field}, "operator": node.operator, "operand": operand}
    if isinstance(node, Not):
        return {"operator": "not", "clauses": [_structure(node.part)]}
    if isinstance(node, Both):
        return {"operator": "and" if node.all_of else "or", "clauses": [_structure(p) for p in node.parts]}
    raise TypeError(node)


def _parsed(call: Call, text: str, validation: str) -> Json:
    row: Json = {"query": text}
    try:
        query = jql.parse(text)
    except JqlError as error:
        return {**row, "errors": [str(error)]}
    structure: Json = {}
    if query.where:
        structure["where"] = _structure(query.where)
    if query.order:
        structure["orderBy"] = {
            "fields": [
                {"field": {"name": o.field}, **({"direction": o.direction} if o.direction else {})}
                for o in query.order
            ]
        }
    problems = [] if validation == "none" else jql_match.problems(call.site, call.account_id, text)
    if problems and validation == "strict":
        return {**row, "errors": problems}
    return {**row, "structure": structure, **({"warnings": problems} if problems else {})}


async def parse(call: Call) -> web.Response:
    queries = _strings(call.body.get("queries"))
    validation = call.query.get("validation", "strict")
    if not queries or validation not in {"strict", "warn", "none"}:
        raise JiraProblem(400, "Invalid request payload. Refer to the REST API documentation and try again.")
    return answer({"queries": [_parsed(call, q, validation) for q in queries]})


async def match(call: Call) -> web.Response:
    candidates = set(_strings(call.body.get("issueIds")))
    rows: list[Json] = []
    for text in _strings(call.body.get("jqls")):
        try:
            matched = [int(i.id) for i in jql_match.search(call.site, call.account_id, text) if i.id in candidates]
            rows.append({"matchedIssues": matched, "errors": []})
        except JqlError as error:
            rows.append({"matchedIssues": [], "errors": [str(error)]})
    return answer({"matches": rows})


async def reference(call: Call) -> web.Response:
    fields = [
        {
            "value": f'"{name}"' if " " in name else name,
            "displayName": name,
            "orderable": "true",
            "searchable": "true",
            "operators": list(row.operators),
            "types": ["java.lang.String"],
        }
        for name, row in sorted(searchable(call.site).items())
    ]
    functions = [
        {"value": f"{name}()", "displayName": f"{name}()", "types": ["java.lang.String"]}
        for name in sorted({*FUNCTIONS, *DATE_FUNCTIONS})
    ]
    words = sorted(RESERVED_WORDS)
    return answer({"visibleFieldNames": fields, "visibleFunctionNames": functions, "jqlReservedWords": words})


async def suggestions(call: Call) -> web.Response:
    """Return values that contain the words, as JQL names them: a sprint by its number."""
    name, words = call.query.get("fieldName", "").lower(), call.query.get("fieldValue", "").lower()
    field = call.site.field_named(name)
    if field is None and name != "status":
        raise JiraProblem(400, f"The field '{name}' does not exist or cannot be viewed by you.")
    seen = list(call.site.visible_issues(call.account_id))
    if field is None:
        values = {status: status for status in (call.site.status_of(i).name for i in seen)}
    elif field.kind is Kind.SPRINT:
        values = {str(s.id): s.name for s in call.site.sprints}
    elif field.kind is Kind.LABELS:
        values = {label: label for i in seen for label in i.ids(field.id)}
    elif field.kind is Kind.TYPE:
        values = {kind: kind for kind in (call.site.type_of(i).name for i in seen)}
    else:
        values = {}
    fitting = sorted((shown, value) for value, shown in values.items() if words in shown.lower())[:15]
    return answer({"results": [{"value": v, "displayName": _bold(shown, words)} for shown, v in fitting]})


def _bold(text: str, words: str) -> str:
    """Highlight the words in HTML."""
    at = text.lower().find(words)
    end = at + len(words)
    return f"{escape(text[:at])}<b>{escape(text[at:end])}</b>{escape(text[end:])}" if words else escape(text)


def _filter(call: Call, row: Filter) -> Json:
    owner = call.site.person(row.owner)
    return {
        "self": call.view.link(f"filter/{row.id}"),
        "id": row.id,
        "name": row.name,
        **({"owner": call.view.user(owner.account_id)} if owner else {}),
        "jql": row.jql,
        "viewUrl": f"{call.site.url}/issues/?filter={row.id}",
        "searchUrl": call.view.link(f"search?jql=filter={row.id}"),
        "favourite": call.account_id in row.favourite_of,
        "favouritedCount": len(row.favourite_of),
        "sharePermissions": [{"id": 10_000, "type": "loggedin"}] if row.shared else [],
    }


def _seen_filters(call: Call) -> list[Filter]:
    return [f for f in call.site.filters if f.shared or f.owner == call.account_id]


async def favourite_filters(call: Call) -> web.Response:
    rows = [f for f in _seen_filters(call) if call.account_id in f.favourite_of]
    return answer([_filter(call, f) for f in rows])


async def my_filters(call: Call) -> web.Response:
    with_favourites = call.query.get("includeFavourites") == "true"
    rows = [f for f in _seen_filters(call) if f.owner == call.account_id]
    if with_favourites:
        rows += [f for f in _seen_filters(call) if call.account_id in f.favourite_of and f not in rows]
    return answer([_filter(call, f) for f in rows])


async def search_filters(call: Call) -> web.Response:
    words = call.query.get("filterName", "").lower()
    start, size = call.number("startAt", 0, 10**9), call.number("maxResults", 50, 100)
    rows = [f for f in _seen_filters(call) if words in f.name.lower()]
    expanded = set(call.query.get("expand", "").split(","))
    default = {"self", "id", "name"}
    shown = [
        {k: v for k, v in _filter(call, f).items() if k in default | expanded} for f in rows[start : start + size]
    ]
    last = start + size >= len(rows)
    return answer({"startAt": start, "maxResults": size, "total": len(rows), "isLast": last, "values": shown})


async def picker(call: Call) -> web.Response:
    words = call.query.get("query", "").lower().strip()
    seen = list(call.site.visible_issues(call.account_id))
    viewed = sorted((i for i in seen if call.account_id in i.viewed), key=lambda i: -i.viewed[call.account_id])
    history = [i for i in viewed if words in f"{i.key} {i.text('summary')}".lower()][:20]
    sections: list[Json] = [_section("hs", "History Search", [_suggested(i) for i in history])]
    if words:
        matching = [i for i in seen if words in f"{i.key} {i.text('summary')}".lower() and i not in history]
        sections.append(_section("cs", "Current Search", [_suggested(i) for i in matching[:20]]))
    return answer({"sections": sections})


def _section(name: str, label: str, issues: list[Json]) -> Json:
    sub = f"Showing {len(issues)} of {len(issues)} matching issues"
    return {
        "label": label,
        "id": name,
        "issues": issues,
        **({"sub": sub} if issues else {"msg": "No matching issues found"}),
    }


def _suggested(issue: Issue) -> Json:
    return {
        "id": int(issue.id),
        "key": issue.key,
        "keyHtml": escape(issue.key),
        "img": f"/avatar/issuetype/{issue.text('issuetype')}",
        "summary": escape(issue.text("summary")),
        "summaryText": issue.text("summary"),
    }


ROUTES = (
    Route("POST", "/rest/api/3/search/jql", READ, search),
    Route("GET", "/rest/api/3/search/jql", READ, search_by_get),
    Route("POST", "/rest/api/3/search/approximate-count", READ, count),
    Route("POST", "/rest/api/3/jql/parse", READ, parse),
    Route("POST", "/rest/api/3/jql/match", READ, match),
    Route("GET", "/rest/api/3/jql/autocompletedata", READ, reference),
    Route("GET", "/rest/api/3/jql/autocompletedata/suggestions", READ, suggestions),
    Route("GET", "/rest/api/3/filter/favourite", READ, favourite_filters),
    Route("GET", "/rest/api/3/filter/my", READ, my_filters),
    Route("GET", "/rest/api/3/filter/search", READ, search_filters),
    Route("GET", "/rest/api/3/issue/picker", READ, picker),
)
