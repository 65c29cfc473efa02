"""Accounts: a Teams person's link to Jira, and the ports through which the rest of the bridge uses it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.chat.identity import Conversation, Person
from bot.jira.errors import NoTokenError
from bot.jira.models import JiraUser, Site


class NotConnectedError(NoTokenError):
    """The person has no Jira account linked; they get the connect card."""


class GrantRevokedError(NotConnectedError):
    """Atlassian has ended the link (revoked, or past its absolute end)."""


class SignInUnavailableError(NoTokenError):
    """Atlassian's sign-in does not answer now. The link is kept; trying again later helps."""


@dataclass(frozen=True, slots=True)
class Account:
    """A linked account, without its tokens."""

    person: Person
    user: JiraUser
    sites: tuple[Site, ...]
    default_site: str
    """A cloud id out of `sites`."""
    scopes: tuple[str, ...]
    linked_at: float
    """Unix seconds."""

    @property
    def site(self) -> Site:
        """The default site."""
        return next((s for s in self.sites if s.cloud_id == self.default_site), self.sites[0])

    def is_same_login(self, other: Account) -> bool:
        """Whether both are one account; a Data Center's user name means one on that server alone."""
        if self.site.is_data_center or other.site.is_data_center:
            return (self.site.cloud_id, self.user.account_id) == (other.site.cloud_id, other.user.account_id)
        return self.user.account_id == other.user.account_id

    def site_by_origin(self, origin: str) -> Site | None:
        """Return the linked site at `https://host`; a pasted link is used only through this."""
        present = next((s for s in self.sites if s.origin == origin), None)
        return present or next((s for s in self.sites if origin in s.former_origins), None)

    def site_by_id(self, cloud_id: str) -> Site | None:
        """Return the linked site with this cloud id."""
        return next((s for s in self.sites if s.cloud_id == cloud_id), None)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the person had asked for when the connect card was shown; it is run after the link is made.

    `request` is a JSON object that only commands understand; it is empty if they asked for nothing.
    """

    conversation: Conversation
    request: Mapping[str, object]


@dataclass(frozen=True, slots=True)
class WaitingRequest:
    """A pending request that asks for something, and the name of its record, which grants nothing."""

    name: str
    pending: Pending


class Grants(Protocol):
    """The grants, as commands and notifications use them."""

    async def account(self, person: Person) -> Account:
        """Return the person's link. Raises `NotConnectedError`."""

    async def access_token(self, person: Person, *, rejected: str = "", interactive: bool = False) -> str:
        """Return a token that Jira accepts now, refreshed if need be.

        `rejected` is a token that Jira has just answered 401 to: if it is still the stored one it is refreshed
        whatever its expiry says. `interactive`: the person waits for the outcome and is told of a revoked grant
        in the answer, so they get no notice of it.

        Raises `NotConnectedError`, `GrantRevokedError`, `SignInUnavailableError`.
        """

    async def choose_site(self, person: Person, cloud_id: str) -> Account:
        """Make one of the linked sites the default. Raises `NotConnectedError`, `KeyError`."""

    async def disconnect(self, person: Person) -> bool:
        """Forget everything about the person; return whether there was anything."""

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        """Return the Teams users linked to a Jira account on that site, one for each of their tenants."""


class Tickets(Protocol):
    """Makes the links of connect cards."""

    async def connect_url(self, person: Person, pending: Pending | None, *, in_teams_window: bool = False) -> str:
        """Return `PUBLIC_URL/connect?ticket=…`: opaque, for this person only, valid for a week.

        `in_teams_window`: Teams opens it in a window and waits until its last page says that it is done.
        """

    async def store_pending(self, person: Person, pending: Pending) -> str:
        """Store a pending request for a week; return an id that grants nothing and may be shown to others."""

    async def find_pending(self, name: str, person: Person) -> Pending | None:
        """Return the pending request with this id, if it is this person's."""

    async def take_pending(self, name: str, person: Person) -> Pending | None:
        """Consume the pending request with this id: of any number of concurrent callers one gets it."""

    async def waiting(self, person: Person) -> list[WaitingRequest]:
        """Return what the person asked for lately and did not get for want of a link, the oldest first."""
