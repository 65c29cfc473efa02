"""Both logins by a provider that nobody here wrote, which is certified for OpenID Connect: npm's `oidc-provider`.

Only Jira's REST API is played here, and it believes a token when the provider's introspection does (RFC 7662).
"""

from __future__ import annotations

import asyncio
import ssl
import uuid
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from pathlib import Path

import aiohttp
import pytest
import trustme
from aiohttp import web

from bot.config.settings import DEFAULT_SCOPES, Settings
from bot.storage.encryption import new_key
from sandbox.browser import Browser, Page
from sandbox.people import TENANT
from sandbox.teams import ALICE, personal
from sandbox.teams_cards import links, words
from sandbox.teams_server import Teams
from tests.support.npm import missing
from tests.support.openid.providers import PACKAGE, providers
from tests.support.serving import serving
from tests.support.world import bridge, free_port

pytestmark = [pytest.mark.browser, pytest.mark.timeout(120)]

APP_ID, APP_SECRET = str(uuid.uuid4()), "an app secret of the Microsoft login"
JIRA_ID, JIRA_SECRET = "jira-client", "an app secret of the Atlassian login"
CLOUD_ID = str(uuid.uuid4())
ALICE_IN_JIRA = "712020:alice"
SECONDS = 3
"""How long an access token lives."""
CHAT = personal(ALICE)


@dataclass
class Jira:
    """Atlassian's gateway for one site; `tokens` are those that were accepted, in order."""

    issuer: str
    session: aiohttp.ClientSession
    tokens: list[str] = field(default_factory=list)

    async def introspect(self, token: str) -> dict[str, object]:
        """Ask what the provider knows about a token."""
        form = {"token": token, "client_id": JIRA_ID, "client_secret": JIRA_SECRET}
        async with self.session.post(f"{self.issuer}/token/introspection", data=form) as answer:
            found: dict[str, object] = await answer.json()
            return found

    async def expired(self, token: str) -> None:
        """Wait until the provider calls a token expired."""
        async with asyncio.timeout(3 * SECONDS):
            while (await self.introspect(token))["active"]:  # noqa: ASYNC110 - the clock is another process's
                await asyncio.sleep(0.1)

    async def _accepted(self, request: web.Request) -> dict[str, object]:
        token = request.headers["Authorization"].removeprefix("Bearer ")
        found = await self.introspect(token)
        if not found["active"]:
            raise web.HTTPUnauthorized
        if token not in self.tokens:
            self.tokens.append(token)
        return found

    async def _resources(self, request: web.Request) -> web.Response:
        scopes = str((await self._accepted(request))["scope"]).split()
        site = {"id": CLOUD_ID, "url": "https://acme.example", "name": "Acme", "scopes": scopes}
        return web.json_response([site])

    async def _myself(self, request: web.Request) -> web.Response:
        account = (await self._accepted(request))["sub"]
        return web.json_response({"accountId": account, "displayName": f"Holder of {account}", "active": True})

    def application(self) -> web.Application:
        app = web.Application()
        app.router.add_get("/oauth/token/accessible-resources", self._resources)
        app.router.add_get(f"/ex/jira/{CLOUD_ID}/rest/api/3/myself", self._myself)
        return app


@dataclass
class Provided:
    """The bridge between Teams and the provider."""

    teams: Teams
    jira: Jira
    browser: Browser

    async def say(self, text: str) -> dict[str, object]:
        """Alice types something; the bot's answer."""
        async with self.teams.expecting(CHAT) as got:
            await self.teams.say(ALICE, CHAT, text)
        return got[0].activity | {"card": got[0].card}

    async def log_in(self, page: Page, account: str) -> Page:
        """Go through the provider's own two pages, login and consent."""
        page = await self.browser.submit(page, {"login": account, "password": "any"})
        assert "Authorize" in page.text
        return await self.browser.submit(page)


