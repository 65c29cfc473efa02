"""Builds the client of Atlassian's sign-in from the settings."""

from __future__ import annotations

import aiohttp

from bot.accounts.token_endpoint import TokenEndpoint
from bot.config.settings import Settings


def build_token_endpoint(settings: Settings, session: aiohttp.ClientSession) -> TokenEndpoint:
    """Build the client that exchanges codes and refresh tokens."""
    return TokenEndpoint(
        session,
        auth_url=settings.atlassian_auth_url,
        api_url=settings.atlassian_api_url,
        client_id=settings.jira_client_id,
        client_secret=settings.jira_client_secret.get_secret_value(),
        redirect_uri=f"{settings.base_url}/auth/jira/callback",
        scopes=settings.scopes,
    )
