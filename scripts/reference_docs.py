"""Write the pages of docs/reference that are made from the code: `python -m scripts.reference_docs`."""

from __future__ import annotations

import argparse
import json
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from prometheus_client import REGISTRY, CollectorRegistry, Metric
from pydantic import SecretStr

from bot.accounts import metrics as account_metrics
from bot.admin import cli
from bot.admin.setup_steps import setup_steps
from bot.config.settings import DEFAULT_SCOPES, Settings
from bot.jira.http import metrics as jira_metrics
from bot.notifications.metrics import Metrics
from bot.runtime import load_shedding as load_metrics
from bot.runtime.exit_status import (
    EX_CANTCREAT,
    EX_CONFIG,
    EX_INTERRUPTED,
    EX_OSERR,
    EX_TEMPFAIL,
    EX_UNAVAILABLE,
    EX_USAGE,
)
from scripts.threat_tests import threat_tests_page

FOLDER = Path(__file__).parents[1] / "docs" / "reference"
CLOUD_DOCUMENTS = Path(__file__).parents[1] / "tests" / "data" / "clouds.json"
MISTAKES = Path(__file__).parents[1] / "tests" / "data" / "admin-mistakes.toml"
CLOUD_FACTS = {
    "authority": "login (`MICROSOFT_AUTHORITY`, with a tenant)",
    "bot_tenant": "tenant of a MultiTenant bot's token",
    "token_scope": "scope of the bot's token",
    "openid_metadata": "`BOT_OPENID_METADATA_URL`",
    "issuer": "`BOT_TOKEN_ISSUER`",
    "service_urls": "service URLs (`SERVICE_URL_HOSTS`)",
    "token_exchange": "audience of a federated credential",
}
NOTICE = "<!-- Made by scripts/reference_docs.py from the code. -->\n"


def settings_page() -> str:
    """Every setting with its default."""
    lines = [
        "# Settings",
        "",
        "Settings are read from the environment, or from a file `.env` in the working directory; the environment",
        "wins. A file that the variable `ENV_FILE` names wins over both; it may be missing. `teams-jira check`",
        "explains each, says which are set, and contacts every service. A SIGHUP has them read again:",
        "[Rotate secrets](../how-to/rotate-secrets.md) says which are used at once.",
        "",
        "| setting | default | what it is for |",
        "| --- | --- | --- |",
    ]
    for name, field in Settings.model_fields.items():
        value = field.get_default()
        value = value.get_secret_value() if isinstance(value, SecretStr) else value
        default = f"`{value}`" if value not in ("", None) else ""
        lines.append(f"| `{name.upper()}` | {default} | {_cell(field.description or '')} |")
    return "\n".join(
        [
            *lines,
            "",
            "`HTTPS_PROXY` and `NO_PROXY` are honoured. A missing, misspelt or contradictory setting stops the",
            "start with [exit status](exit-statuses.md) 78 and one line for each problem. Values are never shown.",
        ]
    )


def command_line_page() -> str:
    """Every command of the program with its arguments."""
    lines = [
        "# Command line",
        "",
        "`teams-jira` is installed with the wheel; in a checkout it is `.venv/bin/python app.py`. Logs go to",
        "standard error. Every command has `--help`.",
        "",
        "| command | what it does |",
        "| --- | --- |",
    ]
    details: list[str] = []
    for words, help_text, parser in _commands(cli.make_parser()):
        lines.append(f"| `teams-jira {words}` | {_cell(help_text)} |")
        options = list(_options(parser))
        if options:
            details += ["", f"## teams-jira {words}", "", "| argument | what it is |", "| --- | --- |", *options]
    return "\n".join([*lines, *details])


def _commands(
    parser: argparse.ArgumentParser, before: str = ""
) -> Iterator[tuple[str, str, argparse.ArgumentParser]]:
    for action in parser._actions:
        if isinstance(action, argparse._SubParsersAction):
            helps = {choice.dest: choice.help or "" for choice in action._choices_actions}
            for name, child in action.choices.items():
                words = f"{before} {name}".strip()
                deeper = list(_commands(child, words))
                yield from deeper or [(words, helps.get(name, ""), child)]


def _options(parser: argparse.ArgumentParser) -> Iterator[str]:
    for action in parser._actions:
        if isinstance(action, argparse._HelpAction | argparse._SubParsersAction):
            continue
        name = max(action.option_strings, key=len) if action.option_strings else str(action.metavar or action.dest)
        if action.choices:
            name += f" ({', '.join(map(str, action.choices))})"
        default = f" (default: `{action.default}`)" if action.option_strings and action.default else ""
        yield f"| `{_cell(name)}` | {_cell(action.help or '')}{default} |"


