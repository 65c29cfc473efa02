"""Builds what the table of sites says, from the settings."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import aiohttp

from bot.accounts.data_center_sign_in import SCOPE, DataCenterOAuth, DataCenterSignIn, DataCenterTokens
from bot.accounts.service_accounts import ServiceAccount, ServiceAccounts
from bot.config.settings import Settings
from bot.config.sites import DataCenterRow, SiteTable
from bot.jira.models import Site, SiteKind


def build_service_accounts(table: SiteTable) -> ServiceAccounts:
    """Return the service accounts of the sites that have one."""
    cloud = [
        ServiceAccount(
            Site(row.cloud_id, row.url.rstrip("/"), row.name, direct=not row.service_account.scoped),
            row.service_account.name,
            row.service_account.email,
            table.secrets[row.service_account.token],
        )
        for row in table.cloud.values()
    ]
    data_centers = [
        ServiceAccount(_site(name, row), row.service_account.name, "", table.secrets[row.service_account.token])
        for name, row in table.data_centers.items()
        if row.service_account
    ]
    return ServiceAccounts([*cloud, *data_centers])


@dataclass(frozen=True, slots=True)
class DataCenters:
    """The Data Centers by their sites' id."""

    sign_ins: Mapping[str, DataCenterSignIn]

    @property
    def sites(self) -> Mapping[str, Site]:
        """Their sites."""
        return {name: sign_in.site for name, sign_in in self.sign_ins.items()}


def build_data_centers(settings: Settings, session: aiohttp.ClientSession) -> DataCenters:
    """Build the sign-in of each Data Center in the table of sites."""
    table = settings.sites
    sign_ins: dict[str, DataCenterSignIn] = {}
    for name, row in table.data_centers.items():
        site = _site(name, row)
        if row.client_secret is None:
            sign_ins[name] = DataCenterTokens(site)
            continue
        sign_ins[name] = DataCenterOAuth(
            session,
            site,
            client_id=row.client_id,
            client_secret=table.secrets[row.client_secret],
            redirect_uri=f"{settings.base_url}/auth/jira/callback",
        )
    return DataCenters(sign_ins)


def data_center_webhook_secrets(table: SiteTable) -> Mapping[str, str]:
    """Return the secrets of the webhooks of Data Centers, by the host that their deliveries name."""
    return {
        _site(name, row).host: table.secrets[row.webhook_secret]
        for name, row in table.data_centers.items()
        if row.webhook_secret
    }


def _site(name: str, row: DataCenterRow) -> Site:
    return Site(name, row.url.rstrip("/"), row.name, (SCOPE,), kind=SiteKind.DATA_CENTER)
