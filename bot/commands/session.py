"""Jira as the person who asks."""

from __future__ import annotations

from bot.accounts.model import Account
from bot.chat.identity import Person
from bot.commands.errors import ForeignSiteError
from bot.commands.services import AccountServices
from bot.jira.client import JiraClient
from bot.jira.http.transport import INTERACTIVE_TIMEOUT
from bot.jira.models import Site


class JiraSession:
    """A person's link to Jira while one of their requests is answered, and clients that act as them.

    `interactive`: a revoked link is reported in the answer, so the person gets no notice of it.
    """

    __slots__ = ("_accounts", "_interactive", "_person", "linked")

    def __init__(self, person: Person, accounts: AccountServices, *, interactive: bool) -> None:
        self._person = person
        self._accounts = accounts
        self._interactive = interactive
        self.linked = False
        """Whether a link was found so far."""

    async def account(self) -> Account:
        """Return the person's link. Raises `NotConnectedError`."""
        account = await self._accounts.grants.account(self._person)
        self.linked = True
        return account

    async def account_at(self, origin: str) -> Account | None:
        """Return the link if Atlassian says that it has a site at this address. Raises `NoTokenError`."""
        return await self._accounts.sites.find(self._person, origin)

    async def client(self, cloud_id: str = "") -> JiraClient:
        """Return a client for one of the person's sites, by default for their default site.

        Raises `NotConnectedError`, `ForeignSiteError`.
        """
        return self.client_for(linked_site(await self.account(), cloud_id))

    def client_for(self, site: Site) -> JiraClient:
        """Return a client that waits as long as a person does: late answers are delivered, too."""
        return self._accounts.access.client(
            self._person, site, seconds=INTERACTIVE_TIMEOUT, interactive=self._interactive
        )


def linked_site(account: Account, cloud_id: str) -> Site:
    """Return the linked site with this id, or the default site if the id is empty. Raises `ForeignSiteError`."""
    site = account.site_by_id(cloud_id) if cloud_id else account.site
    if site is None:
        raise ForeignSiteError([linked.name for linked in account.sites])
    return site
