"""The whole thing on this machine: sandbox, Teams and the bridge, over sockets. Shared by the end-to-end tests."""

from __future__ import annotations

import asyncio
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from itertools import count
from pathlib import Path

import aiohttp
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource

from bot.bootstrap import create_app
from bot.config.settings import Settings
from bot.config.sites import read_sites
from bot.http import server
from bot.http.lifespan import open_store_with_retry
from bot.storage.encryption import Keyring, new_key
from bot.storage.factory import open_store
from sandbox import browser, changes
from sandbox.people import by_email
from sandbox.server import Sandbox
from sandbox.teams import ALICE, Posted, TeamsUser, personal
from sandbox.teams_cards import links, words
from sandbox.teams_server import Teams

_LANES = 16
_LANE = int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw")) % _LANES
_PORTS = range(10_000 + _LANE, 32_000, _LANES)
"""Below those that Linux gives to outgoing connections, so that none of these takes one before it is used.

Each worker has ports of its own: one that a worker has found free is not yet listened on.
"""
_next_port = count(os.getpid() * 7919 % len(_PORTS))


def free_port() -> int:
    """Find a port that nobody listens on now, and that is not soon given to anybody else."""
    while True:
        port = _PORTS[next(_next_port) % len(_PORTS)]
        with socket.socket() as probe, suppress(OSError):
            probe.bind(("127.0.0.1", port))
            return port


@dataclass
class World:
    """A running bridge and everything around it."""

    sandbox: Sandbox
    teams: Teams
    url: str
    settings: Settings

    async def link(self, user: TeamsUser = ALICE, *, jira: str = "") -> str:
        """Connect a person from their personal chat; the final page's text."""
        async with self.teams.expecting(personal(user)) as got:
            await self.teams.say(user, personal(user), "connect")
        async with self.teams.expecting(personal(user), lambda p: "Jira is connected" in words(p.card)):
            return await self.follow(got[0], user, jira=jira)

    async def follow(self, card: Posted, user: TeamsUser, *, jira: str = "") -> str:
        """Go through the link of a connect card in a browser of one's own."""
        return await self.follow_url(links(card.card)[0], user, jira=jira)

    async def follow_url(self, url: str, user: TeamsUser, *, jira: str = "") -> str:
        """Go through a connect link."""
        async with browser_session() as session:
            return await browser.link(session, url, microsoft_user=user.email, jira_user=jira or user.email)

    def create_issue(self, project: str, summary: str, *, by: str = "alice@example.com", **fields: object) -> str:
        """Somebody creates an issue in Jira itself; its key. Jira's webhooks follow."""
        person = by_email(by)
        assert person is not None
        body = {"project": {"key": project}, "issuetype": {"name": "Task"}, "summary": summary, **fields}
        return changes.create(self.sandbox.site, person.account_id, {"fields": body}).key

    async def counted(self, metric: str, seconds: float = 10.0) -> None:
        """Wait until a counter of /metrics is there (it is, once it has counted something)."""
        async with aiohttp.ClientSession() as session, asyncio.timeout(seconds):
            while True:
                async with session.get(f"{self.url}/metrics") as response:
                    if metric in await response.text():
                        return
                await asyncio.sleep(0.05)

    def jira_calls(self) -> list[tuple[str, str]]:
        """List method and path of all calls of Jira's REST API so far."""
        return [(r.method, r.path) for r in self.sandbox.requests]


def browser_session() -> aiohttp.ClientSession:
    """Open a person's browser: its own cookies, kept on loopback too."""
    return aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True))


class GivenSettings(Settings):
    """Settings that are made of what they are given, whatever the environment of the tests holds."""

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        return (init_settings,)


def make_settings(sandbox: Sandbox, teams: Teams, folder: Path, port: int, **more: str) -> Settings:
    """Make settings that point the bridge at the sandbox, as the environment would hold them."""
    values: Mapping[str, str] = {
        "PORT": str(port),
        "PUBLIC_URL": f"http://127.0.0.1:{port}",
        "STORE_URL": f"tinydb://{folder / 'store'}",
        "ENCRYPTION_KEYS": new_key(),
        **sandbox.settings(),
        **teams.settings(),
        **more,
    }
    settings = GivenSettings(**{name.lower(): value for name, value in values.items()})  # type: ignore[arg-type]
    return settings.with_sites(read_sites(settings.jira_sites, values))


@asynccontextmanager
async def running(
    folder: Path,
    configure: Callable[[Sandbox], Mapping[str, str]] = lambda _sandbox: {},
    /,
    *,
    contract: Path | None = None,
    **more: str,
) -> AsyncIterator[World]:
    """Everything, started; `contract` is the OpenAPI document to hold Jira's traffic against.

    `configure` returns settings that depend on the sandbox.
    """
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        Sandbox(webhook_url=f"{url}/jira/webhooks", validate_with=contract) as sandbox,
        Teams(sandbox.settings()["MICROSOFT_APP_ID"], bot_url=f"{url}/api/messages") as teams,
    ):
        settings = make_settings(sandbox, teams, folder, port, **configure(sandbox), **more)
        async with bridge(settings):
            yield World(sandbox, teams, url, settings)


@asynccontextmanager
async def bridge(settings: Settings) -> AsyncIterator[None]:
    """Run the bridge alone, on its port."""
    keyring = Keyring(settings.keys)
    async with (
        open_store_with_retry(open_store(settings.store_url.get_secret_value()), keyring) as store,
        create_app(settings, store, keyring) as application,
        server.listening(application, settings.host, settings.port),
    ):
        yield
