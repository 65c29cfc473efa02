"""Microsoft's clouds: which hosts, tokens and issuers belong together. `CLOUD` names one.

The source of each value stands in tests/data/clouds.json, and docs/reference/clouds.md is made of both.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Cloud:
    """One cloud. URLs have no slash at the end."""

    login_url: str
    """Where people sign in and where tokens come from; a tenant follows."""
    bot_tenant: str
    """The tenant that gives a MultiTenant bot its token for the connector."""
    bot_resource: str
    """What that token is for."""
    openid_metadata_url: str
    """Metadata of the issuer of inbound tokens."""
    token_issuer: str
    service_hosts: tuple[str, ...]
    """Host suffixes of the connector."""
    token_exchange: str
    """Audience of a managed identity's assertion for a registration (workload identity federation)."""


_PUBLIC_HOSTS = (
    "smba.trafficmanager.net",
    "smba.onyx.prod.teams.trafficmanager.net",
    "teams.microsoft.com",
    "botframework.com",
)
_PUBLIC = Cloud(
    login_url="https://login.microsoftonline.com",
    bot_tenant="botframework.com",
    bot_resource="https://api.botframework.com",
    openid_metadata_url="https://login.botframework.com/v1/.well-known/openidconfiguration",
    token_issuer="https://api.botframework.com",
    service_hosts=_PUBLIC_HOSTS,
    token_exchange="api://AzureADTokenExchange",
)


def _government(service_host: str) -> Cloud:
    return Cloud(
        login_url="https://login.microsoftonline.us",
        bot_tenant="MicrosoftServices.onmicrosoft.us",
        bot_resource="https://api.botframework.us",
        openid_metadata_url="https://login.botframework.azure.us/v1/.well-known/openidconfiguration",
        token_issuer="https://api.botframework.us",
        service_hosts=(service_host, "botframework.azure.us"),
        token_exchange="api://AzureADTokenExchangeUSGov",
    )


CLOUDS = {
    "public": _PUBLIC,
    # GCC is the public cloud with service hosts of its own; they are below teams.microsoft.com.
    "gcc": _PUBLIC,
    "gcch": _government("infra.gov.teams.microsoft.us"),
    "dod": _government("infra.dod.teams.microsoft.us"),
    "china": Cloud(
        login_url="https://login.partner.microsoftonline.cn",
        bot_tenant="microsoftservices.partner.onmschina.cn",
        bot_resource="https://api.botframework.azure.cn",
        openid_metadata_url="https://login.botframework.azure.cn/v1/.well-known/openidconfiguration",
        token_issuer="https://api.botframework.azure.cn",
        service_hosts=("botapi.msg.infra.teams.microsoftonline.cn", "botframework.azure.cn"),
        token_exchange="api://AzureADTokenExchangeChina",
    ),
}
LOGIN_HOSTS = frozenset(cloud.login_url.removeprefix("https://") for cloud in CLOUDS.values())
ANY_TENANT = "organizations"
"""In place of a tenant: people of every tenant sign in there. No app gets a token of its own there."""
NO_TENANTS = frozenset({ANY_TENANT, "common", "consumers"})
