"""The steps of a set-up: the guides explain them, `check --list` prints them, and each of them is needed."""

from __future__ import annotations

import json
import re
import subprocess
import sys

import pytest

from bot.admin.setup_steps import SetupStep, setup_steps
from bot.config.settings import DEFAULT_SCOPES, Settings
from sandbox.people import PEOPLE
from sandbox.teams import ALICE, BOB, personal
from tests.support.paths import ROOT
from tests.support.world import World

STEPS = setup_steps("", DEFAULT_SCOPES.split())
GUIDES = " ".join(page.read_text() for page in (ROOT / "docs" / "how-to").glob("*.md"))


def listed(*options: str, **environment: str) -> str:
    command = [sys.executable, "app.py", "check", "--list", *options]
    done = subprocess.run(command, cwd=ROOT, env=environment, check=True, capture_output=True, text=True)
    return done.stdout


@pytest.mark.parametrize("step", STEPS, ids=lambda step: f"{step.menu} {step.do[:30]}")
def test_the_guides_explain_each_step(step: SetupStep) -> None:
    assert step.menu.split(" → ")[-1] in GUIDES.replace("**", "")
    for address in re.findall(r"https://jira-bot\.example\.com/[a-z/]+", step.do):
        assert address in GUIDES
    for name in step.settings:
        assert name.lower() in Settings.model_fields
        assert name in GUIDES


def test_every_needed_setting_is_given_a_value_by_a_step() -> None:
    needed = {"PUBLIC_URL", "MICROSOFT_APP_ID", "JIRA_CLIENT_ID", "JIRA_CLIENT_SECRET", "ENCRYPTION_KEYS"}
    assert needed <= {name for step in STEPS for name in step.settings}


@pytest.mark.parametrize("scope", DEFAULT_SCOPES.split())
def test_every_scope_is_a_permission_to_add(scope: str) -> None:
    named = [step for step in STEPS if step.do.startswith(f"Add {scope} ")]
    assert len(named) == (scope != "offline_access")


@pytest.mark.slow
def test_the_list_needs_no_settings_and_has_all_steps() -> None:
    printed = listed(PATH="")
    assert all(step.do in printed and step.without in printed for step in STEPS)
    assert len(json.loads(listed("--json", PATH=""))) == len(STEPS)


async def test_an_app_that_is_not_shared_refuses_everybody_but_its_owner(world: World) -> None:
    atlassian = world.sandbox.atlassian
    atlassian.shared, atlassian.owner = False, PEOPLE[0].account_id
    assert "connected" in await world.link(ALICE)
    async with world.teams.expecting(personal(BOB)) as got:
        await world.teams.say(BOB, personal(BOB), "connect")
    assert "only the owner of this app" in await world.follow(got[0], BOB)


async def test_a_scope_that_the_app_was_not_given_is_refused_at_the_consent(world: World) -> None:
    world.sandbox.atlassian.permissions = frozenset({"read:jira-work", "offline_access"})
    async with world.teams.expecting(personal(BOB)) as got:
        await world.teams.say(BOB, personal(BOB), "connect")
    assert "names something the app has not been given" in await world.follow(got[0], BOB)