def exit_statuses_page() -> str:
    """Explain the program's exit statuses; the numbers are those of sysexits.h."""
    rows = {
        0: "All went well.",
        1: "The demo's conversation failed, or a command found nothing of the name that it was given.",
        EX_USAGE: "An unknown command or option, or one that is no good. `setup`: there is no terminal.",
        EX_UNAVAILABLE: "`check`: a service, the store or `PUBLIC_URL` fails. `demo`: its extra is missing.",
        EX_OSERR: "The operating system refuses something, such as writing the output to a full disk.",
        EX_CANTCREAT: "`manifest`, `setup`: a file cannot be written, or `.env` has other values already.",
        EX_INTERRUPTED: "`setup` was ended with Ctrl+C.",
        EX_TEMPFAIL: "Another process holds the store, or the database cannot be reached. Trying again helps.",
        EX_CONFIG: "A setting is missing, misspelt or contradictory, or the store does not fit.",
    }
    return "\n".join(
        ["# Exit statuses", "", "| status | what it means |", "| ---: | --- |"]
        + [f"| {status} | {meaning} |" for status, meaning in sorted(rows.items())]
    )


def metrics_page() -> str:
    """Every metric of the bridge's own."""
    registry = CollectorRegistry()
    Metrics(registry)
    own = [
        collector
        for module in (account_metrics, jira_metrics, load_metrics)
        for collector in vars(module).values()
        if hasattr(collector, "collect") and collector in REGISTRY._collector_to_names
    ]
    found = [metric for collector in own for metric in collector.collect()] + list(registry.collect())
    lines = [
        "# Metrics",
        "",
        "`/metrics` has these and prometheus_client's own of the process. No label holds a person, a site, an",
        "issue or a conversation. [Monitor and respond to alerts](../ops/runbook.md) says what to watch.",
        "",
        "| metric | kind | what it counts |",
        "| --- | --- | --- |",
    ]
    lines += [f"| `{_exported(metric)}` | {metric.type} | {_cell(metric.documentation)} |" for metric in found]
    return "\n".join(lines)


def _exported(metric: Metric) -> str:
    return f"{metric.name}_total" if metric.type == "counter" else metric.name


def _cell(text: str) -> str:
    return text.replace("|", "\\|").replace("<", "&lt;")


def setup_page() -> str:
    """Every step of a set-up, as `check --list` prints them."""
    lines = [
        "# Set-up steps",
        "",
        "[`teams-jira setup`](../how-to/set-up.md) leads through them; `teams-jira check --list` prints them.",
        "[Set up Microsoft](../how-to/microsoft.md) and [set up Atlassian](../how-to/atlassian.md) explain them.",
        "",
        "| # | where | what to do | without it | settings |",
        "| ---: | --- | --- | --- | --- |",
    ]
    for number, step in enumerate(setup_steps("", DEFAULT_SCOPES.split()), 1):
        names = ", ".join(f"`{name}`" for name in step.settings)
        cells = (f"{step.place}: {step.menu}", step.do, step.without, names)
        lines.append(f"| {number} | {' | '.join(map(_cell, cells))} |")
    return "\n".join(lines)


def mistakes_page() -> str:
    """Every mistake of an admin that the tests make, with what the program says."""
    lines = [
        "# Mistakes and messages",
        "",
        "What the program says of an admin's mistakes, and the [exit status](exit-statuses.md) it ends with.",
        "“…” stands for what differs. `teams-jira check` prints what helps below the message.",
        "[Troubleshoot](../how-to/troubleshoot.md) goes by symptom.",
    ]
    for command in dict.fromkeys(row["command"] for row in _mistakes()):
        lines += ["", f"## teams-jira {command}", "", "| mistake | message | what helps | status |"]
        lines.append("| --- | --- | --- | ---: |")
        for row in _mistakes():
            if row["command"] == command:
                cells = (row["mistake"], row["says"], row.get("do", ""), row["status"])
                lines.append(f"| {' | '.join(_cell(str(cell)) for cell in cells)} |")
    return "\n".join(lines)


def _mistakes() -> list[dict[str, object]]:
    return list(tomllib.loads(MISTAKES.read_text("utf-8")).values())


def clouds_page() -> str:
    """List the values of each cloud, with their sources."""
    documents = json.loads(CLOUD_DOCUMENTS.read_text())
    lines = [
        "# Clouds",
        "",
        "`CLOUD` sets all of these together; a setting that is named here overrides its value alone.",
        "The service URLs are those that the documents name; the default of `SERVICE_URL_HOSTS` has their hosts.",
        "",
        "| cloud | what | value | source |",
        "| --- | --- | --- | --- |",
    ]
    for cloud, facts in documents.items():
        for name, fact in facts.items():
            value = fact["value"] if isinstance(fact["value"], str) else ", ".join(fact["value"])
            lines.append(f"| `{cloud}` | {CLOUD_FACTS[name]} | `{value}` | {fact['source']} |")
    return "\n".join(lines)


PAGES: dict[str, Callable[[], str]] = {
    "settings.md": settings_page,
    "command-line.md": command_line_page,
    "exit-statuses.md": exit_statuses_page,
    "metrics.md": metrics_page,
    "setup.md": setup_page,
    "clouds.md": clouds_page,
    "mistakes.md": mistakes_page,
    "threat-tests.md": threat_tests_page,
}


def text_of(name: str) -> str:
    """One page as it stands in docs/reference."""
    return f"{NOTICE}\n{PAGES[name]()}\n"


if __name__ == "__main__":
    for page in PAGES:
        (FOLDER / page).write_text(text_of(page), "utf-8")