def wanted(bridge_url: str, tls: trustme.LeafCert) -> dict[str, object]:
    """Describe the two apps as they would be registered, and the person that each login knows."""
    return {
        "seconds": SECONDS,
        "scopes": DEFAULT_SCOPES.split(),
        "tls": {
            "key": tls.private_key_pem.bytes().decode(),
            "cert": b"".join(pem.bytes() for pem in tls.cert_chain_pems).decode(),
        },
        "microsoft": {
            "client": {
                "client_id": APP_ID,
                "client_secret": APP_SECRET,
                "redirect_uris": [f"{bridge_url}/auth/microsoft/callback"],
                "grant_types": ["authorization_code", "client_credentials"],
            },
            "people": {
                ALICE.email: {
                    "tid": TENANT,
                    "oid": ALICE.oid,
                    "name": ALICE.name,
                    "preferred_username": ALICE.email,
                }
            },
        },
        "atlassian": {
            "client": {
                "client_id": JIRA_ID,
                "client_secret": JIRA_SECRET,
                "redirect_uris": [f"{bridge_url}/auth/jira/callback"],
                "grant_types": ["authorization_code", "refresh_token"],
            },
            "people": {ALICE_IN_JIRA: {}},
        },
    }


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[Provided]:
    """Everything, started; or a skip that says what is missing."""
    if reason := await asyncio.to_thread(missing, PACKAGE):
        pytest.skip(reason)
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    authority = trustme.CA()
    bundle = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(str(bundle))
    connector = aiohttp.TCPConnector(ssl=ssl.create_default_context(cafile=str(bundle)))
    async with (
        providers(wanted(url, authority.issue_cert("127.0.0.1"))) as issuers,
        aiohttp.ClientSession(connector=connector, cookie_jar=aiohttp.CookieJar(unsafe=True)) as session,
        aiohttp.ClientSession() as plain,
        Teams(APP_ID, bot_url=f"{url}/api/messages") as teams,
    ):
        jira = Jira(issuers["atlassian"], plain)
        async with serving(jira.application()) as api_url:
            settings = Settings(
                _env_file=None,
                port=port,
                public_url=url,
                store_url=f"tinydb://{tmp_path / 'store'}",
                encryption_keys=new_key(),
                microsoft_app_id=APP_ID,
                microsoft_app_password=APP_SECRET,
                microsoft_app_tenant_id=TENANT,
                microsoft_authority=issuers["microsoft"],
                atlassian_auth_url=issuers["atlassian"],
                atlassian_api_url=api_url,
                jira_client_id=JIRA_ID,
                jira_client_secret=JIRA_SECRET,
                ca_bundle=bundle,
                bot_openid_metadata_url=teams.settings()["BOT_OPENID_METADATA_URL"],
                bot_token_issuer=teams.settings()["BOT_TOKEN_ISSUER"],
            )
            async with bridge(settings):
                yield Provided(teams, jira, Browser(session))


async def whoami(world: Provided) -> str:
    """Return the name that the bot's answer gives, or the whole answer."""
    text = str((await world.say("whoami")).get("text"))
    return text.removeprefix("In Jira you are **").removesuffix("** on Acme.")


async def test_linked_by_another_s_provider_and_refreshed_with_its_rotation(world: Provided) -> None:
    card = (await world.say("connect"))["card"]
    page = await world.browser.open(links(card)[0])
    page = await world.log_in(page, ALICE.email)
    page = await world.log_in(page, ALICE_IN_JIRA)
    assert ALICE.name in page.text
    async with world.teams.expecting(CHAT, lambda posted: "Jira is connected" in words(posted.card)):
        page = await world.browser.submit(page)
    assert "You are connected" in page.text

    assert await whoami(world) == f"Holder of {ALICE_IN_JIRA}"
    # Used twice, a refresh token ends the whole grant at this provider: the second refresh proves the rotation.
    for _ in range(2):
        before = world.jira.tokens[-1]
        await world.jira.expired(before)
        assert await whoami(world) == f"Holder of {ALICE_IN_JIRA}"
        assert world.jira.tokens[-1] != before
