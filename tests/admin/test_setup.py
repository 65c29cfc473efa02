"""`setup` with the answers of a file: what it writes, prints and refuses."""

from __future__ import annotations

import asyncio
import json
import stat
import zipfile
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from dotenv import dotenv_values

from bot.admin.setup.questions import NOT_SETTINGS, QUESTIONS, bicep_source
from bot.admin.setup.run import MADE
from bot.admin.setup_steps import setup_steps
from bot.config.settings import Settings
from bot.storage.encryption import Keyring, new_key
from tests.support.app_process import said_by, surroundings

SECRETS = ("MICROSOFT_APP_PASSWORD", "JIRA_CLIENT_SECRET", "ENCRYPTION_KEYS", "JIRA_WEBHOOK_SECRET")


@dataclass
class Setting:
    """A folder to set up, and answers that lead to a sandbox."""

    answers: dict[str, str]
    folder: Path

    @property
    def env_file(self) -> Path:
        return self.folder / ".env"

    async def set_up(self, *options: str) -> tuple[int | None, str]:
        file = self.folder.parent / "answers.env"
        text = "\n".join(f"{name}='{value}'" for name, value in self.answers.items())
        await asyncio.to_thread(file.write_text, text)
        return await said_by(
            {"COLUMNS": "200"}, "setup", "--answers", str(file), "--output", str(self.folder), *options
        )

    def written(self) -> dict[str, str | None]:
        return dotenv_values(self.env_file)


@pytest.fixture
async def setting(tmp_path: Path) -> AsyncIterator[Setting]:
    async with surroundings(tmp_path) as (_, environment):
        answers = {name: value for name, value in environment.items() if name not in MADE}
        yield Setting({**answers, "DEVELOPER": "Example Ltd"}, tmp_path / "bridge")


def test_each_setting_of_a_step_is_asked_for_or_made() -> None:
    asked = {question.name for question in QUESTIONS}
    steps = setup_steps("", ["read:jira-work"])
    assert {name for step in steps for name in step.settings} <= asked | {*MADE}
    assert asked <= {*NOT_SETTINGS} | {name.upper() for name in Settings.model_fields}
    homes = {name for step in steps for name in step.settings}
    assert {question.comes_with for question in QUESTIONS} <= homes


@pytest.mark.slow
async def test_everything_is_written_and_checked(setting: Setting) -> None:
    status, said = await setting.set_up()
    assert status == 0, said
    assert stat.S_IMODE(setting.env_file.stat().st_mode) == 0o600
    written = setting.written()
    assert written.items() >= {n: v for n, v in setting.answers.items() if n not in NOT_SETTINGS}.items()
    assert "DEVELOPER" not in written
    Keyring([str(written["ENCRYPTION_KEYS"])])
    assert "✓ MICROSOFT_APP_ID: Microsoft gives its token" in said
    with zipfile.ZipFile(setting.folder / "teams-jira.zip") as package:
        assert json.loads(package.read("manifest.json"))["developer"]["name"] == "Example Ltd"
    assert not any(str(written[name]) in said for name in SECRETS)


@pytest.mark.slow
async def test_the_values_to_paste_are_those_of_this_installation(setting: Setting) -> None:
    setting.answers |= {"AZURE_BOT_NAME": "my-bot", "AZURE_RESOURCE_GROUP": "my(group)"}
    _, said = await setting.set_up("--no-check")
    url = setting.answers["PUBLIC_URL"]
    for path in ("/auth/microsoft/callback", "/api/messages", "/auth/jira/callback", "/jira/webhooks"):
        assert f"{url}{path}" in said
    assert "--resource-group 'my(group)' --parameters azure_bot.bicepparam" in said
    assert "✓" not in said
    assert (setting.folder / "azure_bot.bicep").read_text() == bicep_source()
    parameters = (setting.folder / "azure_bot.bicepparam").read_text()
    assert "param botName = 'my-bot'" in parameters
    assert f"param publicUrl = '{url}'" in parameters


