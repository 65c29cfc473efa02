"""Fixtures for the end-to-end tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.support.paths import JIRA_OPENAPI
from tests.support.world import World, running


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """A fresh bridge with everything around it.

    Each request that it makes of Jira, and each answer, is held against Atlassian's published document.
    """
    async with running(tmp_path, contract=JIRA_OPENAPI) as started:
        yield started
        assert started.sandbox.violations == []
