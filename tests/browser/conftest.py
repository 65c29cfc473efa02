"""Fixtures of the tests in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser

from tests.support.browser import chromium
from tests.support.browser.chromium import visitor
from tests.support.browser.playground import Client, missing, playground
from tests.support.world import World, free_port, running


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, or a skip that says how to get it."""
    if not chromium.EXECUTABLE:
        pytest.skip("no Chromium here: apt-get install chromium fonts-dejavu-core, or set CHROMIUM to another")
    async with chromium.chromium() as started:
        yield started


@pytest.fixture
async def unsigned(tmp_path: Path) -> AsyncIterator[World]:
    """Run a bridge that takes unsigned activities: the Playground has no token that can be checked offline."""
    async with running(tmp_path, BOT_AUTH="off") as started:
        yield started


@pytest.fixture
async def alice(unsigned: World, browser: Browser) -> AsyncIterator[Client]:
    """Alice, in front of the Playground."""
    if reason := await missing():
        pytest.skip(reason)
    async with playground(f"{unsigned.url}/api/messages", free_port()) as address:
        visiting = await visitor(browser, 1300, 1000)
        client = Client(visiting.page)
        await client.visit(address)
        yield client
