"""A program in a terminal of its own, typed into and read by a test."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import termios
import time
from collections.abc import Mapping
from multiprocessing.connection import Connection
from pathlib import Path
from types import TracebackType

from tests.support.fork_server import PROCESSES, Program
from tests.support.paths import ROOT

_CONTROL = re.compile(r"\x1b\[[0-9;?]*[a-zA-Z]|\x1b[()][0-9A-B]|[\x07\r]")
CTRL_C, ENTER, DOWN = "\x03", "\r", "\x1b[B"


class Terminal:
    """Runs app.py in a pseudo-terminal, as a context manager. Blocking: for a worker thread."""

    def __init__(self, *arguments: str, environment: Mapping[str, str], folder: Path) -> None:
        inherited = {"PATH": os.environ["PATH"], "TERM": "xterm", "PYTHONPATH": str(ROOT)}
        everything = {**environment, **inherited, "PROMPT_TOOLKIT_NO_CPR": "1"}
        self._program = Program("app", arguments, everything, folder)
        self.shown = ""
        """Everything that the terminal showed, without its control sequences."""
        self._read_to = 0

    def __enter__(self) -> Terminal:
        self._fd, slave = pty.openpty()
        fcntl.ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", 50, 200, 0, 0))
        with Connection(slave) as end:
            self._process = PROCESSES.Process(target=_be, args=(self._program, end), daemon=True)
            self._process.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.join()
        os.close(self._fd)

    def expect(self, text: str, seconds: float = 20.0) -> None:
        """Read until the terminal shows `text`, after what was expected before."""
        deadline = time.monotonic() + seconds
        while text not in self.shown[self._read_to :]:
            assert self._read(deadline), f"{text!r} is not shown: {self.shown[self._read_to :]}"
        self._read_to = self.shown.index(text, self._read_to) + len(text)

    def type(self, keys: str) -> None:
        """Press keys."""
        os.write(self._fd, keys.encode())

    def answer(self, question: str, text: str) -> None:
        """Wait for a question, and answer it."""
        self.expect(question)
        self.type(text + ENTER)

    def end(self, seconds: float = 40.0) -> int:
        """Read to the end of the program, and return its exit status."""
        deadline = time.monotonic() + seconds
        while self._read(deadline):
            pass
        self._process.join(max(0.1, deadline - time.monotonic()))
        status = self._process.exitcode
        assert status is not None, "it goes on"
        return status

    def _read(self, deadline: float) -> bool:
        ready, _, _ = select.select([self._fd], [], [], max(0.0, deadline - time.monotonic()))
        try:
            data = os.read(self._fd, 1 << 16) if ready else b""
        except OSError:  # the program has ended
            return False
        self.shown += _CONTROL.sub("", data.decode("utf-8", "replace"))
        return bool(data)


def _be(program: Program, terminal: Connection) -> None:
    program.be(*[terminal.fileno()] * 3)
