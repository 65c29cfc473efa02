"""What was posted where: an issue's card in a conversation, so that events of the week after it update it."""

from __future__ import annotations

from dataclasses import dataclass

from bot.chat.identity import Conversation
from bot.notifications.subscriptions.repository import place
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "posts"
WEEK = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Post:
    """One message of ours. `sending` is the job whose request is under way, `told` the last one that is through.

    A job that finds itself in `sending` was interrupted between Teams' taking it and our writing that down, or
    before it was sent: nobody can know. For a card, `headline` is of the newest event told (at `time`, ms), and
    `shown` is when the issue that it shows was last changed (ms). `posted` is when Teams took it (Unix seconds).
    """

    activity: str = ""
    sending: str = ""
    told: str = ""
    headline: str = ""
    time: int = 0
    shown: int = 0
    posted: float = 0.0


def card_key(conversation: Conversation, cloud_id: str, issue_id: str) -> str:
    """The key of an issue's card."""
    return f"{place(conversation)}|{cloud_id}/{issue_id}"


def message_key(conversation: Conversation, job_id: str) -> str:
    """The key of a message that is about no single issue."""
    return f"{place(conversation)}|job:{job_id}"


class Posts:
    """The table of posts. Every method may raise `StoreError`."""

    def __init__(self, store: Store) -> None:
        self._table = Table(store, TABLE, Post)

    async def get(self, key: str) -> Post:
        """What is known; an empty post if nothing is."""
        return await self._table.get(key) or Post()

    async def put(self, key: str, post: Post, *, now: float) -> None:
        """Write down, durably, until a week after it was posted: an issue that never rests gets a card a week, or
        its card would be far up in the chat."""
        end = (post.posted or now) + WEEK
        await self._table.put(key, post, expires_at=end)

    async def forget(self, key: str) -> None:
        """The message is no longer there."""
        await self._table.delete(key)
