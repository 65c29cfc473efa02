"""Reads the settings again at a SIGHUP (`systemctl reload`), and uses those that can change meanwhile."""

from __future__ import annotations

import asyncio
import hashlib
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import structlog
from aiohttp import web

from bot.config.settings import Settings
from bot.config.validation import ConfigError, load
from bot.credentials import Credentials
from bot.jobs.tasks import BackgroundTasks
from bot.runtime.logging import change_level

RELOADABLE = (
    "jira_webhook_secret",
    "jira_client_secret",
    "microsoft_app_password",
    "microsoft_app_certificate",
    "sign_in_app_password",
    "ca_bundle",
    "log_level",
)
"""Settings that can change while the bridge runs; of those that name a file, its content can, too."""

log = structlog.get_logger(__name__)


class Reloader:
    """Compares the settings in use with those that are there now."""

    def __init__(self, settings: Settings, credentials: Credentials) -> None:
        self._settings, self._credentials = settings, credentials
        self._used = _fingerprints(settings)
        self._reloading = asyncio.Lock()

    async def reload(self) -> None:
        """Take over what has changed. Settings that are not valid change nothing, and are named in the log."""
        async with self._reloading:
            try:
                present = await asyncio.to_thread(load)
                await self._apply(present)
            except ConfigError as error:
                log.error("settings not reloaded", problems=error.problems)  # noqa: TRY400 - sentences, no fault
            except (OSError, ValueError) as error:
                # A file that was replaced between the check and the use; the text may quote it.
                log.error("settings not reloaded", problems=[type(error).__name__])  # noqa: TRY400

    async def _apply(self, present: Settings) -> None:
        fingerprints = await asyncio.to_thread(_fingerprints, present)
        changed = sorted(name for name in fingerprints if fingerprints[name] != self._used[name])
        usable = {name: getattr(present, name) for name in RELOADABLE}
        settings = self._settings.model_copy(update=usable)
        if set(changed) & {*RELOADABLE} - {"log_level"}:
            await self._credentials.renew(settings)
        change_level(settings.log_level)
        self._settings = settings
        self._used |= {name: fingerprints[name] for name in RELOADABLE}
        # A warning, so that it is read at every level but ERROR.
        log.warning("settings reloaded", changed=[name.upper() for name in changed if name in RELOADABLE])
        if restart_needed := [name.upper() for name in changed if name not in RELOADABLE]:
            log.warning("settings that need a restart have changed", settings=restart_needed)


RELOADER = web.AppKey("reloader", Reloader)


@asynccontextmanager
async def reloading_at_hangup(reloader: Reloader) -> AsyncIterator[None]:
    """Reload at each SIGHUP while the block runs."""
    loop = asyncio.get_running_loop()
    async with BackgroundTasks() as tasks:
        loop.add_signal_handler(signal.SIGHUP, lambda: tasks.start(reloader.reload()))
        try:
            yield
        finally:
            loop.remove_signal_handler(signal.SIGHUP)


def _fingerprints(settings: Settings) -> dict[str, object]:
    """Return what shows that a setting has changed: its value, and of a certificate file the content, too."""
    return {name: _fingerprint(name, getattr(settings, name)) for name in Settings.model_fields}


def _fingerprint(name: str, value: object) -> object:
    if name in RELOADABLE and isinstance(value, Path):
        return value, hashlib.sha256(value.read_bytes()).digest()
    return value
