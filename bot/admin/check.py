"""`check`: explains and validates every setting, and asks every service, side by side."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence, Set
from dataclasses import dataclass

from bot.admin.checks import atlassian, microsoft, public_url, sites, store
from bot.admin.checks.clock import judge_clock
from bot.admin.checks.context import Check, Context
from bot.admin.checks.finding import Finding, Level, failed
from bot.admin.checks.web import Web
from bot.admin.output import Column, Output
from bot.config.settings import Settings
from bot.config.validation import ConfigError, load
from bot.http.client import open_session, tls_context
from bot.runtime.exit_status import EX_CONFIG, EX_UNAVAILABLE

MAX_SECONDS = 25.0
"""For one check: two calls of ten seconds, and some to spare."""

COLUMNS = (Column("name", "Setting"), Column("state", "State"), Column("description", "What it is for"))
CHECKS: Sequence[tuple[str, Check]] = (
    ("STORE_URL", store.check_store),
    ("PUBLIC_URL", public_url.check_public_url),
    ("MICROSOFT_APP_ID", microsoft.check_bot_token),
    ("MICROSOFT_AUTHORITY", microsoft.check_sign_in),
    ("BOT_OPENID_METADATA_URL", microsoft.check_inbound_issuer),
    ("JIRA_CLIENT_ID", atlassian.check_client),
    ("ATLASSIAN_AUTH_URL", atlassian.check_callback),
    ("ATLASSIAN_API_URL", atlassian.check_api),
    (sites.SITES, sites.check_sites),
)
"""What is checked, in the order of the report; the setting is named if the check itself takes too long."""
_MARKS: dict[Level, str] = {
    "ok": "[green]✓[/green]",
    "note": "[cyan]·[/cyan]",
    "warning": "[yellow]![/yellow]",
    "error": "[red]✗[/red]",
}


@dataclass(frozen=True, slots=True)
class SettingRow:
    """What a setting is for, and whether it is set; never its value."""

    name: str
    state: str
    description: str


async def run(output: Output, *, env_file: str = ".env", explains: bool = True) -> int:
    """Check everything and return the exit status: 0, 78 for a setting, 69 for a service.

    `explains`: begin with what each setting is for.
    """
    report = _Report(output)
    try:
        settings = load(env_file)
    except ConfigError as error:
        report.explain(error.given, printed=explains)
        for problem in error.problems:
            report.add(failed("", problem))
        report.finish()
        return EX_CONFIG
    report.explain(settings.model_fields_set, printed=explains)
    await _check_services(settings, report)
    report.finish()
    return 0 if report.is_good else EX_UNAVAILABLE


async def _check_services(settings: Settings, report: _Report) -> None:
    """Run all checks at once, and report their findings in the order of `CHECKS`."""
    tls = tls_context(settings.ca_bundle)
    async with open_session(tls) as session, asyncio.TaskGroup() as group:
        context = Context(settings, Web(session), tls)
        tasks = [group.create_task(_run_check(name, check, context)) for name, check in CHECKS]
        for task in tasks:
            for finding in await task:
                report.add(finding)
        report.add(judge_clock(context.web.skews))


async def _run_check(name: str, check: Check, context: Context) -> Sequence[Finding]:
    try:
        async with asyncio.timeout(MAX_SECONDS):
            return await check(context)
    except TimeoutError:
        return [failed(name, f"took more than {MAX_SECONDS:.0f} seconds.", "Run check again in a few minutes.")]


class _Report:
    """Prints to people as it goes, and to programs one object at the end."""

    def __init__(self, output: Output) -> None:
        self._output = output
        self._settings: list[SettingRow] = []
        self._findings: list[Finding] = []

    def explain(self, given: Set[str], *, printed: bool) -> None:
        for name, field in Settings.model_fields.items():
            has_default = bool(str(field.get_default() or ""))
            state = "set" if name in given else "default" if has_default else "not set"
            self._settings.append(SettingRow(name.upper(), state, field.description or ""))
        if printed and not self._output.as_json:
            self._output.print_rows(COLUMNS, self._settings)

    def add(self, finding: Finding) -> None:
        self._findings.append(finding)
        if not self._output.as_json:
            subject = f"{finding.name}: " if finding.name else ""
            mark = f"{_MARKS[finding.level]} "
            self._output.print_paragraph(subject + finding.message, mark=mark, indent=2)
            if finding.remedy:
                self._output.print_paragraph(finding.remedy, mark="  → ", indent=4)

    def finish(self) -> None:
        if self._output.as_json:
            self._output.print_object({"ok": self.is_good, "settings": self._settings, "findings": self._findings})

    @property
    def is_good(self) -> bool:
        return all(finding.ok for finding in self._findings)
