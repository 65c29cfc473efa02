"""Service accounts: accounts of a Jira site that belong to no person and that the admin has set up.

They only read, for subscriptions. Wherever a subscription's owner is a `Person`, that of a service account is one
whose tenant no directory can have: a tenant id is a GUID.
"""

from __future__ import annotations

import base64
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field

from bot.accounts.model import NotConnectedError
from bot.chat.identity import Person
from bot.jira.errors import JiraSignInError
from bot.jira.models import Site

_TENANT = "service-account"


class ServiceAccountGoneError(NotConnectedError):
    """The site has no service account (any more)."""


@dataclass(frozen=True, slots=True)
class ServiceAccount:
    """The service account of a site. `name` is shown to people; that of a Data Center has no `email`."""

    site: Site
    name: str
    email: str
    token: str = field(repr=False)

    @property
    def owner(self) -> Person:
        """Who its subscriptions belong to."""
        return service_owner(self.site.cloud_id)


def service_owner(cloud_id: str) -> Person:
    """Return who the subscriptions of a site's service account belong to."""
    return Person(_TENANT, cloud_id)


def is_service_account(owner: Person) -> bool:
    """Whether this is no person but a site's service account."""
    return owner.tenant == _TENANT


class ServiceAccounts:
    """The service accounts by cloud id."""

    def __init__(self, accounts: Iterable[ServiceAccount] = ()) -> None:
        self._accounts = {account.site.cloud_id: account for account in accounts}

    def __iter__(self) -> Iterator[ServiceAccount]:
        return iter(self._accounts.values())

    def find(self, cloud_id: str) -> ServiceAccount | None:
        """Return the service account of a site, if it has one."""
        return self._accounts.get(cloud_id)

    def get(self, owner: Person) -> ServiceAccount:
        """Return the account that `owner` stands for. Raises `ServiceAccountGoneError`."""
        account = self._accounts.get(owner.oid)
        if account is None:
            raise ServiceAccountGoneError("the site has no service account")
        return account


class ServiceToken:
    """A service account's proof in calls to Jira (`TokenSource`): it does not change while the bridge runs."""

    __slots__ = ("_account",)

    def __init__(self, account: ServiceAccount) -> None:
        self._account = account

    @property
    def person(self) -> str:
        return self._account.owner.key

    @property
    def scheme(self) -> str:
        return "Bearer" if self._account.site.is_data_center else "Basic"

    async def __call__(self, *, rejected: str = "") -> str:
        if rejected:
            raise JiraSignInError("Jira refused the token of the service account")
        if self._account.site.is_data_center:
            return self._account.token
        pair = f"{self._account.email}:{self._account.token}"
        return base64.b64encode(pair.encode()).decode()
