"""The Microsoft 365 Agents SDK as it comes: CloudAdapter, ActivityHandler, its JWT middleware.

Its favour: the app token is given and not fetched.
"""

from __future__ import annotations

import asyncio

import aiohttp
from aiohttp import web
from microsoft_agents.hosting.aiohttp import CloudAdapter, jwt_authorization_middleware
from microsoft_agents.hosting.core import (
    ActivityHandler,
    AgentAuthConfiguration,
    CardFactory,
    MessageFactory,
    TurnContext,
)
from microsoft_agents.hosting.core.authorization import AnonymousTokenProvider, _entra_issuers

from benchmarks.servers.serving import Config, client, parser, read, serve


class _Given(AnonymousTokenProvider):
    async def get_access_token(self, *_: object, **__: object) -> str:
        return "app-token"


class _Connections:
    """One connection for everything."""

    def __init__(self, configuration: AgentAuthConfiguration) -> None:
        self._configuration, self._provider = configuration, _Given()

    def get_connection(self, _name: str) -> _Given:
        return self._provider

    def get_default_connection(self) -> _Given:
        return self._provider

    def get_token_provider(self, _claims: object, _service_url: str) -> _Given:
        return self._provider

    def get_token_provider_from_activity(self, _claims: object, _activity: object) -> _Given:
        return self._provider

    def get_default_connection_configuration(self) -> AgentAuthConfiguration:
        return self._configuration


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


async def main(config: Config) -> None:
    """Serve until killed."""
    around = config.around
    _entra_issuers.BOTFRAMEWORK_JWKS_URIS[around["issuer"]] = around["keys"]
    configuration = AgentAuthConfiguration(client_id=around["app_id"], tenant_id=around["tenant"])
    async with client() as session:
        adapter, bot = CloudAdapter(connection_manager=_Connections(configuration)), Bot(config, session)

        async def handle(request: web.Request) -> web.Response:
            return await adapter.process(request, bot)

        app = web.Application(middlewares=[jwt_authorization_middleware])
        app["agent_configuration"] = configuration
        app.router.add_post("/api/messages", handle)
        await serve(app, config.port)


if __name__ == "__main__":
    asyncio.run(main(read(parser(__doc__).parse_args().config)))
