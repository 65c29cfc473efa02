"""The notification service over an empty store."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock
from tests.support.notifications.bench import Bench


@pytest.fixture
async def bench(tmp_path: Path) -> AsyncIterator[Bench]:
    """Notifications over an empty store, not started."""
    clock = Clock()
    store = EmbeddedStore(tmp_path / "store", clock=clock)
    await store.open()
    bench = Bench(store, clock)
    yield bench
    await bench.service.stop(seconds=2)
    await store.close()


@pytest.fixture
async def running(bench: Bench) -> Bench:
    """Start the bench's service."""
    await bench.service.start()
    return bench
