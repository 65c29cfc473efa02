"""Sends messages within Teams' rate limits, avoiding duplicates."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass, replace

from bot.chat.identity import Conversation
from bot.chat.messages import DeliveryDelayedError, Message, Messenger
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.posts import Post, Posts, message_key
from bot.notifications.outbox.rate_limit import RateLimiter


@dataclass(frozen=True, slots=True)
class Delivered:
    """Teams took a message of this form (a label of the metrics)."""

    form: str


class MessageDelivery:
    """Sends and updates messages. `clock` gives Unix seconds.

    Raises `DeliveryError`, `RateLimitExceededError` and `StoreError`.
    """

    def __init__(
        self,
        messenger: Messenger,
        posts: Posts,
        rate_limiter: RateLimiter,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._messenger, self._posts, self._rate_limiter = messenger, posts, rate_limiter
        self._metrics, self._clock = metrics, clock

    async def post_once(self, to: Conversation, message: Message, job: str) -> None:
        """Post a message that is about no single issue, unless this job did before."""
        key = message_key(to, job)
        await self.send_once(to, message, key=key, job=job, post=await self._posts.get(key))

    async def send_once(
        self, to: Conversation, message: Message, *, key: str, job: str, post: Post, reply_to: str = ""
    ) -> Post:
        """Post, unless `post` (the record of `key`) shows that this job did; return the record afterwards.

        The intent is written before and the outcome after, so that a second message is only possible after a crash
        between Teams' answer and the latter write; the metric `uncertain` counts how often that may have been.
        """
        if post.sent_job == job:
            return post
        if post.sending_job == job:
            self._metrics.uncertain.inc()
        await self._rate_limiter.acquire(to)
        post = replace(post, sending_job=job)
        await self._posts.put(key, post, now=self._clock())
        try:
            activity = await self._messenger.send(to, message, reply_to=reply_to)
        except DeliveryDelayedError as delayed:
            if not delayed.maybe_sent:
                await self._posts.put(key, replace(post, sending_job=""), now=self._clock())
            raise
        now = self._clock()
        if not post.activity:
            post = replace(post, activity=activity, posted=now)
        post = replace(post, sending_job="", sent_job=job)
        await self._posts.put(key, post, now=now)
        return post

    async def update(self, to: Conversation, activity: str, message: Message) -> None:
        """Replace an earlier message; repeating it is harmless."""
        await self._rate_limiter.acquire(to)
        await self._messenger.update(to, activity, message)
