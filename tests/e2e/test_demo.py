"""The demo that stays up."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from tests.support.app_process import process
from tests.support.world import free_port


def files_in(folder: Path) -> list[Path]:
    return list(folder.iterdir())


@pytest.mark.slow
async def test_a_closed_terminal_ends_it_and_leaves_nothing_behind(tmp_path: Path) -> None:
    # `env` starts a process of its own: the fork server's knows its folder for temporary files already.
    where, port = {"TMPDIR": str(tmp_path)}, str(free_port())
    async with process(where, "demo", "--port", port, before=("env",)) as demo:
        assert demo.stdout is not None
        while b"The sandbox's Jira board" not in (line := await demo.stdout.readline()):
            assert line
        assert files_in(tmp_path)
        demo.send_signal(signal.SIGHUP)
        await demo.communicate()
    assert demo.returncode == 0
    assert not files_in(tmp_path)
