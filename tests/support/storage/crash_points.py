"""What a store asks of the system, counted: the N-th call or statement fails or is the last."""

from __future__ import annotations

import asyncio
import errno
import os
import resource
import signal
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import Any
from unittest import mock

from bot.storage.embedded import EmbeddedStore
from tests.support.storage.small_processes import run_forked

CALLS = ("open", "write", "fsync", "replace", "unlink", "mkdir")
NOW = 1_000_000.0
DOCUMENTS = ("grants",)

Operation = Callable[[EmbeddedStore], Awaitable[Any]]


class CrashPoints:
    """Counts calls of `os` and statements of SQLite; `strike` decides what the N-th call does."""

    def __init__(self, at: int, strike: Callable[[Callable[..., Any], tuple[Any, ...]], None]) -> None:
        self.at, self.strike = at, strike
        self.names: list[str] = []

    @property
    def count(self) -> int:
        """How many there were."""
        return len(self.names)

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.past(call.__name__, call, args)
            return call(*args, **kwargs)

        return counted

    def past(self, name: str, call: Callable[..., Any] = print, args: tuple[Any, ...] = ()) -> None:
        self.names.append(name)
        if len(self.names) == self.at:
            self.strike(call, args)

    @contextmanager
    def active(self, store: EmbeddedStore | None = None) -> Iterator[None]:
        """Within, every call counts; so does every statement that `store` writes with, to the process's end.

        For the callback is not taken back: that waits for SQLite, while a statement may wait for the callback.
        """
        connection = store._database._connection if store is not None else None
        if connection is not None:
            connection.set_trace_callback(self.past)
        replaced: Any = {name: self.wrap(getattr(os, name)) for name in CALLS}
        with mock.patch.multiple(os, **replaced):
            yield


def kill(call: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Kill the process before the call, or when half of what it writes is written."""
    if call.__name__ == "write":
        call(args[0], bytes(args[1])[: len(args[1]) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def disk_full(call: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """Let the call report that there is no room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def die_beyond(size: int) -> None:
    """Kill the process in the write that makes a file grow beyond `size` bytes, which is done up to there."""
    signal.signal(signal.SIGXFSZ, signal.SIG_DFL)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))


@contextmanager
def no_room_beyond(size: int) -> Iterator[None]:
    """Within, no file of this process grows beyond `size` bytes: such a write is refused, as on a full disk."""
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (resource.RLIM_INFINITY, resource.RLIM_INFINITY))


def in_child(folder: Path, work: Operation) -> bool:
    """Do `work`, which can be pickled, with the store in a process of its own; whether that came to its end."""
    status = run_forked(partial(_run, folder, work))
    assert status in (0, -signal.SIGKILL, -signal.SIGXFSZ)
    return status == 0


def _run(folder: Path, work: Operation) -> None:
    asyncio.run(opened_for(folder, work))


async def opened_for(folder: Path, work: Operation) -> Any:
    """Return what `work` gives, with the store open meanwhile."""
    store = EmbeddedStore(folder, clock=lambda: NOW, documents=DOCUMENTS)
    await store.open()
    try:
        return await work(store)
    finally:
        await store.close()


def files(folder: Path) -> list[Path]:
    """All files below `folder`, but the lock."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
