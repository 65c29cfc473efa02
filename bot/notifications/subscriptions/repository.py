"""Subscriptions: which conversation wants to be told what, on whose behalf."""

from __future__ import annotations

import hashlib
import time
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import partial

from bot.chat.identity import Conversation, Person
from bot.jira.models import Site
from bot.jira.webhooks.model import Event, Topic
from bot.notifications.personal.relevance import Matter
from bot.notifications.subscriptions.parser import SubscribeRequest
from bot.storage.base import Store
from bot.storage.table import Entry, Table

TABLE = "subscriptions"
_MAX_CACHED = 10_000


@dataclass(frozen=True, slots=True)
class Subscription:
    """A standing wish. `project` and `jql` may each be empty, not both; an empty project means the whole site.

    What is told is what `owner` may see at that moment. `suspended` is empty, or why it stopped by itself;
    `resumed_at` (Unix seconds) is when it last went on after that or after a pause.
    A personal notification is a subscription whose conversation is the owner's own chat; it is not stored, and has
    the owner's Jira `account` and the `matters` that they want to hear of.
    """

    id: str
    conversation: Conversation
    owner: Person
    cloud_id: str
    host: str
    project: str
    jql: str
    topics: frozenset[Topic]
    including_restricted: bool = False
    paused: bool = False
    suspended: str = ""
    created_at: float = 0.0
    resumed_at: float = 0.0
    account: str = ""
    matters: frozenset[Matter] = frozenset()

    @property
    def tells_restricted(self) -> bool:
        """Whether what not everybody may read in Jira may be told here."""
        return self.including_restricted or self.conversation.is_personal

    @property
    def told_from(self) -> float:
        """Unix seconds: what happened before and is found only now is not told any more."""
        return max(self.created_at, self.resumed_at)


def place(conversation: Conversation) -> str:
    """The name of a conversation in keys, tags and groups: whatever the thread."""
    return f"{conversation.tenant}/{conversation.id}"


def _team(conversation: Conversation) -> str:
    return f"{conversation.tenant}/{conversation.team}"


def _tags(subscription: Subscription) -> list[str]:
    sites = dict.fromkeys((subscription.host, subscription.cloud_id))
    return [
        *(f"site:{site}/{subscription.project or '*'}" for site in sites),
        *(f"site:{site}/topic:{topic}" for site in sites for topic in sorted(subscription.topics)),
        f"conversation:{place(subscription.conversation)}",
        f"owner:{subscription.owner.key}",
        *([f"team:{_team(subscription.conversation)}"] if subscription.conversation.team else ()),
    ]


def _event_tags(event: Event) -> list[str]:
    """An event that does not name its project is looked up by what it tells."""
    if event.project_key:
        projects = dict.fromkeys(filter(None, (event.project_key, event.old_project, "*")))
        return [f"site:{event.site}/{project}" for project in projects]
    return [f"site:{event.site}/topic:{topic}" for topic in sorted(event.topics)]


def _extent(subscription: Subscription) -> tuple[object, ...]:
    return subscription.topics, subscription.including_restricted, subscription.paused


def _going_on(subscription: Subscription, now: float) -> Subscription:
    return replace(subscription, suspended="", resumed_at=now)


def _renewed(subscription: Subscription, newest: Conversation) -> Subscription:
    known = subscription.conversation
    language, team = newest.language or known.language, newest.team or known.team
    return replace(subscription, conversation=replace(newest, language=language, team=team))


