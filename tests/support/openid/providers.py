"""The npm package `oidc-provider`, installed into build/ and run as both of the bridge's logins."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

from tests.support.npm import installed

HERE = Path(__file__).parent
START_SECONDS = 15
PACKAGE = HERE / "package.json"


@asynccontextmanager
async def providers(wanted: Mapping[str, object]) -> AsyncIterator[dict[str, str]]:
    """Run both; their issuers under `microsoft` and `atlassian`. `wanted` is what provider.mjs takes."""
    with (HERE / "provider.mjs").open("rb") as script:
        # From standard input, for node looks for packages beside the file that imports them, or where it runs.
        process = await asyncio.create_subprocess_exec(
            "node",
            "--input-type=module",
            "-",
            json.dumps(wanted),
            cwd=installed(PACKAGE),
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
