"""What the compared servers share.

Each runs as a module in whatever Python has its packages, with one JSON file of settings: `around`
(benchmarks.surroundings), `card` (an attachment) and `port`.
"""

from __future__ import annotations

import argparse
import asyncio
import json
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
from aiohttp import web

Middlewares = list[Callable[..., Awaitable[web.StreamResponse]]]


@dataclass(frozen=True)
class Config:
    """The settings of one server."""

    around: Mapping[str, str]
    card: Mapping[str, object]
    """An attachment: `contentType` and `content`."""
    port: int

    @property
    def issue_url(self) -> str:
        """What a turn GETs."""
        return f"{self.around['jira']}/ex/jira/cloud/rest/api/3/issue/DEMO-12"


def parser(about: str) -> argparse.ArgumentParser:
    """Build a command line that takes the file of settings."""
    made = argparse.ArgumentParser(description=about)
    made.add_argument("config", type=Path)
    return made


def read(path: Path) -> Config:
    """Read the settings in a file."""
    return Config(**json.loads(path.read_text()))


@asynccontextmanager
async def client() -> AsyncIterator[aiohttp.ClientSession]:
    """Open a session with room for every turn at once."""
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=512)) as session:
        yield session


async def serve(app: web.Application, port: int) -> None:
    """Until killed."""
    runner = web.AppRunner(app, access_log=None)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", port, backlog=1024).start()
    await asyncio.Event().wait()
