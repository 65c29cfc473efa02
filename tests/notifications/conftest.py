"""The world of the notification tests."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock
from tests.support.notifications.world import World


@pytest.fixture
async def world(tmp_path: Path) -> AsyncIterator[World]:
    """Notifications over an empty store, not started."""
    clock = Clock()
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    world = World(store, clock)
    yield world
    await world.service.stop(seconds=2)
    await store.close()


@pytest.fixture
async def running(world: World) -> World:
    """The same, started."""
    await world.service.start()
    return world
