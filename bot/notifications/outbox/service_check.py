"""Resumes the subscriptions of service accounts once Jira accepts them again, as with a new token."""

from __future__ import annotations

import structlog

from bot.accounts.access import JiraAccess
from bot.accounts.service_accounts import ServiceAccount
from bot.jira.errors import JiraError, JiraSignInError
from bot.jobs.periodic import PeriodicTask
from bot.notifications.outbox.suspension import Suspender, SuspensionReason
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Store

CHECK_SECONDS = 300.0

log = structlog.get_logger(__name__)


class ServiceCheck:
    """Asks Jira about service accounts that it refused. Raises `StoreError`."""

    def __init__(self, access: JiraAccess, subscriptions: Subscriptions, suspender: Suspender) -> None:
        self._access, self._subscriptions, self._suspender = access, subscriptions, suspender

    async def run(self) -> None:
        """Look at each service account once."""
        for account in self._access.service_accounts:
            owned = await self._subscriptions.of_owner(account.owner)
            stopped = any(each.suspended == SuspensionReason.SERVICE_ACCOUNT for each in owned)
            if stopped and await self._works(account):
                await self._suspender.resume_after_link(account.owner)

    async def _works(self, account: ServiceAccount) -> bool:
        client = await self._access.client_for_site(account.owner, account.site.cloud_id)
        try:
            await client.myself()
        except JiraSignInError:
            log.error("Jira refuses the service account", site=account.site.cloud_id)  # noqa: TRY400 - that says it all
            return False
        except JiraError as error:
            log.info("service account not checked", site=account.site.cloud_id, error=type(error).__name__)
            return False
        return True


def build_service_check(store: Store, access: JiraAccess, subscriptions: Subscriptions) -> PeriodicTask:
    """Build the task that resumes subscriptions of service accounts once Jira accepts them again."""
    check = ServiceCheck(access, subscriptions, Suspender(store, subscriptions))
    return PeriodicTask(store, "service-accounts", check.run, every=CHECK_SECONDS)
