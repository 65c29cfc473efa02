"""Small ways in, each by its own attack.

A shared place that says it is one person's, a signature that names a property twice, a key that anybody could
guess, a demo for everybody. Names that are Markdown are in `tests/e2e/test_from_message.py`.
"""

from __future__ import annotations

import asyncio
import base64
import json
from pathlib import Path

import pytest

from sandbox.teams import ALICE, CHANNEL, GROUP, personal
from sandbox.teams_cards import actions, words
from tests.support.app_process import process, said_by, surroundings
from tests.support.conversations import typed
from tests.support.world import World, free_port

SECRET = "Tokens end up in the debug log"


@pytest.mark.parametrize("kind", ["personal", "made-up", ""])
async def test_t25_shared_conversation_that_says_it_is_one_persons_is_none(world: World, kind: str) -> None:
    await world.link()
    assert SECRET in words((await typed(world, ALICE, personal(ALICE), "DEMO-6")).card)
    activity = world.teams.activity(ALICE, GROUP, "message", text="DEMO-6")
    place = {"id": GROUP.id, "conversationType": kind, "tenantId": GROUP.tenant, "isGroup": False}
    async with world.teams.expecting(GROUP) as got:
        await world.teams.post({**activity, "conversation": place})
    assert "restricted" in words(got[0].card)
    assert SECRET not in json.dumps(got[0].activity)


async def test_t21_press_whose_signature_names_a_property_twice_is_refused(world: World) -> None:
    await world.link()
    shown = await typed(world, ALICE, CHANNEL, "DEMO-2")
    button = actions(shown.card, "issue.watch")[0]
    data = dict(button["data"])  # type: ignore[call-overload]
    signed_at, names, mac = str(data["sig"]).split(".")
    before = len(world.sandbox.requests)
    forged = {**button, "data": {**data, "sig": f"{signed_at}.{names},issue.{mac}"}}
    assert "out of date" in words((await world.teams.press(ALICE, CHANNEL, shown.id, forged)).card)
    assert len(world.sandbox.requests) == before


@pytest.mark.slow
async def test_t38_service_does_not_start_with_a_key_that_anybody_could_guess(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (_, environment):
        key = base64.urlsafe_b64encode(bytes(32)).decode()
        status, said = await said_by(environment | {"ENCRYPTION_KEYS": key})
    assert (status, "one byte over and over" in said) == (78, True)
    assert key not in said


@pytest.mark.slow
async def test_t19_demo_is_reached_from_this_machine_alone_whatever_host_says() -> None:
    """On Linux all of 127.0.0.0/8 is this machine: what listens everywhere listens on 127.0.0.2 as well."""
    port = free_port()
    async with process({"HOST": "0.0.0.0"}, "demo", "--port", str(port)) as demo:
        assert demo.stdout is not None
        await asyncio.wait_for(demo.stdout.readuntil(str(port).encode()), 50)
        assert await is_open("127.0.0.1", port)
        assert not await is_open("127.0.0.2", port)


async def is_open(host: str, port: int) -> bool:
    try:
        _, writer = await asyncio.open_connection(host, port)
    except OSError:
        return False
    writer.close()
    return True
