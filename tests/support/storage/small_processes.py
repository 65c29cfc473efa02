"""Processes that have imported the store and little else: the smaller a process is, the cheaper is its fork."""

from __future__ import annotations

import multiprocessing
import os
from collections.abc import Callable
from functools import cache
from multiprocessing.connection import Connection

_SPAWN = multiprocessing.get_context("spawn")


def run_forked(target: Callable[[], object]) -> int:
    """Run `target`, which can be pickled, in a process; return its exit status, or a signal's negative number."""
    small_process = _small_process()
    small_process.send(target)
    status: int = small_process.recv()
    return status


@cache
def _small_process() -> Connection:
    """Start the process that forks the others; it ends with this one."""
    ours, theirs = _SPAWN.Pipe()
    _SPAWN.Process(target=_serve, args=(theirs,), daemon=True).start()
    theirs.close()
    return ours


def _serve(requests: Connection) -> None:
    while True:
        try:
            target = requests.recv()
        except EOFError:
            return  # the tests have ended
        child = os.fork()
        if not child:
            target()  # an exception is printed, and ends this process with the status 1
            os._exit(0)
        requests.send(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))
