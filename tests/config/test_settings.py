"""F32, T19: a start with wrong settings ends with 78, one line a problem, all at once, and never a value.

Starts that end before anything is set up are made in this process (`start_here`): there are many of them.
"""

from __future__ import annotations

import contextlib
import io
import json
import os
import socket
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from unittest import mock

import pytest

import app
from bot.config.validation import load
from bot.storage.encryption import new_key
from tests.support.fork_server import Ended, run_app
from tests.support.paths import ROOT
from tests.support.world import free_port

GOOD = {
    "PUBLIC_URL": "https://bridge.example.com",
    "MICROSOFT_APP_ID": "00000000-0000-4000-8000-00000000abcd",
    "MICROSOFT_APP_PASSWORD": "s3cret-value",
    "MICROSOFT_APP_TENANT_ID": "11111111-1111-4111-8111-111111111111",
    "JIRA_CLIENT_ID": "client",
    "JIRA_CLIENT_SECRET": "s3cret-value",
    "ENCRYPTION_KEYS": new_key(),
}

OWN, OTHER = "11111111-1111-4111-8111-111111111111", "22222222-2222-4222-8222-222222222222"
MANAGED = {"MICROSOFT_APP_TYPE": "UserAssignedMSI", "MICROSOFT_APP_PASSWORD": None, "SIGN_IN_APP_ID": OTHER}
USABLE: list[Mapping[str, str | None]] = [
    MANAGED,
    {**MANAGED, "SIGN_IN_APP_PASSWORD": "s3cret-value", "CLOUD": "GCCH"},
    {"MICROSOFT_APP_PASSWORD": None, "MICROSOFT_APP_MANAGED_IDENTITY": OTHER},
    {"MICROSOFT_APP_TYPE": "MultiTenant", "ALLOWED_TENANTS": f"{OWN},{OTHER}"},
    {"MICROSOFT_APP_TYPE": "MultiTenant", "ALLOWED_TENANTS": OTHER, "MICROSOFT_APP_TENANT_ID": None},
    {"ALLOWED_TENANTS": f"{OWN},{OTHER}", "MICROSOFT_AUTHORITY": "https://login.example.com/anybody"},
]
BAD: list[tuple[Mapping[str, str | None], str]] = [
    *[({name: None}, name) for name in GOOD],
    *[({name: ""}, name) for name in GOOD],
    ({"PORT": "s3cret-value"}, "PORT"),
    ({"PORT": "70000"}, "PORT"),
    ({"PUBLIC_URL": "s3cret-value"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "http://bridge.example.com"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://bridge.example.com/?a=s3cret-value"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://[s3cret-value"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://bridge.example.com:99999"}, "PUBLIC_URL"),
    ({"PUBLIC_URL": "https://bridge .example.com"}, "PUBLIC_URL"),
    ({"MICROSOFT_APP_ID": "s3cret-value"}, "MICROSOFT_APP_ID"),
    ({"MICROSOFT_APP_TENANT_ID": "s3cret-value"}, "MICROSOFT_APP_TENANT_ID"),
    ({"MICROSOFT_APP_TYPE": "SingelTenant"}, "MICROSOFT_APP_TYPE"),
    ({"MICROSOFT_APP_TYPE": "UserAssignedMSI"}, "MICROSOFT_APP_PASSWORD"),
    ({"MICROSOFT_APP_TYPE": "UserAssignedMSI", "MICROSOFT_APP_PASSWORD": None}, "SIGN_IN_APP_ID is missing"),
    ({**MANAGED, "SIGN_IN_APP_ID": "s3cret-value"}, "SIGN_IN_APP_ID must"),
    ({**MANAGED, "SIGN_IN_APP_ID": "00000000-0000-4000-8000-00000000ABCD"}, "SIGN_IN_APP_ID is the same"),
    ({**MANAGED, "MICROSOFT_APP_MANAGED_IDENTITY": OTHER}, "MICROSOFT_APP_MANAGED_IDENTITY takes the place"),
    ({"MICROSOFT_APP_MANAGED_IDENTITY": OTHER}, "MICROSOFT_APP_MANAGED_IDENTITY takes the place"),
    (
        {"MICROSOFT_APP_PASSWORD": None, "MICROSOFT_APP_MANAGED_IDENTITY": "s3cret-value"},
        "MICROSOFT_APP_MANAGED_IDENTITY must",
    ),
    ({"SIGN_IN_APP_ID": OTHER}, "SIGN_IN_APP_PASSWORD is missing"),
    ({"SIGN_IN_APP_PASSWORD": "s3cret-value"}, "SIGN_IN_APP_PASSWORD is set without"),
    ({"CLOUD": "s3cret-value"}, "CLOUD"),
    ({"ALLOWED_TENANTS": f"{OWN},{OTHER}"}, "ALLOWED_TENANTS names tenants other than MICROSOFT_APP_TENANT_ID"),
    (
        {
            "MICROSOFT_APP_TYPE": "MultiTenant",
            "ALLOWED_TENANTS": f"{OWN},{OTHER}",
            "MICROSOFT_AUTHORITY": f"https://login.microsoftonline.com/{OWN}/v2.0",
        },
        "ALLOWED_TENANTS names several tenants",
    ),
    ({"MICROSOFT_APP_TYPE": "MultiTenant", "MICROSOFT_APP_TENANT_ID": None}, "ALLOWED_TENANTS"),
    ({"MICROSOFT_APP_CERTIFICATE": "/nowhere.pem"}, "MICROSOFT_APP_CERTIFICATE"),
    ({"MICROSOFT_AUTHORITY": "http://login.example.com/x"}, "MICROSOFT_AUTHORITY"),
    ({"MICROSOFT_APP_PASSWORD": None, "MICROSOFT_APP_CERTIFICATE": __file__}, "MICROSOFT_APP_CERTIFICATE"),
    ({"MICROSOFT_AUTHORITY": "https://login.example.com"}, "MICROSOFT_AUTHORITY"),
    ({"MICROSOFT_AUTHORITY": "https://[s3cret-value/x"}, "MICROSOFT_AUTHORITY"),
    ({"ALLOWED_TENANTS": "s3cret-value"}, "ALLOWED_TENANTS"),
    ({"BOT_OPENID_METADATA_URL": "http://login.example.com/x"}, "BOT_OPENID_METADATA_URL"),
    ({"ATLASSIAN_API_URL": "http://api.example.com"}, "ATLASSIAN_API_URL"),
    ({"ATLASSIAN_AUTH_URL": "s3cret-value"}, "ATLASSIAN_AUTH_URL"),
    ({"ATLASSIAN_AUTH_URL": "https://[::1"}, "ATLASSIAN_AUTH_URL"),
    ({"JIRA_SCOPES": "read:jira-work"}, "JIRA_SCOPES"),
    ({"JIRA_WEBHOOK_SECRET": "s3cret-value,s3cret-value2,s3cret-value3"}, "JIRA_WEBHOOK_SECRET"),
    ({"STORE_URL": "mysql://u:s3cret-value@h/d"}, "STORE_URL"),
    ({"STORE_URL": f"tinydb://{__file__}"}, "STORE_URL"),
    ({"STORE_URL": f"tinydb://{__file__}/below"}, "STORE_URL"),
    ({"ENCRYPTION_KEYS": "s3cret-value"}, "ENCRYPTION_KEYS"),
    ({"ENCRYPTION_KEYS": "A" * 43}, "ENCRYPTION_KEYS"),
    ({"ENCRYPTION_KEYS": ", ,"}, "ENCRYPTION_KEYS"),
    ({"CA_BUNDLE": "/nowhere.pem"}, "CA_BUNDLE"),
    ({"CA_BUNDLE": __file__}, "CA_BUNDLE"),
    ({"METRICS_ADDRESS": "9464"}, "METRICS_ADDRESS"),
    ({"METRICS_ADDRESS": "http://127.0.0.1:9464"}, "METRICS_ADDRESS"),
    ({"METRICS_ADDRESS": "127.0.0.1:99999"}, "METRICS_ADDRESS"),
    ({"METRICS_ADDRESS": "127.0.0.1:3978"}, "METRICS_ADDRESS"),
    ({"TRACE_RETENTION_DAYS": "7"}, "TRACE_RETENTION_DAYS"),
    ({"LOG_LEVEL": "s3cret-value"}, "LOG_LEVEL"),
    ({"LOG_FORMAT": "s3cret-value"}, "LOG_FORMAT"),
    ({"BOT_AUTH": "s3cret-value"}, "BOT_AUTH"),
    ({"BOT_AUTH": "off", "HOST": "0.0.0.0"}, "BOT_AUTH"),
    ({"SERVICE_URL_HOSTS": ","}, "SERVICE_URL_HOSTS"),
    ({"JIRA_CLIENT_SECERT": "s3cret-value"}, "JIRA_CLIENT_SECRET"),
]


def start(folder: Path, settings: Mapping[str, str | None], *arguments: str, seconds: float = 30) -> Ended:
    """Run app.py to its end in an empty folder with these settings alone."""
    return run_app(_environment(settings), arguments, folder=folder, seconds=seconds)


def start_here(folder: Path, settings: Mapping[str, str | None], *arguments: str) -> Ended:
    """Do what `start` does, without a new process."""
    with (
        mock.patch.dict(os.environ, _environment(settings), clear=True),
        contextlib.chdir(folder),
        contextlib.redirect_stdout(io.StringIO()) as out,
        contextlib.redirect_stderr(io.StringIO()) as err,
    ):
        try:
            status = app.main(arguments)
        except SystemExit as ended:
            status = int(ended.code or 0)
    return Ended(status, out.getvalue(), err.getvalue())


def _environment(settings: Mapping[str, str | None]) -> dict[str, str]:
    return {name: value for name, value in settings.items() if value is not None}


@pytest.mark.parametrize(("change", "named"), BAD, ids=lambda v: str(v)[:60])
def test_f32_wrong_setting_is_named_and_its_value_is_not(
    tmp_path: Path, change: Mapping[str, str | None], named: str
) -> None:
    ended = start_here(tmp_path, {**GOOD, **change})
    assert ended.status == 78
    assert named in ended.errors
    assert "s3cret" not in ended.errors + ended.out
    assert "Traceback" not in ended.errors


@pytest.mark.parametrize("change", USABLE, ids=lambda v: str(v)[:60])
def test_settings_that_fit_together_are_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: Mapping[str, str | None]
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**GOOD, **change}.items():
        monkeypatch.delenv(name, raising=False) if value is None else monkeypatch.setenv(name, value)
    assert load().microsoft_app_id == GOOD["MICROSOFT_APP_ID"]


@pytest.mark.parametrize("host", ["0.0.0.0", "::", "192.0.2.1", "bridge.example.com", ""])
def test_t19_authentication_can_be_off_on_loopback_alone(tmp_path: Path, host: str) -> None:
    ended = start_here(tmp_path, {**GOOD, "BOT_AUTH": "off", "HOST": host, "LOG_LEVEL": "wrong"})
    assert ended.status == 78
    assert any(line.startswith("BOT_AUTH") for line in ended.errors.splitlines()) is (host != "")


@pytest.mark.slow
def test_f32_all_problems_are_told_at_once(tmp_path: Path) -> None:
    ended = start(tmp_path, {"PORT": "x", "LOG_FORMAT": "xml", "BOT_AUTH": "off", "HOST": "0.0.0.0"})
    for name in ("PORT", "LOG_FORMAT", "BOT_AUTH", "PUBLIC_URL", "ENCRYPTION_KEYS", "JIRA_CLIENT_ID"):
        assert any(line.startswith(name) for line in ended.errors.splitlines()), name


def test_unknown_name_in_env_file_is_a_slip(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("JIRA_CLIENTID=s3cret-value\n")
    ended = start_here(tmp_path, dict(GOOD))
    assert ended.status == 78
    assert "JIRA_CLIENT_ID" in ended.errors
    assert "s3cret" not in ended.errors


def test_env_file_is_read(tmp_path: Path) -> None:
    (tmp_path / ".env").write_text(
        "".join(f"{name}={value}\n" for name, value in GOOD.items()) + "PORT=nonsense\n"
    )
    ended = start_here(tmp_path, {})
    assert ended.errors.startswith("PORT is not valid")
    assert len(ended.errors.splitlines()) == 1


@pytest.mark.parametrize("is_folder", [False, True])
@pytest.mark.parametrize(
    "command",
    [("serve",), ("people", "list"), ("manifest",), ("migrate",), ("store", "backup", "backup"), ("check",)],
    ids=" ".join,
)
def test_an_env_file_that_cannot_be_read_is_a_sentence(
    tmp_path: Path, command: tuple[str, ...], is_folder: bool
) -> None:
    file = tmp_path / ".env"
    if is_folder:
        file.mkdir()
    else:
        file.write_bytes(b"JIRA_CLIENT_ID=s3cret-\xff\n")
    ended = start_here(tmp_path, dict(GOOD), *command)
    reason = "Is a directory" if is_folder else "it is not UTF-8"
    assert f".env cannot be read ({reason})." in ended.errors + ended.out
    assert ended.status == 78
    assert "s3cret" not in ended.errors + ended.out


def test_the_named_file_may_not_be_a_folder_or_other_than_utf_8(tmp_path: Path) -> None:
    (tmp_path / "bridge.env").write_bytes(b"\xff")
    for path in (tmp_path, tmp_path / "bridge.env"):
        ended = start_here(tmp_path, {**GOOD, "ENV_FILE": str(path)})
        assert (ended.status, ended.errors) == (78, "ENV_FILE names a file that cannot be read.\n")


def test_the_file_that_env_file_names_wins_over_the_environment(tmp_path: Path) -> None:
    named = tmp_path / "bridge.env"
    environment = {**GOOD, "LOG_FORMAT": "json", "ENV_FILE": str(named)}
    named.write_text("LOG_FORMAT=nonsense\nLOG_LEVEL=\n")
    ended = start_here(tmp_path, environment)
    assert ended.errors.startswith("LOG_FORMAT is not valid")
    assert len(ended.errors.splitlines()) == 1
    named.write_text("LOG_FORMT=console\n")
    ended = start_here(tmp_path, environment)
    assert "LOG_FORMT in the file that ENV_FILE names is not a setting. Did you mean LOG_FORMAT?" in ended.errors


def test_a_file_that_env_file_names_may_be_missing(tmp_path: Path) -> None:
    ended = start_here(tmp_path, {**GOOD, "LOG_LEVEL": "nonsense", "ENV_FILE": str(tmp_path / "none")})
    assert len(ended.errors.splitlines()) == 1
    assert ended.errors.startswith("LOG_LEVEL is not valid")


def test_space_around_a_setting_is_none_of_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in GOOD.items():
        monkeypatch.setenv(name, f" {value}\n")
    monkeypatch.setenv("MICROSOFT_APP_TYPE", "SingleTenant ")
    settings = load()
    assert settings.base_url == GOOD["PUBLIC_URL"]
    assert settings.microsoft_app_id == GOOD["MICROSOFT_APP_ID"]
    assert settings.jira_client_secret.get_secret_value() == GOOD["JIRA_CLIENT_SECRET"]


@pytest.mark.parametrize(("host", "address"), [("[::1]", "http://[::1]:3978"), ("::1", "http://[::1]:3978")])
def test_ipv6_address_to_listen_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, host: str, address: str
) -> None:
    monkeypatch.chdir(tmp_path)
    for name, value in {**GOOD, "HOST": host}.items():
        monkeypatch.setenv(name, value)
    settings = load()
    assert (settings.host, settings.address) == ("::1", address)


@pytest.mark.slow
def test_t19_demo_listens_on_loopback_whatever_host_says(tmp_path: Path) -> None:
    """Its bot takes activities without a token. No machine has the address (RFC 5737): it cannot listen there."""
    ended = start(tmp_path, {"HOST": "192.0.2.1"}, "demo", "--once", "--port", str(free_port()), seconds=150)
    assert (ended.status, ended.errors) == (0, "")


@pytest.mark.slow
@pytest.mark.parametrize("command", [("check",), ("check", "--list"), ("keys",), ("manifest",)], ids=" ".join)
def test_a_full_disk_is_blamed_on_nothing_else(tmp_path: Path, command: tuple[str, ...]) -> None:
    with Path("/dev/full").open("w", buffering=1) as full, contextlib.chdir(tmp_path):
        ended = subprocess.run(
            [sys.executable, ROOT / "app.py", *command],
            env=_environment(GOOD),
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=30,
            check=False,
        )
    assert (ended.returncode, ended.stderr) == (
        71,
        "The operating system reports an error: No space left on device.\n",
    )


def test_demo_names_the_option_that_helps_where_its_port_is_taken(tmp_path: Path) -> None:
    port = free_port()
    with socket.create_server(("127.0.0.1", port)):
        ended = start_here(tmp_path, {}, "demo", "--once", "--port", str(port))
    assert ended.status == 78
    assert f"Port {port} " in ended.errors
    assert "--port 4978" in ended.errors


def test_demo_judges_the_environment_as_serve_does(tmp_path: Path) -> None:
    settings = {"ALLOWED_TENANTS": "s3cret-value", "LOG_LEVEL": "s3cret-value"}
    ended = start_here(tmp_path, settings, "demo", "--once", "--port", str(free_port()))
    assert ended.status == 78
    assert {line.split()[0] for line in ended.errors.splitlines()} == {"ALLOWED_TENANTS", "LOG_LEVEL"}
    assert "s3cret" not in ended.errors + ended.out


def test_check_says_what_is_set_though_something_else_is_missing(tmp_path: Path) -> None:
    ended = start_here(tmp_path, {**GOOD, "JIRA_CLIENT_ID": None, "PORT": "70000"}, "check", "--json")
    checked = json.loads(ended.out)
    states = {row["name"]: row["state"] for row in checked["settings"]}
    names = ("PUBLIC_URL", "JIRA_CLIENT_SECRET", "JIRA_CLIENT_ID", "PORT", "HOST")
    assert [states[name] for name in names] == ["set", "set", "not set", "set", "default"]
    port, client = sorted((finding["message"] for finding in checked["findings"]), reverse=True)
    assert port == "PORT is not valid: it should be less than or equal to 65535."
    assert client.startswith("JIRA_CLIENT_ID is missing")


def test_a_tenant_that_is_none_is_blamed_for_that_alone(tmp_path: Path) -> None:
    ended = start_here(tmp_path, {**GOOD, "ALLOWED_TENANTS": f"{OWN},s3cret-value"}, "serve")
    assert ended.errors.splitlines() == ["ALLOWED_TENANTS must be comma-separated GUIDs."]


@pytest.mark.slow
def test_keys_prints_one_key_on_one_line(tmp_path: Path) -> None:
    first, second = (start(tmp_path, {}, "keys") for _ in range(2))
    assert first.status == 0
    assert len(first.out.splitlines()) == 1
    assert first.out != second.out


def test_every_command_has_help(tmp_path: Path) -> None:
    for command in (
        "serve",
        "demo",
        "check",
        "setup",
        "manifest",
        "keys",
        "migrate",
        "store",
        "accounts",
        "people",
        "audit",
    ):
        ended = start_here(tmp_path, {}, command, "--help")
        assert ended.status == 0
        assert "usage" in ended.out


WRONG = [
    (("manifest", "--app-version", "next"), 2, "three numbers"),
    (("manifest", "--website", "example.com"), 2, "https://"),
    (("manifest", "--developer", "x" * 40), 2, "32 characters"),
    (("manifest", "--output", "."), 73, "cannot be written"),
    (("demo", "--port", "70000"), 2, "--port"),
    (("audit", "--since", "yesterday"), 2, "--since"),
    (("manifest", "--link-domain", "https://a b"), 2, "a host name alone"),
    (("manifest", "--link-domain", "jira.example.com/path"), 2, "a host name alone"),
    (("people", "show", "oid"), 2, "a person is TENANT_ID/OBJECT_ID"),
    (("people", "forget", "oid"), 2, "a person is TENANT_ID/OBJECT_ID"),
    (("accounts", "remove", "oid"), 2, "a person is TENANT_ID/OBJECT_ID"),
    (("audit", "--person", "foo"), 2, "a person is TENANT_ID/OBJECT_ID"),
    (("subscriptions", "list", "--person", "foo"), 2, "a person is TENANT_ID/OBJECT_ID"),
    (("store", "copy", "tinydb:///./same", "tinydb:///./a/../same"), 2, "FROM and TO are the same store"),
    (("store", "copy", "tinydb:///./misspelt", "tinydb:///./new"), 78, "nothing to copy"),
]


@pytest.mark.slow
@pytest.mark.parametrize(("arguments", "status", "told"), WRONG, ids=str)
def test_wrong_option_is_told_in_words(tmp_path: Path, arguments: tuple[str, ...], status: int, told: str) -> None:
    ended = start(tmp_path, dict(GOOD), *arguments)
    assert ended.status == status
    assert told in ended.errors
    assert "Traceback" not in ended.errors
    assert list(tmp_path.iterdir()) == []


@pytest.mark.slow
def test_manifest_is_written(tmp_path: Path) -> None:
    ended = start(tmp_path, dict(GOOD), "manifest", "-o", "app.zip")
    assert ended.status == 0, ended.errors
    assert (tmp_path / "app.zip").stat().st_size > 1000


@pytest.mark.slow
def test_a_reader_that_has_read_enough_is_no_error() -> None:
    command = f"set -o pipefail; {sys.executable} {ROOT / 'app.py'} check --list --json | true"
    done = subprocess.run(["bash", "-c", command], capture_output=True, text=True, timeout=30, check=False)
    assert (done.returncode, done.stderr) == (0, "")
