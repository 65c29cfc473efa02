"""Subscriptions of a service account go on once Jira accepts it again."""

from __future__ import annotations

import time
from dataclasses import replace
from pathlib import Path

import pytest

from bot.accounts.access import JiraAccess
from bot.accounts.grant_vault import GrantVault
from bot.accounts.service_accounts import ServiceAccount, ServiceAccounts
from bot.accounts.token_answers import TokenAnswer
from bot.http.client import open_session, tls_context
from bot.http.lifespan import open_store_with_retry
from bot.jira.http.transport import Transport
from bot.jira.models import Site
from bot.jira.webhooks.model import Topic
from bot.notifications.outbox.service_check import ServiceCheck
from bot.notifications.outbox.suspension import Suspender, SuspensionReason
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.encryption import Keyring, new_key
from bot.storage.factory import open_store
from sandbox.server import Sandbox
from tests.support.notifications.payloads import channel

EMAIL, TOKEN = "d@example.com", "api-token"


class NoEndpoint:
    """Nobody is linked here."""

    async def refresh(self, refresh_token: str, *, seconds: float = 8.0) -> TokenAnswer:
        raise AssertionError(seconds)


@pytest.mark.parametrize("accepted", [True, False])
async def test_a_new_token_ends_a_suspension(tmp_path: Path, accepted: bool) -> None:
    keyring = Keyring([new_key()])
    async with (
        Sandbox() as sandbox,
        open_store_with_retry(open_store(f"tinydb://{tmp_path}"), keyring) as store,
        open_session(tls_context(None)) as session,
    ):
        if accepted:
            sandbox.add_api_token(EMAIL, TOKEN, ("read:jira-work", "read:jira-user"))
        site = Site(sandbox.site.cloud_id, sandbox.site.url, "Demo")
        account = ServiceAccount(site, "Notifier", EMAIL, TOKEN)
        vault = GrantVault(store, keyring, NoEndpoint())
        access = JiraAccess(vault, Transport(session, sandbox.api_url), ServiceAccounts([account]))
        subscriptions = Subscriptions(store)
        request = SubscribeRequest("DEMO", frozenset({Topic.CREATED}))
        made = await subscriptions.create(channel(), account.owner, site, request, now=time.time())
        reason = SuspensionReason.SERVICE_ACCOUNT.value
        await subscriptions.update(made.id, lambda s: replace(s, suspended=reason))

        await ServiceCheck(access, subscriptions, Suspender(store, subscriptions)).run()

        after = await subscriptions.get(made.id)
        assert after is not None
        assert after.suspended == ("" if accepted else reason)
