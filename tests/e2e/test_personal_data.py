"""The weekly report of accounts in the running bridge: once its scope is asked for and granted."""

from __future__ import annotations

import asyncio
from pathlib import Path

from bot.accounts.personal_data import SCOPE, TABLE
from bot.config.settings import DEFAULT_SCOPES
from bot.jobs import periodic
from bot.storage.factory import open_store
from sandbox.people import by_email
from sandbox.server import Sandbox
from sandbox.teams import ALICE, personal
from sandbox.teams_cards import words
from sandbox.teams_server import Teams
from tests.support.world import World, bridge, free_port, make_settings


async def test_a_start_reports_what_is_due_and_erases_closed_accounts(tmp_path: Path) -> None:
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with (
        Sandbox() as sandbox,
        Teams(sandbox.settings()["MICROSOFT_APP_ID"], bot_url=f"{url}/api/messages") as teams,
    ):
        settings = make_settings(sandbox, teams, tmp_path, port, JIRA_SCOPES=f"{DEFAULT_SCOPES} {SCOPE}")
        world = World(sandbox, teams, url, settings)
        async with bridge(settings):
            await world.link(ALICE)
        store = open_store(settings.store_url.get_secret_value())
        await store.open()
        await store.delete(periodic.TABLE, TABLE)  # as if the last round were long ago
        await store.close()
        alice = by_email(ALICE.email)
        assert alice is not None
        sandbox.personal_data.closed.add(alice.account_id)
        async with bridge(settings), asyncio.timeout(10):
            while not sandbox.personal_data.reports:  # noqa: ASYNC110 - the sandbox tells nobody
                await asyncio.sleep(0.05)
            assert sandbox.personal_data.reports == [[alice.account_id]]
            async with teams.expecting(personal(ALICE)) as got:
                await teams.say(ALICE, personal(ALICE), "mine")
            assert "Connect" in words(got[0].card)
