"""Searches Jira for field values that no metadata lists: people, issues, sprints, labels, teams, groups.

All calls are covered by `read:jira-work` and `read:jira-user`. Reached through `JiraClient.choices`.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Awaitable, Iterable, Mapping
from html import unescape
from typing import Protocol, TypeVar

from bot.http.json import as_list, as_object, as_text
from bot.jira import jql
from bot.jira.errors import JiraGoneError, JiraRejectedError, NotFoundOrForbiddenError
from bot.jira.fields.kinds import Kind, is_valid_label
from bot.jira.fields.values import decode, decode_open_sprints
from bot.jira.models import ISSUE_KEY, FieldOption, JiraUser
from bot.jira.parse import parse_user

MAX_PEOPLE, MAX_ISSUES, MAX_GROUPS, MAX_SUGGESTIONS = 20, 15, 20, 15
MAX_SAMPLED_ISSUES = 50
"""Issues whose sprints and teams are read."""

PROJECT_KEY = re.compile(r"[A-Z][A-Z0-9_]{1,9}", re.ASCII)
_NUMBER = re.compile(r"[0-9]{1,18}", re.ASCII)
_CUSTOM_ID = re.compile(r"customfield_([0-9]{1,18})", re.ASCII)
_TAG = re.compile(r"</?[a-zA-Z]{1,10}>")
_RowT = TypeVar("_RowT")


class Get(Protocol):
    """Sends a GET request as one person."""

    async def __call__(self, path: str, **query: str) -> object: ...


class Send(Protocol):
    """Sends a request with a body as one person."""

    async def __call__(self, method: str, path: str, body: object = None, **query: str) -> object: ...


def check_project_key(project: str) -> str:
    """Return `project` if it is a key, else raise `NotFoundOrForbiddenError` (threat T33)."""
    if not PROJECT_KEY.fullmatch(project):
        raise NotFoundOrForbiddenError("not a project key")
    return project


async def search_field(send: Send, query: str, field_id: str, limit: int) -> list[Mapping[str, object]]:
    """Return the issues that a JQL query finds, each with one field."""
    body = {"jql": query, "maxResults": limit, "fields": [field_id]}
    data = as_object(await send("POST", "/search/jql", body))
    return [as_object(row) for row in as_list(data.get("issues"))]


class Choices:
    """Finds values for fields on one site, as one person sees it. All calls raise a `JiraError`."""

    def __init__(self, get: Get, send: Send) -> None:
        self._get, self._send = get, send

    async def assignable(self, project: str, words: str, *, limit: int = MAX_PEOPLE) -> tuple[JiraUser, ...]:
        """Find active people who can be assigned issues of a project and match `words`."""
        users = await self._get(
            "/user/assignable/search", project=check_project_key(project), query=words[:200], maxResults=str(limit)
        )
        return tuple(u for u in (parse_user(row) for row in as_list(users)) if u and u.active)

    async def people(self, words: str, *, limit: int = MAX_PEOPLE) -> tuple[JiraUser, ...]:
        """Find people of the site who match `words`, for fields other than the assignee."""
        data = as_object(await self._get("/user/picker", query=words[:200], maxResults=str(limit)))
        return tuple(u for u in (parse_user(row) for row in as_list(data.get("users"))) if u)

    async def person(self, account_id: str) -> JiraUser | None:
        """Return the user of an account."""
        return parse_user(await self._get("/user", accountId=account_id))

    async def issues(self, project: str, words: str) -> tuple[FieldOption, ...]:
        """Find issues by key or by words of their text; without words the latest. The option's id is the key.

        Without a `project` the whole site is searched; the latest issues are then those the person has viewed.
        """
        in_project = [f"project = {jql.quote(check_project_key(project))}"] if project else []
        key = words.strip().upper()
        if ISSUE_KEY.fullmatch(key):
            query = f"key = {jql.quote(key)}"
        elif words.strip():
            try:
                query = " AND ".join([*in_project, jql.split_order(jql.build_text_search(words))[0]])
            except ValueError:
                return ()
        else:
            query = in_project[0] if in_project else jql.split_order(jql.RECENT)[0]
        issues = await search_field(self._send, f"{query} ORDER BY updated DESC", "summary", MAX_ISSUES)
        named = ((as_text(i.get("key")), as_text(as_object(i.get("fields")).get("summary"))) for i in issues)
        return tuple(FieldOption(k, f"{k} {summary}") for k, summary in named if ISSUE_KEY.fullmatch(k))

    async def labels(self, field_id: str, words: str) -> tuple[FieldOption, ...]:
        """Find labels of the site that contain `words`; the option's id is the label.

        `GET /label` would list all of them, page by page and without a search.
        """
        suggestions = await self._suggestions(field_id, words)
        return tuple(FieldOption(label, label) for label, _shown in suggestions if is_valid_label(label))

    async def groups(self, words: str) -> tuple[FieldOption, ...]:
        """Find groups whose names contain `words`; the option's id is the name.

        Jira returns none to people who may not browse groups.
        """
        data = as_object(
            await self._get(
                "/groups/picker", query=words[:200], maxResults=str(MAX_GROUPS), caseInsensitive="true"
            )
        )
        names = (as_text(as_object(row).get("name")) for row in as_list(data.get("groups")))
        return tuple(FieldOption(name, name) for name in names if name)

    async def teams(self, project: str, field_id: str) -> tuple[FieldOption, ...]:
        """Return the teams of a project's latest issues; listing all teams would need other scopes."""
        query = f"project = {jql.quote(check_project_key(project))} AND {_jql_field(field_id)} is not EMPTY"
        values = await self._sample(query, field_id)
        teams = (team for value in values for team in decode(Kind.TEAM, value)[1])
        return tuple({team.id: team for team in teams}.values())

    async def sprints(self, project: str, field_id: str, words: str) -> tuple[FieldOption, ...]:
        """Find sprints that are not closed: first those of the project's issues, then others that match `words`.

        Listing a board's sprints would need other scopes. JQL's suggestions include empty sprints, but those of
        all boards and closed ones, too; a closed sprint is recognised by the issues that are still in it.
        """
        in_project, sprint = f"project = {jql.quote(check_project_key(project))}", _jql_field(field_id)
        query = f"{in_project} AND {sprint} in (openSprints(), futureSprints())"
        values, suggestions = await asyncio.gather(
            self._sample(query, field_id), self._or_empty(self._suggestions(field_id, words))
        )
        near = _by_number(values)
        names = {near[number].name for number in near}
        unknown = [(value, shown) for value, shown in suggestions if value not in near and value not in names]
        return (
            (*near.values(), *await self._suggested_sprints(field_id, unknown)) if unknown else (*near.values(),)
        )

    async def _suggested_sprints(self, field_id: str, suggestions: list[tuple[str, str]]) -> list[FieldOption]:
        """Return the sprints of suggestions that are not closed, with their names and boards.

        Jira suggests a sprint by its number, with or without its name, or by its name. What it does not say is
        read from the issues of the sprint, if it has any.
        """
        sprint = _jql_field(field_id)
        literals = [value if _NUMBER.fullmatch(value) else jql.quote(value) for value, _ in suggestions]
        query = f"{sprint} in ({', '.join(literals)}) AND {sprint} in"
        still_open, closed = await asyncio.gather(
            self._or_empty(self._sample(f"{query} (openSprints(), futureSprints())", field_id)),
            self._or_empty(self._sample(f"{query} closedSprints()", field_id)),
        )
        wanted = {value for value, _ in suggestions}
        read = {n: each for n, each in _by_number(still_open).items() if n in wanted or each.name in wanted}
        suggested = {value: FieldOption(value, shown) for value, shown in suggestions if _NUMBER.fullmatch(value)}
        ended = _closed_numbers(closed)
        return [each for number, each in {**suggested, **read}.items() if number not in ended]

    async def sprints_in_state(self, project: str, field_id: str, state: str) -> tuple[FieldOption, ...]:
        """Find the sprints of a project's issues that are `active` or `future`."""
        function = {"active": "openSprints()", "future": "futureSprints()"}[state]
        in_project = f"project = {jql.quote(check_project_key(project))}"
        values = await self._sample(f"{in_project} AND {_jql_field(field_id)} in ({function})", field_id)
        rows = (as_object(row) for value in values for row in as_list(value))
        sprints = (decode_open_sprints([row]) for row in rows if row.get("state") == state)
        return tuple({each.id: each for options in sprints for each in options}.values())

    async def _sample(self, query: str, field_id: str) -> list[object]:
        """Return the field's values in the issues of a query that were updated last."""
        issues = await search_field(self._send, f"{query} ORDER BY updated DESC", field_id, MAX_SAMPLED_ISSUES)
        return [as_object(issue.get("fields")).get(field_id) for issue in issues]

    async def _or_empty(self, request: Awaitable[list[_RowT]]) -> list[_RowT]:
        try:
            return await request
        except (JiraRejectedError, JiraGoneError, NotFoundOrForbiddenError):
            return []

    async def _suggestions(self, field_id: str, words: str) -> list[tuple[str, str]]:
        """Return JQL's completions for a field as (value, shown text) pairs."""
        data = as_object(
            await self._get(
                "/jql/autocompletedata/suggestions", fieldName=_jql_field(field_id), fieldValue=words[:100]
            )
        )
        rows = (as_object(row) for row in as_list(data.get("results")))
        pairs = [(_unquote(as_text(r.get("value"))), _strip_tags(as_text(r.get("displayName")))) for r in rows]
        return [(value, shown or value) for value, shown in pairs if value][:MAX_SUGGESTIONS]


def _by_number(values: Iterable[object]) -> dict[str, FieldOption]:
    """Return the sprints that are not closed in sprint fields of issues, by their numbers."""
    sprints = (each for value in values for each in decode_open_sprints(value))
    return {each.id: each for each in sprints if _NUMBER.fullmatch(each.id)}


def _closed_numbers(values: Iterable[object]) -> frozenset[str]:
    rows = (as_object(each) for value in values for each in as_list(value))
    return frozenset(as_text(row.get("id")) for row in rows if row.get("state") == "closed")


def _jql_field(field_id: str) -> str:
    """Return a field's name in JQL. The name of a custom field need not be unique, so its number is used."""
    custom = _CUSTOM_ID.fullmatch(field_id)
    if custom is None and field_id != "labels":
        raise NotFoundOrForbiddenError("not a field that queries know")
    return f"cf[{custom.group(1)}]" if custom else field_id


def _unquote(value: str) -> str:
    """Turn a JQL literal into its value."""
    if len(value) > 1 and value[0] == value[-1] == '"':
        return value[1:-1].replace('\\"', '"').replace("\\\\", "\\")
    return value


def _strip_tags(html: str) -> str:
    """Return a suggestion without the tags that highlight the match."""
    return unescape(_TAG.sub("", html))
