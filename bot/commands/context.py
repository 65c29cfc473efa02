"""What a command has at hand while it answers one request."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from bot.accounts.access import JiraAccess
from bot.accounts.model import Account, Grants, Tickets
from bot.chat.identity import Person
from bot.chat.last_issue import LastIssueStore
from bot.chat.viewers import RecentViewers
from bot.commands.errors import ForeignSiteError, NoIssueNamedError, NoIssueShownError, OtherSiteError
from bot.commands.idempotency import Repeats
from bot.commands.invitations import Invitations
from bot.commands.permissions import Roster
from bot.commands.request import Reply, Request
from bot.commands.text_input import Target, is_it, take_target
from bot.jira.client import JiraClient
from bot.jira.http.transport import INTERACTIVE_TIMEOUT
from bot.jira.models import Issue, Site, Transition
from bot.language.time_zones import zone
from bot.notifications.personal.settings import PersonalTable
from bot.notifications.subscriptions.repository import Subscriptions
from bot.security.card_signing import BoundSigner, Signer, given_by_card
from cards.issue import issue_card
from cards.lists import way_back


@dataclass(frozen=True, slots=True)
class Services:
    """The parts of the bridge that commands use."""

    grants: Grants
    tickets: Tickets
    access: JiraAccess
    signer: Signer
    subscriptions: Subscriptions
    repeats: Repeats
    shown: LastIssueStore
    audience: RecentViewers
    invitations: Invitations
    personal: PersonalTable
    roster: Roster
    subscribe_role: str


@dataclass(frozen=True, slots=True)
class IssueAt:
    """An issue that was named, on the site where it lives, with a client that speaks as the person."""

    key: str
    jira: JiraClient
    account: Account


def personal_signing(person: Person) -> str:
    """In place of a conversation, for buttons that one person may press and nobody else."""
    return f"person:{person.key}"


class Turn:
    """One request being answered."""

    __slots__ = ("_interactive", "_linked", "request", "services")

    def __init__(self, request: Request, services: Services, *, interactive: bool = False) -> None:
        self.request = request
        self.services = services
        self._interactive = interactive
        self._linked = False

    @property
    def sign(self) -> BoundSigner:
        """Signs buttons for this conversation."""
        return self.services.signer.bound_to(self.request.conversation.id)

    @property
    def own_sign(self) -> BoundSigner:
        """Signs buttons of what this person alone sees; from a shared conversation a late answer goes to their own
        chat instead."""
        if self.request.conversation.is_personal:
            return self.sign
        return self.services.signer.bound_to(personal_signing(self.request.person))

    @property
    def seen_alone(self) -> bool:
        """Whether nobody but the person sees what they are answered."""
        press = self.request.press
        return self.request.conversation.is_personal or (press is not None and press.own_view)

    async def account(self) -> Account:
        """The person's link. Raises `NotConnectedError`."""
        account = await self.services.grants.account(self.request.person)
        self._linked = True
        return account

    def note_viewer(self) -> None:
        """A linked person is answered here: from now on cards that are posted here are also theirs to refresh."""
        if self._linked:
            self.services.audience.add(self.request.conversation, self.request.teams_id)

    async def jira(self) -> JiraClient:
        """Jira as the person, on their default site."""
        return self.client((await self.account()).site)

    def client(self, site: Site) -> JiraClient:
        """Jira as the person, who waits for its answers: late ones are delivered too (F09)."""
        return self.services.access.client(
            self.request.person, site, seconds=INTERACTIVE_TIMEOUT, interactive=self._interactive
        )

    async def issue_in(self, arguments: str) -> tuple[IssueAt, str]:
        """The issue that `arguments` start with, and the rest. Raises `NoIssueNamedError`, `NoIssueShownError` and
        `ForeignSiteError`."""
        words = arguments.split(None, 1)
        if words and is_it(words[0]):
            return await self.it(), "".join(words[1:]).strip()
        target, rest = take_target(arguments)
        if target is None:
            raise NoIssueNamedError(arguments)
        return await self.at(target), rest

    async def it(self) -> IssueAt:
        """The issue that the person was shown last in this conversation. Raises `NoIssueShownError`."""
        shown = await self.services.shown.last(self.request.person, self.request.conversation)
        if shown is None:
            raise NoIssueShownError
        return await self.at_site(shown.issue, shown.site)

    async def at(self, target: Target) -> IssueAt:
        """The named issue on its site: that of the link, else the default one."""
        account = await self.account()
        site = account.site_by_origin(target.origin) if target.origin else account.site
        if site is None:
            raise ForeignSiteError([s.name for s in account.sites])
        return self._at(target.key, site, account)

    async def key_beside(self, at: IssueAt, target: Target) -> str:
        """The key of another issue that was named together with `at`, on whose site it has to be: a bare key is of
        that one. Raises `ForeignSiteError`, `OtherSiteError`."""
        if target.origin and (await self.at(target)).jira.site != at.jira.site:
            raise OtherSiteError(target.key, at.jira.site.name)
        return target.key

    async def at_site(self, key: str, cloud_id: str) -> IssueAt:
        """An issue named by a card. Raises `ForeignSiteError` if the person has not linked that site."""
        account = await self.account()
        site = account.site_by_id(cloud_id) if cloud_id else account.site
        if site is None:
            raise ForeignSiteError([s.name for s in account.sites])
        return self._at(key, site, account)

    def _at(self, key: str, site: Site, account: Account) -> IssueAt:
        return IssueAt(key, self.client(site), account)

    async def issue_reply(self, at: IssueAt, *, notice: str = "", problem: str = "") -> Reply:
        """The issue's card as it stands now.

        For a press both the presser's own card and the one for everybody are made; the latter holds nothing
        that only the presser may see.
        """
        issue, transitions = await self._read(at)
        alone = self.request.conversation.is_personal
        mine = self._card(at, issue, transitions, notice=notice, problem=problem, shared=not self.seen_alone)
        summary = f"{issue.key} {issue.summary}"
        if self.request.press is None:
            return Reply(card=mine, summary=summary)
        return Reply(card=mine, shared=mine if alone else self._card(at, issue, transitions), summary=summary)

    async def opened(self, at: IssueAt, data: Mapping[str, str]) -> Reply:
        """The issue's card in the place of the one whose button (with `data`) was pressed. A row of a list opens
        for its presser alone where others read along, and leads back to the list."""
        given = {name: value for name, value in data.items() if given_by_card(data, name)}
        if "own" not in given:
            return await self.issue_reply(at)
        issue, transitions = await self._read(at)
        back = way_back(given, self.own_sign) if self.seen_alone else None
        card = self._card(at, issue, transitions, shared=not self.seen_alone, back=back)
        in_place = self.request.conversation.is_personal
        return Reply(card=card, shared=card if in_place else None, summary=f"{issue.key} {issue.summary}")

    async def own_view(self, at: IssueAt, data: Mapping[str, str]) -> Reply:
        """What one viewer sees of a shared card; they did not ask, so it is not what they mean by “it”."""
        issue, transitions = await at.jira.issue_and_transitions(at.key)
        card = self._card(at, issue, transitions, shared=False, headline=data.get("headline", ""))
        return Reply(card=card, summary=f"{issue.key} {issue.summary}")

    async def _read(self, at: IssueAt) -> tuple[Issue, Sequence[Transition]]:
        issue, transitions = await at.jira.issue_and_transitions(at.key)
        where = self.request.conversation
        self.services.shown.remember(self.request.person, where, issue.key, at.jira.site.cloud_id)
        self.note_viewer()
        return issue, transitions

    def _card(
        self,
        at: IssueAt,
        issue: Issue,
        transitions: Sequence[Transition],
        *,
        shared: bool = True,
        notice: str = "",
        problem: str = "",
        headline: str = "",
        back: Mapping[str, str] | None = None,
    ) -> dict[str, object]:
        return issue_card(
            issue,
            site=at.jira.site,
            transitions=transitions,
            sign=self.sign if shared else self.own_sign,
            zone=zone(at.account.user.time_zone or self.request.time_zone),
            now=datetime.now(UTC),
            shared=shared,
            viewer="" if shared else at.account.user.account_id,
            show_site=len(at.account.sites) > 1,
            notice=notice,
            problem=problem,
            headline=headline,
            back=back,
            refresh_for=self._viewers(shared=shared),
        )

    def _viewers(self, *, shared: bool) -> Sequence[str]:
        """Whose clients shall ask for their own view of a card: of one's own card, nobody else's."""
        where = self.request.conversation
        if where.is_personal:
            return ()
        everybody = self.services.audience.recent(where)
        return everybody if shared else [one for one in everybody if one == self.request.teams_id]
