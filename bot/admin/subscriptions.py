"""`subscriptions`: those of all conversations."""

from __future__ import annotations

import argparse
from dataclasses import dataclass
from datetime import datetime

from bot.accounts.audit import Actor, AuditAction
from bot.admin.output import Column, from_unix
from bot.admin.toolbox import Toolbox
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.repository import oldest_first

COLUMNS = (
    Column("id", "Id", whole=True),
    Column("state", "State"),
    Column("site", "Site"),
    Column("project", "Project"),
    Column("jql", "Query"),
    Column("events", "Events"),
    Column("owner", "Owner", whole=True),
    Column("conversation", "Conversation"),
    Column("created", "Made"),
)


@dataclass(frozen=True, slots=True)
class SubscriptionRow:
    """A subscription as admins see it. `conversation` is its key: the tenant and Teams' id."""

    id: str
    state: str
    site: str
    project: str
    jql: str
    events: tuple[str, ...]
    including_restricted: bool
    owner: str
    conversation: str
    scope: str
    created: datetime | None


async def list_subscriptions(tools: Toolbox, options: argparse.Namespace) -> int:
    """List the subscriptions of all conversations, or those that one person owns, oldest first."""
    subscriptions = [each async for each in tools.subscriptions.all() if options.person in (None, each.owner.key)]
    tools.output.print_rows(COLUMNS, map(subscription_row, oldest_first(subscriptions)))
    return 0


async def remove_subscription(tools: Toolbox, options: argparse.Namespace) -> int:
    """Unsubscribe a conversation; it gets no message about that."""
    subscription = await tools.subscriptions.get(options.name)
    removed = subscription is not None and await tools.subscriptions.remove(subscription.id)
    if subscription and removed:
        owner, action = subscription.owner, AuditAction.SUBSCRIPTION_REMOVED
        await tools.audit.record(action, owner, by=Actor.ADMIN, subscription=subscription.id)
    sentence = "Removed." if removed else "There is no subscription of that id; `subscriptions list` shows them."
    tools.output.print_result(sentence, removed=removed)
    return 0 if removed else 1


def subscription_row(subscription: Subscription) -> SubscriptionRow:
    """Return the row of a subscription."""
    return SubscriptionRow(
        id=subscription.id,
        state=_state(subscription),
        site=subscription.host,
        project=subscription.project,
        jql=subscription.jql,
        events=tuple(sorted(subscription.topics)),
        including_restricted=subscription.including_restricted,
        owner=subscription.owner.key,
        conversation=subscription.conversation.key,
        scope=subscription.conversation.scope.value,
        created=from_unix(subscription.created_at),
    )


def _state(subscription: Subscription) -> str:
    if subscription.suspended:
        return f"suspended: {subscription.suspended}"
    return "paused" if subscription.paused else "active"
