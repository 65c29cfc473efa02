"""Why an address cannot be listened on, and what helps."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Mapping
from types import MappingProxyType

_NOT_LOCAL = "Choose an address of this machine, such as 127.0.0.1."
_REMEDIES: Mapping[int, str] = MappingProxyType(
    {
        errno.EADDRINUSE: "Stop the program that listens there, or choose another address.",
        errno.EADDRNOTAVAIL: _NOT_LOCAL,
        errno.EACCES: "Choose a port from 1024 on, or give the process the right to this one.",
    }
)


class ListenError(OSError):
    """An address cannot be listened on. `settings` are those that name it, `errno` is the system's.

    The message says why, and what helps.
    """

    def __init__(self, settings: str, error: OSError) -> None:
        reason, remedy = explain_listen_error(error)
        super().__init__(f"{settings}: cannot listen there ({reason}). {remedy}".rstrip())
        self.settings, self.errno = settings, error.errno


def explain_listen_error(error: OSError) -> tuple[str, str]:
    """Return the reason in words, and what helps against it; the latter is empty if nothing is known."""
    if isinstance(error, socket.gaierror):  # its number is not one of `errno`
        return "the name is not found", _NOT_LOCAL
    if error.errno is None:  # asyncio, from Python 3.12 on: the machine has none of the name's addresses
        return os.strerror(errno.EADDRNOTAVAIL), _NOT_LOCAL
    return os.strerror(error.errno), _REMEDIES.get(error.errno, "")
