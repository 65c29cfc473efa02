"""No press twice: a double click, on whichever replica it lands, changes Jira once (threat T50)."""

from __future__ import annotations

import asyncio
import hashlib
import time
from collections.abc import Awaitable, Callable

import structlog

from bot.commands.request import Press, Reply, Request
from bot.storage.base import Store, StoreError

WINDOW = 60.0
"""Seconds within which the same press of the same card by the same person counts as a double click."""
TABLE = "presses"

Answer = Callable[[], Awaitable[Reply]]

log = structlog.get_logger(__name__)


class Repeats:
    """Answers a repeated press with the first one's answer; one that failed may be repeated."""

    def __init__(self, store: Store, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._clock = clock
        self._answers: dict[str, asyncio.Future[Reply]] = {}

    async def once(
        self,
        request: Request,
        press: Press,
        run: Answer,
        again: Answer,
    ) -> Reply:
        """`run` for the first press; for a repetition that one's answer, or `again` if another process has it.

        Raises `StoreError` if nobody can say whether it is one; nothing was run then.
        """
        mark = _mark(request, press)
        known = self._answers.get(mark)
        if known is not None:
            return await asyncio.shield(known)
        answer = self._answers[mark] = asyncio.get_running_loop().create_future()
        try:
            if await self._claim(mark):
                reply = await run()
                if reply.repeatable:
                    await self._release(mark)
            else:
                reply = await again()
        except BaseException as error:
            self._answers.pop(mark, None)
            answer.set_exception(error)
            answer.exception()
            raise
        answer.set_result(reply)
        if reply.repeatable:
            self._answers.pop(mark, None)
        else:
            asyncio.get_running_loop().call_later(WINDOW, self._answers.pop, mark, None)
        return reply

    async def _claim(self, mark: str) -> bool:
        expires_at = self._clock() + WINDOW
        return await self._store.replace(TABLE, mark, {}, version=0, expires_at=expires_at) is not None

    async def _release(self, mark: str) -> None:
        try:
            await self._store.delete(TABLE, mark)
        except StoreError as error:
            log.warning("press not released before its time", error=type(error).__name__)


def _mark(request: Request, press: Press) -> str:
    parts = [request.person.key, request.conversation.id, press.card_id, press.verb]
    parts += [f"{name}={press.data[name]}" for name in sorted(press.data)]
    return hashlib.sha256("\x00".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
