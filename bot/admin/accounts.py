"""`accounts` and `keys rotate`: who is linked, and never a token."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime

from bot.accounts.audit import Actor
from bot.accounts.model import Account
from bot.admin.output import Column, from_unix
from bot.admin.toolbox import Toolbox
from bot.chat.identity import Person
from bot.storage.encryption import reseal_canary

COLUMNS = (
    Column("person", "Person (tenant/object id)", whole=True),
    Column("name", "Jira account"),
    Column("sites", "Sites"),
    Column("linked", "Linked", time_format="%Y-%m-%d"),
)


@dataclass(frozen=True, slots=True)
class AccountRow:
    """A link as admins see it."""

    person: str
    name: str
    account_id: str
    sites: tuple[str, ...]
    linked: datetime | None


async def list_accounts(tools: Toolbox, _options: argparse.Namespace) -> int:
    """List all linked people, without their tokens."""
    tools.output.print_rows(COLUMNS, [_row(account) async for account in tools.vault.accounts()])
    return 0


async def remove_account(tools: Toolbox, options: argparse.Namespace) -> int:
    """Forget one person's link."""
    removed = await tools.vault.disconnect(Person.from_key(options.name), by=Actor.ADMIN)
    sentence = "Removed." if removed else "That person is not linked; `accounts list` shows who is."
    tools.output.print_result(sentence, removed=removed)
    return 0 if removed else 1


async def rotate_keys(tools: Toolbox, _options: argparse.Namespace) -> int:
    """Re-encrypt everything with the first key; afterwards the others can be removed."""
    changed = await tools.vault.rotate_keys()
    await reseal_canary(tools.store, tools.keyring)
    tools.output.print_result(
        f"{changed} grants are encrypted with the first key now; the other keys can go.", changed=changed
    )
    return 0


def _row(account: Account) -> AccountRow:
    return AccountRow(
        person=account.person.key,
        name=account.user.name,
        account_id=account.user.account_id,
        sites=tuple(site.name for site in account.sites),
        linked=from_unix(account.linked_at),
    )
