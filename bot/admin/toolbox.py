"""What a command on an open store works with."""

from __future__ import annotations

import argparse
from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from bot.accounts.audit import AuditLog
from bot.accounts.grant_vault import GrantVault
from bot.admin.output import Output
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import Store
from bot.storage.encryption import Keyring


@dataclass(frozen=True, slots=True)
class Toolbox:
    """The open store, and what reads and changes it."""

    store: Store
    vault: GrantVault
    subscriptions: Subscriptions
    audit: AuditLog
    keyring: Keyring
    output: Output


@dataclass(frozen=True, slots=True)
class Action:
    """What a command does; it returns the exit status. One that `reads_only` may be run beside the bridge."""

    run: Callable[[Toolbox, argparse.Namespace], Awaitable[int]]
    reads_only: bool = False
