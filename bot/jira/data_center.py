"""Jira Data Center (9 and later): the calls of REST v3 that the bridge makes, in the words of REST v2.

People are known by their user name in place of an account id, and texts are wiki markup in place of documents. The
rest of the bridge sees neither. https://developer.atlassian.com/server/jira/platform/rest/ has the paths.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Set
from dataclasses import dataclass
from functools import partial

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.wiki.reader import wiki_to_adf
from bot.jira.wiki.writer import adf_to_wiki

TEXT_AREA = "com.atlassian.jira.plugin.system.customfieldtypes:textarea"
MAX_DEPTH = 20
_TEXTS = frozenset({"description", "environment"})
_MISSING = frozenset({"/jql/match", "/jql/parse", "/filter/my", "/webhook", "/webhook/refresh"})
"""What v2 does not have and the bridge can do without."""
_SPRINT = re.compile(
    r"com\.atlassian\.greenhopper\.service\.sprint\.Sprint@[0-9a-f]{1,16}\[(.{1,2000})\]", re.DOTALL
)
_SPRINT_PART = re.compile(r"(?:^|,)(id|state|name)=([^,\]]{0,255})")

Read = Callable[[object], object]


@dataclass(frozen=True, slots=True)
class Call:
    """A call of Jira's REST API, and what turns its answer into that of v3. `reads`: it changes nothing."""

    method: str
    path: str
    query: Mapping[str, str]
    body: object
    reads: bool
    read: Read = lambda answer: answer


class DataCenter:
    """Translates calls. It remembers which custom fields of a site hold long texts, as their metadata says."""

    def __init__(self) -> None:
        self._texts: dict[str, set[str]] = {}

    def translate(self, site: str, method: str, path: str, query: Mapping[str, str], body: object) -> Call:
        """Return the call of v2 for one of v3. `site` is its id. Raises `NotFoundOrForbiddenError` without one."""
        if path in _MISSING:
            raise NotFoundOrForbiddenError("Data Center has no such operation")
        query, read = dict(query), partial(self._read, site)
        if path.startswith("/search/"):
            return _search(path, as_object(body), read)
        if path == "/project/search":
            return Call("GET", "/project", {}, None, reads=True, read=partial(_projects, query))
        if path.startswith("/user") and path != "/user/picker":
            _rename(query, "query", "username")
        _rename(query, "accountId", "username")
        return Call(method, path, query, to_v2(body), reads=method == "GET", read=read)

    def _read(self, site: str, answer: object) -> object:
        self._learn(site, answer)
        return _to_adf(answer, _TEXTS | self._texts.get(site, set()))

    def _learn(self, site: str, answer: object) -> None:
        """Note the custom fields with long texts, in `GET /field` or in metadata of a screen."""
        data = as_object(answer)
        listed = [("", row) for row in as_list(answer) or as_list(data.get("values"))]
        for name, row in (*listed, *as_object(data.get("fields")).items()):
            field = as_object(row)
            if as_object(field.get("schema")).get("custom") == TEXT_AREA:
                known = name or as_text(field.get("fieldId")) or as_text(field.get("id"))
                self._texts.setdefault(site, set()).add(known)


def _to_adf(value: object, texts: Set[str], depth: int = 0) -> object:
    """Return an answer with documents in place of wiki markup: in issues, comments and worklogs."""
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [_to_adf(each, texts, depth + 1) for each in value]
    if not isinstance(value, dict):
        return _sprint(value)
    named: Set[str] = frozenset()
    if "author" in value:
        named = frozenset({"comment"}) if "timeSpent" in value else frozenset({"body"})
    read = {
        name: wiki_to_adf(each) if isinstance(each, str) and name in named else _to_adf(each, texts, depth + 1)
        for name, each in value.items()
    }
    fields = read.get("fields")
    if isinstance(fields, dict) and "key" in read:
        documents = {
            name: wiki_to_adf(each) for name, each in fields.items() if name in texts and isinstance(each, str)
        }
        read["fields"] = {**fields, **documents}
    return read


def to_v2(value: object, depth: int = 0) -> object:
    """Return a body with wiki markup in place of documents, and user names in place of account ids."""
    if depth > MAX_DEPTH:
        return value
    if isinstance(value, list):
        return [to_v2(each, depth + 1) for each in value]
    if not isinstance(value, dict):
        return value
    if value.get("type") == "doc":
        return adf_to_wiki(value)
    return {"name" if name == "accountId" else name: to_v2(each, depth + 1) for name, each in value.items()}


def _search(path: str, body: Mapping[str, object], read: Read) -> Call:
    """Return the search by offset that Data Center has in place of page tokens."""
    token = as_text(body.get("nextPageToken"))
    start, counts = int(token) if token.isdecimal() else 0, path.endswith("/approximate-count")
    sent = {
        "jql": body.get("jql"),
        "startAt": start,
        "maxResults": 0 if counts else body.get("maxResults", 50),
        "fields": body.get("fields", ["id"]),
        **({"expand": [body["expand"]]} if body.get("expand") else {}),
    }

    def answer(found: object) -> object:
        data = as_object(found)
        total, issues = as_int(data.get("total")), as_list(data.get("issues"))
        if counts:
            return {"count": total}
        end = start + len(issues)
        is_last = not issues or end >= total
        return {"issues": read(issues), "isLast": is_last, **({} if is_last else {"nextPageToken": str(end)})}

    return Call("POST", "/search", {}, sent, reads=True, read=answer)


def _projects(query: Mapping[str, str], answer: object) -> object:
    """Return a page of all projects that the person sees: v2 has no search for them."""
    words, limit = query.get("query", "").casefold(), int(query.get("maxResults", "50"))
    rows = [
        row
        for row in map(as_object, as_list(answer))
        if words in f"{as_text(row.get('key'))} {as_text(row.get('name'))}".casefold()
    ]
    return {"values": rows[:limit], "isLast": len(rows) <= limit}


def _rename(query: dict[str, str], name: str, other: str) -> None:
    if name in query:
        query[other] = query.pop(name)


def _sprint(value: object) -> object:
    """Return a sprint as v3 has it; v2 writes the object's Java representation."""
    match = _SPRINT.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return value
    parts = dict(_SPRINT_PART.findall(match[1]))
    return {**parts, "state": parts.get("state", "").lower()}
