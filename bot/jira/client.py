"""Calls Jira's REST API v3 as one person on one site.

https://developer.atlassian.com/cloud/jira/platform/rest/v3/
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import structlog

from bot.http.json import as_list, as_object, as_text
from bot.jira.errors import (
    JiraError,
    JiraGoneError,
    JiraRejectedError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    NoTokenError,
    OutcomeUnknownError,
)
from bot.jira.fields.choices import Choices
from bot.jira.fields.screens import MetadataCache, Screens
from bot.jira.fields.sprint_field import FieldCatalogue
from bot.jira.fields.values import comment_properties
from bot.jira.http import write_verification
from bot.jira.http.paths import is_numeric_id, issue_path
from bot.jira.http.transport import BACKGROUND_TIMEOUT, TokenSource, Transport
from bot.jira.models import Adf, Comment, Issue, IssueRef, JiraUser, LinkType, Site, Transition
from bot.jira.parse import (
    is_service_project,
    parse_comment,
    parse_issue,
    parse_link_types,
    parse_transitions,
    parse_user,
)
from bot.jira.search import Queries

CARD_FIELDS = (
    "summary,project,issuetype,status,priority,resolution,assignee,reporter,created,updated,duedate,labels,"
    "parent,fixVersions,description,comment,subtasks,issuelinks,attachment,security,watches,votes"
)
log = structlog.get_logger(__name__)


class JiraClient:
    """All calls raise a `JiraError`, or what the grant raises (`NotConnectedError`, …).

    `fields` and `metadata_cache` are shared by all clients. `seconds` limits each call.
    """

    def __init__(
        self,
        transport: Transport,
        site: Site,
        token: TokenSource,
        fields: FieldCatalogue,
        metadata_cache: MetadataCache,
        *,
        seconds: float = BACKGROUND_TIMEOUT,
    ) -> None:
        self.site = site
        self._transport = transport
        self._token = token
        self._fields = fields
        self._metadata_cache = metadata_cache
        self._seconds = seconds

    async def _get(self, path: str, **query: str) -> object:
        return await self._send("GET", path, **query)

    async def _send(self, method: str, path: str, body: object = None, **query: str) -> object:
        return await self._transport.call(
            self.site, self._token, method, path, body=body, query=query, seconds=self._seconds
        )

    async def request(self, method: str, path: str, body: object = None, **query: str) -> object:
        """Send any other request, for the modules of this package that know its JSON."""
        return await self._send(method, path, body, **query)

    @property
    def screens(self) -> Screens:
        """Create and edit screens."""
        return Screens(self.site, self._get, self._send, self._metadata_cache)

    @property
    def choices(self) -> Choices:
        """Values of fields that no metadata lists."""
        return Choices(self._get, self._send)

    @property
    def queries(self) -> Queries:
        """JQL."""
        return Queries(self._get, self._send)

    # Reading ---------------------------------------------------------------------------------------------

    async def issue(self, issue: str) -> Issue:
        """Return an issue with everything that the card shows."""
        return (await self.issue_and_transitions(issue, expand=""))[0]

    async def issue_and_transitions(
        self, issue: str, *, expand: str = "transitions"
    ) -> tuple[Issue, tuple[Transition, ...]]:
        """Return an issue and the transitions open to this person, in one request if Jira returns both.

        If the transitions cannot be read there are none.
        """
        path = issue_path(issue)
        extra = await self._fields.extra_fields(self.site, self._get)
        fields = ",".join((CARD_FIELDS, *extra.ids))
        query = {"fields": fields, "expand": expand} if expand else {"fields": fields}
        data = as_object(await self._get(path, **query))
        parsed = parse_issue(data, sprint_field=extra.sprint, points_field=extra.points)
        if expand and "transitions" not in data:
            return parsed, await self._transitions_or_none(parsed.key)
        return parsed, parse_transitions(data.get("transitions"))

    async def _transitions_or_none(self, issue: str) -> tuple[Transition, ...]:
        try:
            return await self.transitions(issue)
        except (NotFoundOrForbiddenError, JiraGoneError, JiraRejectedError, JiraUnavailableError) as error:
            log.info("transitions not read", error=type(error).__name__)
            return ()

    async def transitions(self, issue: str) -> tuple[Transition, ...]:
        """Return the transitions open to this person, with the fields of their screens."""
        data = await self._get(f"{issue_path(issue)}/transitions", expand="transitions.fields")
        return parse_transitions(as_object(data).get("transitions"))

    async def myself(self) -> JiraUser:
        """Return the account that the grant belongs to."""
        me = parse_user(await self._get("/myself"))
        if me is None:
            raise JiraUnavailableError("Jira's answer holds no account")
        return me

    async def project_name(self, project: str) -> str:
        """Return a project's name. Raises `NotFoundOrForbiddenError` if this person may not browse it."""
        try:
            data = as_object(await self._get("/project/search", query=project, maxResults="50"))
        except (NotFoundOrForbiddenError, JiraGoneError):
            data = {"values": [await self._get(f"/project/{quote(project, safe='')}")]}
        for row in map(as_object, as_list(data.get("values"))):
            if as_text(row.get("key")) == project:
                return as_text(row.get("name")) or project
        raise NotFoundOrForbiddenError("no such project")

    async def assignable(self, issue: str, words: str) -> tuple[JiraUser, ...]:
        """Return up to ten active people who can be assigned to the issue and match `words`.

        Raises `IssueNotFoundError` if there is no such issue.
        """
        issue_path(issue)
        try:
            users = await self._get("/user/assignable/search", issueKey=issue, query=words, maxResults="10")
        except NotFoundOrForbiddenError:
            await self.issue(issue)
            raise
        people = (parse_user(u) for u in as_list(users))
        return tuple(u for u in people if u and u.active)

    async def comments(self, issue: str, *, limit: int = 5) -> tuple[Comment, ...]:
        """Return the newest comments, newest first."""
        data = await self._get(f"{issue_path(issue)}/comment", orderBy="-created", maxResults=str(limit))
        return tuple(parse_comment(c) for c in as_list(as_object(data).get("comments")))

    async def in_service_project(self, issue: str) -> bool:
        """Return whether comments on the issue reach a customer unless they are internal notes.

        Asked each time: an issue that was moved answers to its old key, too.
        """
        data = as_object(await self._get(issue_path(issue), fields="project"))
        return is_service_project(as_object(as_object(data.get("fields")).get("project")))

    async def read_comment(self, issue: str, comment_id: str) -> Comment:
        """Return one comment. Raises `NotFoundOrForbiddenError` if it is gone, or not for this person."""
        if not is_numeric_id(comment_id):
            raise NotFoundOrForbiddenError("not a comment id")
        return parse_comment(await self._get(f"{issue_path(issue)}/comment/{comment_id}"))

    async def link_types(self) -> tuple[LinkType, ...]:
        """Return the types of issue links of the site."""
        return parse_link_types(await self._get("/issueLinkType"))

    # Writing ---------------------------------------------------------------------------------------------

    async def move(
        self,
        issue: str,
        transition: Transition,
        fields: Mapping[str, object] | None = None,
        update: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    ) -> None:
        """Do a transition."""
        body = {"transition": {"id": transition.id}, **_changes(fields, update)}

        async def is_done() -> bool:
            return (await self.issue(issue)).status.id == transition.to.id

        await self._write("POST", f"{issue_path(issue)}/transitions", body, is_done=is_done)

    async def comment(self, issue: str, body: Adf, *, internal: bool = False) -> None:
        """Add a comment. In a service project the customer reads it, unless it is `internal`."""
        since = datetime.now(UTC) - write_verification.MAX_CLOCK_SKEW

        async def is_done() -> bool:
            me, newest = await self.myself(), await self.comments(issue)
            mine = [c for c in newest if c.author and c.author.account_id == me.account_id]
            return any(c.body == body and c.created and c.created >= since for c in mine)

        content = {"body": body, **comment_properties(internal=internal)}
        await self._write("POST", f"{issue_path(issue)}/comment", content, is_done=is_done)

    async def assign(self, issue: str, account_id: str | None) -> None:
        """Assign the issue: None is nobody, "-1" the project's default assignee."""

        async def is_done() -> bool:
            now = (await self.issue(issue)).assignee
            return account_id == (now.account_id if now else None)

        await self._write(
            "PUT", f"{issue_path(issue)}/assignee", {"accountId": account_id}, is_done=is_done, idempotent=True
        )

    async def watch(self, issue: str, account_id: str, *, on: bool) -> None:
        """Start or stop watching. `account_id` is the person's own."""

        async def is_done() -> bool:
            return (await self.issue(issue)).watching is on

        path = f"{issue_path(issue)}/watchers"
        if on:
            await self._write("POST", path, account_id, is_done=is_done, idempotent=True)
        else:
            await self._write("DELETE", path, is_done=is_done, idempotent=True, accountId=account_id)

    async def vote(self, issue: str, *, on: bool) -> None:
        """Add or remove the person's vote."""

        async def is_done() -> bool:
            return (await self.issue(issue)).voted is on

        await self._write(
            "POST" if on else "DELETE", f"{issue_path(issue)}/votes", is_done=is_done, idempotent=True
        )

    async def link(self, first: str, kind: LinkType, second: str) -> None:
        """Make "`first` <outward> `second`" true: Jira calls the first one the inward issue."""
        issue_path(first), issue_path(second)

        async def is_done() -> bool:
            return any(r.key == second and r.relation == kind.outward for r in (await self.issue(first)).links)

        ends = {"inwardIssue": {"key": first}, "outwardIssue": {"key": second}}
        await self._write(
            "POST", "/issueLink", {"type": {"name": kind.name}, **ends}, is_done=is_done, idempotent=True
        )

    async def unlink(self, issue: str, link: IssueRef) -> None:
        """Remove a link that was read with the issue."""

        async def is_done() -> bool:
            return all(each.link_id != link.link_id for each in (await self.issue(issue)).links)

        path = f"/issueLink/{quote(link.link_id, safe='')}"
        await self._write("DELETE", path, is_done=is_done, idempotent=True)

    async def log_work(
        self, issue: str, time_spent: str, comment: Adf | None = None, *, started: datetime | None = None
    ) -> None:
        """Log work that starts now, or at another time. `time_spent` is in Jira's notation, e.g. "1h 30m"."""
        path, now = f"{issue_path(issue)}/worklog", started or datetime.now(UTC)
        body: dict[str, object] = {"timeSpent": time_spent, "started": write_verification.format_started(now)}
        if comment is not None:
            body["comment"] = comment

        async def is_done() -> bool:
            after = str(int((now - write_verification.WORKLOG_TOLERANCE).timestamp() * 1000))
            entries = as_object(await self._get(path, startedAfter=after)).get("worklogs")
            return write_verification.is_work_logged(entries, now, (await self.myself()).account_id)

        await self._write("POST", path, body, is_done=is_done)

    async def edit(
        self,
        issue: str,
        fields: Mapping[str, object] | None = None,
        update: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    ) -> None:
        """Set `fields`, or apply `update` operations such as `{"labels": [{"add": "x"}]}`."""

        async def is_done() -> bool:
            data = await self._get(issue_path(issue), fields=",".join({**(fields or {}), **(update or {})}))
            return write_verification.is_edit_applied(
                fields or {}, update or {}, as_object(as_object(data).get("fields"))
            )

        idempotent = "comment" not in (update or {})
        body = _changes(fields, update)
        await self._write("PUT", issue_path(issue), body, is_done=is_done, idempotent=idempotent)

    async def _write(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        is_done: Callable[[], Awaitable[bool]],
        idempotent: bool = False,
        **query: str,
    ) -> None:
        """Send a write. If its response is lost, read back whether it `is_done`.

        If it is not and the write is `idempotent`, it is sent once more; else this raises `OutcomeUnknownError`.
        """
        try:
            await self._send(method, path, body, **query)
        except OutcomeUnknownError as lost:
            if await _read_back(is_done, lost):
                return
            if not (idempotent and lost.connection_failed):
                raise
            await self._send(method, path, body, **query)


def _changes(
    fields: Mapping[str, object] | None, update: Mapping[str, Sequence[Mapping[str, object]]] | None
) -> dict[str, object]:
    named = {"fields": fields, "update": update}
    return {name: dict(changes) for name, changes in named.items() if changes}


async def _read_back(is_done: Callable[[], Awaitable[bool]], lost: OutcomeUnknownError) -> bool:
    try:
        return await is_done()
    except (JiraError, NoTokenError):
        raise lost from None