class Subscriptions:
    """The table of subscriptions. Every method may raise `StoreError`."""

    def __init__(
        self,
        store: Store,
        personal: Callable[[str], Awaitable[Subscription | None]] | None = None,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._table = Table(store, TABLE, Subscription, cache_size=_MAX_CACHED)
        self._personal, self._clock = personal, clock
        self.listeners: list[Callable[[], None]] = []
        """Called after each change that this process makes."""

    async def create(
        self, conversation: Conversation, owner: Person, site: Site, request: SubscribeRequest, *, now: float
    ) -> Subscription:
        """Subscribe. The same wish of the same person again replaces the earlier one."""
        subscription = Subscription(
            id=_identity(place(conversation), owner.key, site.cloud_id, request.project, request.jql),
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
        await self._table.put(subscription.id, subscription, tags=_tags(subscription))
        self._changed()
        return subscription

    async def get(self, subscription_id: str) -> Subscription | None:
        """One subscription by its id."""
        return await self._table.get(subscription_id)

    async def _stored_or_personal(self, subscription_id: str) -> Subscription | None:
        personal = await self._personal(subscription_id) if self._personal else None
        return personal or await self.get(subscription_id)

    async def version(self, subscription_id: str) -> int:
        """How often this subscription was written; 0 if it is gone."""
        entry = await self._table.entry(subscription_id)
        return entry.version if entry else 0

    async def some(self, ids: Iterable[str]) -> list[Subscription]:
        """Those that still exist, oldest first."""
        found = [s for s in [await self._stored_or_personal(i) for i in ids] if s is not None]
        return sorted(found, key=lambda s: (s.created_at, s.id))

    async def in_conversation(self, conversation: Conversation) -> list[Subscription]:
        """All of a conversation's, oldest first."""
        return await self._tagged([f"conversation:{place(conversation)}"])

    async def in_team(self, channel: Conversation) -> list[Subscription]:
        """All in the channels of this channel's team, oldest first."""
        return await self._tagged([f"team:{_team(channel)}"]) if channel.team else []

    async def of_owner(self, owner: Person) -> list[Subscription]:
        """All that this person made, oldest first."""
        return await self._tagged([f"owner:{owner.key}"])

    async def candidates(self, event: Event) -> list[Subscription]:
        """Those that could want an event, oldest first; the cost grows with their number alone."""
        return (await self.candidates_of_each([event]))[0]

    async def candidates_of_each(self, events: Sequence[Event]) -> list[list[Subscription]]:
        """The candidates of each event, in one search."""
        wanted = [_event_tags(event) for event in events]
        tags = list(dict.fromkeys(tag for some in wanted for tag in some))
        found = dict(zip(tags, await self._table.find_each(tags), strict=True))
        return [_sorted(entry for tag in some for entry in found[tag]) for some in wanted]

    async def change(
        self, subscription_id: str, how: Callable[[Subscription], Subscription]
    ) -> Subscription | None:
        """Apply `how` to the newest state, whoever else writes meanwhile; None if the subscription is gone."""
        changed = await self._table.update(subscription_id, how, tags=_tags)
        if changed is not None:
            self._changed()
        return changed

    async def pause(self, subscription_id: str) -> Subscription | None:
        """Tell nothing until it is resumed."""
        return await self.change(subscription_id, lambda s: replace(s, paused=True))

    async def resume(self, subscription_id: str) -> Subscription | None:
        """Tell again, whether a person paused it or it was suspended."""
        now = self._clock()
        return await self.change(
            subscription_id,
            lambda s: _going_on(replace(s, paused=False), now) if s.paused or s.suspended else s,
        )

    async def end_suspension(self, subscription_id: str) -> Subscription | None:
        """What had stopped it by itself is over; a person's pause stays."""
        now = self._clock()
        return await self.change(subscription_id, lambda s: _going_on(s, now) if s.suspended else s)

    async def take_over(self, subscription: Subscription, owner: Person) -> Subscription:
        """Go on with the same wish on behalf of somebody else.

        Should they wish the same already, but of other events, it stays beside that.
        """
        conversation, cloud_id = place(subscription.conversation), subscription.cloud_id
        wish = (conversation, owner.key, cloud_id, subscription.project, subscription.jql)
        identity = _identity(*wish)
        own = await self.get(identity) if identity != subscription.id else None
        if own is not None and _extent(own) != _extent(subscription):
            identity = _identity(*wish, subscription.id)
        taken = replace(subscription, id=identity, owner=owner)
        if taken.suspended:
            taken = _going_on(taken, self._clock())
        await self._table.put(taken.id, taken, tags=_tags(taken))
        if taken.id != subscription.id:
            await self._table.delete(subscription.id)
        self._changed()
        return taken

    async def remove(self, subscription_id: str) -> bool:
        """Unsubscribe; whether there was anything to remove."""
        removed = await self._table.delete(subscription_id)
        self._changed()
        return removed

    async def follow(self, conversation: Conversation) -> None:
        """Take over a conversation's newest address (`service_url` changes) into its subscriptions.

        Each keeps its language and team where the conversation itself names none: not every activity does.
        """
        newest = replace(conversation, thread="")
        for subscription in await self.in_conversation(conversation):
            if _renewed(subscription, newest) != subscription:
                await self.change(subscription.id, lambda s: _renewed(s, newest))

    async def rename_sites(self, owner: Person, sites: Iterable[Site]) -> None:
        """Take over the newest addresses of sites into what this person made; deliveries name them so."""
        hosts = {site.cloud_id: site.host for site in sites}
        for subscription in await self.of_owner(owner):
            host = hosts.get(subscription.cloud_id, subscription.host)
            if host != subscription.host:
                await self.change(subscription.id, partial(replace, host=host))

    async def all(self) -> AsyncIterator[Subscription]:
        """Every one, of all conversations."""
        async for entry in self._table.scan():
            yield entry.value

    def _changed(self) -> None:
        for tell in self.listeners:
            tell()

    async def _tagged(self, tags: list[str]) -> list[Subscription]:
        return _sorted(entry for entries in await self._table.find_each(tags) for entry in entries)


def _sorted(entries: Iterable[Entry[Subscription]]) -> list[Subscription]:
    """Each once, oldest first."""
    by_key = {entry.key: entry.value for entry in entries}
    return sorted(by_key.values(), key=lambda s: (s.created_at, s.id))


def _identity(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:16]
