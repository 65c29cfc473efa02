"""Reads and validates all settings at once, before anything starts.

Problems name settings and never values: a value may be a secret pasted into the wrong line.
"""

from __future__ import annotations

import difflib
import os
import ssl
from collections.abc import Iterable, Mapping, Set
from pathlib import Path
from urllib.parse import urlsplit

from pydantic import ValidationError

from bot.config.dotenv_file import EnvFileError, read_dotenv
from bot.config.microsoft_checks import microsoft_checks
from bot.config.settings import Settings
from bot.config.sites import SiteTableError, read_sites
from bot.http.loopback import is_loopback_host
from bot.storage.base import parse_store_url
from bot.storage.encryption import Keyring


class ConfigError(Exception):
    """Settings are invalid. `problems` has one line for each, which names settings and never values.

    `given` names the settings that are given, valid or not, as far as they could be read.
    """

    def __init__(self, problems: Iterable[str], given: Set[str] = frozenset()) -> None:
        self.problems = tuple(problems)
        self.given = given
        super().__init__("\n".join(self.problems))


ENV_FILE = "ENV_FILE"
"""The variable that names a file with settings, which win over those of the environment."""


def load(env_file: str | None = ".env", **given: object) -> Settings:
    """Read and validate all settings; `given` ones override the environment. Raises `ConfigError`.

    Without `env_file` the one that `ENV_FILE` names is not read either.
    """
    named = _named_file() if env_file else {}
    dotenv = _read_env_file(env_file) if env_file else {}
    given = {**{name.lower(): value for name, value in named.items() if value}, **given}
    problems = []
    try:
        settings = _read(env_file, given)
    except ValidationError as error:
        faults = error.errors(include_input=False, include_url=False)
        problems += [_describe(fault) for fault in faults]
        # Unusable settings get their defaults, so that the others can be validated.
        names = {str(fault["loc"][0]) for fault in faults}
        settings = _read(env_file, {**given, **{n: Settings.model_fields[n].get_default() for n in names}})
    try:
        settings = settings.with_sites(read_sites(settings.jira_sites, {**dotenv, **os.environ, **named}))
        known = {*Settings.model_fields, *settings.sites.variables}
    except SiteTableError as error:
        problems += error.problems
        # Which names it stands for cannot be known.
        known = {*Settings.model_fields, *dotenv, *named}
    misspelt = find_misspelt(known, os.environ, dotenv)
    misspelt += find_unknown(known, os.environ, named, file=f"the file that {ENV_FILE} names")
    problems = misspelt + problems + find_contradictions(settings)
    if problems:
        raise ConfigError(problems, settings.model_fields_set)
    return settings


def _read_env_file(path: str) -> dict[str, str | None]:
    try:
        return read_dotenv(Path(path))
    except EnvFileError as error:
        raise ConfigError([str(error)]) from None


def _named_file() -> dict[str, str | None]:
    """Read the file that `ENV_FILE` names; empty if it names none, or one that is not there (yet)."""
    path = os.environ.get(ENV_FILE, "")
    try:
        return read_dotenv(Path(path)) if path else {}
    except EnvFileError:
        raise ConfigError([f"{ENV_FILE} names a file that cannot be read."]) from None


def _read(env_file: str | None, given: Mapping[str, object]) -> Settings:
    return Settings(_env_file=env_file, **given)  # type: ignore[arg-type]  # pydantic validates them


def _describe(error: Mapping[str, object]) -> str:
    location = error["loc"]
    name = str(location[0]).upper() if isinstance(location, tuple) and location else "A setting"
    message = str(error["msg"]).replace("Input should", "it should", 1)
    return f"{name} is not valid: {message}."


def find_misspelt(known: Iterable[str], environment: Iterable[str], dotenv: Iterable[str]) -> list[str]:
    """Report names that look like a misspelt setting. In `.env` every unknown name is one."""
    known_names, problems = _known_names(known), []
    for name in sorted({n.upper() for n in environment} - known_names):
        close = difflib.get_close_matches(name, known_names, n=1, cutoff=0.88)
        if close and len(name) > 5:
            problems.append(f"{name} is not a setting. Did you mean {close[0]}?")
    return problems + find_unknown(known, environment, dotenv, file=".env")


def find_unknown(
    known: Iterable[str], environment: Iterable[str], names: Iterable[str], *, file: str
) -> list[str]:
    """Report names in a file of settings that are none, and not for another program in the environment either."""
    known_names, problems = _known_names(known), []
    for name in sorted({n.upper() for n in names} - known_names - {n.upper() for n in environment}):
        close = difflib.get_close_matches(name, known_names, n=1, cutoff=0.6)
        hint = f" Did you mean {close[0]}?" if close else ""
        problems.append(f"{name} in {file} is not a setting.{hint}")
    return problems


