"""Web applications on a port of loopback."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from aiohttp import web


@asynccontextmanager
async def serving(app: web.Application, port: int = 0, *, lingering_seconds: float = 10.0) -> AsyncIterator[str]:
    """Serve an application, on a free port unless one is given; yields its URL without a path.

    `lingering_seconds` is how long aiohttp reads on from a client whose request it has refused.
    """
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=0.1, lingering_time=lingering_seconds)
    await runner.setup()
    try:
        await web.TCPSite(runner, "127.0.0.1", port).start()
        yield f"http://127.0.0.1:{runner.addresses[0][1]}"
    finally:
        await runner.cleanup()
