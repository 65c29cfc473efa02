"""Saying things at the pace that Teams allows, each once as far as Teams can tell."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from bot.chat.identity import Conversation
from bot.chat.messages import DeliveryDelayedError, Message, Messenger
from bot.notifications.metrics import Metrics
from bot.notifications.outbox.posts import Post, Posts
from bot.notifications.outbox.rate_limit import Pace
from bot.notifications.subscriptions.repository import place


class Voice:
    """Sends and updates. Raises `DeliveryError`, `TooFastError` and `StoreError`."""

    def __init__(
        self,
        messenger: Messenger,
        posts: Posts,
        pace: Pace,
        metrics: Metrics,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._messenger, self.posts, self._pace, self._metrics = messenger, posts, pace, metrics
        self._clock = clock

    async def send_once(
        self, to: Conversation, message: Message, *, key: str, job: str, post: Post, reply_to: str = ""
    ) -> Post:
        """Post, unless `post` (what `key` holds) shows that this job did; what `key` holds afterwards.

        The intent is written before and the outcome after, so that the only way to a second message is a crash
        between Teams' answer and the latter; `uncertain` counts how often that may have been.
        """
        if post.told == job:
            return post
        if post.sending == job:
            self._metrics.uncertain.inc()
        await self._pace.wait(place(to), to.tenant)
        post = replace(post, sending=job)
        await self.posts.put(key, post, now=self._clock())
        try:
            activity = await self._messenger.send(to, message, reply_to=reply_to)
        except DeliveryDelayedError as delayed:
            if not delayed.maybe_sent:
                await self.posts.put(key, replace(post, sending=""), now=self._clock())
            raise
        now = self._clock()
        if not post.activity:
            post = replace(post, activity=activity, posted=now)
        post = replace(post, sending="", told=job)
        await self.posts.put(key, post, now=now)
        return post

    async def update(self, to: Conversation, activity: str, message: Message) -> None:
        """Replace an earlier message; doing it again is harmless."""
        await self._pace.wait(place(to), to.tenant)
        await self._messenger.update(to, activity, message)
