"""Builds what the table of sites says, from the settings."""

from __future__ import annotations

from bot.accounts.service_accounts import ServiceAccount, ServiceAccounts
from bot.config.sites import SiteTable
from bot.jira.models import Site


def build_service_accounts(table: SiteTable) -> ServiceAccounts:
    """Return the service accounts of the sites that have one."""
    return ServiceAccounts(
        ServiceAccount(
            Site(row.cloud_id, row.url.rstrip("/"), row.name, direct=not row.service_account.scoped),
            row.service_account.name,
            row.service_account.email,
            table.secrets[row.service_account.token],
        )
        for row in table.rows.values()
    )
