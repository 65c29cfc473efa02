"""Finds the issue that a text or a button names."""

from __future__ import annotations

from dataclasses import dataclass

from bot.accounts.model import Account
from bot.chat.last_issue import LastIssue, LastIssueStore
from bot.commands.errors import (
    CommandError,
    ForeignSiteError,
    NoIssueNamedError,
    NoIssueShownError,
    OtherSiteError,
)
from bot.commands.request import Request
from bot.commands.session import JiraSession, linked_site
from bot.commands.text_input import Target, is_it, take_target, take_targets
from bot.jira.client import JiraClient
from bot.jira.models import Site, issue_key
from bot.language import tr
from bot.security.card_signing import SignedData


@dataclass(frozen=True, slots=True)
class IssueHandle:
    """An issue by its key, with the account of the person who asks and a client for the issue's site."""

    key: str
    jira: JiraClient
    account: Account


async def require_visible(jira: JiraClient, *keys: str) -> None:
    """Raise `IssueNotFoundError` for the first issue that the person does not see.

    For a refusal that does not say which of the issues in the request it is about.
    """
    for key in keys:
        await jira.issue(key)


class IssueLookup:
    """Finds issues for one request. Nothing is asked of Jira: whether an issue exists is not known yet.

    Every coroutine may raise `NotConnectedError`.
    """

    __slots__ = ("_last_issue", "_request", "_session", "_signed")

    def __init__(
        self, request: Request, signed: SignedData, session: JiraSession, last_issue: LastIssueStore
    ) -> None:
        self._request = request
        self._signed = signed
        self._session = session
        self._last_issue = last_issue

    async def parse(self, arguments: str) -> tuple[IssueHandle, str]:
        """Return the issue that `arguments` start with, and the rest of them.

        Without one, it is the issue of the message that they quote. Raises `NoIssueNamedError`,
        `NoIssueShownError`, `ForeignSiteError`.
        """
        words = arguments.split(None, 1)
        if words and is_it(words[0]):
            return await self.last_shown(), "".join(words[1:]).strip()
        target, rest = take_target(arguments)
        if target is None:
            quoted = await self._quoted()
            if quoted is None:
                raise NoIssueNamedError(arguments)
            return await self.on_site(quoted.issue, quoted.site), rest
        return await self.find(target), rest

    async def parse_others(self, issue: IssueHandle, text: str) -> tuple[list[IssueHandle], str]:
        """Return further issues that `text` starts with (`PROJ-13 and PROJ-14 …`), and the rest of it.

        Bare keys are on the site of `issue`. Raises `ForeignSiteError`, `OtherSiteError`.
        """
        others: dict[str, IssueHandle] = {}
        targets, rest = take_targets(text)
        for target in targets:
            key = await self.key_on_same_site(issue, target)
            if key != issue.key:
                others[key] = self._ref(key, issue.jira.site, issue.account)
        return list(others.values()), rest

    async def last_shown(self) -> IssueHandle:
        """Return the issue of the message that they quote, or else the one that they last saw here.

        Raises `NoIssueShownError`.
        """
        shown = await self._quoted() or await self._last_issue.last(
            self._request.person, self._request.conversation
        )
        if shown is None:
            raise NoIssueShownError
        return await self.on_site(shown.issue, shown.site)

    async def _quoted(self) -> LastIssue | None:
        message = self._request.quoted_message
        return await self._last_issue.of_post(self._request.conversation, message) if message else None

    async def find(self, target: Target) -> IssueHandle:
        """Return a named issue on the site of its link, or else on the default site. Raises `ForeignSiteError`."""
        account = await self._session.account()
        site = account.site_by_origin(target.origin) if target.origin else account.site
        if site is None and (newest := await self._session.account_at(target.origin)):
            account, site = newest, newest.site_by_origin(target.origin)
        if site is None:
            raise ForeignSiteError([linked.name for linked in account.sites])
        return self._ref(target.key, site, account)

    async def on_site(self, key: str, cloud_id: str) -> IssueHandle:
        """Return an issue on the site with this id, or on the default site. Raises `ForeignSiteError`."""
        account = await self._session.account()
        return self._ref(key, linked_site(account, cloud_id), account)

    async def of_button(self) -> IssueHandle:
        """Return the issue of the card whose button was pressed. Raises `CommandError`, `ForeignSiteError`."""
        key = issue_key(self._signed.get("issue", ""))
        if key is None:
            raise CommandError(tr("This card names no issue."))
        return await self.on_site(key, self._signed.get("site", ""))

    async def key_on_same_site(self, issue: IssueHandle, target: Target) -> str:
        """Return the key of another issue, which must be on the site of `issue`; a bare key always is.

        Raises `ForeignSiteError`, `OtherSiteError`.
        """
        if target.origin and (await self.find(target)).jira.site != issue.jira.site:
            raise OtherSiteError(target.key, issue.jira.site.name)
        return target.key

    def _ref(self, key: str, site: Site, account: Account) -> IssueHandle:
        return IssueHandle(key, self._session.client_for(site), account)
