"""Imported by the fork server last: it starts the bridge once, and so makes ready what all its processes share.

That is the tables of requests and the encoders of what is stored, which take a process most of a second.
"""

from __future__ import annotations

import asyncio
import gc
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path
from tempfile import TemporaryDirectory

from bot.commands.phrases.patterns import read_tables
from bot.storage.encryption import new_key
from tests.support.world import GivenSettings, bridge, free_port

NOWHERE = "http://127.0.0.1:1"


async def start_once(folder: Path) -> None:
    """Start the bridge and stop it. It asks nobody anything by itself."""
    settings = GivenSettings(
        port=free_port(),
        public_url=NOWHERE,
        microsoft_app_id="app",
        microsoft_app_password="secret",
        microsoft_app_tenant_id="tenant",
        microsoft_authority=NOWHERE,
        atlassian_auth_url=NOWHERE,
        atlassian_api_url=NOWHERE,
        store_url=f"tinydb://{folder}",
        encryption_keys=new_key(),
    )
    async with bridge(settings):
        pass


read_tables()
with TemporaryDirectory() as name, redirect_stdout(StringIO()):
    asyncio.run(start_once(Path(name)))
gc.collect()
gc.freeze()
