"""Checks the store: it opens, can be written, fits the keys and has room; and what its records show."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from pathlib import Path

from bot.accounts.grant_table import TABLE as GRANTS
from bot.admin.checks.context import Context
from bot.admin.checks.finding import Finding, failed, noted, passed, warned
from bot.chat.reference_keys import TABLE as REFERENCES
from bot.config.settings import Settings
from bot.storage.base import Store, StoreError, StoreLockedError, StoreOutdatedError, parse_store_url
from bot.storage.encryption import EncryptionError, Keyring, WrongKeyError, check_keys
from bot.storage.factory import open_store

MIN_FREE_BYTES = 100 << 20
LOW_FREE_BYTES = 1 << 30
NAME = "STORE_URL"


async def check_store(context: Context) -> Sequence[Finding]:
    """Open the store, or read it while the bridge has it; then look at its room and its records."""
    url = context.settings.store_url.get_secret_value()
    keyring = Keyring(context.settings.keys)
    try:
        try:
            uses = await _examine(open_store(url), keyring, context.settings, writing=True)
            opened = "opens and can be written"
        except StoreLockedError as error:
            uses = await _examine(open_store(url, read_only=True), keyring, context.settings, writing=False)
            opened = f"in use ({error})"
    except WrongKeyError as error:
        return [failed("ENCRYPTION_KEYS", str(error), _ADD_KEY)]
    except StoreOutdatedError as error:
        return [failed(NAME, str(error))]
    except (StoreError, EncryptionError) as error:
        return [failed(NAME, str(error), _MAKE_USABLE)]
    return [passed(NAME, f"{opened}, and the encryption keys fit"), *await _check_room(url), *uses]


_ADD_KEY = "Add the key that the store was written with, second in the list; or restore the store of these keys."
_MAKE_USABLE = (
    "Let the user that runs the bridge own the folder, on a disk that is not full; with PostgreSQL, check that"
    " the server runs and that host, port and password are right."
)


async def _examine(store: Store, keyring: Keyring, settings: Settings, *, writing: bool) -> list[Finding]:
    try:
        await store.open()
        await check_keys(store, keyring)
        if writing:
            await store.ping()
        conversations, people = await store.count(REFERENCES), await store.count(GRANTS)
    finally:
        await store.close()
    return [_explain_conversations(conversations, settings), _explain_people(people)]


def _explain_conversations(count: int, settings: Settings) -> Finding:
    if count:
        return passed("Teams", "messages from Teams have arrived")
    return noted(
        "Teams",
        "no message from Teams has arrived yet.",
        "If someone has written to the bot: in the Azure portal, Azure Bot → Channels needs Microsoft Teams, and "
        f"Configuration the messaging endpoint {settings.base_url}/api/messages. If nobody finds the bot: upload "
        "the app package (teams-jira manifest).",
    )


def _explain_people(count: int) -> Finding:
    if count > 1:
        return passed("Atlassian app", f"{count} people have connected Jira")
    return noted(
        "Atlassian app",
        f"{'one person has' if count else 'nobody has'} connected Jira yet.",
        "If everyone but the app's owner gets an error page at Atlassian: on developer.atlassian.com set "
        "Distribution → Sharing.",
    )


async def _check_room(url: str) -> list[Finding]:
    store = parse_store_url(url)
    if not store.is_embedded:
        return []
    free = (await asyncio.to_thread(shutil.disk_usage, Path(store.path))).free
    room = f"{free / (1 << 30):.1f} GiB free"
    if free < MIN_FREE_BYTES:
        return [failed(NAME, f"the disk of the store is full: {room}.", "Free some space, or use a larger disk.")]
    if free < LOW_FREE_BYTES:
        return [warned(NAME, f"the disk of the store is nearly full: {room}.", "Free some space soon.")]
    return [passed(NAME, room)]
