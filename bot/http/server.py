"""The HTTP server around the routes: health, metrics, and a shutdown that loses nothing."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import AsyncExitStack, asynccontextmanager, contextmanager, suppress

import structlog
from aiohttp import web, web_response
from aiohttp.http_exceptions import HttpProcessingError
from aiohttp.log import server_logger
from aiohttp.typedefs import Handler, Middleware
from prometheus_client import CONTENT_TYPE_LATEST, PLATFORM_COLLECTOR, REGISTRY, CollectorRegistry, generate_latest

from bot.http.connections import Connection, ConnectionLimits, ConnectionPool
from bot.http.listen_error import ListenError
from bot.storage.base import Store, StoreError

DRAIN_SECONDS = 15.0
"""How long turns and requests under way may take after SIGTERM; Kubernetes kills after 30."""
GRACE_SECONDS = 5.0
"""How much of that time new requests are still accepted while others are under way: load balancers react late."""
LINGER_SECONDS = 2.0
"""How long the rest of a refused body is read before its connection is closed."""
MAX_HEADER_BYTES = 32 * 1024
"""Twice the longest token that is looked at, so that a longer one is refused as a token."""
PING_TIMEOUT = 2.0
SECURITY_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Security-Policy": "default-src 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
"""Added to each response that does not set them itself (T05)."""
DRAINING = web.AppKey("draining", asyncio.Event)
IDLE = web.AppKey("idle", asyncio.Event)
"""Set while no request is under way."""
METRICS = web.AppKey("metrics", web.Application)
"""An application with `/metrics` alone."""

log = structlog.get_logger(__name__)


def application(
    store: Store, routes: Sequence[web.RouteDef], metrics: CollectorRegistry, *, with_metrics: bool = True
) -> web.Application:
    """Return an application with these routes, `/healthz`, `/readyz` and `/metrics` (the process's and these).

    Without `with_metrics` only the application under `METRICS` has the latter.
    """

    async def show_health(_request: web.Request) -> web.Response:
        return web.Response(text="ok")

    async def show_readiness(request: web.Request) -> web.Response:
        if request.app[DRAINING].is_set():
            return web.Response(status=503, text="stopping")
        try:
            async with asyncio.timeout(PING_TIMEOUT):
                await store.ping()
        except (StoreError, TimeoutError):
            return web.Response(status=503, text="store not reachable")
        return web.Response(text="ok")

    metrics_route = _metrics_route(metrics)
    app = _make_application(
        [
            web.get("/healthz", show_health),
            web.get("/readyz", show_readiness),
            *([metrics_route] if with_metrics else []),
            *routes,
        ]
    )
    app[METRICS] = _make_application([metrics_route])
    return app


def _metrics_route(metrics: CollectorRegistry) -> web.RouteDef:
    with suppress(KeyError):  # an earlier call has removed it
        REGISTRY.unregister(PLATFORM_COLLECTOR)  # it tells the version of Python (T44)

    async def show_metrics(_request: web.Request) -> web.Response:
        return web.Response(
            body=generate_latest() + generate_latest(metrics), headers={"Content-Type": CONTENT_TYPE_LATEST}
        )

    return web.get("/metrics", show_metrics)


def _make_application(routes: Sequence[web.RouteDef]) -> web.Application:
    app = web.Application(middlewares=[_track_requests()])
    app.on_response_prepare.append(_set_headers)
    app[DRAINING], app[IDLE] = asyncio.Event(), asyncio.Event()
    app[IDLE].set()
    app.add_routes(routes)
    return app


async def _set_headers(_request: web.Request, response: web.StreamResponse) -> None:
    for name, value in SECURITY_HEADERS.items():
        response.headers.setdefault(name, value)
    response.headers.pop("Server", None)


def _track_requests() -> Middleware:
    count = 0

    @web.middleware
    async def track(request: web.Request, handler: Handler) -> web.StreamResponse:
        nonlocal count
        count += 1
        connection = request.protocol
        if isinstance(connection, Connection):
            connection.begin_request()
        request.app[IDLE].clear()
        try:
            return await handler(request)
        finally:
            if isinstance(connection, Connection):
                connection.end_request()
            count -= 1
            if not count:
                request.app[IDLE].set()

    return track


@asynccontextmanager
async def listening(
    app: web.Application, host: str, port: int, *, settings: str = "HOST and PORT"
) -> AsyncIterator[None]:
    """Serve while the block runs, then finish the requests under way while `/readyz` answers 503 (F31).

    Raises `ListenError`, which names `settings`, for an address that is taken or not of this machine.
    """
    # What is no HTTP is answered by aiohttp itself, past the application.
    server_logger.addFilter(_is_ours)
    web_response.SERVER_SOFTWARE = ""  # type: ignore[attr-defined]  # it is a constant that was imported
    runner = web.AppRunner(app, access_log=None, shutdown_timeout=DRAIN_SECONDS - GRACE_SECONDS)
    await runner.setup()
    try:
        try:
            listener = await _listen(runner, host, port)
        except OSError as error:
            raise ListenError(settings, error) from None
        try:
            yield
        finally:
            app[DRAINING].set()
            with suppress(TimeoutError):
                async with asyncio.timeout(GRACE_SECONDS):
                    await app[IDLE].wait()
            listener.close()
    finally:
        await runner.cleanup()


@asynccontextmanager
async def serving_metrics(app: web.Application, endpoint: tuple[str, int] | None) -> AsyncIterator[None]:
    """Serve `/metrics` of an `application` at an address of its own while the block runs, if there is one."""
    async with AsyncExitStack() as stack:
        if endpoint is not None:
            await stack.enter_async_context(listening(app[METRICS], *endpoint, settings="METRICS_ADDRESS"))
        yield


def _is_ours(record: logging.LogRecord) -> bool:
    """Leave out requests that are no HTTP: they are answered 400, and anybody could fill the log with them."""
    error = record.exc_info[1] if record.exc_info else None
    return not isinstance(error, HttpProcessingError)


async def _listen(runner: web.AppRunner, host: str, port: int) -> asyncio.Server:
    """Listen, and make a `Connection` of each client."""
    server, limits = runner.server, ConnectionLimits.of_process()
    assert server is not None  # noqa: S101 - the runner is set up
    connections = ConnectionPool(limits.connections)

    def accept() -> Connection:
        return Connection(
            connections,
            server,
            access_log=None,
            lingering_time=LINGER_SECONDS,
            max_field_size=MAX_HEADER_BYTES,
        )

    return await asyncio.get_running_loop().create_server(accept, host, port, backlog=limits.backlog)


@contextmanager
def stop_signals(*others: signal.Signals) -> Iterator[asyncio.Event]:
    """Give an event that SIGTERM, SIGINT and `others` set; outside, a second one ends the process at once."""
    stop = asyncio.Event()
    loop = asyncio.get_running_loop()
    signals = (signal.SIGTERM, signal.SIGINT, *others)
    for number in signals:
        loop.add_signal_handler(number, stop.set)
    try:
        yield stop
    finally:
        for number in signals:
            loop.remove_signal_handler(number)
    log.info("stopping")
