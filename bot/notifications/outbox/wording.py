"""Says in one sentence what happened, as far as the conversation may know it."""

from __future__ import annotations

from bot.jira.webhooks.model import Event
from bot.jira.webhooks.sentences import describe
from bot.language import tr
from bot.notifications.outbox.authorization import Allowed


def say(event: Event, allowed: Allowed) -> str:
    """Return the sentence, as plain text."""
    if allowed.left is None:
        return describe(event, with_text=allowed.with_text, names=allowed.names)
    if allowed.left:
        return tr("{old} moved to {new}", old=event.old_key, new=allowed.left)
    return tr("{old} moved to another project", old=event.old_key)
