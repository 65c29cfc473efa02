"""Servers in processes of their own: started, watched and ended."""

from __future__ import annotations

import asyncio
import json
import os
import socket
import sys
import urllib.request
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from time import perf_counter
from typing import Any

import psutil

ROOT = Path(__file__).parent.parent
START_SECONDS = 60.0
STOP_SECONDS = 20.0


@dataclass(frozen=True)
class Running:
    """A server that listens."""

    process: psutil.Process
    port: int
    ready_after: float
    """Seconds from its start until it took a connection."""

    def cpu(self) -> float:
        """Seconds of CPU so far, user and system."""
        times = self.process.cpu_times()
        return float(times.user + times.system)

    def memory(self) -> int:
        """Resident bytes."""
        return int(self.process.memory_info().rss)

    def threads(self) -> int:
        """How many threads it has."""
        return int(self.process.num_threads())


def free_port() -> int:
    """Find a port that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port


@asynccontextmanager
async def running(
    command: Sequence[str], port: int, *, folder: Path, environment: Mapping[str, str]
) -> AsyncIterator[Running]:
    """Start a server, wait until it listens on `port`, end it afterwards. Raises `RuntimeError` if it does not."""
    began = perf_counter()
    process = await asyncio.create_subprocess_exec(*command, cwd=folder, env=_clean(environment))
    try:
        async with asyncio.timeout(START_SECONDS):
            while not await _listens(port):
                if process.returncode is not None:
                    raise RuntimeError(f"{' '.join(command[1:3])} ended at once with status {process.returncode}")
                await asyncio.sleep(0.005)
        yield Running(psutil.Process(process.pid), port, perf_counter() - began)
    finally:
        await _end(process)


def _clean(environment: Mapping[str, str]) -> dict[str, str]:
    """Nothing of the caller's environment (a proxy, settings of another bridge) but what a program needs."""
    return {name: os.environ[name] for name in ("PATH", "HOME") if name in os.environ} | dict(environment)


async def _listens(port: int) -> bool:
    try:
        _reader, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return False
    writer.close()
    return True


async def _end(process: asyncio.subprocess.Process) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_SECONDS):
            await process.wait()
    except TimeoutError:
        process.kill()
        await process.wait()


@asynccontextmanager
async def surroundings(
    folder: Path, *more: str, jira_delay: float = 0.0, module: str = "benchmarks.surroundings"
) -> AsyncIterator[Mapping[str, str]]:
    """`benchmarks.surroundings`, or a module like it with `more` arguments, as a process; its addresses."""
    process = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        module,
        str(folder),
        f"--jira-delay={jira_delay}",
        *more,
        cwd=ROOT,
        stdin=asyncio.subprocess.PIPE,
        stdout=asyncio.subprocess.PIPE,
    )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        if not line:
            raise RuntimeError("the surroundings did not start")
        yield json.loads(line)
    finally:
        await _end(process)


async def counts(around: Mapping[str, str]) -> dict[str, int]:
    """Ask how often Jira and the connector were called so far."""
    answer: dict[str, int] = await ask(f"{around['jira']}/counts")
    return answer


async def ask(url: str) -> Any:
    """Return the JSON document at `url`, whatever proxy the environment names."""
    return await asyncio.to_thread(_read, url)


def _read(url: str) -> Any:
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(url, timeout=30) as answer:
        return json.load(answer)
