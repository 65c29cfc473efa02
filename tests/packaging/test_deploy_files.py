"""The deployment files agree with the program: settings, ports, versions and exit statuses."""

from __future__ import annotations

import json
import re
import subprocess
import tomllib
from pathlib import Path

from dotenv import dotenv_values

from bot.admin.setup.azure import bicep_parameters
from bot.config.settings import Settings
from bot.http.server import DRAIN_SECONDS
from bot.runtime.exit_status import EX_CONFIG
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


def test_a_reload_of_the_unit_copies_the_settings_for_its_user_alone(tmp_path: Path) -> None:
    """What systemd would run as root, on folders of this test."""
    unit = (DEPLOY / "systemd" / "teams-jira.service").read_text()
    script = re.search(r"^ExecReload=\+/bin/sh -ec '(.+)'$", unit, re.MULTILINE)
    assert script is not None
    (tmp_path / "etc").mkdir()
    (tmp_path / "run").mkdir()
    (tmp_path / "etc" / "bridge.env").write_text("LOG_LEVEL=INFO\n")
    here = script[1].replace("/run/teams-jira", f"{tmp_path}/run").replace("/etc/teams-jira", f"{tmp_path}/etc")
    for text in ("LOG_LEVEL=INFO\n", "LOG_LEVEL=ERROR\n"):
        (tmp_path / "etc" / "bridge.env").write_text(text)
        subprocess.run(["/bin/sh", "-ec", here], check=True, timeout=10)
        [copied] = (tmp_path / "run").iterdir()
        assert (copied.name, copied.read_text(), copied.stat().st_mode & 0o777) == ("bridge.env", text, 0o600)
    assert "Environment=ENV_FILE=/run/teams-jira/bridge.env\n" in unit
    assert "\nExecReload=/bin/kill -HUP $MAINPID\n" in unit


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


BOT_PROPERTIES = {"displayName", "endpoint", "msaAppId", "msaAppTenantId", "msaAppType", "msaAppMSIResourceId"}
CHANNELS = {"MsTeamsChannel", "M365Extensions"}
"""Properties and channels of Microsoft.BotService@2022-09-15 that the Bicep file uses, as published.

https://github.com/Azure/bicep-types-az, generated/botservice/microsoft.botservice/2022-09-15/types.md. Of the
properties displayName, endpoint and msaAppId are required.
"""


def test_the_bicep_file_uses_properties_and_channels_that_there_are() -> None:
    source = (DEPLOY / "azure" / "bot.bicep").read_text()
    bot = re.search(r"resource bot .*?properties: \{(.*?)\n  \}", source, re.DOTALL)
    assert bot
    assert set(re.findall(r"^    (\w+):", bot[1], re.MULTILINE)) == BOT_PROPERTIES
    assert set(re.findall(r"channelName: '(\w+)'", source)) == CHANNELS
    assert set(re.findall(r"Microsoft\.BotService/\S+@(\S+)'", source)) == {"2022-09-15"}


def test_the_parameters_of_setup_are_those_of_the_bicep_file() -> None:
    source = (DEPLOY / "azure" / "bot.bicep").read_text()
    names = ("PUBLIC_URL", "AZURE_BOT_NAME", "MICROSOFT_APP_ID", "MICROSOFT_APP_TENANT_ID", "AZURE_IDENTITY")
    values = {name: f"it's {name}" for name in names} | {"MICROSOFT_APP_TYPE": "UserAssignedMSI"}
    written = bicep_parameters(values)
    given = set(re.findall(r"^param (\w+) =", written, re.MULTILINE))
    declared = re.findall(r"^param (\w+) \w+(.*)$", source, re.MULTILINE)
    assert {name for name, default in declared if "=" not in default} <= given <= {name for name, _ in declared}
    assert r"param appId = 'it\'s MICROSOFT_APP_ID'" in written
