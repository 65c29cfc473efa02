"""All commands on an open store: what they show and repair, and which may be run beside the bridge."""

from __future__ import annotations

import argparse
from collections.abc import Mapping
from types import MappingProxyType

from bot.admin.accounts import list_accounts, remove_account, rotate_keys
from bot.admin.audit import show_audit
from bot.admin.forget import forget_person
from bot.admin.outbox import drop_outbox, list_outbox, retry_outbox
from bot.admin.people import list_people, show_person
from bot.admin.subscriptions import list_subscriptions, remove_subscription
from bot.admin.toolbox import Action
from bot.admin.trace import show_trace

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


def find_action(options: argparse.Namespace) -> Action | None:
    """Return what a parsed command line does to an open store; None for one that needs none."""
    return ACTIONS.get((options.command or "", getattr(options, "action", None) or ""))
