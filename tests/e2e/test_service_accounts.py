"""Subscriptions that read Jira as the site's service account in place of a person, over sockets."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import pytest

from sandbox.people import by_email
from sandbox.server import Sandbox
from sandbox.teams import ALICE, BOB, CHANNEL
from sandbox.teams_cards import actions, words
from tests.support.commands.accounts import disconnect
from tests.support.world import World, running

EMAIL, TOKEN = "d@example.com", "api-token-of-the-service-account"
SCOPES = ("read:jira-work", "read:jira-user")


def table(sandbox: Sandbox, *, scoped: bool = True) -> Mapping[str, str]:
    """Return the settings of a service account of the first site."""
    account = {"name": "Jira Notifier", "email": EMAIL, "token": "NOTIFIER_TOKEN", "scoped": scoped}
    site = sandbox.site
    row = {"kind": "cloud", "url": site.url, "name": "Demo", "cloud_id": site.cloud_id, "service_account": account}
    return {"JIRA_SITES": json.dumps({"sites": {"demo": row}}), "NOTIFIER_TOKEN": TOKEN}


@asynccontextmanager
async def with_account(folder: Path, *, scoped: bool = True) -> AsyncIterator[World]:
    def configure(sandbox: Sandbox) -> Mapping[str, str]:
        sandbox.add_api_token(EMAIL, TOKEN, SCOPES if scoped else ())
        return table(sandbox, scoped=scoped)

    async with running(folder, configure) as world:
        await world.link(ALICE)
        yield world


async def subscribe(world: World, text: str) -> str:
    async with world.teams.expecting(CHANNEL) as got:
        await world.teams.say(ALICE, CHANNEL, text)
    return f"{got[0].text} {words(got[0].card)}"


@pytest.mark.parametrize("scoped", [True, False])
async def test_a_subscription_of_the_service_account_survives_whoever_made_it(
    tmp_path: Path, scoped: bool
) -> None:
    async with with_account(tmp_path, scoped=scoped) as world:
        answer = await subscribe(world, "subscribe DEMO as service")
        assert "You'll get updates here" in answer
        assert "Jira Notifier" in answer
        assert "may see issues that they can't see in Jira" in answer
        await disconnect(world, ALICE)
        before = len(world.sandbox.requests)
        async with world.teams.expecting(CHANNEL, lambda p: "After she left" in words(p.card)):
            world.create_issue("DEMO", "After she left")
        dan = by_email(EMAIL)
        assert dan is not None
        assert {call.account_id for call in world.sandbox.requests[before:]} == {dan.account_id}


async def test_the_list_and_the_form_say_whom_it_reads_as_and_change_it(tmp_path: Path) -> None:
    async with with_account(tmp_path) as world:
        await subscribe(world, "subscribe DEMO as service")
        async with world.teams.expecting(CHANNEL) as got:
            await world.teams.say(ALICE, CHANNEL, "subscriptions")
        assert "read as the service account" in words(got[0].card)
        [edit] = actions(got[0].card, "subscription.edit")
        form = await world.teams.press(ALICE, CHANNEL, got[0].id, edit)
        [save] = actions(form.card, "subscription.save")
        inputs = {"f_events": "created", "f_jql": "", "f_restricted": "", "f_service": ""}
        mine = await world.teams.press(ALICE, CHANNEL, got[0].id, save, inputs)
        assert "follow your Jira permissions" in words(mine.card)
        [edit] = actions(mine.card, "subscription.edit")
        form = await world.teams.press(ALICE, CHANNEL, got[0].id, edit)
        [save] = actions(form.card, "subscription.save")
        refused = await world.teams.press(
            ALICE, CHANNEL, got[0].id, save, {**inputs, "f_service": "yes", "f_restricted": "yes"}
        )
        assert "can't be used for restricted issues" in words(refused.card)
        theirs = await world.teams.press(ALICE, CHANNEL, got[0].id, save, {**inputs, "f_service": "yes"})
        assert "follow the service account's Jira permissions" in words(theirs.card)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("subscribe where priority = High as service", "Name one project"),
        ("subscribe DEMO including restricted as service", "can't be used for restricted issues"),
        ("subscribe NOPE as service", "doesn't exist on"),
    ],
)
async def test_what_a_service_account_is_not_for(tmp_path: Path, text: str, expected: str) -> None:
    async with with_account(tmp_path) as world:
        assert expected in await subscribe(world, text)


async def test_nobody_subscribes_as_it_to_what_they_do_not_see_themselves(tmp_path: Path) -> None:
    async with with_account(tmp_path) as world:
        await world.link(BOB)
        async with world.teams.expecting(CHANNEL) as got:
            await world.teams.say(BOB, CHANNEL, "subscribe HR as service")
        assert "you don't have permission to see it" in got[0].text + words(got[0].card)


async def test_without_a_service_account_the_person_learns_who_can_help(tmp_path: Path) -> None:
    async with running(tmp_path) as world:
        await world.link(ALICE)
        assert "has no service account" in await subscribe(world, "subscribe DEMO as service")


async def test_an_issue_with_a_security_level_is_not_posted_with_its_content(tmp_path: Path) -> None:
    async with with_account(tmp_path) as world:
        await subscribe(world, "subscribe DEMO as service")
        demo, dan = world.sandbox.site.projects["DEMO"], by_email(EMAIL)
        assert dan is not None
        [level] = demo.security_levels
        demo.security_levels = (replace(level, members=level.members | {dan.account_id}),)
        key = world.create_issue("DEMO", "A secret", security={"id": level.id})
        async with world.teams.expecting(CHANNEL, lambda p: "Nothing secret" in words(p.card)):
            world.create_issue("DEMO", "Nothing secret")
        assert any(call.path.endswith(f"/{key}") and call.status == 200 for call in world.sandbox.requests)
        assert not any("A secret" in words(p.card) for p in world.teams.messages(CHANNEL))


async def test_a_refused_token_suspends_its_subscriptions(tmp_path: Path) -> None:
    async with with_account(tmp_path) as world:
        await subscribe(world, "subscribe DEMO as service")
        world.sandbox.remove_api_token(EMAIL, TOKEN)
        async with world.teams.expecting(CHANNEL, lambda p: "no longer accepts the service" in words(p.card)):
            world.create_issue("DEMO", "Nobody may read this")
