"""Jira's REST API v3 as one person on one site (https://developer.atlassian.com/cloud/jira/platform/rest/v3/)."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping, Sequence
from datetime import UTC, datetime
from urllib.parse import quote

import structlog

from bot.http.json import as_list, as_object, as_text
from bot.jira import parse
from bot.jira.errors import (
    JiraError,
    JiraRejectedError,
    JiraUnavailableError,
    NotFoundOrForbiddenError,
    NoTokenError,
    OutcomeUnknownError,
)
from bot.jira.fields.choices import Choices
from bot.jira.fields.screens import Memory, Screens
from bot.jira.fields.sprint_field import FieldCatalogue
from bot.jira.http import write_verification
from bot.jira.http.transport import BACKGROUND_TIMEOUT, TokenSource, Transport
from bot.jira.models import ISSUE_KEY, Adf, Comment, Issue, JiraUser, LinkType, Site, Transition
from bot.jira.search import Queries

CARD_FIELDS = (
    "summary,project,issuetype,status,priority,resolution,assignee,reporter,created,updated,duedate,labels,"
    "parent,fixVersions,description,comment,subtasks,issuelinks,attachment,security,watches,votes"
)
log = structlog.get_logger(__name__)


def issue_path(issue: str) -> str:
    """`/issue/{key or id}`. Raises `NotFoundOrForbiddenError` for anything that is neither (threat T33)."""
    if not (ISSUE_KEY.fullmatch(issue) or (issue.isascii() and issue.isdigit() and len(issue) <= 18)):
        raise NotFoundOrForbiddenError("not an issue key")
    return f"/issue/{issue}"


class JiraClient:
    """All calls raise a `JiraError`, or what the grant raises (`NotConnectedError`, …).

    `fields` and `memory` are shared by all clients, and know sites and people apart. `seconds` is how long Jira
    may take over each call.
    """

    def __init__(
        self,
        transport: Transport,
        site: Site,
        token: TokenSource,
        fields: FieldCatalogue,
        memory: Memory,
        *,
        seconds: float = BACKGROUND_TIMEOUT,
    ) -> None:
        self.site = site
        self._transport = transport
        self._token = token
        self._fields = fields
        self._memory = memory
        self._seconds = seconds

    async def _get(self, path: str, **query: str) -> object:
        return await self._send("GET", path, **query)

    async def _send(self, method: str, path: str, body: object = None, **query: str) -> object:
        return await self._transport.call(
            self.site, self._token, method, path, body=body, query=query, seconds=self._seconds
        )

    async def request(self, method: str, path: str, body: object = None, **query: str) -> object:
        """Any other call, for the modules of this package that know its JSON."""
        return await self._send(method, path, body, **query)

    @property
    def screens(self) -> Screens:
        """What this person can create and edit."""
        return Screens(self.site, self._get, self._send, self._memory)

    @property
    def choices(self) -> Choices:
        """What fields may be set to where no metadata lists it."""
        return Choices(self._get, self._send)

    @property
    def queries(self) -> Queries:
        """What queries find."""
        return Queries(self._get, self._send)

    # Reading ---------------------------------------------------------------------------------------------

    async def issue(self, issue: str) -> Issue:
        """One issue with everything that the card shows."""
        return (await self.issue_and_transitions(issue, expand=""))[0]

    async def issue_and_transitions(
        self, issue: str, *, expand: str = "transitions"
    ) -> tuple[Issue, tuple[Transition, ...]]:
        """One issue and the transitions open to this person, in one request where Jira gives both. An issue whose
        transitions cannot be read has none."""
        path = issue_path(issue)
        extra = await self._fields.of(self.site, self._get)
        wanted = ",".join((CARD_FIELDS, *extra.ids))
        query = {"fields": wanted, "expand": expand} if expand else {"fields": wanted}
        data = as_object(await self._get(path, **query))
        found = parse.issue(data, sprint_field=extra.sprint, points_field=extra.points)
        if expand and "transitions" not in data:
            return found, await self._transitions_if_any(found.key)
        return found, parse.transitions(data.get("transitions"))

    async def _transitions_if_any(self, issue: str) -> tuple[Transition, ...]:
        try:
            return await self.transitions(issue)
        except (NotFoundOrForbiddenError, JiraRejectedError, JiraUnavailableError) as error:
            log.info("jira.transitions_not_read", error=type(error).__name__)
            return ()

    async def transitions(self, issue: str) -> tuple[Transition, ...]:
        """The transitions open to this person, with the fields of their screens. Empty: no right."""
        data = await self._get(f"{issue_path(issue)}/transitions", expand="transitions.fields")
        return parse.transitions(as_object(data).get("transitions"))

    async def myself(self) -> JiraUser:
        """The account that the grant belongs to."""
        me = parse.user(await self._get("/myself"))
        if me is None:
            raise JiraUnavailableError("Jira's answer holds no account")
        return me

    async def project_name(self, project: str) -> str:
        """The name of a project that this person may browse; else `NotFoundOrForbiddenError`."""
        try:
            found = as_object(await self._get("/project/search", query=project, maxResults="50"))
        except NotFoundOrForbiddenError:
            found = {"values": [await self._get(f"/project/{quote(project, safe='')}")]}
        for row in map(as_object, as_list(found.get("values"))):
            if as_text(row.get("key")) == project:
                return as_text(row.get("name")) or project
        raise NotFoundOrForbiddenError("no such project")

    async def assignable(self, issue: str, words: str) -> tuple[JiraUser, ...]:
        """Up to ten active people who can be assigned to the issue and fit `words`."""
        issue_path(issue)
        found = await self._get("/user/assignable/search", issueKey=issue, query=words, maxResults="10")
        people = (parse.user(u) for u in as_list(found))
        return tuple(u for u in people if u and u.active)

    async def comments(self, issue: str, *, limit: int = 5) -> tuple[Comment, ...]:
        """The newest comments, newest first."""
        data = await self._get(f"{issue_path(issue)}/comment", orderBy="-created", maxResults=str(limit))
        return tuple(parse.comment(c) for c in as_list(as_object(data).get("comments")))

    async def link_types(self) -> tuple[LinkType, ...]:
        """The kinds of issue link of the site."""
        return parse.link_types(await self._get("/issueLinkType"))

    # Writing ---------------------------------------------------------------------------------------------

    async def move(
        self,
        issue: str,
        transition: Transition,
        fields: Mapping[str, object] | None = None,
        update: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    ) -> None:
        """Do a transition. After a lost answer the status is read back before anything is tried again."""
        body: dict[str, object] = {"transition": {"id": transition.id}}
        if fields:
            body["fields"] = dict(fields)
        if update:
            body["update"] = dict(update)

        async def done() -> bool:
            return (await self.issue(issue)).status.id == transition.to.id

        await self._write("POST", f"{issue_path(issue)}/transitions", body, done=done)

    async def comment(self, issue: str, body: Adf) -> None:
        """Add a comment. After a lost answer the newest comments are read back before giving up."""

        since = datetime.now(UTC) - write_verification.SAME_CLOCK

        async def done() -> bool:
            me, newest = await self.myself(), await self.comments(issue)
            mine = [c for c in newest if c.author and c.author.account_id == me.account_id]
            return any(c.body == body and c.created and c.created >= since for c in mine)

        await self._write("POST", f"{issue_path(issue)}/comment", {"body": body}, done=done)

    async def assign(self, issue: str, account_id: str | None) -> None:
        """Assign; None is nobody, "-1" the project's default assignee."""

        async def done() -> bool:
            now = (await self.issue(issue)).assignee
            return account_id == (now.account_id if now else None)

        await self._write("PUT", f"{issue_path(issue)}/assignee", {"accountId": account_id}, done=done, again=True)

    async def watch(self, issue: str, account_id: str, *, on: bool) -> None:
        """Start or stop watching as oneself."""

        async def done() -> bool:
            return (await self.issue(issue)).watching is on

        path = f"{issue_path(issue)}/watchers"
        if on:
            await self._write("POST", path, account_id, done=done, again=True)
        else:
            await self._write("DELETE", path, done=done, again=True, accountId=account_id)

    async def vote(self, issue: str, *, on: bool) -> None:
        """Cast or take back one's vote."""

        async def done() -> bool:
            return (await self.issue(issue)).voted is on

        await self._write("POST" if on else "DELETE", f"{issue_path(issue)}/votes", done=done, again=True)

    async def link(self, first: str, kind: LinkType, second: str) -> None:
        """Make "`first` <outward> `second`" true: Jira calls the first one the inward issue."""
        issue_path(first), issue_path(second)

        async def done() -> bool:
            return any(r.key == second and r.relation == kind.outward for r in (await self.issue(first)).links)

        ends = {"inwardIssue": {"key": first}, "outwardIssue": {"key": second}}
        await self._write("POST", "/issueLink", {"type": {"name": kind.name}, **ends}, done=done, again=True)

    async def log_work(self, issue: str, time_spent: str, comment: Adf | None = None) -> None:
        """Log work that begins now; `time_spent` is Jira's notation, e.g. "1h 30m" (a day has as many hours as the
        site says). After a lost answer the worklog is read back before giving up."""
        path, now = f"{issue_path(issue)}/worklog", datetime.now(UTC)
        body: dict[str, object] = {"timeSpent": time_spent, "started": write_verification.started(now)}
        if comment is not None:
            body["comment"] = comment

        async def done() -> bool:
            after = str(int((now - write_verification.SAME_MOMENT).timestamp() * 1000))
            entries = as_object(await self._get(path, startedAfter=after)).get("worklogs")
            return write_verification.logged(entries, now, (await self.myself()).account_id)

        await self._write("POST", path, body, done=done)

    async def edit(
        self,
        issue: str,
        fields: Mapping[str, object] | None = None,
        update: Mapping[str, Sequence[Mapping[str, object]]] | None = None,
    ) -> None:
        """Set `fields`, or apply `update` operations such as `{"labels": [{"add": "x"}]}`."""
        body: dict[str, object] = {}
        if fields:
            body["fields"] = dict(fields)
        if update:
            body["update"] = dict(update)

        async def done() -> bool:
            data = await self._get(issue_path(issue), fields=",".join({**(fields or {}), **(update or {})}))
            return write_verification.stands(fields or {}, update or {}, as_object(as_object(data).get("fields")))

        # All but a comment may be written twice.
        again = "comment" not in (update or {})
        await self._write("PUT", issue_path(issue), body, done=done, again=again)

    async def _write(
        self,
        method: str,
        path: str,
        body: object = None,
        *,
        done: Callable[[], Awaitable[bool]],
        again: bool = False,
        **query: str,
    ) -> None:
        """After a lost answer Jira is asked whether the write is `done`; if not, and doing it twice changes
        nothing (`again`), it is done once more. Raises `OutcomeUnknownError` if that does not settle it."""
        try:
            await self._send(method, path, body, **query)
        except OutcomeUnknownError as lost:
            if await _seen(done, lost):
                return
            if not (again and lost.connection_failed):
                raise
            await self._send(method, path, body, **query)


async def _seen(done: Callable[[], Awaitable[bool]], lost: OutcomeUnknownError) -> bool:
    try:
        return await done()
    except (JiraError, NoTokenError):
        raise lost from None
