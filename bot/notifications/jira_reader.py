"""Jira as a subscription's owner sees it (`IssueReader` on real accounts)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from bot.accounts.access import JiraAccess
from bot.chat.identity import Person
from bot.jira.errors import NotFoundOrForbiddenError
from bot.jira.models import Issue, Site


class JiraReader:
    """Implements `bot.notifications.ports.IssueReader`."""

    def __init__(self, access: JiraAccess) -> None:
        self._access = access

    async def read(self, person: Person, cloud_id: str, issue: str) -> tuple[Site, Issue]:
        """See `IssueReader`."""
        client = await self._access.client_for_site(person, cloud_id)
        found, steps = await client.issue_and_transitions(issue)
        return client.site, replace(found, transitions=steps)

    async def matches(self, person: Person, cloud_id: str, issue_id: str, jql: str) -> bool:
        """See `IssueReader`."""
        return await (await self._access.client_for_site(person, cloud_id)).queries.matches(issue_id, jql)

    async def sees_project(self, person: Person, cloud_id: str, project_key: str) -> bool:
        """See `IssueReader`."""
        try:
            await (await self._access.client_for_site(person, cloud_id)).project_name(project_key)
        except NotFoundOrForbiddenError:
            return False
        return True

    async def search(self, person: Person, cloud_id: str, jql: str, limit: int) -> tuple[Sequence[Issue], bool]:
        """See `bot.notifications.personal_daily.Finder`."""
        page = await (await self._access.client_for_site(person, cloud_id)).queries.search(jql, limit=limit)
        return page.issues, bool(page.next_token)
