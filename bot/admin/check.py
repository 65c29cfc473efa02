"""`check`: explains and validates every setting, and reaches every service."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

import aiohttp
from rich.markup import escape

from bot.admin.output import Column, Output
from bot.admin.setup_steps import setup_steps
from bot.config.settings import DEFAULT_SCOPES, Settings
from bot.config.validation import EX_CONFIG, ConfigError, load
from bot.http.client import open_session, tls_context
from bot.security.entra import metadata_url
from bot.storage.base import Store, StoreError, StoreLockedError
from bot.storage.encryption import EncryptionError, Keyring, WrongKeyError, check_keys
from bot.storage.factory import open_store

EX_UNAVAILABLE = 69
"""Exit status for a service that is not available (sysexits.h)."""

COLUMNS = (Column("name", "Setting"), Column("state", "State"), Column("description", "What it is for"))

Probe = tuple[str, Callable[[], Awaitable[str]]]
"""A setting, and a function that returns what is right with it or raises `ProbeError`."""


class ProbeError(Exception):
    """A service does not work; the message says why, without secrets."""


@dataclass(frozen=True, slots=True)
class SettingRow:
    """What a setting is for, and whether it is set; never its value."""

    name: str
    state: str
    description: str


@dataclass(frozen=True, slots=True)
class Finding:
    """The outcome for one setting. `name` is empty for a problem that names its settings itself."""

    name: str
    ok: bool
    message: str


def list_steps(output: Output) -> int:
    """Print the steps of the set-up with this installation's addresses, as far as its settings can be read."""
    try:
        settings = load()
        steps = setup_steps(settings.base_url, settings.scopes)
    except ConfigError:
        steps = setup_steps("", DEFAULT_SCOPES.split())
    if output.as_json:
        output.print_rows((), steps)
        return 0
    for number, step in enumerate(steps, 1):
        sets = f" Sets {', '.join(step.settings)}." if step.settings else ""
        output.print_result(
            f"{number}. {step.place}: {step.menu}\n   {step.do}{sets}\n   Without it: {step.without}"
        )
    return 0


async def run(output: Output) -> int:
    """Check everything and return the exit status: 0, 78 for a setting, 69 for a service."""
    report = _Report(output)
    try:
        settings = load()
    except ConfigError as error:
        report.explain(None)
        for problem in error.problems:
            report.add(Finding("", ok=False, message=problem))
        report.finish()
        return EX_CONFIG
    report.explain(settings)
    async with open_session(tls_context(settings.ca_bundle)) as session:
        for name, probe in _probes(settings, session):
            try:
                report.add(Finding(name, ok=True, message=await probe()))
            except ProbeError as error:
                report.add(Finding(name, ok=False, message=str(error)))
    report.finish()
    return 0 if report.is_good else EX_UNAVAILABLE


class _Report:
    """Prints to people as it goes, and to programs one object at the end."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._settings: list[SettingRow] = []
        self._findings: list[Finding] = []

    def explain(self, settings: Settings | None) -> None:
        set_names = settings.model_fields_set if settings else set()
        for name, field in Settings.model_fields.items():
            state = "set" if name in set_names else "default"
            self._settings.append(SettingRow(name.upper(), state, field.description or ""))
        if not self._output.as_json:
            self._output.print_rows(COLUMNS, self._settings)

    def add(self, finding: Finding) -> None:
        self._findings.append(finding)
        if not self._output.as_json:
            mark = "[green]✓[/green]" if finding.ok else "[red]✗[/red]"
            subject = f"{finding.name}: " if finding.name else ""
            self._output.console.print(f"{mark} {escape(subject + finding.message)}")

    def finish(self) -> None:
        if self._output.as_json:
            self._output.print_object({"ok": self.is_good, "settings": self._settings, "findings": self._findings})

    @property
    def is_good(self) -> bool:
        return all(finding.ok for finding in self._findings)


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
        probes.append(("BOT_OPENID_METADATA_URL", answers(settings.inbound_metadata_url, with_json="jwks_uri")))
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
