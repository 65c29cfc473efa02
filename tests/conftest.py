"""Fixtures for the end-to-end tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.world import World, running

CONTRACT = Path(__file__).parent / "data" / "jira-openapi" / "platform-v3.json"


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A fresh bridge with everything around it.

    Each request that it makes of Jira, and each answer, is held against Atlassian's published document.
    """
    async with running(tmp_path, contract=CONTRACT) as started:
        yield started
        assert started.sandbox.violations == []
