"""Subscriptions in words."""

from __future__ import annotations

from collections.abc import Mapping

from bot.accounts.service_accounts import is_service_account
from bot.commands.context import Context
from bot.commands.request import Reply
from bot.jira.webhooks.model import Topic
from bot.language import mark, tr, trn
from bot.notifications.outbox.suspension import SuspensionReason
from bot.notifications.subscriptions.model import Subscription
from cards.notification import SubscriptionRow, subscriptions_card

EVENTS: Mapping[Topic, str] = {
    Topic.CREATED: mark("created"),
    Topic.UPDATED: mark("updated"),
    Topic.COMMENTED: mark("commented on"),
    Topic.ASSIGNED: mark("assigned"),
    Topic.TRANSITIONED: mark("transitioned"),
    Topic.RESOLVED: mark("resolved"),
    Topic.DELETED: mark("deleted"),
    Topic.ATTACHMENT: mark("attachment"),
    Topic.WORKLOG: mark("worklog"),
    Topic.SPRINT: mark("sprint"),
}
_SUSPENDED: Mapping[SuspensionReason, str] = {
    SuspensionReason.NOT_CONNECTED: mark("The subscriber disconnected Jira."),
    SuspensionReason.REVOKED: mark("The subscriber's Jira connection has ended."),
    SuspensionReason.SCOPE: mark("The subscriber's Jira connection doesn't cover it."),
    SuspensionReason.NO_ACCESS: mark("The subscriber can no longer see it in Jira."),
    SuspensionReason.QUERY: mark("Jira no longer accepts its query."),
    SuspensionReason.SERVICE_ACCOUNT: mark("Jira no longer accepts the service account."),
}


def describe_issues(subscription: Subscription) -> str:
    """Say which issues a subscription is about."""
    project, jql = subscription.project, subscription.jql
    if project:
        return tr("{project} where {jql}", project=project, jql=jql) if jql else project
    return tr("all projects where {jql}", jql=jql) if jql else tr("all projects")


def describe_events(subscription: Subscription) -> str:
    """List a subscription's events."""
    return ", ".join(tr(EVENTS[topic]) for topic in sorted(subscription.topics))


async def list_subscriptions(ctx: Context, *, notice: str = "") -> Reply:
    """List the conversation's subscriptions, each with its buttons."""
    subscriptions = await ctx.notifications.subscriptions.in_conversation(ctx.request.conversation)
    card = subscriptions_card([_row(each) for each in subscriptions], sign=ctx.sign, notice=notice)
    return Reply(card=card, summary=trn("{count} subscription", "{count} subscriptions", len(subscriptions)))


def _row(subscription: Subscription) -> SubscriptionRow:
    events = describe_events(subscription)
    if subscription.including_restricted:
        events = tr("{events}, including restricted issues", events=events)
    if is_service_account(subscription.owner):
        events = tr("{events}, read as the service account", events=events)
    return SubscriptionRow(
        id=subscription.id,
        what=describe_issues(subscription),
        events=events,
        paused=subscription.paused,
        problem=tr(_SUSPENDED[SuspensionReason(subscription.suspended)]) if subscription.suspended else "",
    )
