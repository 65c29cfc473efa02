"""Processes that start in no time: forked from one that has imported what they run.

Not os.fork: pytest's workers have threads, and a lock that one of them holds would never open in the child.
"""

from __future__ import annotations

import multiprocessing
import os
import runpy
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from io import TextIOWrapper
from pathlib import Path

from tests.support.paths import ROOT

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(
    [
        *(
            "app",
            "bot.admin.check",
            "bot.admin.commands",
            "bot.admin.setup.run",
            "bot.admin.stores",
            "bot.serving",
        ),
        *("tests.accounts.test_refresh_processes", "tests.support.notifications.killed"),
        *("tests.support.reliability.killed", "tests.support.warm_bridge"),
    ]
)


def run_to_end(target: Callable[..., None], *args: object, seconds: float | None = None) -> int | None:
    """Run `target`, which can be pickled, in a process; return its exit code, or None if it is too slow."""
    child = PROCESSES.Process(target=target, args=args)
    child.start()
    child.join(seconds)
    status = child.exitcode
    if status is None:
        child.kill()
        child.join()
    child.close()
    return status


@dataclass(frozen=True)
class Program:
    """A module to run as a program in `folder`, with this environment alone and in a session of its own."""

    module: str
    arguments: Sequence[str]
    environment: Mapping[str, str]
    folder: Path = ROOT

    def be(self, stdin: int, stdout: int, stderr: int) -> None:
        """Run it in this process, which ends with it. The numbers are open files."""
        os.setsid()
        os.chdir(self.folder)
        os.environ.clear()
        os.environ.update(self.environment)
        for number, file in enumerate((stdin, stdout, stderr)):
            os.dup2(file, number)
        sys.stdin = open(0, closefd=False)  # noqa: SIM115  # multiprocessing has closed it
        assert isinstance(sys.stdout, TextIOWrapper)
        sys.stdout.reconfigure(line_buffering=sys.stdout.isatty())  # it was opened for another file
        sys.argv = [self.module, *self.arguments]
        runpy.run_module(self.module, run_name="__main__", alter_sys=True)


@dataclass(frozen=True)
class Ended:
    """How a command ended: its exit status (None: it was too slow), and what it printed."""

    status: int | None
    out: str
    errors: str


def run_app(
    environment: Mapping[str, str], arguments: Sequence[str], *, folder: Path = ROOT, seconds: float = 30
) -> Ended:
    """Run app.py to its end."""
    with tempfile.TemporaryDirectory() as name:
        outputs = Path(name)
        program = Program("app", arguments, environment, folder)
        status = run_to_end(_print_into, program, outputs, seconds=seconds)
        return Ended(status, (outputs / "out").read_text("utf-8"), (outputs / "errors").read_text("utf-8"))


def _print_into(program: Program, outputs: Path) -> None:
    out, errors = (os.open(outputs / name, os.O_WRONLY | os.O_CREAT) for name in ("out", "errors"))
    program.be(os.open(os.devnull, os.O_RDONLY), out, errors)
