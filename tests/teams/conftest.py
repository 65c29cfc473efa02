"""The messages endpoint, with the local Bot Framework issuer and connector."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Any

import pytest

from tests.support.teams import Edge, EdgeMaker, running_edge


@pytest.fixture
async def make_edge(tmp_path: Path) -> AsyncIterator[EdgeMaker]:
    """Start an edge with the limits of `running_edge`."""
    async with AsyncExitStack() as stack:

        async def make(**limits: Any) -> Edge:
            return await stack.enter_async_context(running_edge(tmp_path, **limits))

        yield make


@pytest.fixture
async def edge(make_edge: EdgeMaker) -> Edge:
    """Start an edge with the usual limits."""
    return await make_edge()
