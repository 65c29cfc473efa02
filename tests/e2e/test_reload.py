"""Secrets, certificates and the level of the log are rotated in a running process: a SIGHUP reads them again."""

from __future__ import annotations

import asyncio
import json
import signal
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
import trustme

from sandbox.faults import Fault
from sandbox.teams import ALICE, BOB, CHANNEL, personal
from sandbox.teams_cards import words
from sandbox.webhooks import AdminWebhook
from tests.support.app_process import process, ready, surroundings
from tests.support.forked_process import RunningProcess
from tests.support.world import World

SECRETS = ("JIRA_WEBHOOK_SECRET", "JIRA_CLIENT_SECRET", "MICROSOFT_APP_PASSWORD", "CA_BUNDLE")

pytestmark = [pytest.mark.slow, pytest.mark.timeout(90)]


@dataclass
class Running:
    """A running bridge whose secrets are in a file, as the environment of systemd has them."""

    world: World
    process: RunningProcess
    file: Path
    settings: dict[str, str]

    def write(self, **changed: str) -> None:
        self.settings |= changed
        self.file.write_text("".join(f"{name}={value}\n" for name, value in self.settings.items()))

    async def reload(self, **changed: str) -> Mapping[str, object]:
        """Change the file, send SIGHUP, and return what the log says of it."""
        self.write(**changed)
        self.process.send_signal(signal.SIGHUP)
        return await self.line("settings")

    async def line(self, beginning: str) -> Mapping[str, object]:
        """Read the log up to the next line with an event that begins so."""
        assert self.process.stderr is not None
        async with asyncio.timeout(15):
            while text := await self.process.stderr.readline():
                line: Mapping[str, object] = json.loads(text)
                if str(line["event"]).startswith(beginning):
                    return line
        raise AssertionError("the process has ended")


@asynccontextmanager
async def bridge(folder: Path, **first: str) -> AsyncIterator[Running]:
    async with surroundings(folder) as (world, environment):
        file = folder / "bridge.env"
        # Also in the environment, as `EnvironmentFile=` has them there: what the file says wins.
        environment |= {"ENV_FILE": str(file), "LOG_FORMAT": "json"}
        settings = {name: environment[name] for name in SECRETS} | first
        file.write_text("".join(f"{name}={value}\n" for name, value in settings.items()))
        async with process(environment) as started:
            await ready(world.url)
            yield Running(world, started, file, settings)


async def post_signed(world: World, secret: str) -> int:
    """Deliver a webhook that is signed with this secret; the status of the answer."""
    hooks = world.sandbox.webhooks[world.sandbox.site.cloud_id]
    hooks.admin = [AdminWebhook(f"{world.url}/jira/webhooks", secret)]
    before = len(hooks.deliveries)
    world.create_issue("DEMO", f"Signed with {secret}")
    await world.sandbox.webhooks_settled()
    return 200 if hooks.deliveries[before].delivered else 401


def trust_also(authority: Path, bundle: Path) -> None:
    with bundle.open("ab") as file:
        file.write(authority.read_bytes())


async def test_every_secret_is_rotated_while_people_work(tmp_path: Path) -> None:
    async with bridge(tmp_path) as running:
        world = running.world
        await world.link()
        async with world.teams.expecting(CHANNEL, lambda p: "DEMO" in p.text):
            await world.teams.say(ALICE, CHANNEL, "subscribe DEMO")
        world.sandbox.atlassian.client_secret = "new-client-secret"
        microsoft = world.sandbox.microsoft
        microsoft.registrations.secrets[microsoft.app_id] = "new-app-secret"
        old = world.sandbox.webhook_secret
        line = await running.reload(
            JIRA_WEBHOOK_SECRET=f"{old},new-webhook-secret",
            JIRA_CLIENT_SECRET="new-client-secret",
            MICROSOFT_APP_PASSWORD="new-app-secret",
        )
        assert line["event"] == "settings reloaded"
        assert line["changed"] == ["JIRA_CLIENT_SECRET", "JIRA_WEBHOOK_SECRET", "MICROSOFT_APP_PASSWORD"]
        assert "new-" not in json.dumps(line)
        # Both sign-ins are proven with the new secrets.
        await world.link(BOB)
        # So is the bot's own token, once Teams wants a new one.
        world.teams.faults.add(Fault(status=401))
        assert await post_signed(world, "new-webhook-secret") == 200
        await world.teams.next(CHANNEL, lambda p: "Signed with new-webhook-secret" in words(p.card), 20)
        assert await post_signed(world, old) == 200
        await running.reload(JIRA_WEBHOOK_SECRET="new-webhook-secret")
        assert await post_signed(world, old) == 401
        assert await post_signed(world, "new-webhook-secret") == 200
        async with world.teams.expecting(personal(ALICE), lambda p: "DEMO-1" in words(p.card)):
            await world.teams.say(ALICE, personal(ALICE), "DEMO-1")


async def test_an_authority_that_is_added_to_the_bundle_is_trusted(tmp_path: Path) -> None:
    bundle = tmp_path / "bundle.pem"
    bundle.write_bytes(trustme.CA().cert_pem.bytes())
    async with bridge(tmp_path, CA_BUNDLE=str(bundle)) as running:
        world = running.world
        async with (
            aiohttp.ClientSession() as session,
            session.get(f"{world.url}/connect", allow_redirects=False) as response,
        ):
            assert response.status == 503
        trust_also(world.sandbox.ca_bundle, bundle)
        line = await running.reload()
        assert line["changed"] == ["CA_BUNDLE"]
        await world.link()


async def test_settings_that_are_not_valid_change_nothing(tmp_path: Path) -> None:
    async with bridge(tmp_path) as running:
        line = await running.reload(JIRA_WEBHOOK_SECRET="a,b,c", CA_BUNDLE="/nowhere.pem")
        assert (line["event"], line["level"]) == ("settings not reloaded", "error")
        assert "JIRA_WEBHOOK_SECRET takes" in str(line["problems"])
        assert "CA_BUNDLE names a file" in str(line["problems"])
        assert await post_signed(running.world, running.world.sandbox.webhook_secret) == 200


async def test_what_needs_a_restart_is_said_and_the_rest_is_used(tmp_path: Path) -> None:
    async with bridge(tmp_path) as running:
        await running.reload(JIRA_WEBHOOK_SECRET="new-webhook-secret", RECONCILE_SECONDS="77")
        line = await running.line("settings that need")
        assert line["settings"] == ["RECONCILE_SECONDS"]
        assert await post_signed(running.world, "new-webhook-secret") == 200
        await running.reload()
        assert (await running.line("settings that need"))["settings"] == ["RECONCILE_SECONDS"]


async def test_the_level_of_the_log_follows(tmp_path: Path) -> None:
    async with bridge(tmp_path) as running:
        secret = running.world.sandbox.webhook_secret
        assert await post_signed(running.world, secret) == 200
        await running.line("webhook received")
        await running.reload(LOG_LEVEL="WARNING")
        assert await post_signed(running.world, secret) == 200
        running.write(LOG_LEVEL="INFO")
        running.process.send_signal(signal.SIGHUP)
        line = await running.line("")
        assert line["event"] == "settings reloaded", "something of level INFO was logged meanwhile"
        assert await post_signed(running.world, secret) == 200
        await running.line("webhook received")
