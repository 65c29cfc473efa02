"""Blocking calls to Microsoft for people's sign-ins: in a few threads of their own, with a short queue.

Whoever else needs a thread (the bot's own token, names of hosts) never waits behind them.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from typing import TypeVar

import structlog

from bot.accounts.model import SignInUnavailableError
from bot.accounts.sign_in.msal_http import MicrosoftUnavailableError

log = structlog.get_logger(__name__)

CALL_TIMEOUT = 12.0
"""Seconds for a call, with its wait in the queue."""
MAX_THREADS = 8
MAX_CALLS = 32
"""Calls at work and in the queue. One more is refused at once: it would be too late anyway."""
_T = TypeVar("_T")


class SignInBusyError(SignInUnavailableError):
    """Too many people sign in at this moment."""


class MicrosoftCalls:
    """Runs the calls. Its threads are started when they are needed."""

    def __init__(self) -> None:
        self._threads = ThreadPoolExecutor(MAX_THREADS, thread_name_prefix="microsoft-sign-in")
        self._free = threading.BoundedSemaphore(MAX_CALLS)

    def close(self) -> None:
        """Take no more calls; those at work end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def run(self, function: Callable[..., _T], *args: object) -> _T:
        """Run a blocking function.

        Raises `SignInBusyError`, and `SignInUnavailableError` if Microsoft does not answer in time.
        """
        if not self._free.acquire(blocking=False):
            log.warning("sign-in.busy")
            raise SignInBusyError
        call = self._threads.submit(function, *args)
        call.add_done_callback(self._release)  # when it ends, which may be after its caller gave up
        try:
            async with asyncio.timeout(CALL_TIMEOUT):
                return await asyncio.wrap_future(call)
        except (MicrosoftUnavailableError, TimeoutError) as error:
            log.warning("Microsoft sign-in isn't responding", error=type(error).__name__)
            raise SignInUnavailableError("Microsoft sign-in isn't responding") from None

    def _release(self, _call: Future[_T]) -> None:
        self._free.release()
