"""The table of subscriptions: which conversation is notified about what, on whose behalf."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from dataclasses import replace
from functools import partial

from bot.accounts.audit import AuditAction, AuditLog
from bot.accounts.service_accounts import is_service_account
from bot.chat.identity import Conversation, Person
from bot.jira.models import Site
from bot.jira.webhooks.model import Event
from bot.notifications.subscriptions.limits import (
    DEFAULT_LIMITS,
    ConversationFullError,
    PersonFullError,
    SubscriptionLimits,
)
from bot.notifications.subscriptions.model import Subscription
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.storage.base import Store
from bot.storage.table import Entry, Table

TABLE = "subscriptions"
_MAX_CACHED = 10_000


def _ignore_change() -> None:
    return None


class Subscriptions:
    """Reads and changes subscriptions. Every method may raise `StoreError`. `clock` gives Unix seconds.

    `on_change` is called after each change that this process makes.
    """

    def __init__(
        self,
        store: Store,
        *,
        on_change: Callable[[], None] = _ignore_change,
        audit: AuditLog | None = None,
        limits: SubscriptionLimits = DEFAULT_LIMITS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._limits = limits
        self._audit = audit or AuditLog(store, clock=clock)
        self._table = Table(store, TABLE, Subscription, cache_size=_MAX_CACHED)
        self._on_change, self._clock = on_change, clock

    async def create(
        self, conversation: Conversation, owner: Person, site: Site, request: SubscribeRequest, *, now: float
    ) -> Subscription:
        """Subscribe. Replaces the same owner's subscription to the same project and query.

        Raises `ConversationFullError`, `PersonFullError`; a service account has no limit of its own.
        """
        subscription = Subscription(
            id=_identity(conversation.key, owner.key, site.cloud_id, request.project, request.jql),
            conversation=replace(conversation, thread=""),
            owner=owner,
            cloud_id=site.cloud_id,
            host=site.host,
            project=request.project,
            jql=request.jql,
            topics=request.topics,
            including_restricted=request.including_restricted,
            created_at=now,
        )
        if await self.get(subscription.id) is None:
            if len(await self.in_conversation(conversation)) >= self._limits.per_conversation:
                raise ConversationFullError(self._limits.per_conversation)
            await self._require_room_of(owner)
        await self._table.put(subscription.id, subscription, tags=_tags(subscription))
        self._on_change()
        return subscription

    async def get(self, subscription_id: str) -> Subscription | None:
        """Return one subscription by its id."""
        return await self._table.get(subscription_id)

    async def get_all(self, ids: Iterable[str]) -> list[Subscription]:
        """Return those that still exist, oldest first."""
        subscriptions = [await self.get(subscription_id) for subscription_id in ids]
        return oldest_first(subscription for subscription in subscriptions if subscription is not None)

    async def version(self, subscription_id: str) -> int:
        """Return how often this subscription was written; 0 if it is gone."""
        entry = await self._table.entry(subscription_id)
        return entry.version if entry else 0

    async def in_conversation(self, conversation: Conversation) -> list[Subscription]:
        """Return all of a conversation's, oldest first."""
        return _values(await self._table.find(f"conversation:{conversation.key}"))

    async def in_team(self, channel: Conversation) -> list[Subscription]:
        """Return all in the channels of this channel's team, oldest first."""
        return _values(await self._table.find(f"team:{_team(channel)}")) if channel.team else []

    async def of_owner(self, owner: Person) -> list[Subscription]:
        """Return all that this person made, oldest first."""
        return _values(await self._table.find(f"owner:{owner.key}"))

    async def candidates(self, event: Event) -> list[Subscription]:
        """Return those that could want an event, oldest first; the cost grows with their number alone."""
        return (await self.candidates_of_each([event]))[0]

    async def candidates_of_each(self, events: Sequence[Event]) -> list[list[Subscription]]:
        """Return the candidates of each event, in one search."""
        tags_of_each = [_event_tags(event) for event in events]
        tags = list(dict.fromkeys(tag for tags in tags_of_each for tag in tags))
        tagged = dict(zip(tags, await self._table.find_each(tags), strict=True))
        return [_values(entry for tag in tags for entry in tagged[tag]) for tags in tags_of_each]

    async def all(self) -> AsyncIterator[Subscription]:
        """Yield every subscription of every conversation."""
        async for entry in self._table.scan():
            yield entry.value

    async def update(
        self, subscription_id: str, change: Callable[[Subscription], Subscription]
    ) -> Subscription | None:
        """Apply `change` to the newest state; None if the subscription is gone."""
        changed = await self._table.update(subscription_id, change, tags=_tags)
        if changed is not None:
            self._on_change()
        return changed

    async def pause(self, subscription_id: str) -> Subscription | None:
        """Post nothing until it is resumed."""
        return await self.update(subscription_id, lambda s: replace(s, paused=True))

    async def resume(self, subscription_id: str) -> Subscription | None:
        """Continue, whether a person paused it or it was suspended."""
        now = self._clock()
        return await self.update(
            subscription_id, lambda s: s if s.is_active else _resumed(replace(s, paused=False), now)
        )

    async def end_suspension(self, subscription_id: str) -> Subscription | None:
        """Continue after a suspension; a person's pause stays."""
        now = self._clock()
        return await self.update(subscription_id, lambda s: _resumed(s, now) if s.suspended else s)

    async def take_over(self, subscription: Subscription, owner: Person) -> Subscription:
        """Transfer to a new owner.

        If they already have the same subscription with different topics, both are kept. Raises `PersonFullError`.
        """
        if owner != subscription.owner:
            await self._require_room_of(owner)
        target = replace(subscription, owner=owner)
        identity = _identity_of(target)
        existing = await self.get(identity) if identity != subscription.id else None
        if existing is not None and _extent(existing) != _extent(subscription):
            identity = _identity_of(target, subscription.id)
        target = replace(target, id=identity)
        if target.suspended:
            target = _resumed(target, self._clock())
        await self._table.put(target.id, target, tags=_tags(target))
        if target.id != subscription.id:
            await self._table.delete(subscription.id)
        self._on_change()
        await self._audit.record(
            AuditAction.TAKEN_OVER, owner, previous=subscription.owner, subscription=target.id
        )
        return target

    async def _require_room_of(self, owner: Person) -> None:
        if is_service_account(owner):
            return
        if len(await self.of_owner(owner)) >= self._limits.per_person:
            raise PersonFullError(self._limits.per_person)

    async def remove(self, subscription_id: str) -> bool:
        """Unsubscribe; return whether there was anything to remove."""
        removed = await self._table.delete(subscription_id)
        self._on_change()
        return removed

    async def update_address(self, conversation: Conversation) -> None:
        """Store a conversation's newest address (`service_url` changes) in its subscriptions.

        Each keeps its language and team where the conversation itself names none: not every activity does.
        """
        newest = replace(conversation, thread="")
        for subscription in await self.in_conversation(conversation):
            if _readdressed(subscription, newest) != subscription:
                await self.update(subscription.id, lambda s: _readdressed(s, newest))

    async def update_sites(self, owner: Person, sites: Iterable[Site]) -> None:
        """Store the newest addresses of sites in what this person made; deliveries name sites by address."""
        hosts = {site.cloud_id: site.host for site in sites}
        for subscription in await self.of_owner(owner):
            host = hosts.get(subscription.cloud_id, subscription.host)
            if host != subscription.host:
                await self.update(subscription.id, partial(replace, host=host))


