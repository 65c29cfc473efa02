"""Values that no metadata lists, so that Jira is asked: people, issues, sprints, labels, teams, groups.

All calls are covered by `read:jira-work` and `read:jira-user`. Reached through `JiraClient.choices`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Mapping
from html import unescape
from typing import Protocol, TypeVar

from bot.http.json import as_list, as_object, as_text
from bot.jira import jql, parse
from bot.jira.errors import JiraRejectedError, NotFoundOrForbiddenError
from bot.jira.fields.kinds import Kind, is_label
from bot.jira.fields.values import decode, sprints
from bot.jira.models import ISSUE_KEY, FieldOption, JiraUser

PEOPLE, ISSUES, GROUPS, SUGGESTED = 20, 15, 20, 15
"""How many people, issues, groups and suggestions are offered before anything is typed."""
SAMPLE = 50
"""Issues whose sprints and teams are looked at."""

PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,9}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_CUSTOM_ID = re.compile(r"customfield_([0-9]{1,18})", re.ASCII)
_TAG = re.compile(r"</?[a-zA-Z]{1,10}>")
_RowT = TypeVar("_RowT")


class Get(Protocol):
    """Reads a path of the REST API as one person."""

    async def __call__(self, path: str, **query: str) -> object: ...


class Send(Protocol):
    """Writes as one person."""

    async def __call__(self, method: str, path: str, body: object = None, **query: str) -> object: ...


def project_key(project: str) -> str:
    """`project`, if it is a key (threat T33). Raises `NotFoundOrForbiddenError`."""
    if not PROJECT_KEY.fullmatch(project):
        raise NotFoundOrForbiddenError("not a project key")
    return project


async def rows(send: Send, query: str, field_id: str, limit: int) -> list[Mapping[str, object]]:
    """The issues that a query finds, each with one field."""
    body = {"jql": query, "maxResults": limit, "fields": [field_id]}
    data = as_object(await send("POST", "/search/jql", body))
    return [as_object(row) for row in as_list(data.get("issues"))]


class Choices:
    """What fields may be set to on one site, as one person sees it. All calls raise a `JiraError`."""

    def __init__(self, get: Get, send: Send) -> None:
        self._get, self._send = get, send

    async def assignable(self, project: str, words: str, *, limit: int = PEOPLE) -> tuple[JiraUser, ...]:
        """Active people who can be assigned issues of a project and fit `words`."""
        found = await self._get(
            "/user/assignable/search", project=project_key(project), query=words[:200], maxResults=str(limit)
        )
        return tuple(u for u in (parse.user(row) for row in as_list(found)) if u and u.active)

    async def people(self, words: str, *, limit: int = PEOPLE) -> tuple[JiraUser, ...]:
        """People of the site who fit `words`, for fields other than the assignee."""
        data = as_object(await self._get("/user/picker", query=words[:200], maxResults=str(limit)))
        return tuple(u for u in (parse.user(row) for row in as_list(data.get("users"))) if u)

    async def person(self, account_id: str) -> JiraUser | None:
        """Whose account it is."""
        return parse.user(await self._get("/user", accountId=account_id))

    async def issues(self, project: str, words: str) -> tuple[FieldOption, ...]:
        """Issues by words of their text or by key, else the latest ones; the key is the id.

        Of a project, or with none of the site; the latest ones are then those that the person looked at.
        """
        place = [f"project = {jql.quote(project_key(project))}"] if project else []
        key = words.strip().upper()
        if ISSUE_KEY.fullmatch(key):
            query = f"key = {jql.quote(key)}"
        elif words.strip():
            try:
                query = " AND ".join([*place, jql.split_order(jql.text_search(words))[0]])
            except ValueError:
                return ()
        else:
            query = place[0] if place else jql.split_order(jql.RECENT)[0]
        found = await rows(self._send, f"{query} ORDER BY updated DESC", "summary", ISSUES)
        named = ((as_text(r.get("key")), as_text(as_object(r.get("fields")).get("summary"))) for r in found)
        return tuple(FieldOption(k, f"{k} {summary}") for k, summary in named if ISSUE_KEY.fullmatch(k))

    async def labels(self, field_id: str, words: str) -> tuple[FieldOption, ...]:
        """Labels of the site that hold `words`; the id is the label.

        `GET /label` would list all of them, page by page and without a search.
        """
        found = await self._suggested(field_id, words)
        return tuple(FieldOption(label, label) for label, _shown in found if is_label(label))

    async def groups(self, words: str) -> tuple[FieldOption, ...]:
        """Groups whose names hold `words`; the name is the id. None for those who may not browse groups."""
        data = as_object(
            await self._get("/groups/picker", query=words[:200], maxResults=str(GROUPS), caseInsensitive="true")
        )
        names = (as_text(as_object(row).get("name")) for row in as_list(data.get("groups")))
        return tuple(FieldOption(name, name) for name in names if name)

    async def teams(self, project: str, field_id: str) -> tuple[FieldOption, ...]:
        """The teams of a project's latest issues: those that exist are told to other scopes only."""
        query = f"project = {jql.quote(project_key(project))} AND {_clause(field_id)} is not EMPTY"
        seen = await rows(self._send, f"{query} ORDER BY updated DESC", field_id, SAMPLE)
        found = (t for r in seen for t in decode(Kind.TEAM, as_object(r.get("fields")).get(field_id))[1])
        return tuple({team.id: team for team in found}.values())

    async def sprints(self, project: str, field_id: str, words: str) -> tuple[FieldOption, ...]:
        """Sprints that are not closed: all of the project's issues, then others of the site that hold `words`.

        The sprints of a board are told to other scopes only; what a query could be completed with holds the empty
        ones too, but of all boards, and the closed ones, which are told by the issues that they still have.
        """
        place, sprint = f"project = {jql.quote(project_key(project))}", _clause(field_id)
        query = f"{place} AND {sprint} in (openSprints(), futureSprints()) ORDER BY updated DESC"
        seen, suggested = await asyncio.gather(
            rows(self._send, query, field_id, SAMPLE), self._or_nothing(self._suggested(field_id, words))
        )
        open_ones = (s for r in seen for s in sprints(as_object(r.get("fields")).get(field_id)))
        near = {s.id: s for s in open_ones if _NUMBER.fullmatch(s.id)}
        others = {value: FieldOption(value, shown) for value, shown in suggested if _NUMBER.fullmatch(value)}
        unknown = [number for number in others if number not in near]
        closed = await self._closed(field_id, unknown) if unknown else frozenset()
        return (*near.values(), *(others[n] for n in unknown if n not in closed))

    async def _closed(self, field_id: str, numbers: list[str]) -> frozenset[str]:
        sprint = _clause(field_id)
        query = f"{sprint} in ({', '.join(numbers)}) AND {sprint} in closedSprints()"
        found = await self._or_nothing(rows(self._send, f"{query} ORDER BY updated DESC", field_id, SAMPLE))
        every = (as_object(s) for r in found for s in as_list(as_object(r.get("fields")).get(field_id)))
        return frozenset(as_text(s.get("id")) for s in every if s.get("state") == "closed")

    async def _or_nothing(self, asked: Awaitable[list[_RowT]]) -> list[_RowT]:
        try:
            return await asked
        except (JiraRejectedError, NotFoundOrForbiddenError):
            return []

    async def _suggested(self, field_id: str, words: str) -> list[tuple[str, str]]:
        """What a query of a field could be completed with: values as text, and as they are shown."""
        data = as_object(
            await self._get(
                "/jql/autocompletedata/suggestions", fieldName=_clause(field_id), fieldValue=words[:100]
            )
        )
        found = (as_object(row) for row in as_list(data.get("results")))
        pairs = [(_unquoted(as_text(r.get("value"))), _text(as_text(r.get("displayName")))) for r in found]
        return [(value, shown or value) for value, shown in pairs if value][:SUGGESTED]


def _clause(field_id: str) -> str:
    """A field's name in a query: that of a custom field need not be unique, its number is."""
    custom = _CUSTOM_ID.fullmatch(field_id)
    if custom is None and field_id != "labels":
        raise NotFoundOrForbiddenError("not a field that queries know")
    return f"cf[{custom.group(1)}]" if custom else field_id


def _unquoted(value: str) -> str:
    """A value as it would stand in a query, as itself."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return value


def _text(html: str) -> str:
    """What was marked in bold, in plain letters."""
    return unescape(_TAG.sub("", html))
