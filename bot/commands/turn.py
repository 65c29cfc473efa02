"""What a command has at hand while it answers one request."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.accounts.access import JiraAccess
from bot.accounts.model import Account, Grants, Tickets
from bot.commands.errors import ForeignSiteError, NoIssueNamedError
from bot.commands.model import Reply, Request
from bot.commands.repeats import Repeats
from bot.commands.roles import Roster
from bot.commands.typed import Target, take_target
from bot.jira.client import JiraClient
from bot.jira.models import Issue, Site, Transition
from bot.notifications.personal import PersonalTable
from bot.notifications.subscriptions import Subscriptions
from bot.signing import BoundMint, Signer
from bot.zones import zone
from cards.issue import issue_card


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the bridge that commands use."""

    grants: Grants
    tickets: Tickets
    access: JiraAccess
    signer: Signer
    subscriptions: Subscriptions
    repeats: Repeats
    personal: PersonalTable
    roster: Roster
    subscribe_role: str


@dataclass(frozen=True, slots=True)
class IssueAt:
    """An issue that was named, on the site where it lives, with a client that speaks as the person."""

    key: str
    jira: JiraClient
    account: Account


class Turn:
    """One request being answered."""

    __slots__ = ("request", "services")

    def __init__(self, request: Request, services: Services) -> None:
        self.request = request
        self.services = services

    @property
    def mint(self) -> BoundMint:
        """Signs buttons for this conversation."""
        return self.services.signer.mint(self.request.conversation.id)

    async def account(self) -> Account:
        """The person's link. Raises `NotConnectedError`."""
        return await self.services.grants.account(self.request.person)

    async def jira(self) -> JiraClient:
        """Jira as the person, on their default site."""
        return self.services.access.client(self.request.person, (await self.account()).site)

    async def issue_in(self, arguments: str) -> tuple[IssueAt, str]:
        """The issue that `arguments` start with, and the rest. Raises `NoIssueNamedError`, `ForeignSiteError`."""
        target, rest = take_target(arguments)
        if target is None:
            raise NoIssueNamedError(arguments)
        return await self.at(target), rest

    async def at(self, target: Target) -> IssueAt:
        """The named issue on its site: that of the link, else the default one."""
        account = await self.account()
        site = account.site_by_origin(target.origin) if target.origin else account.site
        if site is None:
            raise ForeignSiteError([s.name for s in account.sites])
        return self._at(target.key, site, account)

    async def at_site(self, key: str, cloud_id: str) -> IssueAt:
        """An issue named by a card. Raises `ForeignSiteError` if the person has not linked that site."""
        account = await self.account()
        site = account.site_by_id(cloud_id) if cloud_id else account.site
        if site is None:
            raise ForeignSiteError([s.name for s in account.sites])
        return self._at(key, site, account)

    def _at(self, key: str, site: Site, account: Account) -> IssueAt:
        return IssueAt(key, self.services.access.client(self.request.person, site), account)

    async def issue_reply(self, at: IssueAt, *, notice: str = "", problem: str = "") -> Reply:
        """The issue's card as it stands now.

        For a press both the presser's own card and the one for everybody are made; the latter holds nothing
        that only the presser may see.
        """
        issue, transitions = await at.jira.issue_and_transitions(at.key)
        alone = self.request.conversation.is_personal
        mine = self._card(at, issue, transitions, notice=notice, problem=problem, shared=not alone)
        if self.request.press is None:
            return Reply(card=mine, summary=f"{issue.key} {issue.summary}")
        shared = mine if alone or not (notice or problem) else self._card(at, issue, transitions, shared=True)
        return Reply(card=mine, shared=shared, summary=f"{issue.key} {issue.summary}")

    def _card(
        self,
        at: IssueAt,
        issue: Issue,
        transitions: Sequence[Transition],
        *,
        shared: bool,
        notice: str = "",
        problem: str = "",
    ) -> dict[str, object]:
        return issue_card(
            issue,
            site=at.jira.site,
            transitions=transitions,
            mint=self.mint,
            zone=zone(at.account.user.time_zone or self.request.time_zone),
            now=datetime.now(UTC),
            shared=shared,
            show_site=len(at.account.sites) > 1,
            notice=notice,
            problem=problem,
        )
