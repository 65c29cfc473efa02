"""The stored form of a link: grants with their sealed tokens, changed without losing another writer's change."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import orjson
from pydantic import TypeAdapter

from bot.accounts.model import Account
from bot.accounts.token_answers import Tokens
from bot.chat.identity import Person
from bot.storage.base import Store
from bot.storage.encryption import Keyring
from bot.storage.table import Table

TABLE = "grants"
OPEN_INTENT = "intent"
"""Tag of grants whose last refresh was begun and has not ended."""
MAX_CACHED_GRANTS = 10_000


@dataclass(frozen=True, slots=True)
class TokenPair:
    """The two secrets of a grant, in clear."""

    access: str = field(repr=False)
    refresh: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class Grant:
    """A link as it is stored. All times are Unix seconds, 0 for never."""

    account: Account
    tokens: str = field(repr=False)
    """A sealed `TokenPair`; empty once the grant has ended."""
    generation: str
    """A fresh name for each pair of tokens, by which a late writer sees that it is late."""
    expires_at: float
    lifetime: float
    """Seconds for which the access token was valid when it was issued."""
    refreshed_at: float
    intent_at: float = 0.0
    """When a refresh was begun whose end nobody has seen."""
    ended: str = ""
    """Why the grant is over; empty while it is not."""
    ended_at: float = 0.0
    end_announced: bool = False
    renews: bool = True
    """Whether it has a refresh token; a personal access token has none."""
    user_read_at: float = 0.0
    """When name and address of the Jira account were read last; they were when it was linked, too."""


_PAIR: TypeAdapter[TokenPair] = TypeAdapter(TokenPair)


class _OutdatedError(Exception):
    """The record is of another generation than the change is for."""


def owner(person: Person) -> str:
    """Return the name that a person's sealed tokens are bound to."""
    return f"{TABLE}/{person.key}"


def new_generation() -> str:
    """Return a generation never seen before, whatever records have been deleted or restored."""
    return secrets.token_hex(8)


class GrantTable:
    """The table `grants`. No change is made on an outdated record. Every method may raise `StoreError`."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._table = Table(store, TABLE, Grant, cache_size=MAX_CACHED_GRANTS)
        self._keyring = keyring

    async def get(self, person: Person) -> Grant | None:
        """Return the grant, even one that has ended."""
        return await self._table.get(person.key)

    async def get_cached(self, person: Person) -> Grant | None:
        """Return the grant as it was read lately, unless it is known to have changed; see `Store.get_cached`."""
        return await self._table.get_cached(person.key)

    async def save(self, grant: Grant, *, merge: Callable[[Grant], Grant]) -> Grant:
        """Write a new grant; over an existing one, what `merge` makes of that. Return what was written."""

        def change(present: Grant) -> Grant:
            return grant if present is grant else merge(present)

        return await self._table.update(grant.account.person.key, change, default=grant, tags=_tags) or grant

    async def update(
        self, person: Person, change: Callable[[Grant], Grant], *, generation: str = ""
    ) -> Grant | None:
        """Apply `change` to the newest record and return it.

        Returns None if there is no record, or none of that `generation` (if one is given). Raises
        `StoreUnavailableError` if others write meanwhile each time.
        """

        def checked_change(grant: Grant) -> Grant:
            if generation and grant.generation != generation:
                raise _OutdatedError
            return change(grant)

        try:
            return await self._table.update(person.key, checked_change, tags=_tags)
        except _OutdatedError:
            return None

    async def delete(self, person: Person) -> bool:
        """Remove the grant; return whether there was one."""
        return await self._table.delete(person.key)

    async def with_open_intent(self) -> list[Grant]:
        """Return the grants whose refresh was begun and not finished."""
        return [entry.value for entry in await self._table.find(OPEN_INTENT)]

    async def scan(self) -> AsyncIterator[Grant]:
        """Yield every grant in the order of the people's keys. Records that cannot be read are left out."""
        async for entry in self._table.scan():
            yield entry.value

    def seal(self, person: Person, pair: TokenPair) -> str:
        """Encrypt tokens for this person's record only."""
        plain = orjson.dumps({"access": pair.access, "refresh": pair.refresh})
        return self._keyring.seal(plain, owner=owner(person))

    def open(self, grant: Grant) -> TokenPair:
        """Decrypt a grant's tokens. Raises `bot.storage.encryption.EncryptionError` if they were tampered with."""
        return _PAIR.validate_json(self._keyring.open(grant.tokens, owner=owner(grant.account.person)))

    def with_tokens(self, grant: Grant, tokens: Tokens, now: float) -> Grant:
        """Return the grant with new tokens in a new generation; it keeps its refresh token if none came."""
        refresh = tokens.refresh or self.open(grant).refresh
        return replace(
            grant,
            tokens=self.seal(grant.account.person, TokenPair(tokens.access, refresh)),
            generation=new_generation(),
            expires_at=now + tokens.lifetime,
            lifetime=tokens.lifetime,
            refreshed_at=now,
            intent_at=0.0,
        )

    def reseal(self, grant: Grant) -> Grant:
        """Return the grant encrypted under the keyring's first key: itself if it is already."""
        if not grant.tokens or self._keyring.is_current(grant.tokens):
            return grant
        return replace(grant, tokens=self.seal(grant.account.person, self.open(grant)))


def _tags(grant: Grant) -> tuple[str, ...]:
    return (OPEN_INTENT,) if grant.intent_at else ()
