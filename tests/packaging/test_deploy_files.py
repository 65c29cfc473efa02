"""The deployment files agree with the program: settings, ports, versions and exit statuses."""

from __future__ import annotations

import json
import re
import tomllib

from dotenv import dotenv_values

from bot.config.settings import Settings
from bot.config.validation import EX_CONFIG
from bot.http.server import DRAIN_SECONDS
from tests.support.paths import ROOT

DEPLOY = ROOT / "deploy"
SETTINGS = {name.upper() for name in Settings.model_fields}


def test_the_example_names_settings_and_the_database_password() -> None:
    assert set(dotenv_values(DEPLOY / "env.example")) - SETTINGS == {"POSTGRES_PASSWORD"}


def test_the_chart_requires_and_refuses_settings_that_exist() -> None:
    schema = json.loads((DEPLOY / "helm" / "values.schema.json").read_text())["properties"]["settings"]
    assert set(schema["required"]) <= SETTINGS
    assert set(schema["propertyNames"]["not"]["enum"]) <= SETTINGS


def test_every_file_has_the_programs_port() -> None:
    port = str(Settings.model_fields["port"].default)
    for name in ("Containerfile", "compose.yml", "helm/templates/deployment.yaml"):
        assert port in (DEPLOY / name).read_text(), name


def test_the_chart_has_the_programs_version() -> None:
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    chart = (DEPLOY / "helm" / "Chart.yaml").read_text()
    assert f"\nversion: {version}\n" in chart
    assert f'\nappVersion: "{version}"\n' in chart


def test_a_wrong_setting_is_not_restarted_for_ever() -> None:
    unit = (DEPLOY / "systemd" / "teams-jira.service").read_text()
    assert f"RestartPreventExitStatus={EX_CONFIG}\n" in unit


def test_every_deployment_waits_for_requests_under_way() -> None:
    unit = (DEPLOY / "systemd" / "teams-jira.service").read_text()
    compose = (DEPLOY / "compose.yml").read_text()
    pod = (DEPLOY / "helm" / "templates" / "deployment.yaml").read_text()
    patience = {
        "systemd": re.search(r"TimeoutStopSec=(\d+)", unit),
        "compose": re.search(r"stop_grace_period: (\d+)s", compose),
        "kubernetes": re.search(r"terminationGracePeriodSeconds: (\d+)", pod),
    }
    for name, match in patience.items():
        assert match is not None, name
        assert int(match[1]) > DRAIN_SECONDS, name
