"""app.py on PostgreSQL: links outlive restarts, replicas and a move from TinyDB; an outage is said (F19, F28)."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp

from bot.commands.errors import explain
from bot.storage.base import StoreUnavailableError
from bot.storage.encryption import new_key
from sandbox.teams import ALICE, CHANNEL, personal
from sandbox.teams_cards import actions, words
from tests.support.app_process import http_status, process, ready, said_by, surroundings
from tests.support.forked_process import RunningProcess
from tests.support.storage.engines import Server
from tests.support.storage.pooling_proxy import PoolingProxy
from tests.support.world import World, free_port

CHAT = personal(ALICE)
AWAY = explain(StoreUnavailableError())


@asynccontextmanager
async def migrated(folder: Path, postgres: Server) -> AsyncIterator[tuple[World, dict[str, str]]]:
    """Start the surroundings, with an empty PostgreSQL store."""
    async with surroundings(folder) as (world, environment):
        environment["STORE_URL"] = postgres.new_schema()
        status, said = await said_by(environment, "migrate")
        assert status == 0, said
        yield world, environment


async def shows_the_issue(world: World) -> str:
    """Show an issue to a linked person; the text of the card."""
    async with world.teams.expecting(CHAT, lambda p: "DEMO-1" in words(p.card), 20) as got:
        await world.teams.say(ALICE, CHAT, "DEMO-1")
    return words(got[0].card)


async def listening(url: str) -> None:
    """Wait until the bridge answers, with or without its store."""
    async with asyncio.timeout(20):
        while True:
            try:
                await http_status(f"{url}/healthz")
            except aiohttp.ClientConnectionError:
                await asyncio.sleep(0.05)
            else:
                return


async def stop(running: RunningProcess) -> str:
    """End it as an operator does; its log."""
    running.send_signal(signal.SIGTERM)
    said, errors = await asyncio.wait_for(running.communicate(), 30)
    assert running.returncode == 0
    return (said + errors).decode()


async def test_a_schema_that_was_not_migrated_is_a_sentence(tmp_path: Path, postgres: Server) -> None:
    async with surroundings(tmp_path) as (_, environment):
        status, said = await said_by({**environment, "STORE_URL": postgres.new_schema()})
        assert status == 78
        assert "run `python app.py migrate` first" in said
        assert "Traceback" not in said


async def test_f02_a_proxy_that_breaks_locks_is_a_sentence(tmp_path: Path, postgres: Server) -> None:
    proxy = PoolingProxy(Path(postgres.server.pgdata) / ".s.PGSQL.5432", by_transaction=True)
    async with migrated(tmp_path, postgres) as (_, environment), proxy.running():
        options = environment["STORE_URL"].partition("&")[2]
        environment["STORE_URL"] = f"postgresql://postgres@127.0.0.1:{proxy.port}/postgres?{options}"
        for command in ((), ("migrate",)):
            status, said = await said_by(environment, *command)
            assert status == 78
            assert "STORE_URL leads to a proxy" in said
            assert "Traceback" not in said


async def test_f19_what_is_wrong_with_a_store_is_said_also_when_it_is_reached_late(
    tmp_path: Path, mortal_postgres: Server
) -> None:
    async with migrated(tmp_path, mortal_postgres) as (world, environment):
        async with process(environment) as first:
            await ready(world.url)
            await stop(first)
        not_migrated = {**environment, "STORE_URL": mortal_postgres.new_schema()}
        await asyncio.to_thread(mortal_postgres.stop, "immediate")
        for wrong, sentence in (
            ({**environment, "ENCRYPTION_KEYS": new_key()}, "ENCRYPTION_KEYS does not fit this store"),
            (not_migrated, "run `python app.py migrate` first"),
        ):
            async with process(wrong) as running:
                await listening(world.url)
                await asyncio.to_thread(mortal_postgres.start)
                said, errors = await asyncio.wait_for(running.communicate(), 20)
                assert running.returncode == 78
                assert sentence in (said + errors).decode()
                assert "Traceback" not in (said + errors).decode()
            await asyncio.to_thread(mortal_postgres.stop, "immediate")
        await asyncio.to_thread(mortal_postgres.start)


async def test_f28_a_restart_needs_no_second_consent(tmp_path: Path, postgres: Server) -> None:
    async with migrated(tmp_path, postgres) as (world, environment):
        async with process(environment) as first:
            await ready(world.url)
            await world.link()
            await stop(first)
        async with process(environment):
            await ready(world.url)
            await shows_the_issue(world)


async def test_f02_two_replicas_answer_the_same(tmp_path: Path, postgres: Server) -> None:
    async with migrated(tmp_path, postgres) as (world, environment):
        port = free_port()
        async with process(environment), process({**environment, "PORT": str(port)}):
            await ready(world.url)
            await ready(f"http://127.0.0.1:{port}")
            await world.link()
            here = await shows_the_issue(world)
            world.teams.bot_url = f"http://127.0.0.1:{port}/api/messages"
            assert await shows_the_issue(world) == here


async def test_f02_who_disconnects_on_one_replica_is_disconnected_on_the_other(
    tmp_path: Path, postgres: Server
) -> None:
    async with migrated(tmp_path, postgres) as (world, environment):
        port = free_port()
        here, there = world.teams.bot_url, f"http://127.0.0.1:{port}/api/messages"
        async with process(environment), process({**environment, "PORT": str(port)}):
            await ready(world.url)
            await ready(f"http://127.0.0.1:{port}")
            await world.link()
            for world.teams.bot_url in (there, here):  # both have the link in memory now
                await shows_the_issue(world)
            async with world.teams.expecting(CHAT, lambda p: "Disconnect Jira?" in words(p.card)) as got:
                await world.teams.say(ALICE, CHAT, "disconnect")
            await world.teams.press(ALICE, CHAT, got[0].id, actions(got[0].card, "account.disconnect")[0])
            world.teams.bot_url = there
            async with world.teams.expecting(CHAT, lambda p: "Connect Jira" in words(p.card)):
                await world.teams.say(ALICE, CHAT, "DEMO-1")


async def test_f19_postgresql_goes_away_and_comes_back(tmp_path: Path, mortal_postgres: Server) -> None:
    async with migrated(tmp_path, mortal_postgres) as (world, environment), process(environment) as running:
        await ready(world.url)
        await world.link()
        async with world.teams.expecting(CHANNEL, lambda p: "DEMO" in p.text):
            await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
        await asyncio.to_thread(mortal_postgres.stop, "immediate")
        assert await http_status(f"{world.url}/readyz") == 503
        assert await http_status(f"{world.url}/healthz") == 200
        async with world.teams.expecting(CHAT, lambda p: AWAY in p.text, 20):
            await world.teams.say(ALICE, CHAT, "DEMO-1")
        world.create_issue("DEMO", "Created during the outage")
        delivery = world.sandbox.webhooks[world.sandbox.site.cloud_id].deliveries[-1]
        async with (
            aiohttp.ClientSession() as session,
            session.post(delivery.url, data=delivery.payload, headers=delivery.headers) as response,
        ):
            assert response.status == 503
        await asyncio.to_thread(mortal_postgres.start)
        async with asyncio.timeout(10):
            await ready(world.url)
            await shows_the_issue(world)
        await world.teams.next(CHANNEL, lambda p: "Created during the outage" in words(p.card), 20)
        assert "Traceback" not in await stop(running)


async def test_f28_a_move_from_tinydb_needs_no_second_consent(tmp_path: Path, postgres: Server) -> None:
    async with surroundings(tmp_path) as (world, environment):
        async with process(environment) as first:
            await ready(world.url)
            await world.link()
            await stop(first)
        moved = {**environment, "STORE_URL": postgres.new_schema()}
        assert (await said_by(moved, "migrate"))[0] == 0
        status, said = await said_by(
            environment | {"STORE_COPY_TO": moved["STORE_URL"]}, "store", "copy", environment["STORE_URL"]
        )
        assert status == 0, said
        async with process(moved):
            await ready(world.url)
            await shows_the_issue(world)