def _known_names(known: Iterable[str]) -> set[str]:
    return {name.upper() for name in known} | {"HTTPS_PROXY", "HTTP_PROXY", "NO_PROXY", ENV_FILE}


def find_contradictions(s: Settings) -> list[str]:
    """Report settings that are well-formed on their own but missing or contradictory together."""
    checks = (
        *_missing_checks(s),
        *_address_checks(s),
        *microsoft_checks(s),
        *_store_checks(s),
    )
    return [sentence for is_right, sentence in checks if not is_right]


def _missing_checks(s: Settings) -> list[tuple[bool, str]]:
    given = {
        "public_url": s.public_url,
        "microsoft_app_id": s.microsoft_app_id,
        "jira_client_id": s.jira_client_id,
        "jira_client_secret": s.jira_client_secret.get_secret_value(),
        "encryption_keys": ",".join(s.keys),
    }
    if not s.uses_cloud:
        del given["jira_client_id"], given["jira_client_secret"]
    return [
        (bool(value.strip()), f"{name.upper()} is missing: {type(s).model_fields[name].description}")
        for name, value in given.items()
    ]


def _address_checks(s: Settings) -> list[tuple[bool, str]]:
    return [
        (
            not s.public_url or is_public_url(s.public_url),
            "PUBLIC_URL must be an https:// address without a query (plain http only for a loopback address).",
        ),
        (_is_web_url(s.atlassian_auth_url), "ATLASSIAN_AUTH_URL must be https:// (plain http only on loopback)."),
        (_is_web_url(s.atlassian_api_url), "ATLASSIAN_API_URL must be https:// (plain http only on loopback)."),
        (
            _is_web_url(s.inbound_metadata_url),
            "BOT_OPENID_METADATA_URL must be https:// (plain http only on loopback).",
        ),
        (
            s.authority.startswith("https://") and _is_web_url(s.authority) and "/" in s.authority[8:],
            "MICROSOFT_AUTHORITY must be an https:// address with a path, as https://login.example.com/tenant.",
        ),
        (
            s.bot_auth == "on" or is_loopback_host(s.host),
            "BOT_AUTH=off is allowed only when HOST is a loopback address: anybody who can reach HOST could"
            " otherwise speak as anybody.",
        ),
        (_is_metrics_address(s), "METRICS_ADDRESS must be host:port, as 127.0.0.1:9464, and not that of PORT."),
        (bool(s.service_hosts), "SERVICE_URL_HOSTS must name at least one host suffix."),
        (s.ca_bundle is None or s.ca_bundle.is_file(), "CA_BUNDLE names a file that is not there."),
        (
            s.ca_bundle is None or not s.ca_bundle.is_file() or _has_certificates(s.ca_bundle),
            "CA_BUNDLE names a file in which no certificate can be read (PEM).",
        ),
    ]


def _store_checks(s: Settings) -> list[tuple[bool, str]]:
    problems = []
    try:
        store = parse_store_url(s.store_url.get_secret_value())
        if store.path and not _can_be_folder(Path(store.path)):
            problems.append("STORE_URL names no folder, nor one that can be made.")
    except ValueError as error:
        problems.append(str(error))
    try:
        Keyring(s.keys) if s.keys else None
    except ValueError as error:
        problems.append(f"ENCRYPTION_KEYS: {error} (`python app.py keys` makes one)")
    missing = {"offline_access", "read:jira-work"} - set(s.scopes)
    return [
        *((False, problem) for problem in problems),
        (not missing, f"JIRA_SCOPES lacks {' and '.join(sorted(missing))}."),
        (len(s.webhook_secrets) <= 2, "JIRA_WEBHOOK_SECRET takes one secret, or two during a rotation."),
    ]


def _can_be_folder(path: Path) -> bool:
    try:
        nearest = next(folder for folder in (path.absolute(), *path.absolute().parents) if folder.exists())
    except PermissionError:
        return False
    return nearest.is_dir() and os.access(nearest, os.X_OK if path.exists() else os.W_OK | os.X_OK)


def _has_certificates(pem: Path) -> bool:
    try:
        ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT).load_verify_locations(cafile=str(pem))
    except OSError:
        return False
    return True


def _is_metrics_address(s: Settings) -> bool:
    try:
        endpoint = s.metrics_endpoint
    except ValueError:
        return False
    return endpoint is None or endpoint[1] != s.port


def _is_web_url(url: str) -> bool:
    try:
        parts = urlsplit(url)
        host, _port = parts.hostname or "", parts.port
    except ValueError:
        return False
    plain = parts.scheme == "http" and is_loopback_host(host)
    return bool(host) and not any(map(str.isspace, url)) and (parts.scheme == "https" or plain)


def is_public_url(url: str) -> bool:
    """Whether `PUBLIC_URL` may be this: https, or plain http on loopback, without a query or a user's name."""
    if not _is_web_url(url):
        return False
    parts = urlsplit(url)
    return not parts.query and not parts.fragment and parts.username is None
