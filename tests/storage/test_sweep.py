"""The running bridge removes what has expired, on both engines."""

from __future__ import annotations

import asyncio
import time

from bot.bootstrap import create_app
from bot.config.settings import Settings
from bot.storage.base import Job, Store
from bot.storage.encryption import Keyring, new_key

DAY = 86400.0
EXPIRED = {"presses": 60.0, "shown": 3600.0, "jira_sign_ins": 600.0}
KEPT = {"tickets": 7 * DAY}
"""Tables, and the seconds that a row of each lives."""


def settings() -> Settings:
    """Those of a bridge that nobody talks to."""
    return Settings(
        _env_file=None,
        public_url="https://bot.example",
        encryption_keys=new_key(),
        store_url="tinydb:///unused",
        microsoft_app_id="11111111-2222-4333-8444-555555555555",
        microsoft_app_password="secret",
        microsoft_app_tenant_id="11111111-2222-4333-8444-555555555556",
        jira_client_id="client",
        jira_client_secret="secret",
        jira_webhook_secret="a-secret-that-is-long-enough-for-jira",
    )


async def live_for_a_day(store: Store) -> None:
    """Write what a bridge wrote a day ago: of each table a few rows, and finished jobs whose names expired."""
    yesterday = time.time() - DAY
    for table, seconds in (EXPIRED | KEPT).items():
        for number in range(5):
            await store.put(table, str(number), {}, tags=["somebody"], expires_at=yesterday + seconds)
    await store.enqueue_all("outbox", [Job(str(number), {}) for number in range(5)])
    leased = await store.lease("outbox", limit=5, seconds=60)
    await store.done_all("outbox", leased, remember=0.0)


async def test_after_a_day_no_expired_row_is_left(store: Store) -> None:
    await live_for_a_day(store)
    options = settings()
    async with create_app(options, store, Keyring(options.keys)), asyncio.timeout(20):
        while any([await store.count(table) for table in EXPIRED]):
            await store.arrival("time", seconds=0.05)
    assert [await store.count(table) for table in KEPT] == [5]
    assert await store.sweep() == 0
