"""The typed settings of the bridge. `bot.config.validation.load` reads and validates them."""

from __future__ import annotations

from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from pydantic import Field, PrivateAttr, SecretStr, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.config.clouds import ANY_TENANT, CLOUDS, LOGIN_HOSTS, NO_TENANTS, Cloud
from bot.config.sites import SiteTable
from bot.http.loopback import is_loopback_url

DEFAULT_SCOPES = "read:jira-work write:jira-work read:jira-user offline_access"


class Settings(BaseSettings):
    """The settings, one field each; docs/reference/settings.md explains them."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(3978, ge=1, le=65535, description="Port to listen on.")
    metrics_address: str = Field(
        "", description="host:port for /metrics alone; HOST and PORT do not serve it then. Default: they do."
    )
    public_url: str = Field(
        "", description="Where browsers reach this service, e.g. https://jira-bot.example.com. Required."
    )

    client_address_header: str = Field(
        "",
        description="Header in which your proxy puts the client's address, e.g. X-Real-IP: limits sign-ins by it.",
    )

    microsoft_app_id: str = Field("", description="Application (client) id of the bot's Entra registration.")
    microsoft_app_password: SecretStr = Field(
        SecretStr(""), description="Client secret of that registration (or use a certificate or managed identity)."
    )
    microsoft_app_certificate: Path | None = Field(
        None, description="PEM file with the registration's private key and certificate, instead of a secret."
    )
    microsoft_app_managed_identity: str = Field(
        "",
        description="Client id of the user-assigned managed identity that is the registration's federated"
        " credential, instead of a secret.",
    )
    microsoft_app_tenant_id: str = Field("", description="Directory (tenant) id of the registration.")
    microsoft_app_type: Literal["SingleTenant", "MultiTenant", "UserAssignedMSI"] = Field(
        "SingleTenant", description="SingleTenant, MultiTenant or UserAssignedMSI."
    )
    allowed_tenants: str = Field(
        "", description="Comma-separated tenant ids whose people may use the bot. Default: the app's own tenant."
    )
    sign_in_app_id: str = Field(
        "",
        description="Application (client) id of the registration that people sign in to, if it is not the bot's."
        " Required with UserAssignedMSI.",
    )
    sign_in_app_password: SecretStr = Field(
        SecretStr(""),
        description="Client secret of that registration; without it, the managed identity is its federated"
        " credential.",
    )
    cloud: Literal["public", "gcc", "gcch", "dod", "china"] = Field(
        "public",
        description="Microsoft's cloud: public, gcc, gcch (GCC High), dod or china (21Vianet). Sets the scope of"
        " the bot's token and the defaults of MICROSOFT_AUTHORITY, BOT_OPENID_METADATA_URL, BOT_TOKEN_ISSUER and"
        " SERVICE_URL_HOSTS.",
    )
    microsoft_authority: str = Field(
        "",
        description="Sign-in authority. Default: https://login.microsoftonline.com/<tenant>, or the host of CLOUD"
        " in its place; /organizations for a MultiTenant bot of several tenants.",
    )
    bot_auth: Literal["on", "off"] = Field(
        "on", description="off accepts unauthenticated activities; only on a loopback HOST."
    )
    bot_openid_metadata_url: str = Field(
        "", description="OpenID metadata of the issuer of inbound Bot Framework tokens. Default: that of CLOUD."
    )
    bot_token_issuer: str = Field("", description="Issuer of those tokens. Default: that of CLOUD.")
    service_url_hosts: str = Field(
        "",
        description="Comma-separated host suffixes that the bot's token may be sent to. Default: those of CLOUD.",
    )

    jira_client_id: str = Field("", description="Client id of the Atlassian OAuth 2.0 (3LO) app.")
    jira_client_secret: SecretStr = Field(SecretStr(""), description="Its secret; also proves dynamic webhooks.")
    jira_scopes: str = Field(DEFAULT_SCOPES, description="Space-separated scopes to ask consent for.")
    jira_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret of the admin webhook; two, comma-separated, while one is rotated."
    )
    reconcile_seconds: int = Field(
        300, ge=0, description="How often Jira is searched for events that no webhook told; 0 turns it off."
    )
    atlassian_auth_url: str = Field("https://auth.atlassian.com", description="Atlassian's authorization server.")
    atlassian_api_url: str = Field("https://api.atlassian.com", description="Atlassian's API gateway.")
    jira_sites: str = Field(
        "",
        description="TOML file (or JSON) with the sites that need more than the default, e.g. a service account"
        " (docs/reference/sites.md).",
    )

    store_url: SecretStr = Field(SecretStr("tinydb:///./data"), description="tinydb:///a/folder or postgresql://…")
    encryption_keys: SecretStr = Field(
        SecretStr(""), description="Comma-separated keys (`python app.py keys`); the first encrypts, all decrypt."
    )
    trace_retention_days: int = Field(
        14, ge=8, le=365, description="For how many days `trace` knows a delivery; searches look seven days back."
    )
    post_retention_days: int = Field(
        7, ge=1, le=90, description="For how many days events of an issue update its card in place of a new one."
    )
    audit_retention_days: int = Field(
        365, ge=1, le=3650, description="For how many days the audit log of accounts is kept in the store."
    )
    ended_link_retention_days: int = Field(
        90, ge=1, le=365, description="After how many days a link that Atlassian has ended is removed."
    )
    ca_bundle: Path | None = Field(
        None, description="PEM file of further authorities to trust, beside the public ones."
    )
    subscribe_role: Literal["member", "owner"] = Field(
        "member",
        description="Who may subscribe a channel: member, or owner, which works only where Teams' member list "
        "names owners to bots; never guests.",
    )
    max_conversation_subscriptions: int = Field(
        50,
        ge=1,
        description="Subscriptions that a conversation can have: each costs calls to Jira at every event.",
    )
    max_person_subscriptions: int = Field(
        200, ge=1, description="Subscriptions that a person can have in all conversations together."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG … ERROR.")
    log_format: Literal["json", "console"] = Field("console", description="json or console.")
    _sites: SiteTable = PrivateAttr(default_factory=SiteTable)

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """Read the environment, then `.env`, and nothing else."""
        del settings_cls, file_secret_settings
        return init_settings, env_settings, dotenv_settings

    @field_validator("host", mode="before")
    @classmethod
    def _strip_brackets(cls, value: object) -> object:
        """Take the brackets off an IPv6 address."""
        return value.removeprefix("[").removesuffix("]") if isinstance(value, str) else value

    @field_validator("log_level", "log_format", "bot_auth", "subscribe_role", "cloud", mode="before")
    @classmethod
    def _ignore_case(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        return value.upper() if info.field_name == "log_level" else value.lower()

    @field_validator("*", mode="before")
    @classmethod
    def _strip(cls, value: object) -> object:
        """Strip white space: a secret from a mounted file ends in a newline.

        Declared last, it runs first (pydantic, “Ordering of validators”).
        """
        return value.strip() if isinstance(value, str) else value

    def with_sites(self, table: SiteTable) -> Settings:
        """Return these settings with the table that `jira_sites` stands for."""
        copy = self.model_copy()
        copy._sites = table
        return copy

    @property
    def sites(self) -> SiteTable:
        """The table of sites, as it was read at the start."""
        return self._sites

    @property
    def uses_cloud(self) -> bool:
        """Whether people can connect to Jira Cloud: they cannot if there are Data Centers and no 3LO app."""
        return bool(
            self.jira_client_id or self.jira_client_secret.get_secret_value() or not self.sites.data_centers
        )

    @property
    def tenants(self) -> frozenset[str]:
        """Tenant ids, lower-case, whose people are served."""
        return frozenset(t.lower() for t in _split(self.allowed_tenants or self.microsoft_app_tenant_id))

    @property
    def endpoints(self) -> Cloud:
        """The addresses of CLOUD. What is set alone overrides them: use the properties below."""
        return CLOUDS[self.cloud]

    @property
    def authority(self) -> str:
        """The OpenID Connect authority that people sign in at, without a trailing slash."""
        tenant = self.microsoft_app_tenant_id or ANY_TENANT
        if self.microsoft_app_type == "MultiTenant":
            tenant = next(iter(self.tenants)) if len(self.tenants) == 1 else ANY_TENANT
        return self.microsoft_authority.rstrip("/") or f"{self.endpoints.login_url}/{tenant}"

    @property
    def app_authority(self) -> str:
        """The authority that gives the bot its own token: always that of one tenant (Microsoft requires it)."""
        is_multi_tenant = self.microsoft_app_type == "MultiTenant"
        tenant = self.endpoints.bot_tenant if is_multi_tenant else self.microsoft_app_tenant_id
        if not self.microsoft_authority:
            return f"{self.endpoints.login_url}/{tenant}"
        host, path_tenant = _host_and_tenant(self.authority)
        is_of_no_tenant = host in LOGIN_HOSTS and path_tenant in NO_TENANTS
        return f"https://{host}/{tenant}" if is_of_no_tenant else self.authority

    @property
    def sign_in_tenant(self) -> str:
        """The one tenant whose people sign in at Microsoft. Empty: those of all, or the provider is another."""
        host, tenant = _host_and_tenant(self.authority)
        return tenant if host in LOGIN_HOSTS and tenant not in NO_TENANTS else ""

    @property
    def sign_in_client_id(self) -> str:
        """The registration that people sign in to."""
        return self.sign_in_app_id or self.microsoft_app_id

    @property
    def managed_identity(self) -> str:
        """Client id of the managed identity that is a registration's federated credential, or nothing."""
        is_bot = self.microsoft_app_type == "UserAssignedMSI"
        return self.microsoft_app_id if is_bot else self.microsoft_app_managed_identity

    @property
    def inbound_metadata_url(self) -> str:
        """OpenID metadata of the issuer of inbound tokens."""
        return self.bot_openid_metadata_url or self.endpoints.openid_metadata_url

    @property
    def inbound_issuer(self) -> str:
        """Issuer of inbound tokens."""
        return self.bot_token_issuer or self.endpoints.token_issuer

    @property
    def address(self) -> str:
        """Where it listens, as a URL."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return f"http://{host}:{self.port}"

    @property
    def metrics_endpoint(self) -> tuple[str, int] | None:
        """Host and port of METRICS_ADDRESS, or None. Raises `ValueError` if it names none."""
        if not self.metrics_address:
            return None
        parts = urlsplit(f"//{self.metrics_address}")
        if not parts.hostname or not parts.port or parts.netloc != self.metrics_address:
            raise ValueError("no host and port")
        return parts.hostname, parts.port

    @property
    def base_url(self) -> str:
        """PUBLIC_URL without a trailing slash."""
        return self.public_url.rstrip("/")

    @property
    def service_hosts(self) -> tuple[str, ...]:
        """Host suffixes that a serviceUrl may have."""
        given = tuple(h.lower().lstrip(".") for h in _split(self.service_url_hosts))
        return given if self.service_url_hosts else self.endpoints.service_hosts

    @property
    def loopback_services(self) -> bool:
        """Whether a serviceUrl on this machine is allowed (a local client or test issuer)."""
        return self.bot_auth == "off" or is_loopback_url(self.inbound_metadata_url)

    @property
    def webhook_secrets(self) -> tuple[str, ...]:
        """One admin webhook secret, or two during a rotation, or none."""
        return _split(self.jira_webhook_secret.get_secret_value())

    @property
    def keys(self) -> tuple[str, ...]:
        """The encryption keys, the current one first."""
        return _split(self.encryption_keys.get_secret_value())

    @property
    def scopes(self) -> tuple[str, ...]:
        """The Jira scopes to ask for."""
        return tuple(self.jira_scopes.replace(",", " ").split())


def _host_and_tenant(authority: str) -> tuple[str, str]:
    """Return host and first segment of the path, in lower case; nothing of what is no URL."""
    try:
        parts = urlsplit(authority.lower())
    except ValueError:
        return "", ""
    return parts.hostname or "", parts.path.removeprefix("/").partition("/")[0]


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())
