"""Blocking calls to Microsoft: how many there may be, for how long, and what becomes of them at a stop (T15)."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from bot.accounts.model import SignInUnavailableError
from bot.accounts.sign_in import microsoft_calls
from bot.accounts.sign_in.microsoft_calls import CALL_TIMEOUT, MicrosoftCalls, SignInBusyError
from bot.accounts.sign_in.msal_http import TOTAL_TIMEOUT, MicrosoftUnavailableError


class Gate:
    """A call that waits to be let through."""

    def __init__(self) -> None:
        self.opened = threading.Event()
        self.begun = 0
        self._lock = threading.Lock()
        self._all_begun = threading.Condition(self._lock)

    def __call__(self) -> str:
        with self._lock:
            self.begun += 1
            self._all_begun.notify_all()
        self.opened.wait(30)
        return "done"

    async def wait_for(self, count: int) -> None:
        """Wait until so many calls have begun."""

        def wait() -> bool:
            with self._lock:
                return self._all_begun.wait_for(lambda: self.begun >= count, 20)

        assert await asyncio.to_thread(wait)


@pytest.fixture
def gate() -> Iterator[Gate]:
    gate = Gate()
    yield gate
    gate.opened.set()


@pytest.fixture
def calls() -> Iterator[MicrosoftCalls]:
    calls = MicrosoftCalls()
    yield calls
    calls.close()


async def test_t15_eight_calls_at_once_and_24_that_wait(calls: MicrosoftCalls, gate: Gate) -> None:
    waiting = [asyncio.create_task(calls.run(gate)) for _ in range(32)]
    await gate.wait_for(8)
    with pytest.raises(SignInBusyError):
        await calls.run(gate)
    assert gate.begun == 8
    gate.opened.set()
    assert await asyncio.gather(*waiting) == ["done"] * 32
    assert await calls.run(len, "abc") == 3


async def test_a_microsoft_that_fails_or_is_late_is_unavailable(
    calls: MicrosoftCalls, gate: Gate, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> None:
        raise MicrosoftUnavailableError("no")

    with pytest.raises(SignInUnavailableError):
        await calls.run(fail)
    monkeypatch.setattr(microsoft_calls, "CALL_TIMEOUT", 0.05)
    with pytest.raises(SignInUnavailableError):
        await calls.run(gate)


def test_a_call_may_wait_two_seconds_in_the_queue() -> None:
    """Beside the time that its request may take."""
    assert CALL_TIMEOUT - TOTAL_TIMEOUT == 2.0


async def test_other_errors_are_the_callers(calls: MicrosoftCalls) -> None:
    with pytest.raises(ZeroDivisionError):
        await calls.run(lambda: 1 // 0)


async def test_a_stop_waits_for_no_call_and_begins_none(gate: Gate) -> None:
    calls = MicrosoftCalls()
    tasks = [asyncio.create_task(calls.run(gate)) for _ in range(9)]
    await gate.wait_for(8)
    late = threading.Timer(5.0, gate.opened.set)
    late.start()
    calls.close()
    late.cancel()
    assert not gate.opened.is_set()
    gate.opened.set()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert results.count("done") == gate.begun == 8
