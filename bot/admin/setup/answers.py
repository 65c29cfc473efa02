"""Says of one answer whether it can be right, as soon as it is given.

Each function returns a sentence, or nothing if the answer is fine. No sentence repeats the answer.
"""

from __future__ import annotations

import re
from pathlib import Path

from bot.config.validation import is_public_url
from bot.storage.base import parse_store_url
from bot.storage.encryption import Keyring

_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE | re.ASCII)
_BOT_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_.-]{1,63}", re.ASCII)
_RESOURCE_GROUP = re.compile(r"[A-Za-z0-9_.()-]{1,89}[A-Za-z0-9_()-]", re.ASCII)
MAX_DEVELOPER = 32
_OUR_PATHS = ("/api/messages", "/jira/webhooks", "/connect", "/callback")


def check_public_url(answer: str) -> str:
    """Check the address of the bridge."""
    if answer.rstrip("/").endswith(_OUR_PATHS):
        return "Leave out the path: the bridge adds it."
    return "" if is_public_url(answer) else "Enter an https address, such as https://jira-bot.example.com."


def check_guid(answer: str) -> str:
    """Check an id at Microsoft."""
    if "@" in answer or (answer and not _GUID.fullmatch(answer)):
        return "Enter the id, such as 00000000-0000-4000-8000-00000000abcd: it is on the Overview page in Entra."
    return "" if answer else "Enter the id from the Overview page in Entra."


def check_guids(answer: str) -> str:
    """Check several ids, comma-separated."""
    parts = [part.strip() for part in answer.split(",") if part.strip()]
    return "" if parts and all(map(_GUID.fullmatch, parts)) else "Enter tenant ids, separated by commas."


def check_app_secret(answer: str) -> str:
    """Check a client secret of Entra."""
    if _GUID.fullmatch(answer):
        return "This is the Secret ID. Copy the Value, which Entra shows once; or create a new secret."
    return _check_secret(answer)


def check_jira_client_id(answer: str) -> str:
    """Check the client id of the Atlassian app."""
    if "://" in answer or "@" in answer or not _is_one_word(answer):
        return "Copy Client ID from developer.atlassian.com → the app → Settings."
    return ""


def check_jira_secret(answer: str) -> str:
    """Check the secret of the Atlassian app."""
    if answer.startswith("ATATT"):
        return "This is a person's API token. Copy Secret from developer.atlassian.com → the app → Settings."
    return _check_secret(answer)


def check_store_url(answer: str) -> str:
    """Check where the store is."""
    try:
        parse_store_url(answer)
    except ValueError:
        return "Enter tinydb:///a/folder, tinydb:///./folder or postgresql://user:password@host/database."
    return ""


def check_keys(answer: str) -> str:
    """Check encryption keys, comma-separated."""
    try:
        Keyring([part.strip() for part in answer.split(",") if part.strip()])
    except ValueError:
        return "Enter keys that teams-jira keys has made, separated by commas."
    return ""


def check_file(answer: str) -> str:
    """Check the path of a file of this machine."""
    return "" if answer and Path(answer).is_file() else "There is no such file on this machine."


def check_developer(answer: str) -> str:
    """Check who is named as developer in Teams."""
    return "" if 0 < len(answer) <= MAX_DEVELOPER else f"Enter a name of at most {MAX_DEVELOPER} characters."


def check_bot_name(answer: str) -> str:
    """Check the name of the Azure Bot."""
    fits = _BOT_NAME.fullmatch(answer)
    return "" if fits else "Enter 2 to 64 letters, digits, hyphens, dots or underscores, a letter or digit first."


def check_resource_group(answer: str) -> str:
    """Check the name of the resource group."""
    return "" if _RESOURCE_GROUP.fullmatch(answer) else "Enter the name of a resource group."


def check_resource_id(answer: str) -> str:
    """Check the id of a resource of Azure."""
    fits = answer.startswith("/subscriptions/") and _is_one_word(answer)
    return "" if fits else "Copy the Resource ID from the identity's JSON view in the Azure portal."


def _check_secret(answer: str) -> str:
    return "" if _is_one_word(answer) else "Copy the secret: it is one word without spaces."


def _is_one_word(answer: str) -> bool:
    return bool(answer) and not any(map(str.isspace, answer))
