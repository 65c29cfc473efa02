"""`check`: explains and validates every setting, and reaches every service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

import aiohttp
from rich.console import Console
from rich.table import Table

from bot.config.settings import Settings
from bot.config.validation import EX_CONFIG, ConfigError, load
from bot.http.client import open_session
from bot.security.entra import metadata_url
from bot.storage.base import Store, StoreError, StoreLockedError
from bot.storage.encryption import EncryptionError, Keyring, WrongKeyError, check_keys
from bot.storage.factory import open_store

EX_UNAVAILABLE = 69
"""Exit status for a service that is not available (sysexits.h)."""

Probe = tuple[str, Callable[[], Awaitable[str]]]
"""A setting, and a function that returns what is right with it or raises `ProbeError`."""


class ProbeError(Exception):
    """A service does not work; the message says why, without secrets."""


def explain(console: Console, settings: Settings | None) -> None:
    """Print what each setting is for and whether it is set, never its value."""
    table = Table("Setting", "State", "What it is for", title="Settings")
    set_names = settings.model_fields_set if settings else set()
    for name, field in Settings.model_fields.items():
        state = "set" if name in set_names else "default"
        table.add_row(name.upper(), state, field.description or "")
    console.print(table)


async def run(console: Console) -> int:
    """Check everything and return the exit status: 0, 78 for a setting, 69 for a service."""
    try:
        settings = load()
    except ConfigError as error:
        explain(console, None)
        for problem in error.problems:
            console.print(f"[red]✗[/red] {problem}")
        return EX_CONFIG
    explain(console, settings)
    failed = 0
    async with open_session(settings.ca_bundle) as session:
        for name, probe in _probes(settings, session):
            try:
                console.print(f"[green]✓[/green] {name}: {await probe()}")
            except ProbeError as error:
                console.print(f"[red]✗[/red] {name}: {error}")
                failed += 1
    return EX_UNAVAILABLE if failed else 0


def _probes(settings: Settings, session: aiohttp.ClientSession) -> list[Probe]:
    async def store_opens() -> str:
        url, state = settings.store_url.get_secret_value(), "opens"
        try:
            try:
                await _check_keys(open_store(url), settings)
            except StoreLockedError as error:
                state = f"in use ({error})"
                await _check_keys(open_store(url, read_only=True), settings)
        except (StoreError, WrongKeyError, EncryptionError) as error:
            raise ProbeError(str(error)) from None
        return f"{state}, and the encryption keys fit"

    def answers(url: str, *, with_json: str = "") -> Callable[[], Awaitable[str]]:
        async def ask() -> str:
            return await _ask(session, url, with_json)

        return ask

    auth, api = settings.atlassian_auth_url.rstrip("/"), settings.atlassian_api_url.rstrip("/")
    probes: list[Probe] = [
        ("STORE_URL", store_opens),
        ("MICROSOFT_AUTHORITY", answers(metadata_url(settings.authority), with_json="token_endpoint")),
        ("ATLASSIAN_AUTH_URL", answers(f"{auth}/authorize")),
        (
            "ATLASSIAN_API_URL",
            answers(f"{api}/oauth/token/accessible-resources"),
        ),
    ]
    if settings.bot_auth == "on":
        probes.append(("BOT_OPENID_METADATA_URL", answers(settings.bot_openid_metadata_url, with_json="jwks_uri")))
    return probes


async def _check_keys(store: Store, settings: Settings) -> None:
    try:
        await store.open()
        await check_keys(store, Keyring(settings.keys))
    finally:
        await store.close()


async def _ask(session: aiohttp.ClientSession, url: str, with_json: str) -> str:
    try:
        async with session.get(url, allow_redirects=False) as response:
            if response.status >= 500:
                raise ProbeError(f"answers {response.status}")
            if with_json:
                document = await response.json(content_type=None)
                if not isinstance(document, dict) or with_json not in document:
                    raise ProbeError(f"answers without {with_json}")
            return "answers"
    except aiohttp.ClientConnectorCertificateError:
        raise ProbeError("its certificate is not trusted (CA_BUNDLE)") from None
    except (TimeoutError, aiohttp.ClientError, ValueError) as error:
        raise ProbeError(f"cannot be reached ({type(error).__name__})") from None
