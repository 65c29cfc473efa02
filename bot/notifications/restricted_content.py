"""Says whether a conversation has asked for issues with a security level (`including restricted`)."""

from __future__ import annotations

import structlog

from bot.chat.identity import Conversation
from bot.jira.errors import JiraError, NoTokenError
from bot.jira.jql import quote
from bot.jira.models import Issue
from bot.notifications.ports import IssueReader
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.repository import Subscriptions
from bot.storage.base import StoreError

log = structlog.get_logger(__name__)


class RestrictedContent:
    """Asks as the owners of the subscriptions: a conversation is shown what they may see, whoever pressed."""

    def __init__(self, subscriptions: Subscriptions, reader: IssueReader) -> None:
        self._subscriptions, self._reader = subscriptions, reader

    async def is_wanted(self, conversation: Conversation, cloud_id: str, issue: Issue) -> bool:
        """Whether a notification of this issue would be posted there with its content. Without an answer: no."""
        try:
            here = await self._subscriptions.in_conversation(conversation)
        except StoreError as error:
            log.info("restricted content not shown", error=type(error).__name__)
            return False
        covering = [s for s in here if s.covers_restricted(cloud_id, issue.project_key)]
        return any([await self._finds(subscription, issue) for subscription in covering])

    async def _finds(self, subscription: Subscription, issue: Issue) -> bool:
        """Whether the subscription's query finds the issue for its owner. Jira matches only what they may see."""
        jql = subscription.jql or f"project = {quote(issue.project_key)}"
        try:
            return await self._reader.matches(subscription.owner, subscription.cloud_id, issue.id, jql)
        except (JiraError, NoTokenError) as error:
            log.info("restricted content not shown", error=type(error).__name__)
            return False
