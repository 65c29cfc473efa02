"""Holds the credentials for Microsoft and Atlassian, and the secrets that verify Jira's webhooks.

Built from the settings at the start. New secrets go into the same parts, so whoever holds one goes on with it.
"""

from __future__ import annotations

import ssl

import aiohttp

from bot.atlassian_identity import build_token_endpoint
from bot.config.settings import Settings
from bot.jira_sites import data_center_webhook_secrets
from bot.microsoft_identity import MicrosoftIdentity
from bot.notifications.inbox.endpoint import WebhookSecrets


class Credentials:
    """The parts that hold a secret. `tls` is the context of all outgoing calls."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, tls: ssl.SSLContext) -> None:
        self._tls = tls
        self.microsoft = MicrosoftIdentity(settings, session, tls)
        self.token_endpoint = build_token_endpoint(settings, session)
        self.webhook_secrets = WebhookSecrets((), client_id=settings.jira_client_id)
        self.webhook_secrets.data_centers = data_center_webhook_secrets(settings.sites)
        self._use_jira_secrets(settings)

    async def renew(self, settings: Settings) -> None:
        """Use the secrets and certificates of these settings from now on, without asking anybody.

        An authority that is no longer in `CA_BUNDLE` is trusted until the process ends. Raises `OSError` or
        `ValueError` if a file cannot be read.
        """
        if settings.ca_bundle is not None:
            self._tls.load_verify_locations(cafile=str(settings.ca_bundle))
        await self.microsoft.use_secrets(settings)
        self._use_jira_secrets(settings)

    def _use_jira_secrets(self, settings: Settings) -> None:
        client_secret = settings.jira_client_secret.get_secret_value()
        self.token_endpoint.use_secret(client_secret)
        self.webhook_secrets.webhook = settings.webhook_secrets
        self.webhook_secrets.client_secret = client_secret
