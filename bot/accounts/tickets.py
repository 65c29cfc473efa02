"""The tickets in the links of connect cards: for whom a card was, and what to go on with after the link."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass
from urllib.parse import urlencode

from authlib.common.security import generate_token
from pydantic import TypeAdapter

from bot.accounts.model import Pending
from bot.chat.identity import Person
from bot.storage.base import Row, Store

TABLE = "tickets"
SECRET_LENGTH = 43
"""Letters and digits: 256 bits."""
LIFETIME = 7 * 86400.0
WAITS = 3600.0
"""Seconds for which a request goes on after any link of its person; later only after that of its own card."""
_SECRET = re.compile(r"[A-Za-z0-9]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whom a link is for. It proves nobody's identity: it only says whose sign-in is expected."""

    person: Person
    pending: Pending | None
    made_at: float = 0.0
    """Unix seconds."""


_ADAPTER: TypeAdapter[Ticket] = TypeAdapter(Ticket)


def new_secret() -> str:
    """256 bits that nobody can guess, as letters and digits."""
    return str(generate_token(SECRET_LENGTH))


def is_secret(text: str) -> bool:
    """Whether `text` has the form of `new_secret`; anything else needs no look into the store."""
    return _SECRET.fullmatch(text) is not None


def hashed(secret: str) -> str:
    """The row key of a secret, so that who reads the store cannot use it."""
    return hashlib.sha256(secret.encode()).hexdigest()


class TicketOffice:
    """Implements `bot.accounts.model.Tickets`."""

    def __init__(self, store: Store, public_url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._store = store
        self._url = f"{public_url.rstrip('/')}/connect"
        self._clock = clock

    async def connect_url(self, person: Person, pending: Pending | None) -> str:
        """See `Tickets`."""
        secret = new_secret()
        await self._put(hashed(secret), Ticket(person, pending, self._clock()))
        return f"{self._url}?{urlencode({'ticket': secret})}"

    async def keep(self, person: Person, pending: Pending) -> str:
        """See `Tickets`: a ticket whose secret nobody has."""
        name = hashed(new_secret())
        await self._put(name, Ticket(person, pending, self._clock()))
        return name

    async def kept(self, name: str, person: Person) -> Pending | None:
        """See `Tickets`."""
        ticket = _read(await self._store.get(TABLE, name))
        return ticket.pending if ticket and ticket.person == person else None

    async def _put(self, name: str, ticket: Ticket) -> None:
        value = _ADAPTER.dump_python(ticket, mode="json")
        expires_at = ticket.made_at + LIFETIME
        await self._store.put(TABLE, name, value, tags=(ticket.person.key,), expires_at=expires_at)

    async def peek(self, secret: str) -> Ticket | None:
        """The ticket if it is still good; it stays good."""
        return _read(await self._store.get(TABLE, hashed(secret))) if is_secret(secret) else None

    async def take(self, secret: str) -> Ticket | None:
        """Use the ticket up: of any number of concurrent callers one gets it."""
        return _read(await self._store.take(TABLE, hashed(secret))) if is_secret(secret) else None

    async def take_waiting(self, person: Person) -> list[Ticket]:
        """Use up the tickets of a person who asked for something with them lately."""
        since, taken = self._clock() - WAITS, []
        for row in await self._store.find(TABLE, person.key):
            ticket = _read(row)
            if ticket and ticket.made_at >= since and ticket.pending and ticket.pending.request:
                taken.append(_read(await self._store.take(TABLE, row.key)))
        return [ticket for ticket in taken if ticket]

    async def burn(self, secret: str) -> None:
        """Make the ticket useless."""
        await self._store.delete(TABLE, hashed(secret))


def _read(row: Row | None) -> Ticket | None:
    return _ADAPTER.validate_python(dict(row.value)) if row else None
