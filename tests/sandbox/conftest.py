"""A sandbox with a clock of its own, and people who have gone through its consent page."""

from __future__ import annotations

from collections.abc import AsyncIterator

import aiohttp
import pytest

from sandbox.browser import new_session
from sandbox.server import Sandbox
from tests.support.clock import Clock
from tests.support.paths import JIRA_OPENAPI
from tests.support.sandbox import App, Client, connect
from tests.support.serving import serving


@pytest.fixture
async def app() -> AsyncIterator[App]:
    other = App()
    async with serving(other.server()) as other.url:
        yield other


@pytest.fixture
async def sandbox(app: App, clock: Clock) -> AsyncIterator[Sandbox]:
    async with Sandbox(
        webhook_url=f"{app.url}/hook", validate_with=JIRA_OPENAPI, clock=clock, webhook_retries=(0, 0)
    ) as started:
        yield started


@pytest.fixture
async def session() -> AsyncIterator[aiohttp.ClientSession]:
    async with new_session() as opened:
        yield opened


@pytest.fixture
async def alice(session: aiohttp.ClientSession, sandbox: Sandbox, app: App) -> Client:
    return await connect(session, sandbox, app, "alice@example.com")


@pytest.fixture
async def eve(session: aiohttp.ClientSession, sandbox: Sandbox, app: App) -> Client:
    """May read and comment in DEMO, and change nothing."""
    return await connect(session, sandbox, app, "e@example.com")
