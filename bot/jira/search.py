"""What queries find, and what Jira thinks of them. Reached through `JiraClient.queries`."""

from __future__ import annotations

import asyncio

from bot.http.json import as_int, as_list, as_object, as_text
from bot.jira import parse
from bot.jira.errors import JiraError, JiraRejectedError, NotFoundOrForbiddenError
from bot.jira.fields.choices import Get, Send
from bot.jira.jql import all_of
from bot.jira.models import Page, SavedFilter

ROW_FIELDS = ("summary", "project", "issuetype", "status", "priority", "assignee", "updated", "duedate")
_FEW = "created >= -1m"


class Queries:
    """All calls raise a `JiraError`."""

    def __init__(self, get: Get, send: Send) -> None:
        self._get, self._send = get, send

    async def search(self, jql: str, *, limit: int = 10, page_token: str = "") -> Page:
        """A page of issues. Bad JQL is a `JiraRejectedError` with Jira's explanation."""
        body: dict[str, object] = {"jql": jql, "maxResults": limit, "fields": list(ROW_FIELDS)}
        if page_token:
            body["nextPageToken"] = page_token
        data = as_object(await self._send("POST", "/search/jql", body))
        issues = tuple(parse.issue(i) for i in as_list(data.get("issues")))
        token = "" if data.get("isLast") is True else as_text(data.get("nextPageToken"))
        return Page(issues, token)

    async def matches(self, issue_id: str, jql: str) -> bool:
        """Whether the issue (by numeric id) fits `jql`, as this person sees it. Bad JQL: `JiraRejectedError`."""
        try:
            data = as_object(await self._send("POST", "/jql/match", {"issueIds": [int(issue_id)], "jqls": [jql]}))
        except NotFoundOrForbiddenError:
            # Where there is no such call, search knows as well, if later: its index lags behind.
            body = {
                "jql": all_of((f"id={int(issue_id)}", jql)),
                "maxResults": 1,
                "reconcileIssues": [int(issue_id)],
            }
            return bool(as_list(as_object(await self._send("POST", "/search/jql", body)).get("issues")))
        match = as_object(next(iter(as_list(data.get("matches"))), None))
        if errors := tuple(map(as_text, as_list(match.get("errors")))):
            raise JiraRejectedError(200, errors)
        return any(as_int(found) == int(issue_id) for found in as_list(match.get("matchedIssues")))

    async def errors(self, jql: str) -> tuple[str, ...]:
        """What Jira finds wrong with `jql`, in its own words; empty if nothing."""
        try:
            data = as_object(await self._send("POST", "/jql/parse", {"queries": [jql]}, validation="strict"))
        except NotFoundOrForbiddenError:
            return await self._errors_of_search(jql)
        return tuple(
            as_text(error)
            for query in as_list(data.get("queries"))
            for error in as_list(as_object(query).get("errors"))
        )

    async def _errors_of_search(self, jql: str) -> tuple[str, ...]:
        """The same where there is no such call; a search must not be for everything, so it is for little."""
        try:
            await self._send("POST", "/search/jql", {"jql": all_of((_FEW, jql)), "maxResults": 1})
        except JiraRejectedError as rejected:
            return rejected.messages
        return ()

    async def filters(self) -> tuple[SavedFilter, ...]:
        """The person's favourite saved filters and their own, each once. One of the two lists will do."""
        lists = await asyncio.gather(
            *(self._get(f"/filter/{name}") for name in ("favourite", "my")), return_exceptions=True
        )
        failed = [one for one in lists if isinstance(one, BaseException)]
        if failed and (len(failed) == len(lists) or not isinstance(failed[0], JiraError)):
            raise failed[0]
        found = [f for one in lists if one not in failed for f in parse.saved_filters(one)]
        return tuple({saved.id: saved for saved in found}.values())
