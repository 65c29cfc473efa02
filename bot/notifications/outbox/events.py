"""Posts one event in a conversation: as the issue's card, or as its update and a line in its thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace

from bot.chat.identity import Conversation, Scope
from bot.chat.last_issue import LastIssueStore
from bot.chat.messages import DeliveryRefusedError, IssueRef, Message
from bot.chat.viewers import RecentViewers
from bot.jira.models import Issue, Site
from bot.jira.webhooks.model import Event
from bot.language import tr
from bot.notifications.outbox.authorization import Allowed
from bot.notifications.outbox.delivery import MessageDelivery
from bot.notifications.outbox.posts import Post, Posts, card_key
from bot.notifications.outbox.wording import say
from bot.notifications.ports import Cards


class EventNotifier:
    """Posts events. Raises what `MessageDelivery` raises. Posting the same job again changes nothing more.

    `clock` gives Unix seconds.
    """

    def __init__(
        self,
        delivery: MessageDelivery,
        posts: Posts,
        cards: Cards,
        last_issues: LastIssueStore,
        viewers: RecentViewers,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._delivery, self._posts, self._cards = delivery, posts, cards
        self._last_issues, self._viewers, self._clock = last_issues, viewers, clock

    async def notify(self, job: str, event: Event, allowed: Allowed) -> str:
        """Say what happened; return in which form (a label of the metrics)."""
        headline, to = say(event, allowed), allowed.conversation
        if allowed.left is not None:
            return await self._notify_left(job, event, allowed, headline)
        if allowed.current is None:
            return await self._notify_deleted(job, event, allowed, headline)
        site, issue = allowed.current
        if to.is_personal:
            self._last_issues.remember(allowed.recipient.owner, to, issue.key, site.cloud_id)
        await self._viewers.load(to)
        key = card_key(to, site.cloud_id, issue.id)
        post = await self._posts.get(key)
        if post.activity and post.sent_job != job:
            post = await self._refresh(post, allowed, allowed.current, event, headline)
        if post.activity:
            line = self._cards.line_message(to, _line(to, issue, headline))
            line = replace(line, about=IssueRef(issue.key, site.cloud_id))
            if await self._reply(to, post, key, job, line):
                return "line"
            post = Post()
        post = replace(post, headline=headline, event_time=event.time, issue_changed=_changed(issue))
        card = self._card(allowed, allowed.current, headline)
        await self._delivery.send_once(to, card, key=key, job=job, post=post)
        return "card"

    async def refresh_card(self, to: Conversation, event: Event, allowed: Allowed, headline: str) -> None:
        """Bring the issue's card up to date, if there is one; that of an issue that is gone is closed."""
        if allowed.current is None:
            await self._close_card(to, event, allowed, headline)
            return
        site, issue = allowed.current
        post = await self._posts.get(card_key(to, site.cloud_id, issue.id))
        if post.activity:
            await self._refresh(post, allowed, allowed.current, event, headline)

    async def hide_card(self, to: Conversation, secured: tuple[Site, Issue]) -> None:
        """Leave nothing but the key on the card of an issue that got a security level, if there is a card."""
        site, issue = secured
        key = card_key(to, site.cloud_id, issue.id)
        post = await self._posts.get(key)
        if not post.activity:
            return
        try:
            await self._delivery.update(to, post.activity, self._cards.issue_message(to, site, issue, ""))
        except DeliveryRefusedError:
            # Somebody deleted the card.
            await self._posts.delete(key)

    async def _reply(self, to: Conversation, post: Post, key: str, job: str, line: Message) -> bool:
        """Post a line in the card's thread; False if somebody deleted the card, and with it the thread."""
        try:
            await self._delivery.send_once(to, line, key=key, job=job, post=post, reply_to=post.activity)
        except DeliveryRefusedError:
            await self._posts.delete(key)
            return False
        return True

    def _card(self, allowed: Allowed, current: tuple[Site, Issue], headline: str) -> Message:
        restricted = allowed.recipient.allows_restricted
        return self._cards.issue_message(allowed.conversation, *current, headline, including_restricted=restricted)

    async def _refresh(
        self, post: Post, allowed: Allowed, current: tuple[Site, Issue], event: Event, headline: str
    ) -> Post:
        """Bring a card up to date; return an empty post if somebody deleted it.

        It always shows the issue as it was just read, under the newest event's sentence: a late event never
        puts older state over newer, and one state has one look whatever the order of its events (F20).
        """
        (site, issue), to = current, allowed.conversation
        key = card_key(to, site.cloud_id, issue.id)
        if (event.time, headline) >= (post.event_time, post.headline):
            post = replace(post, headline=headline, event_time=event.time)
        if _changed(issue) < post.issue_changed:
            return post
        card = self._card(allowed, current, post.headline)
        try:
            await self._delivery.update(to, post.activity, card)
        except DeliveryRefusedError:
            await self._posts.delete(key)
            return Post()
        post = replace(post, issue_changed=_changed(issue))
        await self._posts.put(key, post, now=self._clock())
        return post

    async def _notify_left(self, job: str, event: Event, allowed: Allowed, headline: str) -> str:
        """Close the card of an issue that is in another project now, and say so in its thread."""
        to = allowed.conversation
        await self._close_card(to, event, allowed, headline)
        key = card_key(to, allowed.recipient.cloud_id, event.issue_id)
        post = await self._posts.get(key)
        line = self._cards.line_message(to, headline)
        if not (post.activity and await self._reply(to, post, key, job, line)):
            await self._delivery.post_once(to, line, job)
        return "line"

    async def _notify_deleted(self, job: str, event: Event, allowed: Allowed, headline: str) -> str:
        if await self._close_card(allowed.conversation, event, allowed, headline, job=job):
            return "update"
        line = self._last_line(allowed.conversation, event, allowed, headline)
        await self._delivery.post_once(allowed.conversation, line, job)
        return "line"

    async def _close_card(
        self, to: Conversation, event: Event, allowed: Allowed, headline: str, *, job: str = ""
    ) -> bool:
        """Replace the card of an issue that is gone, with its buttons, by a line; whether there is one."""
        key = card_key(to, allowed.recipient.cloud_id, event.issue_id or event.issue_key)
        post = await self._posts.get(key)
        if not post.activity or post.sent_job == job:
            return bool(post.activity)
        try:
            await self._delivery.update(to, post.activity, self._last_line(to, event, allowed, headline))
        except DeliveryRefusedError:
            # Somebody deleted the card.
            await self._posts.delete(key)
            return False
        if job:
            await self._posts.put(key, replace(post, sent_job=job), now=self._clock())
        return True

    def _last_line(self, to: Conversation, event: Event, allowed: Allowed, headline: str) -> Message:
        if allowed.left is not None:
            return self._cards.line_message(to, headline)
        issue = f"{event.issue_key} {event.summary}".strip() if allowed.with_text else event.issue_key
        return self._cards.line_message(to, tr("{issue}: {said}", issue=issue, said=headline))


def _line(conversation: Conversation, issue: Issue, headline: str) -> str:
    """Name the issue, unless the line is in a thread, which only channels have."""
    if conversation.scope is Scope.CHANNEL:
        return headline
    # i18n: {said} is what happened to it: “Bob moved To Do → Done”.
    return tr("{issue}: {said}", issue=f"{issue.key} {issue.summary}", said=headline)


def _changed(issue: Issue) -> int:
    return int(issue.updated.timestamp() * 1000) if issue.updated else 0
