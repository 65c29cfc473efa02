"""Run tests in forks of a process that has imported the libraries already: a tenth of the time of a new one.

`python scripts/mutation_tests.py serve SOCKET` is that process; `… ask SOCKET ARGUMENTS` runs pytest with these
arguments in the present folder, and exits with its status.
"""

from __future__ import annotations

import importlib
import json
import os
import signal
import socket
import sys
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

TEST_TIMEOUT = 60
"""Seconds for the tests of one change; one that makes them hang counts as noticed."""
LIBRARIES = (
    *("aiohttp", "authlib.jose", "babel", "botbuilder.core", "cachetools", "cryptography", "hypothesis", "jinja2"),
    *("jwt", "markdownify", "msal", "orjson", "prometheus_client", "psycopg", "pydantic_settings", "pytest"),
    *("pytest_asyncio", "pytest_timeout", "regex", "requests", "rich", "structlog", "tinydb", "xdist"),
)


def main(arguments: Sequence[str]) -> int:
    """Serve, or ask the process that serves."""
    what, path, *more = arguments
    return serve(path) if what == "serve" else ask(path, more)


def serve(path: str) -> int:
    """Import the libraries and run one request after the other, until killed."""
    for name in LIBRARIES:
        with suppress(ImportError):
            importlib.import_module(name)
    Path(path).unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX) as listener:
        listener.bind(path)
        listener.listen()
        while True:
            connection, _ = listener.accept()
            with connection, connection.makefile("rb") as lines:
                folder, *options = json.loads(lines.readline())
                connection.sendall(str(run(folder, options)).encode())


def run(folder: str, options: Sequence[str]) -> int:
    """Run pytest in a fork; a signal's number below 0 if that ended it."""
    child = os.fork()
    if child:
        _, status = os.waitpid(child, 0)
        return os.waitstatus_to_exitcode(status)
    signal.alarm(TEST_TIMEOUT)
    os.chdir(folder)
    sys.path.insert(0, folder)
    silence = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silence, 1)
    os.dup2(silence, 2)
    import pytest  # noqa: PLC0415 - whoever asks does without

    os._exit(pytest.main(list(options)))


def ask(path: str, options: Sequence[str]) -> int:
    """Have tests run in the present folder and return their status."""
    with socket.socket(socket.AF_UNIX) as connection:
        connection.connect(path)
        connection.sendall(json.dumps([str(Path.cwd()), *options]).encode() + b"\n")
        return int(connection.recv(16) or b"1") and 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
