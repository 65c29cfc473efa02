"""What `setup` asks: one table. Each question comes with the step that sets its setting, or another one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path

from bot.admin.setup import answers

Answers = Mapping[str, str]
"""Answers so far by their names."""

NOT_SETTINGS = ("CREDENTIAL", "STORE", "DEVELOPER", "AZURE_RESOURCE_GROUP", "AZURE_BOT_NAME", "AZURE_IDENTITY")
"""Names of answers that are needed during the set-up alone; they are not written into `.env`."""


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `step`: a setting of the step that it comes with; empty: the one of its own name."""

    name: str
    text: str
    check: Callable[[str], str] = lambda _answer: ""
    step: str = ""
    default: str = ""
    choices: tuple[str, ...] = ()
    secret: bool = False
    optional: bool = False
    asked: Callable[[Answers], bool] = lambda _answers: True
    """Whether it is asked, after the answers so far."""

    @property
    def comes_with(self) -> str:
        """The setting whose step it comes with."""
        return self.step or self.name


def _proved_by(credential: str) -> Callable[[Answers], bool]:
    return lambda so_far: not _is_identity(so_far) and so_far.get("CREDENTIAL", "secret") == credential


def _is_identity(so_far: Answers) -> bool:
    return so_far.get("MICROSOFT_APP_TYPE") == "UserAssignedMSI"


def _stored_in(kind: str) -> Callable[[Answers], bool]:
    return lambda so_far: so_far.get("STORE", "folder") == kind


def derive_choices(values: Answers) -> dict[str, str]:
    """Return the answers that follow from settings that are known already."""
    credential = "secret"
    if values.get("MICROSOFT_APP_CERTIFICATE"):
        credential = "certificate"
    elif values.get("MICROSOFT_APP_MANAGED_IDENTITY"):
        credential = "managed identity"
    is_database = values.get("STORE_URL", "").startswith(("postgresql:", "postgres:"))
    return {"CREDENTIAL": credential, "STORE": "PostgreSQL" if is_database else "folder"}


QUESTIONS = (
    Question("PUBLIC_URL", "Public https address of the bridge", answers.check_public_url),
    Question(
        "CLOUD",
        "Microsoft's cloud",
        step="PUBLIC_URL",
        default="public",
        choices=("public", "gcc", "gcch", "dod", "china"),
    ),
    Question(
        "MICROSOFT_APP_TYPE",
        "Kind of bot (MultiTenant: only those made before August 2025)",
        step="PUBLIC_URL",
        default="SingleTenant",
        choices=("SingleTenant", "UserAssignedMSI", "MultiTenant"),
    ),
    Question("MICROSOFT_APP_ID", "Application (client) ID", answers.check_guid),
    Question("MICROSOFT_APP_TENANT_ID", "Directory (tenant) ID", answers.check_guid),
    Question(
        "ALLOWED_TENANTS",
        "Tenant ids whose people may use the bot, separated by commas",
        answers.check_guids,
        step="MICROSOFT_APP_ID",
        asked=lambda so_far: so_far.get("MICROSOFT_APP_TYPE") == "MultiTenant",
    ),
    Question(
        "SIGN_IN_APP_ID",
        "Application (client) ID of the registration that people sign in to",
        answers.check_guid,
        step="MICROSOFT_APP_ID",
        asked=_is_identity,
    ),
    Question(
        "CREDENTIAL",
        "How the registration proves itself",
        step="MICROSOFT_APP_PASSWORD",
        default="secret",
        choices=("secret", "certificate", "managed identity"),
        asked=lambda so_far: not _is_identity(so_far),
    ),
    Question(
        "MICROSOFT_APP_PASSWORD",
        "Client secret (its Value)",
        answers.check_app_secret,
        secret=True,
        asked=_proved_by("secret"),
    ),
    Question(
        "MICROSOFT_APP_CERTIFICATE",
        "PEM file with private key and certificate",
        answers.check_file,
        asked=_proved_by("certificate"),
    ),
    Question(
        "MICROSOFT_APP_MANAGED_IDENTITY",
        "Client ID of the managed identity",
        answers.check_guid,
        step="MICROSOFT_APP_PASSWORD",
        asked=_proved_by("managed identity"),
    ),
    Question(
        "SIGN_IN_APP_PASSWORD",
        "Client secret of the registration that people sign in to (blank: the identity is its credential)",
        answers.check_app_secret,
        step="MICROSOFT_APP_PASSWORD",
        secret=True,
        optional=True,
        asked=_is_identity,
    ),
    Question(
        "AZURE_RESOURCE_GROUP",
        "Azure resource group for the bot",
        answers.check_resource_group,
        step="MICROSOFT_APP_PASSWORD",
        default="teams-jira",
    ),
    Question(
        "AZURE_BOT_NAME",
        "Name of the Azure Bot, unique in Azure",
        answers.check_bot_name,
        step="MICROSOFT_APP_PASSWORD",
        default="teams-jira-bot",
    ),
    Question(
        "AZURE_IDENTITY",
        "Resource id of the managed identity, /subscriptions/…",
        answers.check_resource_id,
        step="MICROSOFT_APP_PASSWORD",
        asked=_is_identity,
    ),
    Question("JIRA_CLIENT_ID", "Client ID of the Atlassian app", answers.check_jira_client_id),
    Question("JIRA_CLIENT_SECRET", "Secret of the Atlassian app", answers.check_jira_secret, secret=True),
    Question(
        "STORE",
        "Where the bridge keeps its data (PostgreSQL: for several replicas)",
        step="STORE_URL",
        default="folder",
        choices=("folder", "PostgreSQL"),
    ),
    Question(
        "STORE_URL",
        "Folder, as tinydb:///var/lib/teams-jira/store",
        answers.check_store_url,
        default="tinydb:///./data",
        asked=_stored_in("folder"),
    ),
    Question(
        "STORE_URL",
        "postgresql://user:password@host/database",
        answers.check_store_url,
        secret=True,
        asked=_stored_in("PostgreSQL"),
    ),
    Question(
        "DEVELOPER",
        "Who answers for this app, as Teams shows it",
        answers.check_developer,
        step="STORE_URL",
        default="Bridge for Jira",
    ),
)


def check_given(name: str, value: str) -> str:
    """Say what is wrong with a value that was not asked for, as in an answers file; nothing if it fits."""
    if name == "ENCRYPTION_KEYS":
        return answers.check_keys(value)
    rows = [question for question in QUESTIONS if question.name == name]
    if not rows or (not value and rows[0].optional):
        return ""
    if rows[0].choices and value not in rows[0].choices:
        return f"Enter one of: {', '.join(rows[0].choices)}."
    return rows[0].check(value)


def bicep_source() -> str:
    """Return the Bicep file that makes the Azure Bot."""
    return (Path(__file__).parent / "azure_bot.bicep").read_text("utf-8")
