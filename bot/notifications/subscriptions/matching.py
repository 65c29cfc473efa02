"""Which subscriptions want an event. Pure; whether they may be told is asked later, of Jira."""

from __future__ import annotations

from bot.jira.webhooks.model import Event
from bot.notifications.subscriptions.repository import Subscription


def wants(subscription: Subscription, event: Event) -> bool:
    """Whether `subscription` is active and about this site, project and kind of event (threat T45: the site
    is the one that the delivery itself names). An event that names no project is decided once the issue is read.
    Nobody hears in their own chat of what they did themselves.
    """
    return (
        not subscription.paused
        and not subscription.suspended
        and event.site in (subscription.host, subscription.cloud_id)
        and (subscription.project in ("", event.project_key, event.old_project) or not event.project_key)
        and not subscription.topics.isdisjoint(event.topics)
        and not (subscription.account and event.actor and event.actor.account_id == subscription.account)
    )
