"""Builds the bot's Microsoft identity, the sign-in and the validation of inbound tokens from the settings."""

from __future__ import annotations

import ssl

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
    """The bot at Microsoft. Where the bot is a managed identity, people sign in to a registration of their own.

    `app_tokens` gives the bot's own token, None where its connector needs none. `sign_in` is that of people.
    """

    def __init__(self, settings: Settings, session: aiohttp.ClientSession, tls: ssl.SSLContext) -> None:
        self._http, self._calls = MsalHttp(tls), MicrosoftCalls()
        self._app = build_connector_app(settings, self._http)
        resource = settings.endpoints.bot_resource
        self.app_tokens = AppTokens(self._app, resource) if self._app is not None else None
        self.sign_in = MicrosoftSignIn(
            authority=settings.authority,
            client_id=settings.sign_in_client_id,
            credential=_sign_in_credential(settings, self._http),
            redirect_uri=f"{settings.base_url}/auth/microsoft/callback",
            allowed_tenants=settings.tenants,
            keys=KeySet(session, entra.metadata_url(settings.authority)),
            http=self._http,
            calls=self._calls,
        )

    async def use_secrets(self, settings: Settings) -> None:
        """Use the secrets and certificates of these settings from the next call on.

        Raises `OSError` or `ValueError` if a file cannot be read; then nothing has changed.
        """
        sign_in_credential = _sign_in_credential(settings, self._http)
        if isinstance(self._app, entra.RegisteredApp):
            self._app.use_credential(_bot_credential(settings, self._http))
        await self.sign_in.use_credential(sign_in_credential)

    async def close(self) -> None:
        """Stop what runs in the background."""
        if self.app_tokens is not None:
            await self.app_tokens.close()
        self._calls.close()
        self._http.close()


def build_inbound_tokens(settings: Settings, session: aiohttp.ClientSession) -> BotTokens | None:
    """Build the check of inbound tokens; None where there are none."""
    if settings.bot_auth == "off":
        return None
    keys = KeySet(session, settings.inbound_metadata_url)
    return BotTokens(keys, app_id=settings.microsoft_app_id, issuer=settings.inbound_issuer)


def build_connector_app(settings: Settings, http: MsalHttp) -> entra.RegisteredApp | entra.ManagedApp | None:
    """Build what gets the bot's own token; None where the connector needs none."""
    if settings.bot_auth == "off":
        return None
    if settings.microsoft_app_type == "UserAssignedMSI":
        return entra.ManagedApp(settings.microsoft_app_id, http)
    credential = _bot_credential(settings, http)
    return entra.RegisteredApp(settings.microsoft_app_id, credential, settings.app_authority, http)


def build_sign_in_app(settings: Settings, http: MsalHttp) -> entra.RegisteredApp:
    """Build the registration that people sign in to, for tokens of its own."""
    credential = _sign_in_credential(settings, http)
    return entra.RegisteredApp(settings.sign_in_client_id, credential, settings.app_authority, http)


def _bot_credential(settings: Settings, http: MsalHttp) -> entra.Credential:
    if settings.microsoft_app_certificate is not None:
        return entra.read_certificate(settings.microsoft_app_certificate)
    return settings.microsoft_app_password.get_secret_value() or _federated_credential(settings, http)


def _sign_in_credential(settings: Settings, http: MsalHttp) -> entra.Credential:
    if not settings.sign_in_app_id:
        return _bot_credential(settings, http)
    return settings.sign_in_app_password.get_secret_value() or _federated_credential(settings, http)


def _federated_credential(settings: Settings, http: MsalHttp) -> entra.Credential:
    identity, audience = settings.managed_identity, settings.endpoints.token_exchange
    return entra.managed_assertion(identity, audience, http)
