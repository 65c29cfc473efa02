"""What one person can create and edit, which values fields may have, and creating.

What can be created differs from person to person, so it is remembered by person, project and type. Reached through
`JiraClient.screens`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol, TypeVar

from bot.jira import jql, parse
from bot.jira.errors import JiraUnavailableError, NotFoundOrForbiddenError, OutcomeUnknownError
from bot.jira.field_kinds import Value, kind_of
from bot.jira.field_values import decode, sprints
from bot.jira.models import ISSUE_KEY, Field, FieldOption, JiraUser, Site

LIFETIME = 300.0
"""Seconds for which create metadata is remembered."""
REMEMBERED = 2_000
"""Answers that are remembered at most, for all people together."""
PAGE, MAX_PAGES = 50, 10
PEOPLE, ISSUES = 20, 15
"""How many people and issues are offered before anything is typed."""

PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,9}", re.ASCII)
_TYPE_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_AnswerT = TypeVar("_AnswerT")


class Get(Protocol):
    """Reads a path of the REST API as one person."""

    async def __call__(self, path: str, **query: str) -> object: ...


class Send(Protocol):
    """Writes as one person."""

    async def __call__(self, method: str, path: str, body: object = None, **query: str) -> object: ...


@dataclass(frozen=True, slots=True)
class ProjectRow:
    """A project in which the person may create issues."""

    key: str
    name: str


@dataclass(frozen=True, slots=True)
class TypeRow:
    """An issue type of a project."""

    id: str
    name: str
    subtask: bool = False


@dataclass(frozen=True, slots=True)
class Projects:
    """Projects, those with the latest changes first; `complete` says that there are no more."""

    rows: tuple[ProjectRow, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class Current:
    """A field's present value, with the names of what is picked in it."""

    value: Value
    names: tuple[FieldOption, ...] = ()


