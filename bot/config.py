"""Every setting of the bridge: read from the environment and `.env`, typed, and judged before anything starts.

`load()` returns `Settings` or raises `ConfigError` with all problems at once. Problems name settings and never
their values, since a value may be a secret pasted into the wrong line.
"""

from __future__ import annotations

import difflib
import ipaddress
import os
import re
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Literal
from urllib.parse import urlsplit

from dotenv import dotenv_values
from pydantic import Field, SecretStr, ValidationError, ValidationInfo, field_validator
from pydantic_settings import BaseSettings, PydanticBaseSettingsSource, SettingsConfigDict

from bot.storage.base import parse_store_url
from bot.storage.encryption import Keyring

EX_CONFIG = 78
"""Exit status for a configuration error (sysexits.h)."""

PUBLIC_BOT_METADATA = "https://login.botframework.com/v1/.well-known/openidconfiguration"
MICROSOFT_SERVICE_HOSTS = ",".join(
    (
        "smba.trafficmanager.net",
        "teams.microsoft.com",
        "botframework.com",
        "botframework.azure.us",
        "infra.gov.teams.microsoft.us",
    )
)
DEFAULT_SCOPES = "read:jira-work write:jira-work read:jira-user read:me offline_access"

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)


class ConfigError(Exception):
    """The settings do not add up. `problems` has one line for each, naming settings and never values."""

    def __init__(self, problems: Iterable[str]) -> None:
        self.problems = tuple(problems)
        super().__init__("\n".join(self.problems))


class Settings(BaseSettings):
    """The settings as they are documented in docs/settings.md, one field each."""

    model_config = SettingsConfigDict(env_file=".env", env_ignore_empty=True, extra="ignore", frozen=True)

    host: str = Field("127.0.0.1", description="Address to listen on.")
    port: int = Field(3978, ge=1, le=65535, description="Port to listen on.")
    public_url: str = Field(
        "", description="Where browsers reach this service, e.g. https://jira-bot.example.com. Required."
    )

    microsoft_app_id: str = Field(description="Application (client) id of the bot's Entra registration.")
    microsoft_app_password: SecretStr = Field(
        SecretStr(""), description="Client secret of that registration (or use a certificate or managed identity)."
    )
    microsoft_app_certificate: Path | None = Field(
        None, description="PEM file with the registration's private key and certificate, instead of a secret."
    )
    microsoft_app_tenant_id: str = Field("", description="Directory (tenant) id of the registration.")
    microsoft_app_type: Literal["SingleTenant", "MultiTenant", "UserAssignedMSI"] = Field(
        "SingleTenant", description="SingleTenant, MultiTenant or UserAssignedMSI."
    )
    allowed_tenants: str = Field(
        "", description="Comma-separated tenant ids whose people may use the bot. Default: the app's own tenant."
    )
    microsoft_authority: str = Field(
        "", description="Sign-in authority. Default: https://login.microsoftonline.com/<tenant>."
    )
    bot_auth: Literal["on", "off"] = Field(
        "on", description="off accepts unauthenticated activities; only on a loopback HOST."
    )
    bot_openid_metadata_url: str = Field(
        PUBLIC_BOT_METADATA, description="OpenID metadata of the issuer of inbound Bot Framework tokens."
    )
    bot_token_issuer: str = Field("https://api.botframework.com", description="Issuer of those tokens.")
    service_url_hosts: str = Field(
        MICROSOFT_SERVICE_HOSTS, description="Comma-separated host suffixes that the bot's token may be sent to."
    )

    jira_client_id: str = Field(description="Client id of the Atlassian OAuth 2.0 (3LO) app.")
    jira_client_secret: SecretStr = Field(description="Its secret; also proves dynamic webhooks.")
    jira_scopes: str = Field(DEFAULT_SCOPES, description="Space-separated scopes to ask consent for.")
    jira_webhook_secret: SecretStr = Field(
        SecretStr(""), description="Secret of the admin webhook; two, comma-separated, while one is rotated."
    )
    atlassian_auth_url: str = Field("https://auth.atlassian.com", description="Atlassian's authorization server.")
    atlassian_api_url: str = Field("https://api.atlassian.com", description="Atlassian's API gateway.")

    store_url: SecretStr = Field(SecretStr("tinydb:///./data"), description="tinydb:///a/folder or postgresql://…")
    encryption_keys: SecretStr = Field(
        description="Comma-separated keys (`python app.py keys`); the first encrypts, all decrypt."
    )
    ca_bundle: Path | None = Field(
        None, description="PEM file of further authorities to trust, beside the public ones."
    )
    log_level: Literal["DEBUG", "INFO", "WARNING", "ERROR"] = Field("INFO", description="DEBUG … ERROR.")
    log_format: Literal["json", "console"] = Field("console", description="json or console.")

    @classmethod
    def settings_customise_sources(
        cls,
        settings_cls: type[BaseSettings],
        init_settings: PydanticBaseSettingsSource,
        env_settings: PydanticBaseSettingsSource,
        dotenv_settings: PydanticBaseSettingsSource,
        file_secret_settings: PydanticBaseSettingsSource,
    ) -> tuple[PydanticBaseSettingsSource, ...]:
        """The environment wins over `.env`; nothing else is read."""
        del settings_cls, file_secret_settings
        return init_settings, env_settings, dotenv_settings

    @field_validator("log_level", "log_format", "bot_auth", mode="before")
    @classmethod
    def _any_case(cls, value: object, info: ValidationInfo) -> object:
        if not isinstance(value, str):
            return value
        return value.upper() if info.field_name == "log_level" else value.lower()

    @property
    def tenants(self) -> frozenset[str]:
        """Tenant ids, lower-case, whose people are served."""
        return frozenset(t.lower() for t in _split(self.allowed_tenants or self.microsoft_app_tenant_id))

    @property
    def authority(self) -> str:
        """The OpenID Connect authority, without a trailing slash."""
        tenant = self.microsoft_app_tenant_id or "organizations"
        return (self.microsoft_authority or f"https://login.microsoftonline.com/{tenant}").rstrip("/")

    @property
    def base_url(self) -> str:
        """PUBLIC_URL without a trailing slash."""
        return self.public_url.rstrip("/")

    @property
    def service_hosts(self) -> tuple[str, ...]:
        """Host suffixes that a serviceUrl may have."""
        return tuple(h.lower().lstrip(".") for h in _split(self.service_url_hosts))

    @property
    def loopback_services(self) -> bool:
        """Whether a serviceUrl on this machine is allowed (a local client or test issuer)."""
        return self.bot_auth == "off" or is_loopback_url(self.bot_openid_metadata_url)

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


