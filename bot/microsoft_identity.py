"""Builds what the settings say of Microsoft: who the bot is, where people sign in, whose tokens are believed."""

from __future__ import annotations

from contextlib import AsyncExitStack

import aiohttp

from bot.accounts.sign_in.microsoft import MicrosoftSignIn
from bot.accounts.sign_in.microsoft_calls import MicrosoftCalls
from bot.accounts.sign_in.msal_http import MsalHttp
from bot.config.settings import Settings
from bot.security import entra
from bot.security.jwks import KeySet
from bot.teams.app_token import AppTokens
from bot.teams.inbound_auth import BotTokens


class MicrosoftIdentity:
    """The bot at Microsoft. Where the bot is a managed identity, people sign in to a registration of their own."""

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, http: MsalHttp) -> None:
        self._settings, self._session, self._http = settings, session, http

    def app_tokens(self, stack: AsyncExitStack) -> AppTokens | None:
        """Build the source of the bot's own token, closed with `stack`; None where its connector needs none."""
        settings = self._settings
        if settings.bot_auth == "off":
            return None
        if settings.microsoft_app_type == "UserAssignedMSI":
            app: entra.RegisteredApp | entra.ManagedApp = entra.ManagedApp(settings.microsoft_app_id, self._http)
        else:
            app = entra.RegisteredApp(
                settings.microsoft_app_id, self._bot_credential(), settings.app_authority, self._http
            )
        tokens = AppTokens(app, settings.endpoints.bot_resource)
        stack.push_async_callback(tokens.close)
        return tokens

    def sign_in(self, stack: AsyncExitStack) -> MicrosoftSignIn:
        """Build the sign-in of people, closed with `stack`."""
        settings, calls = self._settings, MicrosoftCalls()
        stack.callback(calls.close)
        return MicrosoftSignIn(
            authority=settings.authority,
            client_id=settings.sign_in_client_id,
            credential=self._sign_in_credential() if settings.sign_in_app_id else self._bot_credential(),
            redirect_uri=f"{settings.base_url}/auth/microsoft/callback",
            allowed_tenants=settings.tenants,
            keys=KeySet(self._session, entra.metadata_url(settings.authority)),
            http=self._http,
            calls=calls,
        )

    def inbound_tokens(self) -> BotTokens | None:
        """Build the check of inbound tokens; None where there are none."""
        settings = self._settings
        if settings.bot_auth == "off":
            return None
        keys = KeySet(self._session, settings.inbound_metadata_url)
        return BotTokens(keys, app_id=settings.microsoft_app_id, issuer=settings.inbound_issuer)

    def _bot_credential(self) -> entra.Credential:
        if self._settings.microsoft_app_certificate is not None:
            return entra.certificate(self._settings.microsoft_app_certificate)
        return self._settings.microsoft_app_password.get_secret_value() or self._federated_credential()

    def _sign_in_credential(self) -> entra.Credential:
        return self._settings.sign_in_app_password.get_secret_value() or self._federated_credential()

    def _federated_credential(self) -> entra.Credential:
        identity, audience = self._settings.managed_identity, self._settings.endpoints.token_exchange
        return entra.managed_assertion(identity, audience, self._http)
