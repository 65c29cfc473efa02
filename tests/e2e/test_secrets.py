"""T40, T38: no token or secret in any log line, URL, card, page, metric or traceback, nor in clear on disk."""

from __future__ import annotations

import asyncio
import signal
from pathlib import Path

import aiohttp

from sandbox.faults import Fault
from sandbox.teams import ALICE, CHANNEL, personal
from sandbox.teams_cards import actions, words
from tests.support.app_process import process, ready, surroundings
from tests.support.world import World


def secrets(world: World, environment: dict[str, str]) -> dict[str, str]:
    """Everything that must stay inside, by name."""
    found = {name: environment[name] for name in ("MICROSOFT_APP_PASSWORD", "JIRA_CLIENT_SECRET")}
    found |= {name: environment[name] for name in ("JIRA_WEBHOOK_SECRET", "ENCRYPTION_KEYS")}
    for number, (_, _, authorization) in enumerate(world.teams.calls):
        found[f"app token {number}"] = authorization.removeprefix("Bearer ")
    issued = world.sandbox.atlassian.tokens
    for number, token in enumerate([*issued.access, *issued.refresh, *issued.codes]):
        found[f"Jira token {number}"] = token
    return {name: value for name, value in found.items() if value}


def everything_on(folder: Path) -> bytes:
    """All bytes of all files."""
    return b"".join(p.read_bytes() for p in folder.rglob("*") if p.is_file())


async def test_t40_nothing_leaks_in_a_life_with_failures(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        environment |= {"LOG_LEVEL": "DEBUG", "LOG_FORMAT": "json"}
        async with process(environment) as bridge:
            await ready(world.url)
            page = await world.link()
            async with world.teams.expecting(personal(ALICE), lambda p: "DEMO-1" in words(p.card)) as got:
                await world.teams.say(ALICE, personal(ALICE), "DEMO-1")
            await world.teams.press(ALICE, personal(ALICE), got[0].id, actions(got[0].card, "issue.assign")[0])
            async with world.teams.expecting(CHANNEL):
                await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
            world.sandbox.faults.add(Fault(path=".*/issue/DEMO-2", status=500, body=b"<html>", times=5))
            world.sandbox.faults.add(Fault(path=".*/issue/DEMO-3", reset=True, times=5))
            for text in ("DEMO-2", "DEMO-3", "DEMO-999"):
                async with world.teams.expecting(personal(ALICE)):
                    await world.teams.say(ALICE, personal(ALICE), text)
            world.sandbox.atlassian.tokens.expire_access_tokens()
            async with world.teams.expecting(personal(ALICE)):
                await world.teams.say(ALICE, personal(ALICE), "whoami")
            async with world.teams.expecting(CHANNEL, lambda p: "A leak?" in words(p.card)):
                world.create_issue("DEMO", "A leak?")
            async with aiohttp.ClientSession() as session, session.get(f"{world.url}/metrics") as response:
                metrics = await response.text()
            bridge.send_signal(signal.SIGTERM)
            out, log = await asyncio.wait_for(bridge.communicate(), 30)
        disk = await asyncio.to_thread(everything_on, tmp_path)
        seen = {
            "log": log.decode(),
            "output": out.decode(),
            "page": page,
            "metrics": metrics,
            "cards": str([p.activity for p in world.teams.posts.values()]),
            "disk": disk.decode("utf-8", "replace"),
        }
        kept = secrets(world, environment)
        assert len([n for n in kept if n.startswith("Jira token")]) >= 4
        for name, value in kept.items():
            for place, text in seen.items():
                assert value not in text, f"{name} in {place}"
        for line in log.decode().splitlines():
            assert line.startswith("{"), line
