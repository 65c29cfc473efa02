"""Accounts: a Teams person's link to Jira, and what the rest of the bridge may ask of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Protocol

from bot.chat.identity import Conversation, Person
from bot.jira.errors import NoTokenError
from bot.jira.models import JiraUser, Site


class NotConnectedError(NoTokenError):
    """This person has no Jira account linked: the answer is the connect card."""


class GrantRevokedError(NotConnectedError):
    """The link existed, but Atlassian says it is over (revoked, or past its absolute end)."""


class SignInUnavailableError(NoTokenError):
    """Atlassian's sign-in does not answer now. The link is safe; trying again later helps."""


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

    def site_by_origin(self, origin: str) -> Site | None:
        """The linked site at `https://host` (a pasted link is used only through this)."""
        return next((s for s in self.sites if s.origin == origin), None)

    def site_by_id(self, cloud_id: str) -> Site | None:
        """The linked site with this cloud id."""
        return next((s for s in self.sites if s.cloud_id == cloud_id), None)


@dataclass(frozen=True, slots=True)
class Pending:
    """What the person had asked for when the connect card was shown; it runs by itself after the link.

    `request` is the command's own affair (a JSON object); accounts only keep it.
    """

    conversation: Conversation
    request: Mapping[str, object]


class Grants(Protocol):
    """The vault, as commands and notifications see it."""

    async def account(self, person: Person) -> Account:
        """The person's link. Raises `NotConnectedError`."""

    async def access_token(self, person: Person, *, rejected: str = "", interactive: bool = False) -> str:
        """A token that Jira accepts now, refreshed if need be.

        `rejected` is a token that Jira has just answered 401 to: one that is still the stored one is refreshed
        whatever its expiry says. `interactive`: the person waits for the outcome and is told of a revoked grant
        in the answer, so they get no notice of it.

        Raises `NotConnectedError`, `GrantRevokedError`, `SignInUnavailableError`.
        """

    async def choose_site(self, person: Person, cloud_id: str) -> Account:
        """Make one of the linked sites the default. Raises `NotConnectedError`, `KeyError`."""

    async def disconnect(self, person: Person) -> bool:
        """Forget everything about the person; whether there was anything."""

    async def people_of(self, cloud_id: str, account_id: str) -> list[Person]:
        """Which linked Teams people are this Jira account on that site: who is in two tenants is two of them."""


class Tickets(Protocol):
    """Mints the links of connect cards."""

    async def connect_url(self, person: Person, pending: Pending | None) -> str:
        """`PUBLIC_URL/connect?ticket=…`: opaque, for this person alone, valid for a week."""

    async def keep(self, person: Person, pending: Pending) -> str:
        """Keep what somebody asked for where others read along; a name for it that is good for nothing else."""

    async def kept(self, name: str, person: Person) -> Pending | None:
        """What is kept under this name for a week, if it was this person who asked."""
