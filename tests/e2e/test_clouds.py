"""Each cloud, and each kind of app, from the first message to a linked account: Microsoft's hosts play along."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path

import jwt
import pytest

from sandbox.connect_proxy import connect_proxy
from sandbox.managed_identity import ManagedIdentity
from sandbox.microsoft_login import WrongIdToken
from sandbox.people import TENANT
from sandbox.server import Sandbox
from sandbox.teams import ALICE, BOB, personal
from sandbox.teams_cards import words
from sandbox.teams_server import Teams
from tests.support.paths import ROOT
from tests.support.serving import serving
from tests.support.world import World, bridge, free_port, make_settings

OTHER_TENANT = "22222222-2222-4222-8222-222222222222"
SIGN_IN_APP, IDENTITY = "33333333-3333-4333-8333-333333333333", "44444444-4444-4444-8444-444444444444"
DOCUMENTS = json.loads((ROOT / "tests" / "data" / "clouds.json").read_text())


@dataclass
class Microsoft:
    """What the bridge did at Microsoft's hosts; `identity` is the machine's managed identity."""

    world: World
    identity: ManagedIdentity
    hosts: list[str] = field(default_factory=list)

    def app_token(self) -> Mapping[str, object]:
        """Read the bot's token of its last call to the connector."""
        token = self.world.teams.calls[-1][2].removeprefix("Bearer ")
        claims: Mapping[str, object] = jwt.decode(token, options={"verify_signature": False})
        return claims


@asynccontextmanager
async def microsoft(
    folder: Path, patch: pytest.MonkeyPatch, cloud: str = "public", **more: str
) -> AsyncIterator[Microsoft]:
    """Run everything with the login at Microsoft's own host of a cloud, without any of its addresses set."""
    documented = {name: fact["value"] for name, fact in DOCUMENTS[cloud].items()}
    hosts: list[str] = []
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    async with Sandbox(webhook_url=f"{url}/jira/webhooks") as sandbox:
        login_port = int(sandbox.microsoft.tls_url.rpartition(":")[2])
        login = sandbox.microsoft
        login.tls_url, login.connector_scope = documented["authority"], documented["token_scope"]
        login.registrations.token_exchange = documented["token_exchange"]
        identity = ManagedIdentity(IDENTITY, login.sign)
        async with (
            Teams(more.get("MICROSOFT_APP_ID", login.app_id), bot_url=f"{url}/api/messages") as teams,
            connect_proxy({documented["authority"].removeprefix("https://"): login_port}, hosts) as proxy,
            serving(identity.application()) as identity_url,
        ):
            teams.issuer.issuer = documented["issuer"]
            for name, value in {**identity.settings(identity_url), "HTTPS_PROXY": proxy, "NO_PROXY": ""}.items():
                patch.setenv(name, value)
            unset = {"MICROSOFT_AUTHORITY": "", "BOT_TOKEN_ISSUER": ""}
            settings = make_settings(sandbox, teams, folder, port, **{**unset, "CLOUD": cloud, **more})
            async with bridge(settings):
                yield Microsoft(World(sandbox, teams, url, settings), identity, hosts)


@pytest.mark.parametrize("cloud", DOCUMENTS)
async def test_one_setting_names_the_cloud(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, cloud: str) -> None:
    async with microsoft(tmp_path, monkeypatch, cloud) as at:
        assert "Alice Example" in await at.world.link(ALICE)
        assert f"{at.app_token()['aud']}/.default" == DOCUMENTS[cloud]["token_scope"]["value"]
        assert {f"https://{host}" for host in at.hosts} == {DOCUMENTS[cloud]["authority"]["value"]}


async def test_people_of_several_tenants_sign_in_and_the_bot_gets_its_token_at_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    tenants = {"MICROSOFT_APP_TYPE": "MultiTenant", "ALLOWED_TENANTS": f"{OTHER_TENANT},{TENANT}"}
    async with microsoft(tmp_path, monkeypatch, **tenants) as at:
        assert at.world.settings.authority.endswith("/organizations")
        assert "Alice Example" in await at.world.link(ALICE)
        chat = replace(personal(ALICE), id="a:her chat in the other tenant", tenant=OTHER_TENANT)
        async with at.world.teams.expecting(chat) as got:
            await at.world.teams.say(ALICE, chat, "connect")
        at.world.sandbox.microsoft.wrong = account_of(OTHER_TENANT)
        assert "Nothing was connected" not in await at.world.follow(got[0], ALICE)
        async with at.world.teams.expecting(chat) as got:
            await at.world.teams.say(ALICE, chat, "whoami")
        assert "Alice Example" in words(got[0].card) + got[0].text
        bob = personal(BOB)
        async with at.world.teams.expecting(bob) as got:
            await at.world.teams.say(BOB, bob, "connect")
        at.world.sandbox.microsoft.wrong = account_of("55555555-5555-4555-8555-555555555555")
        assert "another organization" in await at.world.follow(got[0], BOB)


def account_of(tenant: str) -> WrongIdToken:
    """Make Microsoft sign in the account that the person has in another tenant."""
    return WrongIdToken({"tid": tenant, "iss": f"https://login.microsoftonline.com/{tenant}/v2.0"})


@pytest.mark.parametrize("secret", ["", "secret of the registration"], ids=["federated", "secret"])
async def test_a_managed_identity_has_a_registration_beside_it_to_sign_in_to(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, secret: str
) -> None:
    app = {"MICROSOFT_APP_TYPE": "UserAssignedMSI", "MICROSOFT_APP_ID": IDENTITY, "MICROSOFT_APP_PASSWORD": ""}
    sign_in = {"SIGN_IN_APP_ID": SIGN_IN_APP, "SIGN_IN_APP_PASSWORD": secret}
    async with microsoft(tmp_path, monkeypatch, "gcch", **app, **sign_in) as at:
        registrations = at.world.sandbox.microsoft.registrations
        registrations.secrets[SIGN_IN_APP] = secret
        registrations.federated[SIGN_IN_APP] = IDENTITY if not secret else ""
        assert "Alice Example" in await at.world.link(ALICE)
        assert at.app_token()["appid"] == IDENTITY
        exchange = [] if secret else ["api://AzureADTokenExchangeUSGov"]
        assert at.identity.resources == ["https://api.botframework.us", *exchange]


async def test_a_registration_proves_itself_by_a_managed_identity(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    app = {"MICROSOFT_APP_PASSWORD": "", "MICROSOFT_APP_MANAGED_IDENTITY": IDENTITY}
    async with microsoft(tmp_path, monkeypatch, **app) as at:
        login = at.world.sandbox.microsoft
        login.registrations.federated[login.app_id] = IDENTITY
        assert "Alice Example" in await at.world.link(ALICE)
        assert at.app_token()["appid"] == login.app_id
        assert set(at.identity.resources) == {"api://AzureADTokenExchange"}
