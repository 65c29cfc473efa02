"""SUBSCRIBE_ROLE=owner: what Teams' member list says decides, and a list without owners is explained."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from sandbox.faults import Fault
from sandbox.teams import ALICE, CHANNEL
from tests.support.world import running


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        ({"userRole": "owner"}, "You'll get updates here"),
        ({"userRole": "user"}, "Only owners of this team can manage its subscriptions."),
        ({}, "Teams doesn't say who owns it"),
    ],
)
async def test_a_member_list_that_names_no_owner_is_explained(
    tmp_path: Path, row: dict[str, str], expected: str
) -> None:
    async with running(tmp_path, SUBSCRIBE_ROLE="owner") as world:
        await world.link(ALICE)
        body = json.dumps({"id": ALICE.id, **row})
        world.teams.faults.add(Fault("GET", "/members/", status=200, body=body, times=None))
        async with world.teams.expecting(CHANNEL) as got:
            await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
        assert expected in got[0].text
