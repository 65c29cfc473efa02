"""Runs the bridge until it is told to stop."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager

import structlog

from bot.bootstrap import create_app
from bot.config.settings import Settings
from bot.config.validation import ConfigError
from bot.http import connections, server
from bot.http.lifespan import open_store_with_retry
from bot.reload import RELOADER, reloading_at_hangup
from bot.runtime import memory
from bot.storage.base import Store, StoreUnavailableError, parse_store_url
from bot.storage.encryption import Keyring
from bot.storage.factory import open_store

log = structlog.get_logger("app")


async def serve(settings: Settings) -> int:
    """Run until SIGTERM."""
    memory.tune_malloc()
    connections.raise_file_limit()
    keyring = Keyring(settings.keys)
    async with (
        _open_own_store(settings, keyring) as store,
        create_app(settings, store, keyring) as app,
        reloading_at_hangup(app[RELOADER]),
        server.serving_metrics(app, settings.metrics_endpoint),
        server.listening(app, settings.host, settings.port),
    ):
        memory.freeze_gc()
        with server.stop_signals() as stopping:
            log.info("ready", address=settings.address, public_url=settings.base_url)
            await stopping.wait()
    return 0


@asynccontextmanager
async def _open_own_store(settings: Settings, keyring: Keyring) -> AsyncIterator[Store]:
    """Open the bridge's store. A database may come up later; a folder that cannot be used is a wrong setting.

    Raises what `open_store_with_retry` does, and `ConfigError` for such a folder.
    """
    url = settings.store_url.get_secret_value()
    is_embedded = parse_store_url(url).is_embedded
    async with AsyncExitStack() as stack:
        try:
            opening = open_store_with_retry(open_store(url), keyring, wait=not is_embedded)
            store = await stack.enter_async_context(opening)
        except StoreUnavailableError as error:
            raise ConfigError([str(error)]) from None
        yield store
