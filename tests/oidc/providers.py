"""The npm package `oidc-provider`, installed into build/ and run as both of the bridge's logins."""

from __future__ import annotations

import asyncio
import json
import os
import shutil
import signal
import subprocess
import tempfile
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

HERE = Path(__file__).parent
BUILD = HERE.parents[1] / "build"
INSTALL_SECONDS = 60
START_SECONDS = 15
INSTALL = (
    "npm",
    "install",
    "--ignore-scripts",
    "--no-package-lock",
    "--no-audit",
    "--no-fund",
    "--fetch-retries=0",
)


def _folder() -> Path:
    package = json.loads((HERE / "package.json").read_text())
    return BUILD / f"oidc-provider-{package['devDependencies']['oidc-provider']}"


def missing() -> str:
    """Why the package cannot be had here; empty when it is installed. Blocking."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        return "no npm here: apt-get install nodejs npm (Node.js 20 or newer)"
    folder = _folder()
    if folder.is_dir():
        return ""
    BUILD.mkdir(exist_ok=True)
    with tempfile.TemporaryDirectory(dir=BUILD, prefix="oidc-provider.") as scratch:
        fresh = Path(scratch) / "fresh"
        fresh.mkdir()
        shutil.copy(HERE / "package.json", fresh)
        process = subprocess.Popen(INSTALL, cwd=fresh, stderr=subprocess.PIPE, text=True, start_new_session=True)
        try:
            _, said = process.communicate(timeout=INSTALL_SECONDS)
        except subprocess.TimeoutExpired:
            os.killpg(process.pid, signal.SIGTERM)
            process.communicate()
            return "npm could not install oidc-provider in time"
        if process.returncode:
            return f"npm could not install oidc-provider: {said[:300]}"
        fresh.rename(folder)
    return ""


@asynccontextmanager
async def providers(wanted: Mapping[str, object]) -> AsyncIterator[dict[str, str]]:
    """Runs both; their issuers under `microsoft` and `atlassian`. `wanted` is what provider.mjs takes."""
    with (HERE / "provider.mjs").open("rb") as script:
        # From standard input, for node looks for packages beside the file that imports them, or where it runs.
        process = await asyncio.create_subprocess_exec(
            "node",
            "--input-type=module",
            "-",
            json.dumps(wanted),
            cwd=_folder(),
            stdin=script,
            stdout=asyncio.subprocess.PIPE,
        )
    try:
        assert process.stdout is not None
        async with asyncio.timeout(START_SECONDS):
            line = await process.stdout.readline()
        yield json.loads(line)
    finally:
        if process.returncode is None:
            process.terminate()
        await process.communicate()
