"""Fixtures for tests of the whole bridge."""

from __future__ import annotations

import pytest

from sandbox.teams import ALICE, BOB
from tests.support.world import World


@pytest.fixture
async def linked(world: World) -> World:
    """Alice and Bob have linked Jira."""
    await world.link(ALICE)
    await world.link(BOB)
    return world