@pytest.mark.slow
async def test_all_wrong_answers_are_named_at_once_and_nothing_is_written(setting: Setting) -> None:
    setting.answers |= {
        "PUBLIC_URL": "https://jira-bot.example.com/api/messages",
        "MICROSOFT_APP_PASSWORD": "00000000-0000-4000-8000-00000000dcba",
        "JIRA_CLIENT_SECRET": "ATATTs3cret",
        "STORE_URL": "mysql://s3cret@db/jira",
        "PUBLIC_URI": "https://jira-bot.example.com",
    }
    del setting.answers["JIRA_CLIENT_ID"]
    status, said = await setting.set_up()
    assert status == 78
    for sentence in (
        "PUBLIC_URL: Leave out the path: the bridge adds it.",
        "MICROSOFT_APP_PASSWORD: This is the Secret ID. Copy the Value",
        "JIRA_CLIENT_SECRET: This is a person's API token.",
        "STORE_URL: Enter tinydb:///a/folder",
        "PUBLIC_URI in answers.env is not a setting. Did you mean PUBLIC_URL?",
        "JIRA_CLIENT_ID is missing: Client ID of the Atlassian app.",
        "Nothing was written.",
    ):
        assert sentence in said
    assert "s3cret" not in said
    assert "dcba" not in said
    assert not setting.env_file.exists()


@pytest.mark.slow
async def test_what_is_in_env_stays(setting: Setting) -> None:
    key = new_key()
    setting.folder.mkdir()
    setting.env_file.write_text(f"# ours\nLOG_FORMAT=json\nexport ENCRYPTION_KEYS={key}\nPUBLIC_URL=''\n")
    status, said = await setting.set_up("--no-check")
    assert status == 0, said
    lines = setting.env_file.read_text().splitlines()
    assert lines[:3] == ["# ours", "LOG_FORMAT=json", f"export ENCRYPTION_KEYS={key}"]
    assert lines[3] == f"PUBLIC_URL={setting.answers['PUBLIC_URL']}"
    first = setting.env_file.read_text()
    await setting.set_up("--no-check")
    assert setting.env_file.read_text() == first


@pytest.mark.slow
async def test_another_value_is_replaced_only_when_told_so(setting: Setting) -> None:
    setting.folder.mkdir()
    setting.env_file.write_text("JIRA_CLIENT_ID=another\n")
    status, said = await setting.set_up("--no-check")
    assert (status, setting.env_file.read_text()) == (73, "JIRA_CLIENT_ID=another\n")
    assert ".env has other values already: JIRA_CLIENT_ID. Nothing was written; --overwrite changes them." in said
    status, _ = await setting.set_up("--no-check", "--overwrite")
    assert (status, setting.written()["JIRA_CLIENT_ID"]) == (0, setting.answers["JIRA_CLIENT_ID"])


@pytest.mark.slow
async def test_a_failed_check_is_the_exit_status(setting: Setting) -> None:
    setting.answers["JIRA_CLIENT_SECRET"] = "of-another-app"
    status, said = await setting.set_up()
    assert status == 69
    assert "✗ JIRA_CLIENT_ID" in said


@pytest.mark.slow
async def test_without_a_terminal_it_says_how(tmp_path: Path) -> None:
    status, said = await said_by({}, "setup", "--output", str(tmp_path))
    assert (status, said) == (2, "setup asks in a terminal. Without one, name a file: --answers FILE.\n")


@pytest.mark.slow
async def test_files_that_cannot_be_used_are_named(setting: Setting, tmp_path: Path) -> None:
    status, said = await said_by({}, "setup", "--answers", str(tmp_path / "nothing"))
    assert (status, "nothing cannot be read (there is no such file)." in said) == (73, True)
    setting.folder.write_text("a file")
    status, said = await setting.set_up()
    assert (status, "cannot be written (File exists)." in said) == (73, True)


@pytest.mark.slow
async def test_a_table_of_sites_and_its_token_can_be_among_the_answers(setting: Setting, tmp_path: Path) -> None:
    table = tmp_path / "sites.toml"
    table.write_text(
        "[sites.acme]\nkind = 'cloud'\nurl = 'https://acme.atlassian.net'\nname = 'Acme'\n"
        "cloud_id = '11111111-2222-4333-8444-555555555555'\n[sites.acme.service_account]\n"
        "email = 'notifier@acme.example'\ntoken = 'ACME_TOKEN'\n"
    )
    setting.answers["JIRA_SITES"] = str(table)
    status, said = await setting.set_up("--no-check")
    assert (status, "ACME_TOKEN" in said) == (78, True), said
    setting.answers["ACME_TOKEN"] = "s3cret-token"
    status, said = await setting.set_up("--no-check")
    assert (status, setting.written()["ACME_TOKEN"]) == (0, "s3cret-token"), said
    assert "s3cret" not in said
