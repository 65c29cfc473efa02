"""botbuilder 4.17.1 as it comes: CloudAdapter, ActivityHandler, inbound authentication on.

Its favour: the app token is given and not fetched. With MSAL it would be asked for anew each turn, since each turn
makes new credentials with an empty cache.
"""

from __future__ import annotations

import asyncio
from types import SimpleNamespace

import aiohttp
from aiohttp import web
from botbuilder.core import ActivityHandler, CardFactory, MessageFactory, TurnContext
from botbuilder.integration.aiohttp import CloudAdapter, ConfigurationBotFrameworkAuthentication
from botframework.connector.auth import MicrosoftAppCredentials, PasswordServiceClientCredentialFactory

from benchmarks.servers.serving import Config, client, parser, read, serve


class _Given(MicrosoftAppCredentials):
    def get_access_token(self, *_: object, **__: object) -> str:
        return "app-token"


class _Credentials(PasswordServiceClientCredentialFactory):
    async def create_credentials(
        self, app_id: str, oauth_scope: str, *_: object, **__: object
    ) -> MicrosoftAppCredentials:
        return _Given(app_id, self.password, self.tenant_id, oauth_scope)


class Bot(ActivityHandler):
    """GETs the issue and sends the card."""

    def __init__(self, config: Config, session: aiohttp.ClientSession) -> None:
        self._config, self._session = config, session

    async def on_message_activity(self, turn_context: TurnContext) -> None:
        """One turn."""
        async with self._session.get(self._config.issue_url) as response:
            await response.json()
        card = CardFactory.adaptive_card(self._config.card["content"])
        await turn_context.send_activity(MessageFactory.attachment(card))


def adapter(config: Config) -> CloudAdapter:
    """Build the adapter, trusting the local issuer. Naming one address turns the public ones off: name all."""
    around = config.around
    login = "https://login.microsoftonline.com/"
    settings = SimpleNamespace(
        APP_ID=around["app_id"],
        APP_PASSWORD=around["app_secret"],
        APP_TYPE="SingleTenant",
        APP_TENANTID=around["tenant"],
        TO_CHANNEL_FROM_BOT_LOGIN_URL=login + around["tenant"],
        TO_CHANNEL_FROM_BOT_OAUTH_SCOPE="https://api.botframework.com",
        TO_BOT_FROM_CHANNEL_TOKEN_ISSUER=around["issuer"],
        OAUTH_URL="https://api.botframework.com",
        TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL=around["metadata"],
        TO_BOT_FROM_EMULATOR_OPENID_METADATA_URL=around["metadata"],
        CALLER_ID=None,
    )
    credentials = _Credentials(around["app_id"], around["app_secret"], around["tenant"])
    return CloudAdapter(ConfigurationBotFrameworkAuthentication(settings, credentials_factory=credentials))


async def main(config: Config) -> None:
    """Serve until killed."""
    async with client() as session:
        made, bot = adapter(config), Bot(config, session)

        async def handle(request: web.Request) -> web.Response:
            return await made.process(request, bot)

        app = web.Application()
        app.router.add_post("/api/messages", handle)
        await serve(app, config.port)


if __name__ == "__main__":
    asyncio.run(main(read(parser(__doc__).parse_args().config)))