def oldest_first(subscriptions: Iterable[Subscription]) -> list[Subscription]:
    """Sort subscriptions by when they were created."""
    return sorted(subscriptions, key=lambda s: (s.created_at, s.id))


def _values(entries: Iterable[Entry[Subscription]]) -> list[Subscription]:
    """Each once, oldest first."""
    return oldest_first({entry.key: entry.value for entry in entries}.values())


def _team(conversation: Conversation) -> str:
    return f"{conversation.tenant}/{conversation.team}"


def _tags(subscription: Subscription) -> list[str]:
    sites = dict.fromkeys((subscription.host, subscription.cloud_id))
    return [
        *(f"site:{site}/{subscription.project or '*'}" for site in sites),
        *(f"site:{site}/topic:{topic}" for site in sites for topic in sorted(subscription.topics)),
        f"conversation:{subscription.conversation.key}",
        f"owner:{subscription.owner.key}",
        *([f"team:{_team(subscription.conversation)}"] if subscription.conversation.team else ()),
    ]


def _event_tags(event: Event) -> list[str]:
    """Return the tags to look an event up by: its projects, or its topics if it names no project."""
    if event.project_key:
        projects = dict.fromkeys(filter(None, (event.project_key, event.old_project, "*")))
        return [f"site:{event.site}/{project}" for project in projects]
    return [f"site:{event.site}/topic:{topic}" for topic in sorted(event.topics)]


def _extent(subscription: Subscription) -> tuple[object, ...]:
    return subscription.topics, subscription.including_restricted, subscription.paused


def _resumed(subscription: Subscription, now: float) -> Subscription:
    return replace(subscription, suspended="", resumed_at=now)


def _readdressed(subscription: Subscription, newest: Conversation) -> Subscription:
    known = subscription.conversation
    language, team = newest.language or known.language, newest.team or known.team
    return replace(subscription, conversation=replace(newest, language=language, team=team))


def _identity_of(subscription: Subscription, *more: str) -> str:
    s = subscription
    return _identity(s.conversation.key, s.owner.key, s.cloud_id, s.project, s.jql, *more)


def _identity(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
