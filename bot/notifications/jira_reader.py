"""Reads Jira as the person that a notification is for or made by."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.accounts.access import JiraAccess
from bot.chat.identity import Person
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import Comment, Issue, Site


class JiraReader:
    """Implements `IssueReader` and `IssueSearch`."""

    def __init__(self, access: JiraAccess) -> None:
        self._access = access

    async def read(self, person: Person, cloud_id: str, issue: str) -> tuple[Site, Issue]:
        client = await self._access.client_for_site(person, cloud_id)
        read, transitions = await client.issue_and_transitions(issue)
        return client.site, replace(read, transitions=transitions)

    async def comment(self, person: Person, cloud_id: str, issue: str, comment_id: str) -> Comment:
        return await (await self._access.client_for_site(person, cloud_id)).read_comment(issue, comment_id)

    async def matches(self, person: Person, cloud_id: str, issue_id: str, jql: str) -> bool:
        return await (await self._access.client_for_site(person, cloud_id)).queries.matches(issue_id, jql)

    async def sees_project(self, person: Person, cloud_id: str, project_key: str) -> bool:
        try:
            await (await self._access.client_for_site(person, cloud_id)).project_name(project_key)
        except NotFoundOrForbiddenError:
            return False
        return True

    async def search(self, person: Person, cloud_id: str, jql: str, limit: int) -> tuple[Sequence[Issue], bool]:
        page = await (await self._access.client_for_site(person, cloud_id)).queries.search(jql, limit=limit)
        return page.issues, bool(page.next_token)
