"""Checks calls of Jira's REST API and their responses against Atlassian's published OpenAPI document.

Exceptions are the differences between Atlassian's service and its document in `_KNOWN`, and formats: Jira writes
the offset of a `date-time` without a colon.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from jsonschema_rs import Draft4, Draft4Validator, Registry

_ALWAYS = frozenset({400, 401, 403, 404, 410, 413, 415, 429, 500, 502, 503, 504})
"""Statuses that any operation may answer, declared or not."""

_KNOWN = (
    # The operation's own text says that null unassigns; its schema forgot to.
    re.compile(r"PUT \S+/assignee: request: accountId: null "),
    # "If no user is specified the calling user is added", says the operation, and marks its body as required.
    re.compile(r"POST \S+/watchers: request: the body is missing"),
    # A change from or to nothing has null there, in recorded answers and webhooks alike.
    re.compile(r"answer 200: \S*changelog/\S*items/\d+/(from|fromString|to|toString): null "),
)


def _mapping(value: object) -> Mapping[str, object]:
    return value if isinstance(value, dict) else {}


class Contract:
    """An OpenAPI 3.0 document to check with."""

    def __init__(self, document: Mapping[str, object]) -> None:
        self._document = _repaired(document)
        paths = _mapping(self._document["paths"])
        # The path with the fewest variables wins: /issue/picker before /issue/{key}.
        ordered = sorted(paths, key=lambda p: (p.count("{"), -len(p)))
        self._paths = [(re.compile(re.sub(r"\{[^}]+\}", "[^/]+", p)), p) for p in ordered]
        self._registry = Registry([("urn:openapi", self._document)], draft=Draft4)
        self._validators: dict[str, Draft4Validator] = {}

    @staticmethod
    @cache
    def load(path: Path) -> Contract:
        """Read a document, once in a process. Blocks for about a second on the full one."""
        return Contract(json.loads(path.read_text(encoding="utf-8")))

    def operation(self, method: str, path: str) -> Mapping[str, object] | None:
        """Return the operation of a path, None if the document has none."""
        for pattern, template in self._paths:
            if pattern.fullmatch(path):
                operation = _mapping(_mapping(self._document["paths"])[template]).get(method.lower())
                if isinstance(operation, dict):
                    return operation
        return None

    def _validator(self, schema: Mapping[str, object]) -> Draft4Validator:
        name = json.dumps(schema, sort_keys=True)
        if name not in self._validators:
            absolute = json.loads(name.replace('"#/', '"urn:openapi#/'))
            self._validators[name] = Draft4Validator(absolute, registry=self._registry, validate_formats=False)
        return self._validators[name]

    def _errors(self, schema: object, value: Any) -> Iterator[str]:
        if not isinstance(schema, dict) or not schema:
            return
        for error in self._validator(schema).iter_errors(value):
            where = "/".join(str(p) for p in error.instance_path)
            yield f"{where}: {error.message[:300]}" if where else error.message[:300]

    def request_problems(self, method: str, path: str, query: Mapping[str, str], body: object) -> Iterator[str]:
        """Return the violations of a request; `body` is None if it had none."""
        operation = self.operation(method, path)
        if operation is None:
            yield f"{method} {path}: no such operation"
            return
        for problem in self._request(operation, query, body):
            line = f"{method} {path}: request: {problem}"
            if not any(known.search(line) for known in _KNOWN):
                yield line

    def _request(self, operation: Mapping[str, object], query: Mapping[str, str], body: object) -> Iterator[str]:
        rows = operation.get("parameters")
        declared = {str(_mapping(r)["name"]): _mapping(r) for r in (rows if isinstance(rows, list) else [])}
        for name, row in declared.items():
            if row.get("in") == "query" and row.get("required") and name not in query:
                yield f"query parameter {name} is missing"
        for name, text in query.items():
            if name not in declared:
                yield f"query parameter {name} is unknown"
            else:
                yield from self._errors(declared[name].get("schema"), _typed(declared[name].get("schema"), text))
        content = _mapping(_mapping(operation.get("requestBody")).get("content"))
        if body is None:
            if _mapping(operation.get("requestBody")).get("required") and "application/json" in content:
                yield "the body is missing"
        elif "application/json" in content:
            yield from self._errors(_mapping(content["application/json"]).get("schema"), body)
        elif not content:
            yield "a body is not expected"

    def answer_problems(
        self, method: str, path: str, status: int, body: bytes, content_type: str
    ) -> Iterator[str]:
        """Return the violations of a response."""
        operation = self.operation(method, path)
        if operation is None:
            return
        responses = _mapping(operation.get("responses"))
        declared = responses.get(str(status))
        if declared is None:
            if status not in _ALWAYS:
                yield f"{method} {path}: answer {status} is not declared"
            return
        schema = _mapping(_mapping(_mapping(declared).get("content")).get("application/json")).get("schema")
        if not schema or not body:
            if schema and status < 300:
                yield f"{method} {path}: answer {status} has no body"
            return
        if content_type != "application/json":
            yield f"{method} {path}: answer {status} is {content_type}"
            return
        for problem in self._errors(schema, json.loads(body)):
            yield f"{method} {path}: answer {status}: {problem}"

    def middleware(self, violations: list[str]) -> Middleware:
        """Check every call below `/ex/jira/{cloudId}/rest/api/3` and add its violations to the list.

        A request that Jira itself refuses with 400 is no violation: tests of refusals make such requests.
        """

        @web.middleware
        async def check(request: web.Request, handler: Handler) -> web.StreamResponse:
            path = re.sub(r"^/ex/jira/[^/]+", "", request.path)
            answer = await handler(request)
            if not path.startswith("/rest/api/3/") or not isinstance(answer, web.Response):
                return answer
            if answer.status < 400:
                body = await _json(request)
                violations.extend(self.request_problems(request.method, path, dict(request.query), body))
            content = answer.body if isinstance(answer.body, bytes) else b""
            violations.extend(
                problem
                for problem in self.answer_problems(
                    request.method, path, answer.status, content, answer.content_type
                )
                if not any(known.search(problem) for known in _KNOWN)
            )
            return answer

        return check


async def _json(request: web.Request) -> object:
    if request.content_type != "application/json":
        return None
    text = await request.text()
    parsed: object = json.loads(text) if text else None
    return parsed


def _typed(schema: object, text: str) -> object:
    """Convert a query parameter to its schema's type; leave it as text if it does not fit."""
    kind = _mapping(schema).get("type")
    if kind == "integer" and re.fullmatch(r"-?\d+", text):
        return int(text)
    if kind == "boolean" and text in {"true", "false"}:
        return text == "true"
    if kind == "array":
        return [_typed(_mapping(schema).get("items"), text)]
    return text


def _repaired(document: Mapping[str, object]) -> dict[str, object]:
    """Return the document in terms of JSON Schema, and without its one contradiction.

    That is a choice of schemas that allows no property of any of them.
    """
    whole = _mapping(_with_null(document))
    schemas = _mapping(_mapping(whole.get("components")).get("schemas"))
    repaired = {}
    for name, schema in schemas.items():
        row = _mapping(schema)
        repaired[name] = {k: v for k, v in row.items() if k != "additionalProperties" or "anyOf" not in row}
    return {**whole, "components": {"schemas": repaired}}


def _with_null(node: object) -> object:
    """Write OpenAPI 3.0's `nullable` as the type `null` (OpenAPI Specification 3.0.3, Schema Object)."""
    if isinstance(node, list):
        return [_with_null(part) for part in node]
    if not isinstance(node, dict):
        return node
    schema = {name: _with_null(value) for name, value in node.items()}
    if schema.get("nullable") is True and isinstance(schema.get("type"), str):
        schema["type"] = [schema["type"], "null"]
    return schema