def load(env_file: str | None = ".env") -> Settings:
    """Read and judge all settings. Raises `ConfigError`."""
    problems = list(misspelt(os.environ, dotenv_values(env_file) if env_file else {}))
    try:
        settings = Settings(_env_file=env_file)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        raise ConfigError([*problems, *map(_in_words, faults)]) from None
    problems += contradictions(settings)
    if problems:
        raise ConfigError(problems)
    return settings


def misspelt(environment: Mapping[str, str], dotenv: Mapping[str, object]) -> list[str]:
    """Names that look like one of ours with a slip. In `.env` every unknown name is a slip."""
    ours = {name.upper() for name in Settings.model_fields} | {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY"}
    problems = []
    for name in sorted({n.upper() for n in environment} - ours):
        close = difflib.get_close_matches(name, ours, n=1, cutoff=0.88)
        if close and len(name) > 5:
            problems.append(f"{name} is not a setting. Did you mean {close[0]}?")
    for name in sorted({n.upper() for n in dotenv} - ours - {n.upper() for n in environment}):
        close = difflib.get_close_matches(name, ours, n=1, cutoff=0.6)
        hint = f" Did you mean {close[0]}?" if close else ""
        problems.append(f"{name} in .env is not a setting.{hint}")
    return problems


def contradictions(s: Settings) -> list[str]:
    """What is wrong with settings that are each well-formed."""
    checks = (
        *_address_checks(s),
        *_microsoft_checks(s),
        *_store_checks(s),
    )
    return [sentence for holds, sentence in checks if not holds]


def _address_checks(s: Settings) -> list[tuple[bool, str]]:
    return [
        (bool(s.public_url), "PUBLIC_URL is missing: the address at which browsers reach this service."),
        (
            not s.public_url or _is_public_url(s.public_url),
            "PUBLIC_URL must be an https:// address without a query (plain http only for a loopback address).",
        ),
        (_is_web_url(s.atlassian_auth_url), "ATLASSIAN_AUTH_URL must be https:// (plain http only on loopback)."),
        (_is_web_url(s.atlassian_api_url), "ATLASSIAN_API_URL must be https:// (plain http only on loopback)."),
        (
            _is_web_url(s.bot_openid_metadata_url),
            "BOT_OPENID_METADATA_URL must be https:// (plain http only on loopback).",
        ),
        (s.authority.startswith("https://"), "MICROSOFT_AUTHORITY must be an https:// address."),
        (
            s.bot_auth == "on" or is_loopback_host(s.host),
            "BOT_AUTH=off is allowed only when HOST is a loopback address: anybody who can reach HOST could"
            " otherwise speak as anybody.",
        ),
        (bool(s.service_hosts), "SERVICE_URL_HOSTS must name at least one host suffix."),
        (s.ca_bundle is None or s.ca_bundle.is_file(), "CA_BUNDLE names a file that is not there."),
    ]


def _microsoft_checks(s: Settings) -> list[tuple[bool, str]]:
    secret, certificate = bool(s.microsoft_app_password.get_secret_value()), s.microsoft_app_certificate
    managed = s.microsoft_app_type == "UserAssignedMSI"
    return [
        (bool(_GUID.fullmatch(s.microsoft_app_id)), "MICROSOFT_APP_ID must be a GUID."),
        (
            s.microsoft_app_type == "MultiTenant" or bool(s.microsoft_app_tenant_id),
            "MICROSOFT_APP_TENANT_ID is missing (MICROSOFT_APP_TYPE is SingleTenant or UserAssignedMSI).",
        ),
        (
            not s.microsoft_app_tenant_id or bool(_GUID.fullmatch(s.microsoft_app_tenant_id)),
            "MICROSOFT_APP_TENANT_ID must be a GUID.",
        ),
        (
            bool(s.tenants) or s.microsoft_app_type != "MultiTenant",
            "ALLOWED_TENANTS is missing: a MultiTenant bot must say whose people it serves.",
        ),
        (all(_GUID.fullmatch(t) for t in s.tenants), "ALLOWED_TENANTS must be comma-separated GUIDs."),
        (
            managed or secret or certificate is not None,
            "MICROSOFT_APP_PASSWORD is missing (or set MICROSOFT_APP_CERTIFICATE, or use UserAssignedMSI).",
        ),
        (
            not (secret and certificate is not None),
            "MICROSOFT_APP_PASSWORD and MICROSOFT_APP_CERTIFICATE are both set; keep one.",
        ),
        (
            not (managed and (secret or certificate is not None)),
            "MICROSOFT_APP_TYPE=UserAssignedMSI takes no MICROSOFT_APP_PASSWORD and no MICROSOFT_APP_CERTIFICATE.",
        ),
        (
            certificate is None or certificate.is_file(),
            "MICROSOFT_APP_CERTIFICATE names a file that is not there.",
        ),
    ]


def _store_checks(s: Settings) -> list[tuple[bool, str]]:
    problems = []
    try:
        parse_store_url(s.store_url.get_secret_value())
    except ValueError as error:
        problems.append(str(error))
    try:
        Keyring(s.keys)
    except ValueError as error:
        problems.append(f"ENCRYPTION_KEYS: {error} (`python app.py keys` makes one)")
    missing = {"offline_access", "read:jira-work"} - set(s.scopes)
    return [
        *((False, problem) for problem in problems),
        (not missing, f"JIRA_SCOPES lacks {' and '.join(sorted(missing))}."),
        (len(s.webhook_secrets) <= 2, "JIRA_WEBHOOK_SECRET takes one secret, or two during a rotation."),
    ]


def is_loopback_host(host: str) -> bool:
    """Whether only this machine can reach `host`."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host.strip("[]")).is_loopback
    except ValueError:
        return False


def is_loopback_url(url: str) -> bool:
    """Whether the URL's host is this machine."""
    return is_loopback_host(urlsplit(url).hostname or "")


def _is_web_url(url: str) -> bool:
    parts = urlsplit(url)
    return bool(parts.hostname) and (
        parts.scheme == "https" or (parts.scheme == "http" and is_loopback_host(parts.hostname or ""))
    )


def _is_public_url(url: str) -> bool:
    parts = urlsplit(url)
    return _is_web_url(url) and not parts.query and not parts.fragment and parts.username is None


def _split(text: str) -> tuple[str, ...]:
    return tuple(part.strip() for part in text.split(",") if part.strip())


def _in_words(error: Mapping[str, object]) -> str:
    location = error["loc"]
    name = str(location[0]).upper() if isinstance(location, tuple) and location else "A setting"
    if error["type"] == "missing":
        return f"{name} is missing: {Settings.model_fields[name.lower()].description}"
    return f"{name} is not valid: {error['msg']}."
