"""What `CLOUD` sets is what Microsoft documents: each value beside the document it was copied from."""

from __future__ import annotations

import json

import pytest
from botframework.connector.auth import AuthenticationConstants, GovernmentConstants
from msal.authority import WELL_KNOWN_AUTHORITY_HOSTS

from bot.config.clouds import CLOUDS, LOGIN_HOSTS
from bot.config.settings import Settings
from tests.support.paths import ROOT

TENANT = "11111111-1111-4111-8111-111111111111"
OTHER = "22222222-2222-4222-8222-222222222222"
DOCUMENTS = json.loads((ROOT / "tests" / "data" / "clouds.json").read_text())


def settings(**given: str) -> Settings:
    return Settings(_env_file=None, **given)  # type: ignore[arg-type]


def test_every_cloud_is_documented() -> None:
    assert list(DOCUMENTS) == list(CLOUDS)


@pytest.mark.parametrize("cloud", DOCUMENTS)
def test_a_cloud_is_as_documented(cloud: str) -> None:
    documented = {name: fact["value"] for name, fact in DOCUMENTS[cloud].items()}
    s = settings(cloud=cloud.upper(), microsoft_app_tenant_id=TENANT)
    assert s.authority == s.app_authority == f"{documented['authority']}/{TENANT}"
    assert f"{s.endpoints.bot_resource}/.default" == documented["token_scope"]
    assert s.inbound_metadata_url == documented["openid_metadata"]
    assert s.inbound_issuer == documented["issuer"]
    assert s.endpoints.token_exchange == documented["token_exchange"]
    for url in documented["service_urls"]:
        host = url.split("/")[2]
        assert any(host == suffix or host.endswith(f".{suffix}") for suffix in s.service_hosts), host
    multi = settings(cloud=cloud, microsoft_app_type="MultiTenant", allowed_tenants=f"{TENANT},{OTHER}")
    assert multi.app_authority == f"{documented['authority']}/{documented['bot_tenant']}"
    assert multi.authority == f"{documented['authority']}/organizations"


@pytest.mark.parametrize("cloud", DOCUMENTS)
def test_no_token_goes_to_the_service_hosts_of_another_cloud(cloud: str) -> None:
    own = set(CLOUDS[cloud].service_hosts)
    for other, facts in DOCUMENTS.items():
        if CLOUDS[other] is not CLOUDS[cloud]:
            hosts = [url.split("/")[2] for url in facts["service_urls"]["value"]]
            assert not [h for h in hosts if any(h == s or h.endswith(f".{s}") for s in own)]


def test_the_public_and_the_government_cloud_are_those_of_the_bot_framework() -> None:
    public, government = CLOUDS["public"], CLOUDS["gcch"]
    assert public.bot_resource == AuthenticationConstants.TO_CHANNEL_FROM_BOT_OAUTH_SCOPE
    assert public.token_issuer == AuthenticationConstants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER
    assert public.bot_tenant == AuthenticationConstants.DEFAULT_CHANNEL_AUTH_TENANT
    assert government.bot_resource == GovernmentConstants.TO_CHANNEL_FROM_BOT_OAUTH_SCOPE
    assert government.token_issuer == GovernmentConstants.TO_BOT_FROM_CHANNEL_TOKEN_ISSUER
    assert government.bot_tenant == GovernmentConstants.DEFAULT_CHANNEL_AUTH_TENANT
    assert government.openid_metadata_url == GovernmentConstants.TO_BOT_FROM_CHANNEL_OPENID_METADATA_URL
    assert f"{government.login_url}/" == GovernmentConstants.TO_CHANNEL_FROM_BOT_LOGIN_URL_PREFIX
    assert LOGIN_HOSTS <= WELL_KNOWN_AUTHORITY_HOSTS


def test_a_setting_that_is_given_alone_overrides_its_value_alone() -> None:
    s = settings(
        cloud="gcch",
        microsoft_app_tenant_id=TENANT,
        microsoft_authority="https://login.example.com/x/",
        bot_openid_metadata_url="https://a.example/metadata",
        bot_token_issuer="https://a.example",
        service_url_hosts="a.example",
    )
    assert s.authority == s.app_authority == "https://login.example.com/x"
    assert (s.inbound_metadata_url, s.inbound_issuer) == ("https://a.example/metadata", "https://a.example")
    assert s.service_hosts == ("a.example",)
    assert s.endpoints.bot_resource == "https://api.botframework.us"
    assert settings(cloud="gcch", bot_token_issuer="https://a.example").service_hosts[0].endswith(".us")


@pytest.mark.parametrize("tenant", ["organizations", "common"])
def test_an_app_gets_its_token_at_a_tenant_even_if_people_sign_in_at_any(tenant: str) -> None:
    authority = f"https://login.microsoftonline.us/{tenant}/v2.0"
    s = settings(microsoft_app_tenant_id=TENANT, microsoft_authority=authority)
    assert s.authority == authority
    assert s.app_authority == f"https://login.microsoftonline.us/{TENANT}"
