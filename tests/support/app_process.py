"""app.py in processes of its own, between the sandbox and Teams."""

from __future__ import annotations

import asyncio
import os
import sys
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bot.storage.encryption import new_key
from sandbox.server import Sandbox
from sandbox.teams_server import Teams
from tests.support.fork_server import Program, run_app
from tests.support.forked_process import RunningProcess, forked
from tests.support.paths import ROOT
from tests.support.world import World, free_port, make_settings


@asynccontextmanager
async def process(
    environment: dict[str, str],
    *arguments: str,
    stdin: int = asyncio.subprocess.DEVNULL,
    files: str = "",
    before: Sequence[str] = (),
) -> AsyncIterator[RunningProcess]:
    """Run app.py in a process of its own, in a session without a terminal.

    `files` are options of `ulimit` for how many files it may open. `before` is a command that runs it, such as
    `setpriv` with its options. Without such wishes the process comes from the fork server.
    """
    if stdin == asyncio.subprocess.DEVNULL and not files and not before:
        async with forked(Program("app", arguments, _with_inherited(environment))) as running:
            yield running
        return
    limited = ("sh", "-c", f'ulimit {files} && exec "$@"', "sh") if files else ()
    started = await asyncio.create_subprocess_exec(
        *before,
        *limited,
        sys.executable,
        str(ROOT / "app.py"),
        *arguments,
        env=_with_inherited(environment),
        cwd=ROOT,
        stdin=stdin,
        start_new_session=True,
        stderr=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        yield started
    finally:
        if started.returncode is None:
            started.kill()
        await started.wait()


def _with_inherited(environment: dict[str, str]) -> dict[str, str]:
    return environment | {name: os.environ[name] for name in ("PATH", "SSL_CERT_FILE", "SSL_CERT_DIR")}


async def ready(url: str, seconds: float = 20.0) -> None:
    """Wait until /readyz says so."""
    async with aiohttp.ClientSession() as session, asyncio.timeout(seconds):
        while True:
            try:
                async with session.get(f"{url}/readyz") as response:
                    if response.status == 200:
                        return
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)


@asynccontextmanager
async def surroundings(folder: Path) -> AsyncIterator[tuple[World, dict[str, str]]]:
    """Start the sandbox and Teams; yield them and the environment that points app.py at them."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        Sandbox(webhook_url=f"{url}/jira/webhooks") as sandbox,
        Teams(sandbox.settings()["MICROSOFT_APP_ID"], bot_url=f"{url}/api/messages") as teams,
    ):
        environment = {
            "PORT": str(port),
            "PUBLIC_URL": url,
            "STORE_URL": f"tinydb://{folder / 'store'}",
            "ENCRYPTION_KEYS": new_key(),
            **sandbox.settings(),
            **teams.settings(),
        }
        yield World(sandbox, teams, url, make_settings(sandbox, teams, folder, port)), environment


async def said_by(
    environment: dict[str, str], *arguments: str, before: Sequence[str] = ()
) -> tuple[int | None, str]:
    """Run a command to its end; its exit status and all that it printed. `before` is a command that runs it."""
    if before:
        async with process(environment, *arguments, before=before) as running:
            out, errors = await asyncio.wait_for(running.communicate(), 30)
            return running.returncode, (out + errors).decode()
    status, printed, complaints = await outputs_of(environment, *arguments)
    return status, printed + complaints


async def outputs_of(environment: dict[str, str], *arguments: str) -> tuple[int | None, str, str]:
    """Run a command to its end; its exit status, and what it printed to stdout and to stderr."""
    ended = await asyncio.to_thread(run_app, _with_inherited(environment), arguments)
    return ended.status, ended.out, ended.errors


async def http_status(url: str) -> int:
    """Return the status with which a GET is answered."""
    async with aiohttp.ClientSession() as session, session.get(url) as response:
        return response.status
