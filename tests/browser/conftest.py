"""Fixtures of the tests in a real browser."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
from playwright.async_api import Browser

from tests.browser import chromium


@pytest.fixture
async def browser() -> AsyncIterator[Browser]:
    """Chromium, or a skip that says how to get it."""
    if not chromium.EXECUTABLE:
        pytest.skip("no Chromium here: apt-get install chromium fonts-dejavu-core, or set CHROMIUM to another")
    async with chromium.chromium() as started:
        yield started
