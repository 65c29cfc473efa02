"""What `check` prints, to people and to programs."""

from __future__ import annotations

import asyncio
import json
import re
import time
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB
from tests.support.app_process import process, ready, said_by, surroundings


@pytest.mark.slow
async def test_json_has_level_message_and_remedy_of_each_finding(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (_, environment):
        environment["JIRA_CLIENT_SECRET"] = "s3cret-value"
        status, said = await said_by(environment, "check", "--json")
    checked = json.loads(said)
    assert (status, checked["ok"]) == (69, False)
    wrong = [finding for finding in checked["findings"] if not finding["ok"]]
    assert [(finding["name"], finding["level"]) for finding in wrong] == [("JIRA_CLIENT_ID", "error")]
    assert wrong[0]["remedy"].startswith("Copy Client ID and Secret again")
    assert {finding["level"] for finding in checked["findings"]} == {"ok", "note", "warning", "error"}
    assert "s3cret" not in said


@pytest.mark.slow
async def test_a_pipe_gets_no_colours(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (_, environment):
        _, said = await said_by(environment, "check")
    assert "✓ STORE_URL" in said
    assert "\x1b[" not in said


@pytest.mark.slow
async def test_a_terminal_gets_colours_unless_it_wants_none(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (_, environment):
        _, coloured = await said_by({**environment, "FORCE_COLOR": "1"}, "check")
        _, plain = await said_by({**environment, "FORCE_COLOR": "1", "NO_COLOR": "1"}, "check")
    assert "\x1b[32m✓" in coloured
    assert "\x1b[32m" not in plain


@pytest.mark.slow
@pytest.mark.timeout(90)
async def test_what_has_happened_shows_that_teams_and_the_app_work(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment), process(environment):
        await ready(world.url)
        await world.link(ALICE)
        await world.link(BOB)
        status, said = await said_by(environment, "check")
    assert status == 0
    assert "leads to the running bridge, on all public paths" in said
    assert "messages from Teams have arrived" in said
    assert "2 people have connected Jira" in said


@pytest.mark.slow
@pytest.mark.timeout(90)
async def test_services_that_do_not_answer_are_waited_for_side_by_side(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment):
        world.sandbox.faults.add(Fault(times=None, until=asyncio.Event()))
        started = time.monotonic()
        status, said = await said_by(environment, "check")
        assert time.monotonic() - started < 25
    assert status == 69
    silent = re.findall(r"✗ (\w+): cannot be reached: no answer within 10 seconds", said)
    assert silent == ["MICROSOFT_AUTHORITY", "ATLASSIAN_AUTH_URL", "ATLASSIAN_API_URL"]
    dependent = re.findall(r"✗ (\w+): could not be checked", said)
    assert dependent == ["MICROSOFT_APP_ID", "JIRA_CLIENT_ID"]


@pytest.mark.slow
async def test_the_bridge_on_this_machine_is_asked_past_a_proxy(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (world, environment), process(environment):
        await ready(world.url)
        proxy = {"HTTP_PROXY": "http://127.0.0.1:1", "NO_PROXY": "localhost"}
        _, said = await said_by(environment | proxy, "check")
    assert "✗ HOST and PORT" not in said
    assert "✗ PUBLIC_URL: cannot be reached" in said
