"""The grant record: what is stored of a link, and the one way to change it without losing another's change."""

from __future__ import annotations

import secrets
from collections.abc import AsyncIterator, Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace

import orjson
import structlog
from pydantic import TypeAdapter, ValidationError

from bot.accounts.model import Account
from bot.accounts.token_endpoint import Tokens
from bot.chat.identity import Person
from bot.storage.base import Json, Row, Store, StoreCorruptError, StoreUnavailableError
from bot.storage.encryption import Keyring

log = structlog.get_logger(__name__)

TABLE = "grants"
OPEN_INTENT = "intent"
"""The tag of grants whose last refresh has not come to an end."""
MOST_CONFLICTS = 100


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
    """A fresh name for each pair of tokens: the fence that a late writer runs into."""
    expires_at: float
    lifetime: float
    refreshed_at: float
    intent_at: float = 0.0
    """When a refresh was begun that nobody has seen the end of."""
    ended: str = ""
    """Why the grant is over; empty while it is not."""
    ended_at: float = 0.0
    end_announced: bool = False


_ADAPTER: TypeAdapter[Grant] = TypeAdapter(Grant)
_PAIR: TypeAdapter[TokenPair] = TypeAdapter(TokenPair)


@dataclass(frozen=True, slots=True)
class Stored:
    """A grant and the row version that it was read at."""

    grant: Grant
    version: int


def owner(person: Person) -> str:
    """Whom the sealed tokens are bound to."""
    return f"{TABLE}/{person.key}"


def parse(row: Row) -> Stored:
    """Raises `StoreCorruptError`."""
    try:
        return Stored(_ADAPTER.validate_python(dict(row.value)), row.version)
    except ValidationError:
        raise StoreCorruptError(f"a record of the table {TABLE} is not what was written") from None


def readable(rows: Iterable[Row]) -> Iterator[Grant]:
    """The grants of all rows that are well; one spoilt row must not keep the others from being looked after."""
    for row in rows:
        try:
            yield parse(row).grant
        except StoreCorruptError:
            log.exception("a grant cannot be read", person=row.key)


def dump(grant: Grant) -> Json:
    """The stored form; no secret in it is in clear."""
    value: Mapping[str, object] = _ADAPTER.dump_python(grant, mode="json")
    return value


class GrantTable:
    """The table `grants`. Every change is a compare-and-set, so none is made on an outdated record."""

    def __init__(self, store: Store, keyring: Keyring) -> None:
        self._store = store
        self._keyring = keyring
        self._parsed: dict[str, tuple[Row, Stored]] = {}

    async def get(self, person: Person) -> Stored | None:
        """The grant, ended ones too."""
        row = await self._store.get(TABLE, person.key)
        if row is None:
            return None
        held = self._parsed.get(person.key)
        if held is None or held[0] is not row:
            held = self._parsed[person.key] = row, parse(row)
            if len(self._parsed) > 10_000:
                self._parsed.pop(next(iter(self._parsed)))
        return held[1]

    async def write(self, grant: Grant, *, version: int) -> Stored | None:
        """Write over exactly this version (0: there is none yet), else None."""
        row = await self._store.replace(
            TABLE,
            grant.account.person.key,
            dump(grant),
            version=version,
            tags=(OPEN_INTENT,) if grant.intent_at else (),
        )
        return Stored(grant, row.version) if row else None

    async def update(
        self, person: Person, change: Callable[[Grant], Grant], *, generation: str = ""
    ) -> Stored | None:
        """Apply `change` to the present record, however often others write meanwhile.

        None if there is no record, or none of that `generation` (if one is given): the change is void then.
        Raises `StoreUnavailableError` if the store never takes it.
        """
        for _ in range(MOST_CONFLICTS):
            stored = await self.get(person)
            if stored is None or (generation and stored.grant.generation != generation):
                return None
            changed = change(stored.grant)
            if changed == stored.grant:
                return stored
            if written := await self.write(changed, version=stored.version):
                return written
        raise StoreUnavailableError("a grant could not be written: its record changed each time")

    async def delete(self, person: Person) -> bool:
        """Forget the grant."""
        return await self._store.delete(TABLE, person.key)

    async def with_open_intent(self) -> list[Grant]:
        """Grants whose refresh was begun and not finished."""
        return list(readable(await self._store.find(TABLE, OPEN_INTENT)))

    async def all(self) -> AsyncIterator[Grant]:
        """Every grant, in key order, a page at a time."""
        after = ""
        while rows := await self._store.page(TABLE, after=after):
            for grant in readable(rows):
                yield grant
            after = rows[-1].key

    def seal(self, person: Person, pair: TokenPair) -> str:
        """Encrypt for this person's record alone."""
        plain = orjson.dumps({"access": pair.access, "refresh": pair.refresh})
        return self._keyring.seal(plain, owner=owner(person))

    def open(self, grant: Grant) -> TokenPair:
        """Raises `bot.storage.encryption.EncryptionError` if the record was tampered with."""
        return _PAIR.validate_json(self._keyring.open(grant.tokens, owner=owner(grant.account.person)))

    def renewed(self, grant: Grant, tokens: Tokens, now: float) -> Grant:
        """The grant with new tokens, in a new generation; its old refresh token stays if none came."""
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

    def resealed(self, grant: Grant) -> Grant:
        """The same grant under the first key of the ring."""
        if not grant.tokens or self._keyring.is_current(grant.tokens):
            return grant
        return replace(grant, tokens=self.seal(grant.account.person, self.open(grant)))


def new_generation() -> str:
    """Never seen before, whatever rows have been deleted or restored."""
    return secrets.token_hex(8)
