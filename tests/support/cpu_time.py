"""The processor time of a call: on a busy machine a clock on the wall measures the others."""

from __future__ import annotations

import gc
from collections.abc import Callable
from time import thread_time


def cpu_seconds(call: Callable[[], object]) -> float:
    """Measure one call, without the garbage collector, whose time depends on what other tests left in memory."""
    gc.disable()
    try:
        began = thread_time()
        call()
        return thread_time() - began
    finally:
        gc.enable()


def takes_less(seconds: float, call: Callable[[], object], *, tries: int = 5) -> bool:
    """Tell whether one of several calls took less: what a busy machine delays is measured again."""
    return any(cpu_seconds(call) < seconds for _ in range(tries))
