"""Processes that start in no time: forked from one that has imported what they run.

Not os.fork: pytest's workers have threads, and a lock that one of them holds would never open in the child.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import tempfile
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from tests.support.paths import ROOT

PROCESSES = multiprocessing.get_context("forkserver")
PROCESSES.set_forkserver_preload(["tests.storage.embedded.test_crash", "app", "bot.admin.check"])


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
class Ended:
    """How a command ended: its exit status (None: it was too slow), and what it printed."""

    status: int | None
    out: str
    errors: str


def run_app(
    environment: Mapping[str, str], arguments: Sequence[str], *, folder: Path = ROOT, seconds: float = 30
) -> Ended:
    """Run app.py in `folder` with this environment alone, without a terminal."""
    with tempfile.TemporaryDirectory() as name:
        outputs = Path(name)
        status = run_to_end(_be_app, environment, arguments, outputs, folder, seconds=seconds)
        return Ended(status, (outputs / "out").read_text("utf-8"), (outputs / "errors").read_text("utf-8"))


def _be_app(environment: Mapping[str, str], arguments: Sequence[str], outputs: Path, folder: Path) -> None:
    os.setsid()
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
    for number, name in ((1, "out"), (2, "errors")):
        os.dup2(os.open(outputs / name, os.O_WRONLY | os.O_CREAT), number)
    sys.argv = ["app.py", *arguments]
    import app

    sys.exit(app.main())
