"""How much: `RELIABILITY_ROUNDS` and `RELIABILITY_EVENTS`; short without them."""

from __future__ import annotations

import os
import sys
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

for folder in ("notifications", "storage"):
    sys.path.append(str(Path(__file__).parents[1] / folder))

from outside import Connector  # noqa: E402

ROUNDS = int(os.environ.get("RELIABILITY_ROUNDS", "1"))
EVENTS = int(os.environ.get("RELIABILITY_EVENTS", "10"))


@pytest.fixture(scope="session")
def events() -> int:
    """Events a round."""
    return EVENTS


@pytest.fixture(params=range(ROUNDS))
def number(request: pytest.FixtureRequest) -> int:
    """The number of the round, for its chances."""
    found: int = request.param
    return found


@pytest.fixture
async def connector() -> AsyncIterator[Connector]:
    """A Teams that takes everything until it is told otherwise."""
    async with Connector() as running:
        yield running
