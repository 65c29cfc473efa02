"""Who of a conversation's people has lately been answered there as somebody with Jira linked.

Their clients are asked to fetch their own view of the cards that are posted there. Teams takes the names of sixty
people a card; whoever is not among them sees the card that everybody sees. It is kept in memory alone: after a
restart, and on another replica, it fills again with each request.
"""

from __future__ import annotations

from collections import OrderedDict

from bot.chat.identity import Conversation

MOST = 60
"""So many people of one card Teams asks for a view of their own."""
CONVERSATIONS = 5_000

_TEAMS_ID = "29:"


class Audience:
    """Teams ids of linked people, by conversation; the longest silent go first."""

    def __init__(self) -> None:
        self._met: OrderedDict[str, OrderedDict[str, None]] = OrderedDict()

    def met(self, conversation: Conversation, teams_id: str) -> None:
        """A linked person was answered here. Nothing is noted where nobody else reads along."""
        if conversation.is_personal or not teams_id.startswith(_TEAMS_ID):
            return
        here = self._met.setdefault(_key(conversation), OrderedDict())
        here[teams_id] = None
        here.move_to_end(teams_id)
        if len(here) > MOST:
            here.popitem(last=False)
        self._met.move_to_end(_key(conversation))
        if len(self._met) > CONVERSATIONS:
            self._met.popitem(last=False)

    def lost(self, conversation: Conversation, teams_id: str) -> None:
        """Somebody has no Jira linked any more."""
        self._met.get(_key(conversation), OrderedDict()).pop(teams_id, None)

    def of(self, conversation: Conversation) -> tuple[str, ...]:
        """Who is known here, the newest first."""
        return tuple(reversed(self._met.get(_key(conversation), ())))


def _key(conversation: Conversation) -> str:
    return f"{conversation.tenant}/{conversation.id}"
