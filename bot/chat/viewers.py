"""Remembers which people with a Jira account were answered in a conversation lately.

Their clients are asked to fetch their own view of the cards posted there. Teams takes sixty people a card;
everybody else sees the shared card. Kept in memory only: after a restart, and on another replica, it fills up
again with each request.
"""

from __future__ import annotations

from cachetools import LRUCache

from bot.chat.identity import Conversation

MAX_VIEWERS = 60
"""People per card for whom Teams fetches a view of their own."""
MAX_CONVERSATIONS = 5_000

_USER_ID_PREFIX = "29:"


class RecentViewers:
    """Teams ids of linked people by conversation; those not seen for longest are dropped first."""

    def __init__(self) -> None:
        self._by_conversation: LRUCache[str, LRUCache[str, None]] = LRUCache(MAX_CONVERSATIONS)

    def add(self, conversation: Conversation, teams_id: str) -> None:
        """Note a linked person who was answered here, unless they are alone here or not a user."""
        if conversation.is_personal or not teams_id.startswith(_USER_ID_PREFIX):
            return
        viewers = self._by_conversation.setdefault(_key(conversation), LRUCache(MAX_VIEWERS))
        viewers.pop(teams_id, None)  # so that the order is that of the last addition
        viewers[teams_id] = None

    def remove(self, conversation: Conversation, teams_id: str) -> None:
        """Forget somebody who has no Jira account linked any more."""
        viewers = self._by_conversation.get(_key(conversation))
        if viewers is not None:
            viewers.pop(teams_id, None)

    def recent(self, conversation: Conversation) -> tuple[str, ...]:
        """Return the Teams ids known here, the newest first."""
        return tuple(reversed(tuple(self._by_conversation.get(_key(conversation), ()))))


def _key(conversation: Conversation) -> str:
    return f"{conversation.tenant}/{conversation.id}"
