"""Measures how long the event loop is held: the processor time of its own thread in its longest step."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import pytest


@dataclass(slots=True)
class LongestStep:
    """The longest step so far, in seconds, and what ran in it."""

    seconds: float = 0.0
    callback: str = ""


@contextmanager
def longest_step(monkeypatch: pytest.MonkeyPatch) -> Iterator[LongestStep]:
    """Measure each step of the event loop while the block runs."""
    longest = LongestStep()
    run = asyncio.Handle._run

    def timed(handle: asyncio.Handle) -> None:
        began = time.thread_time()
        run(handle)
        seconds = time.thread_time() - began
        if seconds > longest.seconds:
            longest.seconds, longest.callback = seconds, repr(handle)[:300]

    with monkeypatch.context() as patch:
        patch.setattr(asyncio.Handle, "_run", timed)
        yield longest
