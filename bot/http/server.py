"""The HTTP server around the routes: health, metrics, and a shutdown that loses nothing."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress

import structlog
from aiohttp import web
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST, CollectorRegistry, generate_latest

from bot.storage.base import Store, StoreError, StoreUnavailableError
from bot.storage.encryption import Keyring, check_keys

DRAIN_SECONDS = 15.0
"""How long turns and requests under way may take after SIGTERM; Kubernetes kills after 30."""
OPEN_SECONDS = 5.0
"""For how many of these new ones are still taken, should others be under way: what sends them hears of it late."""
LINGER_SECONDS = 2.0
"""How long the rest of a refused body is read before its connection is closed."""
LONGEST_HEADER = 32 * 1024
"""Bytes of a header: twice the longest token that is looked at, so that a longer one is refused as a token."""
DRAINING = web.AppKey("draining", asyncio.Event)
QUIET = web.AppKey("quiet", asyncio.Event)
"""Set while no request is under way."""

log = structlog.get_logger(__name__)


def application(store: Store, routes: Sequence[web.RouteDef], counted: CollectorRegistry) -> web.Application:
    """The given routes with `/healthz`, `/readyz` and `/metrics` (of the process and of `counted`)."""

    async def healthz(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def readyz(request: web.Request) -> web.Response:
        if request.app[DRAINING].is_set():
            return web.Response(status=503, text="stopping")
        try:
            async with asyncio.timeout(2.0):
                await store.ping()
        except (StoreError, TimeoutError):
            return web.Response(status=503, text="store not reachable")
        return web.Response(text="ok")

    async def metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest() + generate_latest(counted), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    app = web.Application(middlewares=[_under_way()])
    app[DRAINING], app[QUIET] = asyncio.Event(), asyncio.Event()
    app[QUIET].set()
    app.add_routes(
        [web.get("/healthz", healthz), web.get("/readyz", readyz), web.get("/metrics", metrics), *routes]
    )
    return app


def _under_way() -> Middleware:
    count = 0

    @web.middleware
    async def counted(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal count
        count += 1
        request.app[QUIET].clear()
        try:
            return await handler(request)
        finally:
            count -= 1
            if not count:
                request.app[QUIET].set()

    return counted


@asynccontextmanager
async def listening(app: web.Application, host: str, port: int) -> AsyncIterator[None]:
    """Serve until the block is left; then requests under way are finished, while `/readyz` says that others had
    better go elsewhere (F31). Raises `OSError` for a taken port."""
    runner = web.AppRunner(
        app,
        access_log=None,
        shutdown_timeout=DRAIN_SECONDS - OPEN_SECONDS,
        lingering_time=LINGER_SECONDS,
        max_field_size=LONGEST_HEADER,
    )
    await runner.setup()
    try:
        await web.TCPSite(runner, host, port, backlog=1024).start()
        yield
    finally:
        app[DRAINING].set()
        with suppress(TimeoutError):
            async with asyncio.timeout(OPEN_SECONDS):
                await app[QUIET].wait()
        await runner.cleanup()


async def until_stopped() -> None:
    """Return at SIGTERM or SIGINT; a second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stop.set)
    await stop.wait()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.remove_signal_handler(number)
    log.info("stopping")


@asynccontextmanager
async def opened(store: Store, keyring: Keyring, *, wait: bool = True) -> AsyncIterator[Store]:
    """The store, open and fitting its keys. One that cannot be reached yet is tried again beside the block.

    Raises `StoreLockedError`, `StoreCorruptError`, `StoreOutdatedError`, `WrongKeyError`, and without `wait`
    `StoreUnavailableError`. What is found out only beside the block ends the block and is raised then.
    """
    later, block = None, asyncio.current_task()

    def end_block(opening: asyncio.Task[None]) -> None:
        if block is not None and _fault(opening) is not None:
            block.cancel()

    try:
        await _open(store, keyring)
    except StoreUnavailableError as error:
        if not wait:
            raise
        log.warning("store not reachable yet", reason=str(error))
        later = asyncio.create_task(_keep_opening(store, keyring))
        later.add_done_callback(end_block)
    try:
        yield store
    except asyncio.CancelledError:
        fault = _fault(later)
        if block is None or fault is None:
            raise
        block.uncancel()
        raise fault from None
    finally:
        if later is not None:
            later.cancel()
            await asyncio.gather(later, return_exceptions=True)
        await store.close()


def _fault(task: asyncio.Task[None] | None) -> BaseException | None:
    return task.exception() if task is not None and task.done() and not task.cancelled() else None


async def _open(store: Store, keyring: Keyring) -> None:
    await store.open()
    try:
        await check_keys(store, keyring)
    except BaseException:
        await store.close()
        raise


async def _keep_opening(store: Store, keyring: Keyring) -> None:
    while True:
        await asyncio.sleep(2.0)
        try:
            await _open(store, keyring)
        except StoreUnavailableError:
            continue
        log.info("store reached")
        return
