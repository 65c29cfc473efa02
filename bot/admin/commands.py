"""`accounts`, `outbox`, `keys rotate` and `trace`: shows and repairs what is stored, and never a token."""

from __future__ import annotations

from datetime import UTC, datetime

from rich.console import Console
from rich.table import Column, Table

from bot.accounts.grants import GrantVault
from bot.admin.trace import trace
from bot.chat.identity import Person
from bot.notifications import dead_letters
from bot.storage.base import Store
from bot.storage.encryption import Keyring, reseal_canary

NO_DEAD_LETTER = "There is no dead message of that id; `outbox list` shows them."


async def run(
    console: Console,
    store: Store,
    vault: GrantVault,
    keyring: Keyring,
    *,
    command: str,
    action: str,
    name: str,
) -> int:
    """Run `python app.py COMMAND ACTION NAME` and return its exit status."""
    match (command, action):
        case ("accounts", "remove"):
            status = await remove_account(console, vault, name)
        case ("accounts", _):
            status = await list_accounts(console, vault)
        case ("outbox", "retry"):
            status = await retry_outbox(console, store, name)
        case ("outbox", "drop"):
            status = await drop_outbox(console, store, name)
        case ("outbox", _):
            status = await list_outbox(console, store)
        case ("trace", _):
            status = await trace(console, store, name)
        case _:
            status = await rotate_keys(console, store, vault, keyring)
    return status


async def list_accounts(console: Console, vault: GrantVault) -> int:
    """List all linked people, without their tokens."""
    table = Table("Person (tenant/object id)", "Jira account", "Sites", "Linked")
    async for account in vault.accounts():
        when = datetime.fromtimestamp(account.linked_at, UTC).strftime("%Y-%m-%d")
        table.add_row(account.person.key, account.user.name, ", ".join(s.name for s in account.sites), when)
    console.print(table)
    return 0


async def remove_account(console: Console, vault: GrantVault, key: str) -> int:
    """Forget one person."""
    removed = await vault.disconnect(Person.from_key(key.lower()))
    console.print("Removed." if removed else "Nobody of that name is linked.")
    return 0 if removed else 1


async def list_outbox(console: Console, store: Store) -> int:
    """List the messages and deliveries that were given up."""
    table = Table(Column("Id", no_wrap=True), "What", "Issue", "Reason", "Attempts", "Given up")
    async for row in dead_letters.list_dead(store):
        when = row.died_at.strftime("%Y-%m-%d %H:%M")
        # Ids of events are hashes; other ids differ only at their end.
        short_id = row.id[: dead_letters.SHORT_ID_LENGTH] if row.id.isalnum() else row.id
        table.add_row(short_id, row.form, row.issue, row.reason, str(row.attempts), when)
    console.print(table)
    return 0


async def retry_outbox(console: Console, store: Store, job_id: str) -> int:
    """Queue a dead message again."""
    retried = await dead_letters.retry_dead(store, job_id)
    console.print("It is sent again." if retried else NO_DEAD_LETTER)
    return 0 if retried else 1


async def drop_outbox(console: Console, store: Store, job_id: str) -> int:
    """Delete a dead message."""
    dropped = await dead_letters.drop_dead(store, job_id)
    console.print("Dropped." if dropped else NO_DEAD_LETTER)
    return 0 if dropped else 1


async def rotate_keys(console: Console, store: Store, vault: GrantVault, keyring: Keyring) -> int:
    """Re-encrypt everything with the first key; afterwards the others can be removed."""
    changed = await vault.rotate_keys()
    await reseal_canary(store, keyring)
    console.print(f"{changed} grants are encrypted with the first key now; the other keys can go.")
    return 0
