"""Remembers which messages were posted where, so that events of the following days update an issue's card."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from pydantic import Field

from bot.chat.identity import Conversation
from bot.storage.base import Store
from bot.storage.table import Table

TABLE = "posts"
LIFETIME_SECONDS = 7 * 86400.0


@dataclass(frozen=True, slots=True)
class Post:
    """What is known of a message of the bot. Stored as JSON under the aliases.

    `sending_job` is the job whose request is under way, `sent_job` the last one whose message Teams took. A job
    that finds itself in `sending_job` was interrupted before or after Teams took its message: nobody can know. For
    a card, `headline` is of the newest event posted, which happened at `event_time` (ms), and `issue_changed` is
    when the issue, as shown, was changed last (ms). `posted` is when Teams took the message (Unix seconds).
    """

    activity: str = ""
    sending_job: Annotated[str, Field(alias="sending")] = ""
    sent_job: Annotated[str, Field(alias="told")] = ""
    headline: str = ""
    event_time: Annotated[int, Field(alias="time")] = 0
    issue_changed: Annotated[int, Field(alias="shown")] = 0
    posted: float = 0.0


def card_key(conversation: Conversation, cloud_id: str, issue_id: str) -> str:
    """Return the key of an issue's card."""
    return f"{conversation.key}|{cloud_id}/{issue_id}"


def message_key(conversation: Conversation, job: str) -> str:
    """Return the key of a message that is about no single issue."""
    return f"{conversation.key}|job:{job}"


class Posts:
    """The table of posts, each kept for `retention` seconds. Every method may raise `StoreError`."""

    def __init__(self, store: Store, *, retention: float = LIFETIME_SECONDS) -> None:
        self._table, self._retention = Table(store, TABLE, Post), retention

    async def get(self, key: str) -> Post:
        """Return the record of a message; an empty one if nothing is known."""
        return await self._table.get(key) or Post()

    async def has_card(self, conversation: Conversation, cloud_id: str, issue_id: str) -> bool:
        """Whether the conversation has a card of this issue."""
        return bool(issue_id and (await self.get(card_key(conversation, cloud_id, issue_id))).activity)

    async def put(self, key: str, post: Post, *, now: float) -> None:
        """Store a record until `retention` after its message was posted.

        An issue with events every day gets a new card then: its old one would be far up in the chat.
        """
        await self._table.put(key, post, expires_at=(post.posted or now) + self._retention)

    async def delete(self, key: str) -> None:
        """Forget a message that is no longer there."""
        await self._table.delete(key)
