"""One event in one conversation: the issue's card, or its update and one line in its thread."""

from __future__ import annotations

from dataclasses import replace

from bot.chat.identity import Conversation, Scope
from bot.chat.messages import DeliveryRefusedError, Message
from bot.jira.models import Issue, Site
from bot.jira.webhooks.model import Event
from bot.jira.webhooks.sentences import describe
from bot.language import tr
from bot.notifications.desk import Desk
from bot.notifications.outbox.authorization import Permit
from bot.notifications.outbox.posts import Post, card_key, message_key


class Teller:
    """Tells events. Raises what `Voice` raises. Telling the same job again changes nothing more."""

    def __init__(self, desk: Desk) -> None:
        self._voice, self._cards, self._clock = desk.voice, desk.cards, desk.clock
        self._shown = desk.shown

    async def told_before(self, conversation: Conversation, cloud_id: str, event: Event) -> bool:
        """Whether this conversation has the issue's card."""
        key = card_key(conversation, cloud_id, event.issue_id)
        return bool(event.issue_id and (await self._voice.posts.get(key)).activity)

    async def tell(self, job: str, conversation: Conversation, event: Event, permit: Permit) -> str:
        """Say what happened; how it was said (a metric's label)."""
        said = describe(event, with_text=permit.with_text, names=permit.names)
        if permit.found is None:
            return await self._end(job, conversation, permit, event, said)
        site, issue = permit.found
        if conversation.is_personal:
            self._shown.remember(permit.subscription.owner, conversation, issue.key, site.cloud_id)
        key = card_key(conversation, site.cloud_id, issue.id)
        post = await self._voice.posts.get(key)
        if post.activity and post.told != job:
            post = await self.refresh(conversation, post, permit.found, event, said)
        if post.activity:
            line = self._cards.line_message(conversation, _line(conversation, issue, said))
            root = post.activity
            try:
                await self._voice.send_once(conversation, line, key=key, job=job, post=post, reply_to=root)
            except DeliveryRefusedError:
                # Somebody deleted the card, and with it the thread: as in `refresh`.
                await self._voice.posts.forget(key)
                post = Post()
            else:
                return "line"
        first = replace(post, headline=said, time=event.time, shown=_changed(issue))
        card = self._cards.issue_message(conversation, site, issue, said)
        await self._voice.send_once(conversation, card, key=key, job=job, post=first)
        return "card"

    async def refresh(
        self, conversation: Conversation, post: Post, found: tuple[Site, Issue], event: Event, said: str
    ) -> Post:
        """Bring the card up to date; an empty post if it is no longer there.

        It always shows the issue as it was just read, under the newest event's sentence: a late event never
        puts older state over newer, and one state has one look whatever the order of its events (F20).
        """
        site, issue = found
        key = card_key(conversation, site.cloud_id, issue.id)
        if (event.time, said) >= (post.time, post.headline):
            post = replace(post, headline=said, time=event.time)
        if _changed(issue) < post.shown:
            return post
        card = self._cards.issue_message(conversation, site, issue, post.headline)
        try:
            await self._voice.update(conversation, post.activity, card)
        except DeliveryRefusedError:
            # Somebody deleted the card: the next one starts anew.
            await self._voice.posts.forget(key)
            return Post()
        post = replace(post, shown=_changed(issue))
        await self._voice.posts.put(key, post, now=self._clock())
        return post

    async def _end(self, job: str, conversation: Conversation, permit: Permit, event: Event, said: str) -> str:
        if await self.close(conversation, permit, event, said, job=job):
            return "update"
        key = message_key(conversation, job)
        post, line = await self._voice.posts.get(key), self._last_line(conversation, permit, event, said)
        await self._voice.send_once(conversation, line, key=key, job=job, post=post)
        return "line"

    async def close(
        self, conversation: Conversation, permit: Permit, event: Event, said: str, *, job: str = ""
    ) -> bool:
        """The issue is gone: its card becomes a line, because its buttons lead nowhere now. Whether it has one."""
        key = card_key(conversation, permit.subscription.cloud_id, event.issue_id or event.issue_key)
        post = await self._voice.posts.get(key)
        if not post.activity or post.told == job:
            return bool(post.activity)
        line = self._last_line(conversation, permit, event, said)
        try:
            await self._voice.update(conversation, post.activity, line)
        except DeliveryRefusedError:
            # Somebody deleted the card.
            await self._voice.posts.forget(key)
            return False
        if job:
            await self._voice.posts.put(key, replace(post, told=job), now=self._clock())
        return True

    def _last_line(self, conversation: Conversation, permit: Permit, event: Event, said: str) -> Message:
        named = f"{event.issue_key} {event.summary}".strip() if permit.with_text else event.issue_key
        return self._cards.line_message(conversation, tr("{issue}: {said}", issue=named, said=said))


def _line(conversation: Conversation, issue: Issue, said: str) -> str:
    """Only channels have threads; elsewhere the line has to name the issue."""
    if conversation.scope is Scope.CHANNEL:
        return said
    # i18n: {said} is what happened to it: “Bob moved To Do → Done”.
    return tr("{issue}: {said}", issue=f"{issue.key} {issue.summary}", said=said)


def _changed(issue: Issue) -> int:
    return int(issue.updated.timestamp() * 1000) if issue.updated else 0
