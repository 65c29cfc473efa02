"""Runs, matches and validates JQL. Reached through `JiraClient.queries`."""

from __future__ import annotations

import asyncio

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira.errors import JiraError, JiraGoneError, JiraRejectedError, NotFoundOrForbiddenError
from bot.jira.fields.choices import Get, Send
from bot.jira.jql import join_conditions
from bot.jira.models import IssuePage, SavedFilter
from bot.jira.parse import parse_issue, parse_saved_filters

ROW_FIELDS = (
    "summary",
    "project",
    "issuetype",
    "status",
    "priority",
    "assignee",
    "updated",
    "duedate",
    "security",
)
_FEW_ISSUES = "created >= -1m"
"""Limits a search that is only made for its errors: Jira rejects unlimited ones."""


class Queries:
    """All calls raise a `JiraError`."""

    def __init__(self, get: Get, send: Send) -> None:
        self._get, self._send = get, send

    async def search(self, jql: str, *, limit: int = 10, page_token: str = "") -> IssuePage:
        """Return a page of issues. Invalid JQL raises `JiraRejectedError` with Jira's explanation."""
        body: dict[str, object] = {"jql": jql, "maxResults": limit, "fields": list(ROW_FIELDS)}
        if page_token:
            body["nextPageToken"] = page_token
        data = as_object(await self._send("POST", "/search/jql", body))
        issues = tuple(parse_issue(i) for i in as_list(data.get("issues")))
        token = "" if data.get("isLast") is True else as_text(data.get("nextPageToken"))
        return IssuePage(issues, token)

    async def count(self, jql: str) -> int:
        """Return about how many issues a search finds for this person."""
        data = as_object(await self._send("POST", "/search/approximate-count", {"jql": jql}))
        return as_int(data.get("count"))

    async def matches(self, issue_id: str, jql: str) -> bool:
        """Tell whether the issue (by numeric id) matches `jql` for this person.

        Invalid JQL raises `JiraRejectedError`.
        """
        try:
            data = as_object(await self._send("POST", "/jql/match", {"issueIds": [int(issue_id)], "jqls": [jql]}))
        except (NotFoundOrForbiddenError, JiraGoneError):
            # Without this endpoint search can tell, too, but its index lags behind.
            body = {
                "jql": join_conditions((f"id={int(issue_id)}", jql)),
                "maxResults": 1,
                "reconcileIssues": [int(issue_id)],
            }
            return bool(as_list(as_object(await self._send("POST", "/search/jql", body)).get("issues")))
        match = as_object(next(iter(as_list(data.get("matches"))), None))
        if errors := tuple(map(as_text, as_list(match.get("errors")))):
            raise JiraRejectedError(200, errors)
        return any(as_int(matched) == int(issue_id) for matched in as_list(match.get("matchedIssues")))

    async def errors(self, jql: str) -> tuple[str, ...]:
        """Return Jira's messages about errors in `jql`."""
        try:
            data = as_object(await self._send("POST", "/jql/parse", {"queries": [jql]}, validation="strict"))
        except (NotFoundOrForbiddenError, JiraGoneError):
            return await self._errors_of_search(jql)
        return tuple(
            as_text(error)
            for query in as_list(data.get("queries"))
            for error in as_list(as_object(query).get("errors"))
        )

    async def _errors_of_search(self, jql: str) -> tuple[str, ...]:
        """Return the errors of `jql` where Jira has no endpoint for them, by searching."""
        try:
            await self._send("POST", "/search/jql", {"jql": join_conditions((_FEW_ISSUES, jql)), "maxResults": 1})
        except JiraRejectedError as rejected:
            return rejected.messages
        return ()

    async def filters(self) -> tuple[SavedFilter, ...]:
        """Return the person's favourite and own saved filters, each once; one of the two requests may fail."""
        lists = await asyncio.gather(
            *(self._get(f"/filter/{name}") for name in ("favourite", "my")), return_exceptions=True
        )
        errors = [each for each in lists if isinstance(each, BaseException)]
        if errors and (len(errors) == len(lists) or not isinstance(errors[0], JiraError)):
            raise errors[0]
        filters = [saved for each in lists if each not in errors for saved in parse_saved_filters(each)]
        return tuple({saved.id: saved for saved in filters}.values())
