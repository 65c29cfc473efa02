"""Makes Jira clients that act as a linked person."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping

from bot.accounts.model import Account, Grants, NotConnectedError
from bot.accounts.service_accounts import ServiceAccounts, ServiceToken, is_service_account
from bot.chat.identity import Person
from bot.jira.client import JiraClient
from bot.jira.errors import JiraSignInError
from bot.jira.fields.screens import new_metadata_cache
from bot.jira.fields.sprint_field import FieldCatalogue
from bot.jira.http.transport import BACKGROUND_TIMEOUT, Transport
from bot.jira.models import JiraUser, Site


class PersonalToken:
    """A person's access token, looked up at each call so that a refresh elsewhere is seen."""

    __slots__ = ("_grants", "_interactive", "_person")

    scheme = "Bearer"

    def __init__(self, grants: Grants, person: Person, *, interactive: bool) -> None:
        self._grants, self._person, self._interactive = grants, person, interactive

    @property
    def person(self) -> str:
        return self._person.key

    async def __call__(self, *, rejected: str = "") -> str:
        return await self._grants.access_token(self._person, rejected=rejected, interactive=self._interactive)


class JiraAccess:
    """Makes Jira clients, which share their caches. `on_use` is called with the person whom each is for."""

    def __init__(
        self,
        grants: Grants,
        transport: Transport,
        service_accounts: ServiceAccounts | None = None,
        *,
        data_centers: Mapping[str, Site] | None = None,
        on_use: Callable[[Person], None] | None = None,
    ) -> None:
        self._grants, self._on_use = grants, on_use
        self._data_centers = data_centers or {}
        self.service_accounts = service_accounts or ServiceAccounts()
        self._transport = transport
        self._fields = FieldCatalogue()
        self._metadata_cache = new_metadata_cache()

    def client(
        self, person: Person, site: Site, *, seconds: float = BACKGROUND_TIMEOUT, interactive: bool = False
    ) -> JiraClient:
        """Return a client that acts as this person. Nothing is asked of Jira yet.

        Each call may take `seconds`. `interactive`: see `Grants.access_token`. Raises `NotConnectedError` if the
        site is a Data Center that is no longer in the table of sites: its token goes only where that says.
        """
        if site.is_data_center:
            known = self._data_centers.get(site.cloud_id)
            if known is None:
                raise NotConnectedError("the site is no longer set up")
            site = known
        if self._on_use is not None:
            self._on_use(person)
        token = PersonalToken(self._grants, person, interactive=interactive)
        return JiraClient(self._transport, site, token, self._fields, self._metadata_cache, seconds=seconds)

    async def client_for_site(
        self, person: Person, cloud_id: str, *, seconds: float = BACKGROUND_TIMEOUT
    ) -> JiraClient:
        """Return a client for one of the person's linked sites, or of the service account that `person` is.

        Raises `NotConnectedError` if the person has no link, or has none to this site any more.
        """
        if is_service_account(person):
            return self._service_client(person, seconds)
        site = (await self.account(person)).site_by_id(cloud_id)
        if site is None:
            raise NotConnectedError("the site is not linked any more")
        return self.client(person, site, seconds=seconds)

    def _service_client(self, owner: Person, seconds: float) -> JiraClient:
        account = self.service_accounts.get(owner)
        token = ServiceToken(account)
        return JiraClient(
            self._transport, account.site, token, self._fields, self._metadata_cache, seconds=seconds
        )

    async def account(self, person: Person) -> Account:
        """Return the person's link. Raises `NotConnectedError`."""
        return await self._grants.account(person)


class _FixedToken:
    """An access token that belongs to no stored grant yet."""

    __slots__ = ("_access",)

    person = ""
    scheme = "Bearer"

    def __init__(self, access: str) -> None:
        self._access = access

    async def __call__(self, *, rejected: str = "") -> str:
        if rejected:
            raise JiraSignInError("Jira refused a token that was just issued")
        return self._access


def make_whoami(
    transport: Transport, data_centers: Mapping[str, Site] | None = None
) -> Callable[[str, str], Awaitable[JiraUser]]:
    """Return a function (access token, cloud id) -> account that asks Jira whose the token is.

    The function raises `JiraError`. `data_centers` are the sites that are not Atlassian's, by their id.
    """
    known = data_centers or {}
    fields, metadata_cache = FieldCatalogue(), new_metadata_cache()

    async def ask(access: str, cloud_id: str) -> JiraUser:
        site = known.get(cloud_id) or Site(cloud_id, "", "")
        return await JiraClient(transport, site, _FixedToken(access), fields, metadata_cache).myself()

    return ask
