"""Create and edit screens of a site as one person sees them, and creating issues.

Create metadata differs from person to person, so it is cached by person, project and type. Reached through
`JiraClient.screens`.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TypeVar

from cachetools import TTLCache

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira import jql
from bot.jira.errors import (
    JiraError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    NoTokenError,
    OutcomeUnknownError,
)
from bot.jira.fields.choices import MAX_ISSUES, PROJECT_KEY, Get, Send, check_project_key, search_field
from bot.jira.fields.kinds import Unshowable, Value, kind_of
from bot.jira.fields.values import decode
from bot.jira.models import ISSUE_KEY, Field, FieldOption, Site
from bot.jira.parse import parse_field

METADATA_TTL_SECONDS = 300.0
MAX_CACHED_ANSWERS = 2_000
"""For all people together."""
PAGE_SIZE, MAX_PAGES = 50, 10
_TYPE_ID = re.compile(r"[0-9]{1,18}", re.ASCII)
_AnswerT = TypeVar("_AnswerT")

MetadataCache = TTLCache[tuple[str, ...], object]
"""Create metadata by site, person, kind of answer and what it is about. Shared by all clients."""


def new_metadata_cache() -> MetadataCache:
    """Make an empty cache of create metadata."""
    return TTLCache(MAX_CACHED_ANSWERS, METADATA_TTL_SECONDS)


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
    """Projects, most recently updated first. `complete`: Jira has no more of them."""

    rows: tuple[ProjectRow, ...]
    complete: bool


@dataclass(frozen=True, slots=True)
class CurrentValue:
    """A field's current value, with the names of the selected options."""

    value: Value
    names: tuple[FieldOption, ...] = ()


def decode_defaults(fields: Sequence[Field]) -> Mapping[str, CurrentValue]:
    """Return the default values of a create screen by field id, without those that cannot be shown."""
    values = {f.id: CurrentValue(*decode(kind_of(f), f.default)) for f in fields if f.default is not None}
    return {name: c for name, c in values.items() if c.value is not None and not isinstance(c.value, Unshowable)}


class Screens:
    """Reads the screens of one site as one person sees them. All calls raise a `JiraError`."""

    def __init__(self, site: Site, get: Get, send: Send, cache: MetadataCache) -> None:
        self._site, self._get, self._send, self._cache = site, get, send, cache

    # Creating --------------------------------------------------------------------------------------------

    async def projects(self, viewer: str) -> Projects:
        """Return projects in which the person (`viewer`: their accountId) may create issues."""
        return await self._cached((viewer, "projects"), lambda: self.find_projects(""))

    async def find_projects(self, words: str) -> Projects:
        """Search these projects by key or name, without the cache; at most fifty are returned."""
        query = {"query": words[:100]} if words else {}
        order = "-lastIssueUpdatedDate"
        data = as_object(
            await self._get("/project/search", action="create", orderBy=order, maxResults=str(PAGE_SIZE), **query)
        )
        values = (as_object(row) for row in as_list(data.get("values")))
        projects = (ProjectRow(as_text(r.get("key")), as_text(r.get("name"))) for r in values)
        valid = tuple(project for project in projects if PROJECT_KEY.fullmatch(project.key))
        return Projects(valid, data.get("isLast") is not False)

    async def types(self, viewer: str, project: str) -> tuple[TypeRow, ...]:
        """Return the issue types that the person may create in a project; subtasks last."""

        async def load() -> tuple[TypeRow, ...]:
            listed = await self._pages(_create_path(project), "issueTypes")
            types = (
                TypeRow(as_text(r.get("id")), as_text(r.get("name")), r.get("subtask") is True) for r in listed
            )
            return tuple(sorted((t for t in types if t.id and t.name), key=lambda t: t.subtask))

        return await self._cached((viewer, "types", project), load)

    async def create_fields(self, viewer: str, project: str, type_id: str) -> tuple[Field, ...]:
        """Return the fields of the create screen, in its order."""

        async def load() -> tuple[Field, ...]:
            if not _TYPE_ID.fullmatch(type_id):
                raise NotFoundOrForbiddenError("not an issue type id")
            listed = await self._pages(f"{_create_path(project)}/{type_id}", "fields")
            return tuple(f for f in (parse_field("", row) for row in listed) if f.id)

        return await self._cached((viewer, "fields", project, type_id), load)

    def forget_create_fields(self, viewer: str, project: str, type_id: str) -> None:
        """Drop cached fields after Jira refused what they allow, so that they are read again."""
        self._cache.pop((self._site.cloud_id, viewer, "fields", project, type_id), None)

    async def _cached(self, key: tuple[str, ...], load: Callable[[], Awaitable[_AnswerT]]) -> _AnswerT:
        """Return the cached answer for `key` on this site, else load and cache it."""
        key = (self._site.cloud_id, *key)
        if key in self._cache:
            return self._cache[key]  # type: ignore[return-value]  # answers under one key have one type
        answer = await load()
        self._cache[key] = answer
        return answer

    async def _pages(self, path: str, name: str) -> list[Mapping[str, object]]:
        listed: list[Mapping[str, object]] = []
        for _ in range(MAX_PAGES):
            data = as_object(await self._get(path, startAt=str(len(listed)), maxResults=str(PAGE_SIZE)))
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
        """Create an issue and return its key. If the response is lost, search for the issue before giving up."""
        body: dict[str, object] = {
            "fields": {**fields, "project": {"key": project}, "issuetype": {"id": type_id}},
            **({"update": dict(update)} if update else {}),
        }
        try:
            created = as_object(await self._send("POST", "/issue", body))
        except OutcomeUnknownError as lost:
            try:
                key = await self._find_just_created(project, as_text(fields.get("summary")))
            except (JiraError, NoTokenError):
                raise lost from None
            if not key:
                raise
            return key
        key = as_text(created.get("key"))
        if not ISSUE_KEY.fullmatch(key):
            raise JiraUnavailableError("Jira's answer names no new issue")
        return key

    async def _find_just_created(self, project: str, summary: str) -> str:
        """Return the key of an issue that this person has just created, or an empty string."""
        query = f"project = {jql.quote(project)} AND creator = currentUser() AND created >= -3m"
        for row in await search_field(self._send, f"{query} ORDER BY created DESC", "summary", MAX_ISSUES):
            if as_text(as_object(row.get("fields")).get("summary")) == summary:
                return as_text(row.get("key"))
        return ""

    # Editing ---------------------------------------------------------------------------------------------

    async def edit_fields(self, issue: str) -> tuple[Field, ...]:
        """Return the fields that this person may edit on an issue; none without the permission."""
        data = as_object(await self._get(f"/issue/{_check_issue_key(issue)}/editmeta"))
        return tuple(parse_field(name, value) for name, value in as_object(data.get("fields")).items())

    async def current(self, issue: str, fields: Sequence[Field]) -> Mapping[str, CurrentValue]:
        """Return the current values of `fields`, by field id."""
        data = as_object(
            await self._get(f"/issue/{_check_issue_key(issue)}", fields=",".join(f.id for f in fields))
        )
        values = as_object(data.get("fields"))
        return {f.id: CurrentValue(*decode(kind_of(f), values.get(f.id))) for f in fields}


def _check_issue_key(issue: str) -> str:
    if not ISSUE_KEY.fullmatch(issue):
        raise NotFoundOrForbiddenError("not an issue key")
    return issue


def _create_path(project: str) -> str:
    return f"/issue/createmeta/{check_project_key(project)}/issuetypes"
