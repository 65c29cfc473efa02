"""The system calls of a store, counted; the N-th one fails or is the last."""

from __future__ import annotations

import errno
import os
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest import mock

CALLS = ("open", "write", "fsync", "replace", "rename", "unlink", "mkdir", "rmdir")


class CrashPoints:
    """`strike` decides what the N-th call does; `count` is how many there were."""

    def __init__(self, at: int, strike: Callable[[Callable[..., Any], tuple[Any, ...]], None]) -> None:
        self.at = at
        self.count = 0
        self.strike = strike

    def wrap(self, call: Callable[..., Any]) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.count += 1
            if self.count == self.at:
                self.strike(call, args)
            return call(*args, **kwargs)

        return counted

    @contextmanager
    def active(self) -> Iterator[None]:
        """Within, every call counts."""
        with mock.patch.multiple(os, **{name: self.wrap(getattr(os, name)) for name in CALLS}):
            yield


def kill(call: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """The process dies before the call, or when half of what it writes is written."""
    if call.__name__ == "write":
        call(args[0], bytes(args[1])[: len(args[1]) // 2])
    os.kill(os.getpid(), signal.SIGKILL)


def disk_full(call: Callable[..., Any], args: tuple[Any, ...]) -> None:
    """The call reports that there is no room."""
    raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))


def in_child(work: Callable[[], None], points: CrashPoints) -> bool:
    """Do `work` in a forked process with `points`; whether it came to its end."""
    child = os.fork()
    if child == 0:
        status = 1
        try:
            with points.active():
                work()
            status = 0
        finally:
            os._exit(status)
    _, status = os.waitpid(child, 0)
    if os.WIFSIGNALED(status):
        assert os.WTERMSIG(status) == signal.SIGKILL
        return False
    assert os.WEXITSTATUS(status) == 0
    return True


def files(folder: Path) -> list[Path]:
    """All files below `folder`, but the lock."""
    return sorted(path for path in folder.rglob("*") if path.is_file() and path.name != "lock")
