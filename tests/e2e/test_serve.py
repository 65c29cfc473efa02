"""The process as the engineer meets it: ready, one at a time, and away within seconds of a SIGTERM."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import psutil
import pytest

from bot.storage.encryption import new_key
from sandbox.faults import Fault
from sandbox.teams import ALICE, CHANNEL, personal
from sandbox.teams_cards import words
from tests.support.app_process import http_status, process, ready, said_by, surroundings
from tests.support.world import World, free_port

MAX_START_BYTES = 115 << 20


async def test_restart_needs_no_second_consent_and_kill_after_200_still_tells(tmp_path: Path) -> None:
    """The heart of the promises: a kill -9 loses neither the link nor an acknowledged webhook (F17, F28)."""
    async with surroundings(tmp_path) as (world, environment):
        async with process(environment) as first:
            await ready(world.url)
            await world.link()
            async with world.teams.expecting(CHANNEL, lambda p: "DEMO" in p.text):
                await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
            world.teams.faults.add(Fault(status=503, times=None))
            world.create_issue("DEMO", "Told after the crash")
            await world.sandbox.webhooks_settled()
            first.send_signal(signal.SIGKILL)
            await first.wait()
        world.teams.faults.clear()
        async with process(environment):
            await ready(world.url)
            await world.teams.next(CHANNEL, lambda p: "Told after the crash" in words(p.card), 30)
            async with world.teams.expecting(personal(ALICE), lambda p: "DEMO-1" in words(p.card)):
                await world.teams.say(ALICE, personal(ALICE), "DEMO-1")
        told = [p for p in world.teams.messages(CHANNEL) if "Told after the crash" in words(p.card)]
        assert len(told) == 1


async def test_f29_second_process_is_refused_and_sigterm_ends_the_first(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment), process(environment) as first:
        await ready(world.url)
        status, said = await said_by({**environment, "PORT": str(free_port())})
        assert status == 75
        assert str(first.pid) in said
        assert "Traceback" not in said
        status, said = await said_by(environment, "check")
        assert status == 0, said
        first.send_signal(signal.SIGTERM)
        assert await asyncio.wait_for(first.wait(), 20) == 0


async def test_f31_what_is_under_way_at_a_sigterm_is_finished(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment), process(environment) as running:
        await ready(world.url)
        await world.link()
        answered = asyncio.Event()
        slow = world.sandbox.faults.add(Fault(path="/rest/api/3/issue/DEMO-1$", times=None, until=answered))
        before = len(world.teams.messages(personal(ALICE)))
        turns = [asyncio.create_task(world.teams.say(ALICE, personal(ALICE), "DEMO-1")) for _ in range(20)]
        await slow.hit.wait()
        running.send_signal(signal.SIGTERM)
        async with asyncio.timeout(3):
            while await http_status(f"{world.url}/readyz") != 503:
                pass
        world.create_issue("DEMO", "While it stopped")
        await world.sandbox.webhooks_settled()
        assert [d.delivered for hooks in world.sandbox.webhooks.values() for d in hooks.deliveries] == [True]
        answered.set()
        await asyncio.gather(*turns)
        assert await asyncio.wait_for(running.wait(), 25) == 0
        told = world.teams.messages(personal(ALICE))[before:]
        assert sum("DEMO-1" in words(message.card) for message in told) == 20


async def test_f32_port_in_use_is_a_sentence(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (_, environment):
        server = await asyncio.start_server(lambda r, w: None, "127.0.0.1", int(environment["PORT"]))
        async with server:
            status, said = await said_by(environment)
            assert status == 78
            assert "PORT" in said
            assert "Traceback" not in said


async def test_store_of_another_key_is_refused_and_kept(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        async with process(environment) as first:
            await ready(world.url)
            await world.link()
            first.send_signal(signal.SIGTERM)
            await first.wait()
        status, said = await said_by({**environment, "ENCRYPTION_KEYS": new_key()})
        assert status == 78
        assert "ENCRYPTION_KEYS" in said
        async with process(environment):
            await ready(world.url)
            async with world.teams.expecting(personal(ALICE), lambda p: "DEMO-1" in words(p.card)):
                await world.teams.say(ALICE, personal(ALICE), "DEMO-1")


async def works_unasked(world: World) -> None:
    """Check that a command is answered without a new consent."""
    async with world.teams.expecting(personal(ALICE), lambda p: "DEMO-1" in words(p.card)):
        await world.teams.say(ALICE, personal(ALICE), "DEMO-1")


async def test_t39_keys_are_rotated_while_people_work(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        old, new = environment["ENCRYPTION_KEYS"], new_key()
        async with process(environment) as first:
            await ready(world.url)
            await world.link()
            first.send_signal(signal.SIGTERM)
            await first.wait()
        async with process({**environment, "ENCRYPTION_KEYS": f"{new},{old}"}) as second:
            await ready(world.url)
            assert second.stderr is not None
            async with asyncio.timeout(20):
                while b"keys rotated" not in await second.stderr.readline():
                    pass
            await works_unasked(world)
            second.send_signal(signal.SIGTERM)
            await second.wait()
        async with process({**environment, "ENCRYPTION_KEYS": new}):
            await ready(world.url)
            await works_unasked(world)


@pytest.mark.timeout(150)  # many processes
async def test_what_changes_nothing_works_while_the_bridge_runs(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment), process(environment):
        await ready(world.url)
        await world.link()
        wide = {**environment, "COLUMNS": "200"}
        status, listed = await said_by(wide, "accounts", "list")
        assert (status, "Alice Example" in listed) == (0, True)
        assert (await said_by(wide, "outbox", "list"))[0] == 0
        status, said = await said_by(wide, "trace", "unknown")
        assert (status, "Nothing is known" in said) == (1, True)
        status, said = await said_by(wide, "check")
        assert (status, "and the encryption keys fit" in " ".join(said.split())) == (0, True)
        status, said = await said_by(wide, "accounts", "remove", f"{ALICE.tenant}/{ALICE.oid}")
        assert (status, "holds the store" in said) == (75, True)


@pytest.mark.timeout(150)
async def test_a_backup_is_restored_into_an_empty_store(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        async with process(environment) as running:
            await ready(world.url)
            await world.link()
            async with world.teams.expecting(CHANNEL, lambda p: "DEMO" in p.text):
                await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
            assert (await said_by(environment, "store", "backup", str(tmp_path / "backup")))[0] == 0
            running.send_signal(signal.SIGTERM)
            await running.wait()
        status, said = await said_by(environment, "store", "restore", str(tmp_path / "backup"))
        assert (status, "is not empty" in said.replace("\n", " ")) == (78, True)
        restored = {**environment, "STORE_URL": f"tinydb://{tmp_path / 'restored'}"}
        assert (await said_by(restored, "store", "restore", str(tmp_path / "nothing")))[0] == 78
        assert not (tmp_path / "nothing").exists()
        status, said = await said_by(environment, "store", "restore", str(tmp_path / "store"))
        assert (status, "is the store that STORE_URL names" in said) == (78, True)
        other_key = {**restored, "ENCRYPTION_KEYS": new_key()}
        status, said = await said_by(other_key, "store", "restore", str(tmp_path / "backup"))
        assert (status, "ENCRYPTION_KEYS does not fit this store" in said) == (78, True)
        assert not (tmp_path / "restored").exists()
        status, said = await said_by(restored, "store", "restore", str(tmp_path / "backup"))
        assert status == 0, said
        async with process(restored):
            await ready(world.url)
            await works_unasked(world)
            world.create_issue("DEMO", "Told after the restore")
            await world.teams.next(CHANNEL, lambda p: "Told after the restore" in words(p.card), 30)


async def test_admin_lists_and_removes_accounts_and_sees_no_token(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        async with process(environment) as running:
            await ready(world.url)
            await world.link()
            running.send_signal(signal.SIGTERM)
            await running.wait()
        wide = {**environment, "COLUMNS": "200"}
        status, listed = await said_by(wide, "accounts", "list")
        assert (status, "Alice Example" in listed) == (0, True)
        assert not any(token in listed for token in world.sandbox.atlassian.tokens.access)
        who = f"{ALICE.tenant}/{ALICE.oid}"
        assert (await said_by(wide, "accounts", "remove", who))[0] == 0
        assert (await said_by(wide, "accounts", "remove", who))[0] == 1
        assert "Alice Example" not in (await said_by(wide, "accounts", "list"))[1]
        assert (await said_by(wide, "outbox", "list"))[0] == 0


async def test_it_takes_little_memory_at_its_start(tmp_path: Path) -> None:
    """Python and the libraries are 83 MB of it; a table of phrases that is kept as texts can be ten more."""
    async with surroundings(tmp_path) as (world, environment), process(environment, before=("env",)) as running:
        await ready(world.url)
        assert psutil.Process(running.pid).memory_info().rss < MAX_START_BYTES
