"""What one person can create and edit, and creating.

What can be created differs from person to person, so it is remembered by person, project and type. Reached through
`JiraClient.screens`.
"""

from __future__ import annotations

import re
import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira import jql, parse
from bot.jira.errors import (
    JiraError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    NoTokenError,
    OutcomeUnknownError,
)
from bot.jira.fields.choices import ISSUES, PROJECT_KEY, Get, Send, project_key, rows
from bot.jira.fields.kinds import Unshowable, Value, kind_of
from bot.jira.fields.values import decode
from bot.jira.models import ISSUE_KEY, Field, FieldOption, Site

LIFETIME = 300.0
"""Seconds for which create metadata is remembered."""
REMEMBERED = 2_000
"""Answers that are remembered at most, for all people together."""
PAGE, MAX_PAGES = 50, 10
_TYPE_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_AnswerT = TypeVar("_AnswerT")


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


def defaults(fields: Sequence[Field]) -> Mapping[str, Current]:
    """What Jira itself puts into the fields of a create screen, by field id; only what can be shown."""
    found = {f.id: Current(*decode(kind_of(f), f.default)) for f in fields if f.default is not None}
    return {name: c for name, c in found.items() if c.value is not None and not isinstance(c.value, Unshowable)}


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
        data = as_object(
            await self._get("/project/search", action="create", orderBy=order, maxResults=str(PAGE), **query)
        )
        values = (as_object(row) for row in as_list(data.get("values")))
        found = tuple(ProjectRow(as_text(r.get("key")), as_text(r.get("name"))) for r in values)
        return Projects(tuple(p for p in found if PROJECT_KEY.fullmatch(p.key)), data.get("isLast") is not False)

    async def types(self, viewer: str, project: str) -> tuple[TypeRow, ...]:
        """The types that the person may create in a project; subtasks last."""

        async def ask() -> tuple[TypeRow, ...]:
            listed = await self._pages(_create_path(project), "issueTypes")
            found = [
                TypeRow(as_text(r.get("id")), as_text(r.get("name")), r.get("subtask") is True) for r in listed
            ]
            return tuple(sorted((t for t in found if t.id and t.name), key=lambda t: t.subtask))

        return await self._memory.of((self._site.cloud_id, viewer, "types", project), ask)

    async def create_fields(self, viewer: str, project: str, type_id: str) -> tuple[Field, ...]:
        """The fields of the create screen, in its order."""

        async def ask() -> tuple[Field, ...]:
            if not _TYPE_ID.fullmatch(type_id):
                raise NotFoundOrForbiddenError("not an issue type id")
            listed = await self._pages(f"{_create_path(project)}/{type_id}", "fields")
            return tuple(f for f in (parse.field("", row) for row in listed) if f.id)

        return await self._memory.of((self._site.cloud_id, viewer, "fields", project, type_id), ask)

    def forget_create_fields(self, viewer: str, project: str, type_id: str) -> None:
        """Jira has refused what these fields allow: they are read again the next time."""
        self._memory.forget((self._site.cloud_id, viewer, "fields", project, type_id))

    async def _pages(self, path: str, name: str) -> list[Mapping[str, object]]:
        listed: list[Mapping[str, object]] = []
        for _ in range(MAX_PAGES):
            data = as_object(await self._get(path, startAt=str(len(listed)), maxResults=str(PAGE)))
            page = [as_object(row) for row in as_list(data.get(name, data.get("values")))]
            listed += page
            if not page or len(listed) >= as_int(data.get("total")):
                break
        return listed

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
            made = as_object(await self._send("POST", "/issue", body))
        except OutcomeUnknownError as lost:
            try:
                found = await self._just_created(project, as_text(fields.get("summary")))
            except (JiraError, NoTokenError):
                raise lost from None
            if found is None:
                raise
            return found
        key = as_text(made.get("key"))
        if not ISSUE_KEY.fullmatch(key):
            raise JiraUnavailableError("Jira's answer names no new issue")
        return key

    async def _just_created(self, project: str, summary: str) -> str | None:
        query = f"project = {jql.quote(project)} AND creator = currentUser() AND created >= -3m"
        for row in await rows(self._send, f"{query} ORDER BY created DESC", "summary", ISSUES):
            if as_text(as_object(row.get("fields")).get("summary")) == summary:
                return as_text(row.get("key")) or None
        return None

    # Editing ---------------------------------------------------------------------------------------------

    async def edit_fields(self, issue: str) -> tuple[Field, ...]:
        """The fields that this person may edit on an issue; none without the right."""
        data = as_object(await self._get(f"/issue/{_key(issue)}/editmeta"))
        return tuple(parse.field(name, value) for name, value in as_object(data.get("fields")).items())

    async def current(self, issue: str, fields: Sequence[Field]) -> Mapping[str, Current]:
        """The present values of `fields`, by field id."""
        data = as_object(await self._get(f"/issue/{_key(issue)}", fields=",".join(f.id for f in fields)))
        values = as_object(data.get("fields"))
        return {f.id: Current(*decode(kind_of(f), values.get(f.id))) for f in fields}


def _key(issue: str) -> str:
    if not ISSUE_KEY.fullmatch(issue):
        raise NotFoundOrForbiddenError("not an issue key")
    return issue


def _create_path(project: str) -> str:
    return f"/issue/createmeta/{project_key(project)}/issuetypes"
