"""All commands on an open store: what they show and repair, and which of them run beside the bridge."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from types import MappingProxyType

from bot.accounts.audit import AuditLog
from bot.accounts.grant_maintenance import DAY
from bot.accounts.grant_vault import GrantVault
from bot.accounts.token_answers import TOKEN_TIMEOUT, TokenAnswer, TokenUnavailable
from bot.admin.accounts import list_accounts, remove_account, rotate_keys
from bot.admin.audit import show_audit
from bot.admin.forget import forget_person
from bot.admin.outbox import drop_outbox, list_outbox, retry_outbox
from bot.admin.output import Output
from bot.admin.people import list_people, show_person
from bot.admin.subscriptions import list_subscriptions, remove_subscription
from bot.admin.toolbox import Action, Toolbox
from bot.admin.trace import show_trace
from bot.config.settings import Settings
from bot.http.lifespan import open_store_with_retry
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.encryption import Keyring
from bot.storage.factory import open_store

ACTIONS: Mapping[tuple[str, str], Action] = MappingProxyType(
    {
        ("accounts", "list"): Action(list_accounts, reads_only=True),
        ("accounts", "remove"): Action(remove_account),
        ("audit", ""): Action(show_audit, reads_only=True),
        ("keys", "rotate"): Action(rotate_keys),
        ("outbox", "list"): Action(list_outbox, reads_only=True),
        ("outbox", "retry"): Action(retry_outbox),
        ("outbox", "drop"): Action(drop_outbox),
        ("people", "list"): Action(list_people, reads_only=True),
        ("people", "show"): Action(show_person, reads_only=True),
        ("people", "forget"): Action(forget_person),
        ("subscriptions", "list"): Action(list_subscriptions, reads_only=True),
        ("subscriptions", "remove"): Action(remove_subscription),
        ("trace", ""): Action(show_trace, reads_only=True),
    }
)
"""By the words of the command."""


def find_action(options: argparse.Namespace) -> Action:
    """Return what a parsed command line does to an open store."""
    return ACTIONS[options.command, getattr(options, "action", "")]


async def administer(settings: Settings, options: argparse.Namespace, output: Output) -> int:
    """Run a command on the store; one that changes nothing also runs while the bridge has the store open."""
    action, keyring = find_action(options), Keyring(settings.keys)
    closed_store = open_store(settings.store_url.get_secret_value(), read_only=action.reads_only)
    async with open_store_with_retry(closed_store, keyring, wait=False) as store:
        audit = AuditLog(store, retention=settings.audit_retention_days * DAY)
        vault = GrantVault(store, keyring, _NoSignIn(), audit=audit)
        tools = Toolbox(store, vault, Subscriptions(store, audit=audit), audit, keyring, output)
        return await action.run(tools, options)


class _NoSignIn:
    """Stands where Atlassian's sign-in does: no command refreshes a grant."""

    async def refresh(self, refresh_token: str, *, seconds: float = TOKEN_TIMEOUT) -> TokenAnswer:
        del refresh_token, seconds
        return TokenUnavailable("commands refresh no grant", passing=False)
