"""`setup` in a terminal, as a person goes through it."""

from __future__ import annotations

import asyncio
import stat
from pathlib import Path

import pytest
from dotenv import dotenv_values

from tests.support.app_process import surroundings
from tests.support.terminal import CTRL_C, DOWN, ENTER, Terminal

PASSED_ON = (
    *("PORT", "CA_BUNDLE", "MICROSOFT_AUTHORITY", "BOT_OPENID_METADATA_URL"),
    *("ATLASSIAN_AUTH_URL", "ATLASSIAN_API_URL"),
)
"""What leads to the sandbox, and is not asked for."""
SECRET = "s3cret~value.of-the_app"


def answer_all(terminal: Terminal, values: dict[str, str]) -> None:
    terminal.answer("Public https address of the bridge", values["PUBLIC_URL"])
    terminal.answer("Microsoft's cloud", "")
    terminal.answer("Kind of bot", "")
    terminal.expect(f"{values['PUBLIC_URL']}/auth/microsoft/callback")
    terminal.answer("Application (client) ID", values["MICROSOFT_APP_ID"])
    terminal.answer("Directory (tenant) ID", values["MICROSOFT_APP_TENANT_ID"])
    terminal.answer("How the registration proves itself", "")
    terminal.answer("Client secret (its Value)", values["MICROSOFT_APP_PASSWORD"])
    terminal.answer("Azure resource group", "")
    terminal.answer("Name of the Azure Bot", "")
    terminal.expect(f"{values['PUBLIC_URL']}/api/messages")
    terminal.answer("Press any key", "")
    terminal.answer("Client ID of the Atlassian app", values["JIRA_CLIENT_ID"])
    terminal.answer("Secret of the Atlassian app", values["JIRA_CLIENT_SECRET"])
    terminal.answer("Press any key", "")
    terminal.answer("Press any key", "")
    terminal.answer("Where the bridge keeps its data", "")
    terminal.answer("Folder", "")
    terminal.answer("Who answers for this app", "")
    terminal.answer("Press any key", "")


@pytest.mark.slow
@pytest.mark.timeout(120)
async def test_a_person_is_led_through_and_no_secret_is_shown(tmp_path: Path) -> None:
    async with surroundings(tmp_path) as (_, environment):
        passed_on = {name: environment[name] for name in PASSED_ON}
        folder = tmp_path / "bridge"
        folder.mkdir()

        def go_through() -> tuple[int, str]:
            with Terminal("setup", environment=passed_on, folder=folder) as terminal:
                answer_all(terminal, environment)
                return terminal.end(), terminal.shown

        status, shown = await asyncio.to_thread(go_through)
    assert status == 0, shown
    written = dotenv_values(folder / ".env")
    assert written["JIRA_CLIENT_SECRET"] == environment["JIRA_CLIENT_SECRET"]
    assert written["STORE_URL"] == "tinydb:///./data"
    assert stat.S_IMODE((folder / ".env").stat().st_mode) == 0o600
    assert (folder / "data").is_dir()
    assert "✓ JIRA_CLIENT_ID" in shown
    for name in ("MICROSOFT_APP_PASSWORD", "JIRA_CLIENT_SECRET", "ENCRYPTION_KEYS", "JIRA_WEBHOOK_SECRET"):
        assert str(written[name]) not in shown


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_ctrl_c_keeps_each_answer_and_claims_none_before_the_first(tmp_path: Path) -> None:
    with Terminal("setup", environment={}, folder=tmp_path) as terminal:
        terminal.expect("Public https address")
        terminal.type(CTRL_C)
        terminal.expect("Stopped. .env is as it was; run setup again to go on.")
        assert terminal.end() == 130
    assert not (tmp_path / ".env").exists()
    with Terminal("setup", environment={}, folder=tmp_path) as terminal:
        terminal.answer("Public https address", "https://jira-bot.example.com")
        terminal.expect("Microsoft's cloud")
        terminal.type(CTRL_C)
        terminal.expect("Stopped. .env has your answers so far")
        assert terminal.end() == 130
    assert dotenv_values(tmp_path / ".env")["PUBLIC_URL"] == "https://jira-bot.example.com"


@pytest.mark.slow
@pytest.mark.timeout(90)
def test_a_wrong_answer_is_refused_at_once_and_ctrl_c_keeps_what_was_answered(tmp_path: Path) -> None:
    with Terminal("setup", environment={}, folder=tmp_path) as terminal:
        terminal.answer("Public https address", "http://jira-bot.example.com")
        terminal.expect("Enter an https address, such as https://jira-bot.example.com.")
        terminal.type("\x15https://jira-bot.example.com" + ENTER)
        terminal.answer("Microsoft's cloud", "")
        terminal.answer("Kind of bot", "")
        terminal.answer("Application (client) ID", "Bridge for Jira")
        terminal.expect("Enter the id")
        terminal.type("\x15" + "00000000-0000-4000-8000-00000000abcd" + ENTER)
        terminal.answer("Directory (tenant) ID", "11111111-1111-4111-8111-111111111111")
        terminal.answer("How the registration proves itself", "")
        terminal.answer("Client secret (its Value)", "00000000-0000-4000-8000-00000000dcba")
        terminal.expect("This is the Secret ID.")
        terminal.type("\x15" + SECRET + ENTER)
        terminal.answer("Azure resource group", "")
        terminal.answer("Name of the Azure Bot", "")
        terminal.expect("Press any key")
        terminal.type(CTRL_C)
        terminal.expect("Stopped. .env has your answers so far; run setup again to go on.")
        assert terminal.end() == 130
        assert SECRET not in terminal.shown
        assert "Traceback" not in terminal.shown
    assert dotenv_values(tmp_path / ".env")["MICROSOFT_APP_PASSWORD"] == SECRET
    with Terminal("setup", environment={}, folder=tmp_path) as terminal:
        terminal.answer("Public https address of the bridge", "")
        terminal.answer("Microsoft's cloud", DOWN)
        terminal.answer("Kind of bot", "")
        terminal.answer("Application (client) ID", "")
        terminal.answer("Directory (tenant) ID", "")
        terminal.answer("How the registration proves itself", "")
        terminal.answer("blank keeps the present one", "")
        terminal.expect("Azure resource group")
        terminal.type(CTRL_C)
        assert terminal.end() == 130
    kept = dotenv_values(tmp_path / ".env")
    assert (kept["MICROSOFT_APP_PASSWORD"], kept["PUBLIC_URL"]) == (SECRET, "https://jira-bot.example.com")
    assert kept["CLOUD"] == "gcc"
