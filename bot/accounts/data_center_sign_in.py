"""Sign-in at a Jira Data Center: its OAuth 2.0 provider, or a personal access token that the person enters.

https://confluence.atlassian.com/adminjiraserver/jira-oauth-2-0-provider-api-1115659070.html: the parameters are a
form, access tokens live two hours, each refresh gives a new pair and ends the one before.
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from authlib.oauth2.rfc6749.parameters import prepare_grant_uri
from authlib.oauth2.rfc7636 import create_s256_code_challenge

from bot.accounts.token_answers import TOKEN_TIMEOUT, TokenAnswer, TokenRefused, Tokens
from bot.accounts.token_endpoint import post_to_token_endpoint
from bot.jira.models import Site

SCOPE = "WRITE"
"""It includes READ."""
MAX_TOKEN_CHARS = 512
PAT_LIFETIME_SECONDS = 10 * 365 * 86_400.0
"""A personal access token is used until Jira refuses it: Jira does not say when it ends."""


class DataCenterOAuth:
    """The OAuth 2.0 provider of one Data Center, for one incoming link."""

    scopes = (SCOPE,)

    def __init__(
        self, session: aiohttp.ClientSession, site: Site, *, client_id: str, client_secret: str, redirect_uri: str
    ) -> None:
        self._session = session
        self.site = site
        self.issuer = site.url.rstrip("/")
        self._client_id, self._redirect_uri = client_id, redirect_uri
        self._client = {"client_id": client_id, "client_secret": client_secret, "redirect_uri": redirect_uri}

    def authorize_url(self, state: str, verifier: str) -> str:
        """Return where the browser goes for consent."""
        return str(
            prepare_grant_uri(
                f"{self.issuer}/rest/oauth2/latest/authorize",
                self._client_id,
                "code",
                redirect_uri=self._redirect_uri,
                scope=SCOPE,
                state=state,
                code_challenge=create_s256_code_challenge(verifier),
                code_challenge_method="S256",
            )
        )

    async def exchange(self, code: str, verifier: str) -> TokenAnswer:
        """Exchange the code of a consent for tokens; a code works once."""
        body = {"grant_type": "authorization_code", "code": code, "code_verifier": verifier}
        return await self._post(body, TOKEN_TIMEOUT)

    async def refresh(self, refresh_token: str, *, seconds: float = TOKEN_TIMEOUT) -> TokenAnswer:
        """Make one attempt, given up after `seconds`."""
        return await self._post({"grant_type": "refresh_token", "refresh_token": refresh_token}, seconds)

    async def _post(self, body: Mapping[str, str], seconds: float) -> TokenAnswer:
        url = f"{self.issuer}/rest/oauth2/latest/token"
        return await post_to_token_endpoint(
            self._session, url, aiohttp.FormData({**self._client, **body}), {"Accept": "application/json"}, seconds
        )

    async def sites(self, _access_token: str) -> tuple[Site, ...]:
        """Return the one site that a token opens."""
        return (self.site,)


class DataCenterTokens:
    """Personal access tokens of one Data Center. Nothing refreshes them: one that Jira refuses has ended."""

    scopes = (SCOPE,)

    def __init__(self, site: Site) -> None:
        self.site = site

    async def refresh(self, refresh_token: str, *, seconds: float = TOKEN_TIMEOUT) -> TokenAnswer:
        """Answer that the token has ended."""
        del refresh_token, seconds
        return TokenRefused("token_ended")

    async def sites(self, _access_token: str) -> tuple[Site, ...]:
        """Return the one site that a token opens."""
        return (self.site,)

    def tokens(self, entered: str) -> Tokens:
        """Return what is stored of a token that a person entered."""
        return Tokens(entered, "", PAT_LIFETIME_SECONDS, self.scopes)


def is_personal_token(text: str) -> bool:
    """Whether `text` may be a token: it goes into a header, and is printable ASCII without blanks."""
    return 20 <= len(text) <= MAX_TOKEN_CHARS and text.isascii() and text.isprintable() and " " not in text


DataCenterSignIn = DataCenterOAuth | DataCenterTokens
