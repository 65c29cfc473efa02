"""How much: `RELIABILITY_ROUNDS` and `RELIABILITY_EVENTS`; short without them."""

from __future__ import annotations

import os
from collections.abc import AsyncIterator

import pytest

from tests.support.reliability.peers import Connector

ROUNDS = int(os.environ.get("RELIABILITY_ROUNDS", "1"))
EVENTS = int(os.environ.get("RELIABILITY_EVENTS", "10"))


@pytest.fixture(scope="session")
def events() -> int:
    """Events a round."""
    return EVENTS


@pytest.fixture(params=range(ROUNDS))
def number(request: pytest.FixtureRequest) -> int:
    """Return the number of the round, which seeds its chances."""
    found: int = request.param
    return found


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    """Run a Teams that takes everything until it is told otherwise."""
    async with Connector() as running:
        yield running
