"""The steps of a set-up, from an empty tenant on.

`setup` goes through them, `check --list` prints them, and docs/reference/setup.md is made of them.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, replace

PLACEHOLDER_URL = "https://jira-bot.example.com"
"""Stands for `PUBLIC_URL` until that is set."""
ENTRA, AZURE, _TEAMS = "Microsoft Entra admin center", "Azure portal", "Teams admin center"
_ATLASSIAN, _JIRA, _SERVER = "developer.atlassian.com", "Jira", "Your server"
_NEEDED_FOR = {
    "read:jira-work": "everything",
    "write:jira-work": "every change, comment and work log",
    "read:jira-user": "assigning and mentions",
    "manage:jira-webhook": "webhooks that the bridge registers itself",
    "report:personal-data": "the weekly report of stored account ids",
}
APIS = {"report:personal-data": "Personal data reporting API"}
"""The API on the app's Permissions page that a scope belongs to, where that is not the Jira API."""


@dataclass(frozen=True, slots=True)
class SetupStep:
    """One step. `place`: where it is done; `menu`: the way there; `without`: what happens if it is left out."""

    place: str
    menu: str
    do: str
    without: str
    settings: tuple[str, ...] = ()
    """The settings that it gives a value to."""


def setup_steps(public_url: str, scopes: Iterable[str]) -> list[SetupStep]:
    """Return all steps in their order, with the addresses of an installation and the scopes that it asks for."""
    url = (public_url or PLACEHOLDER_URL).rstrip("/")
    steps = [replace(step, do=step.do.replace("{url}", url)) for step in _STEPS]
    place = next(number for number, step in enumerate(steps) if step.menu == "Distribution")
    return [*steps[:place], *map(_permission, _app_scopes(scopes)), *steps[place:]]


def _app_scopes(scopes: Iterable[str]) -> list[str]:
    """Return the scopes that the app must have; `offline_access` is asked for at the consent alone."""
    return [scope for scope in scopes if scope != "offline_access"]


def _permission(scope: str) -> SetupStep:
    api = APIS.get(scope, "Jira API")
    needed_for = _NEEDED_FOR.get(scope, "what JIRA_SCOPES names it for")
    without = f"Nobody can grant it; it is needed for {needed_for}."
    return SetupStep(_ATLASSIAN, "Permissions", f"Add {scope} ({api}).", without)


_STEPS = (
    SetupStep(
        _SERVER,
        "DNS and reverse proxy",
        "Choose the address {url}, and let a reverse proxy that has its certificate forward to HOST and PORT.",
        "Neither Teams nor Jira nor a browser reaches the bridge.",
        ("PUBLIC_URL",),
    ),
    SetupStep(
        ENTRA,
        "App registrations → New registration",
        "Register an app for accounts in this organizational directory only; note its two ids.",
        "The bot has no identity, and nobody can sign in.",
        ("MICROSOFT_APP_ID", "MICROSOFT_APP_TENANT_ID"),
    ),
    SetupStep(
        ENTRA,
        "Authentication",
        "Add the redirect URI {url}/auth/microsoft/callback, platform Web.",
        "Microsoft's sign-in ends with AADSTS50011.",
    ),
    SetupStep(
        ENTRA,
        "Certificates & secrets",
        "Create a client secret (copy its Value), or upload a certificate.",
        "The bot receives messages and cannot answer.",
        ("MICROSOFT_APP_PASSWORD", "MICROSOFT_APP_CERTIFICATE"),
    ),
    SetupStep(
        ENTRA,
        "API permissions",
        "Grant admin consent for User.Read, if your users may not consent to apps themselves.",
        "Their sign-in says that an administrator must approve the app.",
    ),
    SetupStep(
        AZURE,
        "Create a resource → Azure Bot",
        "Create a bot of type Single Tenant that uses the existing app registration.",
        "Teams knows no bot of this id.",
    ),
    SetupStep(
        AZURE,
        "Azure Bot → Configuration",
        "Set the messaging endpoint {url}/api/messages.",
        "No message arrives.",
    ),
    SetupStep(
        AZURE,
        "Azure Bot → Channels",
        "Add the channel Microsoft Teams.",
        "No message arrives.",
    ),
    SetupStep(
        AZURE,
        "Azure Bot → Channels",
        "Optional: add the channel Microsoft 365.",
        "Outlook and Microsoft 365 Copilot do not find issues.",
    ),
    SetupStep(
        _ATLASSIAN,
        "Create → OAuth 2.0 integration",
        "Create an app; copy Client ID and Secret from Settings.",
        "Nobody can connect.",
        ("JIRA_CLIENT_ID", "JIRA_CLIENT_SECRET"),
    ),
    SetupStep(
        _ATLASSIAN,
        "Authorization",
        "Add the callback URL {url}/auth/jira/callback to OAuth 2.0 (3LO).",
        "Atlassian's page says that the redirect_uri is not registered.",
    ),
    SetupStep(
        _ATLASSIAN,
        "Distribution",
        "Set the status Sharing, with vendor name, privacy policy {url}/privacy and “yes” for personal data.",
        "Only the owner of the app can connect.",
    ),
    SetupStep(
        "admin.atlassian.com",
        "Apps → your site → Connected apps → Settings",
        "Allow user-installed apps, or let a site administrator connect first.",
        "The consent page says that the site admin must authorize the app.",
    ),
    SetupStep(
        _JIRA,
        "Settings → System → WebHooks",
        "Create a webhook to {url}/jira/webhooks with the secret JIRA_WEBHOOK_SECRET, for issues, comments, "
        "worklogs, attachments, links and sprints.",
        "Channels are told later, from searches, and not of deletions.",
        ("JIRA_WEBHOOK_SECRET",),
    ),
    SetupStep(
        _SERVER,
        ".env, or the environment → teams-jira check",
        "Set ENCRYPTION_KEYS (teams-jira keys) and STORE_URL, and run teams-jira check.",
        "The bridge does not start.",
        ("ENCRYPTION_KEYS", "STORE_URL"),
    ),
    SetupStep(
        _TEAMS,
        "Teams apps → Manage apps → Upload new app",
        "Run teams-jira manifest and upload the package that it writes.",
        "Nobody finds the app.",
    ),
    SetupStep(
        _TEAMS,
        "Teams apps → Setup policies",
        "Install the app for those who are to get messages of their own; owners add it to teams and chats.",
        "Users are notified only after they have added the app themselves.",
    ),
)
