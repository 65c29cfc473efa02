"""The admin's commands in processes of their own, beside a running bridge where they only read."""

from __future__ import annotations

import json
import signal
import time
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bot.admin.people import chat_of
from bot.chat.identity import Person
from bot.notifications import unreachable
from bot.notifications.unreachable import UnreachableConversations
from bot.storage.base import Store
from bot.storage.factory import open_store
from sandbox.teams import ALICE, BOB, CHANNEL, personal
from sandbox.teams_cards import words
from tests.support.admin import json_of
from tests.support.app_process import process, ready, said_by, surroundings
from tests.support.storage.engines import Server
from tests.support.world import World

ALICE_KEY, BOB_KEY = (f"{someone.tenant}/{someone.oid}" for someone in (ALICE, BOB))


@asynccontextmanager
async def opened(environment: Mapping[str, str]) -> AsyncIterator[Store]:
    store = open_store(environment["STORE_URL"])
    await store.open()
    yield store
    await store.close()


async def subscribe(world: World) -> None:
    async with world.teams.expecting(CHANNEL, lambda p: "DEMO" in p.text):
        await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")


@pytest.mark.slow
@pytest.mark.timeout(150)  # many processes
async def test_everything_is_listed_as_json_while_the_bridge_runs(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment), process(environment):
        await ready(world.url)
        await world.link()
        await subscribe(world)
        async with world.teams.expecting(personal(BOB)):
            await world.teams.say(BOB, personal(BOB), "help")

        [account] = await json_of(environment, "accounts", "list")
        assert (account["person"], account["name"]) == (ALICE_KEY, "Alice Example")
        people = {row["person"]: row for row in await json_of(environment, "people", "list")}
        assert people[ALICE_KEY] == {
            "person": ALICE_KEY,
            "name": "Alice Example",
            "link": "linked",
            "subscriptions": 1,
            "has_settings": True,
            "has_chat": True,
        }
        assert (people[BOB_KEY]["link"], people[BOB_KEY]["has_chat"]) == ("", True)
        alice = await json_of(environment, "people", "show", ALICE_KEY)
        [subscription] = await json_of(environment, "subscriptions", "list")
        assert alice["subscriptions"] == [subscription]
        assert (subscription["project"], subscription["state"]) == ("DEMO", "active")
        assert await json_of(environment, "subscriptions", "list", "--person", BOB_KEY) == []
        assert await json_of(environment, "outbox", "list") == []
        [linked] = await json_of(environment, "audit", "--person", ALICE_KEY, "--since", "1h")
        assert (linked["action"], linked["person"], linked["by"]) == ("linked", ALICE_KEY, "")
        assert await json_of(environment, "audit", "--since", "2999-01-01") == []
        checked = await json_of(environment, "check")
        assert checked["ok"]
        assert {name: checked["findings"][0][name] for name in ("name", "ok")} == {"name": "STORE_URL", "ok": True}
        secrets = [*world.sandbox.atlassian.tokens.access, environment["ENCRYPTION_KEYS"]]
        said = json.dumps([alice, people, checked])
        assert not any(secret in said for secret in secrets)

        status, said = await said_by(environment, "people", "forget", ALICE_KEY)
        assert (status, "holds the store" in said) == (75, True)


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_person_is_forgotten_and_starts_over(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        async with process(environment) as running:
            await ready(world.url)
            await world.link()
            await subscribe(world)
            running.send_signal(signal.SIGTERM)
            await running.wait()
        async with opened(environment) as store:
            chat = await chat_of(store, Person.from_key(ALICE_KEY))
            assert chat is not None
            await UnreachableConversations(store).add(chat, now=time.time())
        forgotten = await json_of(environment, "people", "forget", ALICE_KEY)
        assert (forgotten["forgotten"], forgotten["subscriptions"]) == (True, 1)
        async with opened(environment) as store:
            assert await store.count(unreachable.TABLE) == 0
        for command in ("people", "accounts", "subscriptions"):
            assert await json_of(environment, command, "list") == []
        for action in ("show", "forget"):
            status, said = await said_by(environment, "people", action, ALICE_KEY)
            assert (status, "Nothing is stored" in said) == (1, True)
        audit = await json_of(environment, "audit")
        assert [entry["action"] for entry in audit] == ["linked", "disconnected", "forgotten"]
        assert [entry["by"] for entry in audit] == ["", "admin", "admin"]
        kept = [path for path in (tmp_path / "store" / "grants").iterdir() if ALICE.oid in path.name]
        assert kept == []
        async with process(environment):
            await ready(world.url)
            await world.link()
            async with world.teams.expecting(personal(ALICE), lambda p: "DEMO-1" in words(p.card)):
                await world.teams.say(ALICE, personal(ALICE), "DEMO-1")


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_person_is_forgotten_beside_a_replica_that_knows_their_chat(tmp_path: Path) -> None:
    server = Server()
    async with surroundings(tmp_path) as (world, environment):
        environment["STORE_URL"] = server.new_schema()
        await json_of(environment, "migrate")
        async with process(environment):
            await ready(world.url)
            await world.link()
            assert (await json_of(environment, "people", "forget", ALICE_KEY))["forgotten"]
            assert await json_of(environment, "people", "list") == []
            await world.link()
            [alice] = await json_of(environment, "people", "list")
            assert (alice["link"], alice["has_chat"]) == ("linked", True)
    server.server.cleanup()


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_a_subscription_of_any_conversation_is_removed(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        async with process(environment) as running:
            await ready(world.url)
            await world.link()
            await subscribe(world)
            running.send_signal(signal.SIGTERM)
            await running.wait()
        [subscription] = await json_of(environment, "subscriptions", "list")
        assert (await json_of(environment, "subscriptions", "remove", subscription["id"]))["removed"]
        assert await json_of(environment, "subscriptions", "list") == []
        [entry] = [e for e in await json_of(environment, "audit") if e["details"].get("subscription")]
        assert (entry["action"], entry["person"], entry["by"]) == ("subscription removed", ALICE_KEY, "admin")
        status, said = await said_by(environment, "subscriptions", "remove", subscription["id"])
        assert (status, "There is no subscription" in said) == (1, True)


async def test_problems_of_settings_are_json_too(tmp_path: Path) -> None:
    status, said = await said_by({"PUBLIC_URL": "ftp://nowhere"}, "check", "--json")
    checked = json.loads(said)
    assert (status, checked["ok"]) == (78, False)
    assert any("PUBLIC_URL must be" in finding["message"] for finding in checked["findings"])
