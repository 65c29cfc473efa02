"""Hold the deployment files against their own tools: `make deploy-check`.

The container file: hadolint. The compose file: Docker Compose. The chart: Helm's SDK and Kubernetes' published
schemas. The unit: systemd-analyze. The Bicep file: its grammar. Workflows and issue forms: GitHub's published
schemas. The tools are those of deploy/requirements.txt, next to the Python that runs this.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import helm_python
import kubernetes_validate
import tree_sitter
import tree_sitter_bicep
import yaml

ROOT = Path(__file__).parents[1]
DEPLOY = ROOT / "deploy"
TOOLS = Path(sys.executable).parent
KUBERNETES_VERSIONS = ("1.25", kubernetes_validate.latest_version().rpartition(".")[0])
MAX_EXPOSURE = 20
"""systemd-analyze security: 0 is locked away, 100 is unconfined; 20 is its "OK" at 2.0."""
REQUIRED_VALUES = {
    "existingSecret": "teams-jira",
    "settings": {
        "PUBLIC_URL": "https://jira-bot.example.com",
        "MICROSOFT_APP_ID": "00000000-0000-0000-0000-000000000001",
        "MICROSOFT_APP_TENANT_ID": "00000000-0000-0000-0000-000000000002",
        "JIRA_CLIENT_ID": "client",
    },
}
CHART_VALUES: dict[str, dict[str, object]] = {
    "two replicas": {},
    "behind an ingress": {"ingress": {"enabled": True, "host": "jira-bot.example.com", "tlsSecret": "tls"}},
    "metrics on a port of their own": {"metrics": {"port": 9464}},
    "embedded store": {"replicaCount": 1, "persistence": {"enabled": True}},
}
REFUSED_VALUES: dict[str, dict[str, object]] = {
    "no Secret": {"existingSecret": ""},
    "a secret among the settings": {"settings": {**REQUIRED_VALUES["settings"], "ENCRYPTION_KEYS": "x"}},  # type: ignore[dict-item]
    "metrics on the bridge's port": {"metrics": {"port": 3978}},
    "two replicas on an embedded store": {"replicaCount": 2, "persistence": {"enabled": True}},
}


class DeployFaultError(Exception):
    """A tool found a fault; the text is the tool's."""


def _run(*command: str | Path, env: Mapping[str, str] | None = None) -> None:
    done = subprocess.run(  # noqa: S603 - our own files are the arguments
        command, capture_output=True, text=True, check=False, cwd=ROOT, env={**os.environ, **(env or {})}
    )
    if done.returncode:
        raise DeployFaultError(done.stdout + done.stderr)


def container_file() -> None:
    """Hadolint finds nothing."""
    _run(TOOLS / "hadolint", DEPLOY / "Containerfile")


def compose_file() -> None:
    """Docker Compose resolves it, and refuses it without a database password."""
    with tempfile.TemporaryDirectory() as folder:
        for name in ("compose.yml", "env.example"):
            target = Path(folder, name.replace("env.example", ".env"))
            target.write_text((DEPLOY / name).read_text("utf-8"), "utf-8")
        command = (TOOLS / "docker-compose", "--file", Path(folder, "compose.yml"), "config", "--quiet")
        _run(*command, env={"POSTGRES_PASSWORD": "secret"})
        try:
            _run(*command)
        except DeployFaultError:
            return
    raise DeployFaultError("the compose file is accepted without POSTGRES_PASSWORD")


def chart() -> None:
    """Helm finds nothing, and what it renders is valid for the oldest and the newest Kubernetes."""
    path = str(DEPLOY / "helm")
    for name, values in CHART_VALUES.items():
        given = {**REQUIRED_VALUES, **values}
        report = helm_python.lint(path, given, strict=True)
        faults = [message for message in report["messages"] if message["severity"] > 1]
        if faults or report["errors"]:
            raise DeployFaultError(f"{name}: {faults or report['errors']}")
        for resource in _rendered(path, given):
            for version in KUBERNETES_VERSIONS:
                kubernetes_validate.validate(resource, version, strict=True)
    for name, values in REFUSED_VALUES.items():
        if not helm_python.lint(path, {**REQUIRED_VALUES, **values})["errors"]:
            raise DeployFaultError(f"the chart accepts {name}")


def _rendered(path: str, values: Mapping[str, object]) -> Iterator[dict[str, object]]:
    with helm_python.Chart.load(path) as loaded:
        for file, text in loaded.render(values, name="demo", namespace="prod").items():
            if file.endswith(".yaml"):
                yield from filter(None, yaml.safe_load_all(text))


def unit_file() -> None:
    """Check that systemd understands every line, and finds little left to confine."""
    unit = DEPLOY / "systemd" / "teams-jira.service"
    with tempfile.TemporaryDirectory() as folder:
        # The program need not be installed here.
        copy = Path(folder, unit.name)
        copy.write_text(unit.read_text("utf-8").replace("/opt/teams-jira/bin/teams-jira", "/bin/true"), "utf-8")
        _run("systemd-analyze", "verify", "--recursive-errors=no", copy)
        _run("systemd-analyze", "security", "--offline=yes", f"--threshold={MAX_EXPOSURE}", copy)


def bicep_file() -> None:
    """Check that the Bicep file follows the language's grammar. The compiler itself is on no package registry."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_bicep.language()))
    root = parser.parse((DEPLOY / "azure" / "bot.bicep").read_bytes()).root_node
    if root.has_error:
        raise DeployFaultError("it does not follow the grammar of Bicep")


def github_files() -> None:
    """Workflows and issue forms fit GitHub's schemas."""
    github = ROOT / ".github"
    schemas = {
        "vendor.github-workflows": [*github.glob("workflows/*.yml")],
        "vendor.github-issue-forms": [*github.glob("ISSUE_TEMPLATE/[!c]*.yml")],
        "vendor.github-issue-config": [*github.glob("ISSUE_TEMPLATE/config.yml")],
    }
    for schema, files in schemas.items():
        if files:
            _run(TOOLS / "check-jsonschema", "--builtin-schema", schema, *files)


FAULTS = (DeployFaultError, helm_python.HelmError, kubernetes_validate.ValidationError, FileNotFoundError)
CHECKS: tuple[Callable[[], None], ...] = (container_file, compose_file, chart, unit_file, bicep_file, github_files)


def main() -> int:
    """Run every check; the exit status is the number of those that failed."""
    failed = 0
    for check in CHECKS:
        name = check.__name__.replace("_", " ")
        try:
            check()
        except FAULTS as error:
            failed += 1
            print(f"✗ {name}: {error}")  # noqa: T201
        else:
            print(f"✓ {name}")  # noqa: T201
    return failed


if __name__ == "__main__":
    sys.exit(main())
