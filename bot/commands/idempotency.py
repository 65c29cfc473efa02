"""Idempotency of presses: a double click changes Jira once, whichever replica gets which click (threat T50)."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass

import structlog

from bot.commands.request import Press, Reply, Request
from bot.storage.base import Store, StoreError

WINDOW_SECONDS = 60.0
"""How long the same press of the same card by the same person counts as a double click."""
TABLE = "presses"

log = structlog.get_logger(__name__)


@dataclass(slots=True)
class Claim:
    """A press, to be answered by setting `reply` unless that is set already."""

    first: bool
    """Whether this press may change Jira. If not, and `reply` is None, another replica has answered it."""
    reply: Reply | None = None
    """The answer. Set from the beginning if this replica has answered the same press."""


class PressClaims:
    """Recognises repeated presses. `clock` is Unix time in seconds."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._replies: dict[str, asyncio.Future[Reply]] = {}

    @asynccontextmanager
    async def claim(self, request: Request, press: Press) -> AsyncIterator[Claim]:
        """Claim a press; of several equal ones, one claim is the first and the others get its reply.

        After a repeatable reply the press may be made again. After an exception the stored claim stays, because
        Jira may have been changed: a repetition counts as answered elsewhere. Raises `StoreError` if nobody can
        say whether the press is a repetition, and what the first press raised.
        """
        key = _key(request, press)
        if key in self._replies:
            yield Claim(first=False, reply=await asyncio.shield(self._replies[key]))
            return
        future = self._replies[key] = asyncio.get_running_loop().create_future()
        try:
            claim = Claim(first=await self._store_claim(key))
            yield claim
            assert claim.reply is not None  # noqa: S101 - a claimed press must be answered
            if claim.first and claim.reply.repeatable:
                await self._release(key)
        except BaseException as error:
            del self._replies[key]
            future.set_exception(error)
            future.exception()  # else asyncio reports an exception that nobody waited for
            raise
        future.set_result(claim.reply)
        if claim.reply.repeatable:
            del self._replies[key]
        else:
            asyncio.get_running_loop().call_later(WINDOW_SECONDS, self._replies.pop, key, None)

    async def _store_claim(self, key: str) -> bool:
        expires_at = self._clock() + WINDOW_SECONDS
        return await self._store.replace(TABLE, key, {}, version=0, expires_at=expires_at) is not None

    async def _release(self, key: str) -> None:
        try:
            await self._store.delete(TABLE, key)
        except StoreError as error:
            log.warning("press not released before its time", error=type(error).__name__)


def _key(request: Request, press: Press) -> str:
    parts = [request.person.key, request.conversation.id, press.card_id, press.verb]
    parts += press.data.to_lines()
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
