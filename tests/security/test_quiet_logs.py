"""T40, T44: what libraries would log, and what metrics would tell, stays inside."""

from __future__ import annotations

import re
import subprocess
import sys

import aiohttp
import pytest

from tests.support.paths import ROOT
from tests.support.world import World

SCRIPT = """
import logging, warnings
from bot.runtime.logging import configure
configure({level!r}, {form!r})
for name in ("msal", "urllib3.connectionpool", "aiohttp.access", "aiohttp.client", "asyncio", "authlib"):
    for write in (logging.getLogger(name).debug, logging.getLogger(name).info):
        write("GET /callback?code=s3cret-value")
logging.getLogger("msal").warning("kept")
"""


@pytest.mark.parametrize("form", ["console", "json"])
@pytest.mark.parametrize("level", ["DEBUG", "INFO", "WARNING"])
def test_t40_lines_of_libraries_below_a_warning_are_not_written(level: str, form: str) -> None:
    """They hold queries and with them codes and states."""
    script = SCRIPT.format(level=level, form=form)
    ended = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, cwd=ROOT)
    assert "s3cret" not in ended.stderr + ended.stdout
    assert "kept" in ended.stderr


async def test_t44_metrics_tell_no_versions_and_name_nobody(world: World) -> None:
    await world.link()
    async with aiohttp.ClientSession() as session, session.get(f"{world.url}/metrics") as response:
        text = await response.text()
    assert "python_info" not in text
    assert not re.search(r"[0-9a-f]{8}-[0-9a-f]{4}-|DEMO-\d|@example\.com|Alice", text)


async def test_t44_health_says_nothing_but_its_state(world: World) -> None:
    for path in ("healthz", "readyz"):
        async with aiohttp.ClientSession() as session, session.get(f"{world.url}/{path}") as response:
            assert (await response.text(), "Server" in response.headers) == ("ok", False)