class Memory:
    """Answers by key, each for `LIFETIME`; the oldest make room."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._kept: dict[tuple[str, ...], tuple[float, object]] = {}

    async def of(self, key: tuple[str, ...], ask: Callable[[], Awaitable[_AnswerT]]) -> _AnswerT:
        """What is remembered under `key` (always of one type), else what `ask` finds."""
        until, known = self._kept.get(key, (0.0, None))
        if until > self._clock():
            return known  # type: ignore[return-value]  # the same key is always asked for the same thing
        found = await ask()
        self._kept.pop(key, None)
        while len(self._kept) >= REMEMBERED:
            self._kept.pop(next(iter(self._kept)))
        self._kept[key] = (self._clock() + LIFETIME, found)
        return found

    def forget(self, key: tuple[str, ...]) -> None:
        """What is remembered under `key` has turned out to be wrong."""
        self._kept.pop(key, None)


class Screens:
    """The screens of one site as one person sees them. All calls raise a `JiraError`."""

    def __init__(self, site: Site, get: Get, send: Send, memory: Memory) -> None:
        self._site, self._get, self._send, self._memory = site, get, send, memory

    # Creating --------------------------------------------------------------------------------------------

    async def projects(self, viewer: str) -> Projects:
        """Where the person (`viewer`: their accountId) may create issues."""
        return await self._memory.of((self._site.cloud_id, viewer, "projects"), lambda: self.find_projects(""))

    async def find_projects(self, words: str) -> Projects:
        """Up to fifty of those projects whose key or name fits `words`."""
        query = {"query": words[:100]} if words else {}
        order = "-lastIssueUpdatedDate"
        data = parse.obj(
            await self._get("/project/search", action="create", orderBy=order, maxResults=str(PAGE), **query)
        )
        rows = (parse.obj(row) for row in parse.arr(data.get("values")))
        found = tuple(ProjectRow(parse.txt(r.get("key")), parse.txt(r.get("name"))) for r in rows)
        return Projects(tuple(p for p in found if PROJECT_KEY.fullmatch(p.key)), data.get("isLast") is not False)

    async def types(self, viewer: str, project: str) -> tuple[TypeRow, ...]:
        """The types that the person may create in a project; subtasks last."""

        async def ask() -> tuple[TypeRow, ...]:
            rows = await self._pages(_create_path(project), "issueTypes")
            found = [
                TypeRow(parse.txt(r.get("id")), parse.txt(r.get("name")), r.get("subtask") is True) for r in rows
            ]
            return tuple(sorted((t for t in found if t.id and t.name), key=lambda t: t.subtask))

        return await self._memory.of((self._site.cloud_id, viewer, "types", project), ask)

    async def create_fields(self, viewer: str, project: str, type_id: str) -> tuple[Field, ...]:
        """The fields of the create screen, in its order."""

        async def ask() -> tuple[Field, ...]:
            if not _TYPE_ID.fullmatch(type_id):
                raise NotFoundOrForbiddenError("not an issue type id")
            rows = await self._pages(f"{_create_path(project)}/{type_id}", "fields")
            return tuple(f for f in (parse.field("", row) for row in rows) if f.id)

        return await self._memory.of((self._site.cloud_id, viewer, "fields", project, type_id), ask)

    def forget_create_fields(self, viewer: str, project: str, type_id: str) -> None:
        """Jira has refused what these fields allow: they are read again the next time."""
        self._memory.forget((self._site.cloud_id, viewer, "fields", project, type_id))

    async def _pages(self, path: str, name: str) -> list[Mapping[str, object]]:
        rows: list[Mapping[str, object]] = []
        for _ in range(MAX_PAGES):
            data = parse.obj(await self._get(path, startAt=str(len(rows)), maxResults=str(PAGE)))
            page = [parse.obj(row) for row in parse.arr(data.get(name, data.get("values")))]
            rows += page
            if not page or len(rows) >= parse.num(data.get("total")):
                break
        return rows

    async def create(
        self,
        project: str,
        type_id: str,
        fields: Mapping[str, object],
        update: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    ) -> str:
        """Create an issue; its key. After a lost answer it is looked for before giving up."""
        body: dict[str, object] = {
            "fields": {**fields, "project": {"key": project}, "issuetype": {"id": type_id}},
            **({"update": dict(update)} if update else {}),
        }
        try:
            made = parse.obj(await self._send("POST", "/issue", body))
        except OutcomeUnknownError:
            found = await self._just_created(project, parse.txt(fields.get("summary")))
            if found is None:
                raise
            return found
        key = parse.txt(made.get("key"))
        if not ISSUE_KEY.fullmatch(key):
            raise JiraUnavailableError("Jira's answer names no new issue")
        return key

    async def _just_created(self, project: str, summary: str) -> str | None:
        query = f"project = {jql.quote(project)} AND creator = currentUser() AND created >= -3m"
        for row in await self._search(f"{query} ORDER BY created DESC", "summary"):
            if parse.txt(parse.obj(row.get("fields")).get("summary")) == summary:
                return parse.txt(row.get("key")) or None
        return None

    # Editing ---------------------------------------------------------------------------------------------

    async def edit_fields(self, issue: str) -> tuple[Field, ...]:
        """The fields that this person may edit on an issue; none without the right."""
        data = parse.obj(await self._get(f"/issue/{_key(issue)}/editmeta"))
        return tuple(parse.field(name, value) for name, value in parse.obj(data.get("fields")).items())

    async def current(self, issue: str, fields: Sequence[Field]) -> Mapping[str, Current]:
        """The present values of `fields`, by field id."""
        data = parse.obj(await self._get(f"/issue/{_key(issue)}", fields=",".join(f.id for f in fields)))
        values = parse.obj(data.get("fields"))
        return {f.id: Current(*decode(kind_of(f), values.get(f.id))) for f in fields}

    # Values that no metadata lists -----------------------------------------------------------------------

    async def assignable(self, project: str, words: str, *, limit: int = PEOPLE) -> tuple[JiraUser, ...]:
        """Active people who can be assigned issues of a project and fit `words`."""
        found = await self._get(
            "/user/assignable/search", project=_project(project), query=words[:200], maxResults=str(limit)
        )
        return tuple(u for u in (parse.user(row) for row in parse.arr(found)) if u and u.active)

    async def people(self, words: str, *, limit: int = PEOPLE) -> tuple[JiraUser, ...]:
        """People of the site who fit `words`, for fields other than the assignee."""
        data = parse.obj(await self._get("/user/picker", query=words[:200], maxResults=str(limit)))
        return tuple(u for u in (parse.user(row) for row in parse.arr(data.get("users"))) if u)

    async def issues(self, project: str, words: str) -> tuple[FieldOption, ...]:
        """Issues of a project by words of their summary or by key, else the latest ones; the key is the id."""
        query = f"project = {jql.quote(_project(project))}"
        key = words.strip().upper()
        if ISSUE_KEY.fullmatch(key):
            query = f"key = {jql.quote(key)}"
        elif words.strip():
            try:
                query += " AND " + jql.split_order(jql.text_search(words))[0]
            except ValueError:
                return ()
        rows = await self._search(f"{query} ORDER BY updated DESC", "summary")
        named = ((parse.txt(r.get("key")), parse.txt(parse.obj(r.get("fields")).get("summary"))) for r in rows)
        return tuple(FieldOption(k, f"{k} {summary}") for k, summary in named if ISSUE_KEY.fullmatch(k))

    async def sprints(self, project: str, field_id: str) -> tuple[FieldOption, ...]:
        """The open sprints that issues of a project are in; Jira lists sprints themselves to other scopes only."""
        query = f"project = {jql.quote(_project(project))} AND sprint in (openSprints(), futureSprints())"
        rows = await self._search(f"{query} ORDER BY updated DESC", field_id, limit=50)
        found = (s for r in rows for s in sprints(parse.obj(r.get("fields")).get(field_id)))
        return tuple({s.id: s for s in found if s.id.isdecimal()}.values())

    async def _search(self, query: str, field_id: str, limit: int = ISSUES) -> list[Mapping[str, object]]:
        body = {"jql": query, "maxResults": limit, "fields": [field_id]}
        data = parse.obj(await self._send("POST", "/search/jql", body))
        return [parse.obj(row) for row in parse.arr(data.get("issues"))]


def _project(project: str) -> str:
    if not PROJECT_KEY.fullmatch(project):
        raise NotFoundOrForbiddenError("not a project key")
    return project


def _key(issue: str) -> str:
    if not ISSUE_KEY.fullmatch(issue):
        raise NotFoundOrForbiddenError("not an issue key")
    return issue


def _create_path(project: str) -> str:
    return f"/issue/createmeta/{_project(project)}/issuetypes"
