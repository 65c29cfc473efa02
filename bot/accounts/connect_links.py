"""Tickets in the links of connect cards: for whom a card was, and what to go on with after the link."""

from __future__ import annotations

import hashlib
import re
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from authlib.common.security import generate_token

from bot.accounts.model import Pending, WaitingRequest
from bot.chat.identity import Person
from bot.storage.base import Store
from bot.storage.table import Entry, Table

TABLE = "tickets"
SECRET_CHARS = 43
"""Letters and digits: 256 bits."""
LIFETIME_SECONDS = 7 * 86400.0
MAX_WAITING_SECONDS = 3600.0
"""For how long a request waits for any link of its person; later only for that of its own card."""
MAX_TICKETS = 10
"""Tickets of one person with a request, and as many without. The oldest are dropped: what somebody asked for last
is what they still wait for, and the link of their newest card is the one that they see."""
_SECRET = re.compile(r"[A-Za-z0-9]{43}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Ticket:
    """Whom a link is for. It proves nobody's identity: it only says whose sign-in is expected."""

    person: Person
    pending: Pending | None
    made_at: float = 0.0
    """Unix seconds."""
    in_teams_window: bool = False
    """Whether Teams opens the link in a window that it waits for, as a message extension's sign-in."""

    is_link: bool = True
    """Whether its secret opens a sign-in. Once its person has linked, it only keeps their request."""

    @property
    def asks(self) -> bool:
        """Whether a request goes on after the link."""
        return self.pending is not None and bool(self.pending.request)


def new_secret() -> str:
    """Return 256 random bits as letters and digits."""
    return str(generate_token(SECRET_CHARS))


def is_secret(text: str) -> bool:
    """Whether `text` has the form of `new_secret`; anything else is not looked up."""
    return _SECRET.fullmatch(text) is not None


def hash_secret(secret: str) -> str:
    """Return the key of a secret's record, from which a reader of the store cannot get the secret."""
    return hashlib.sha256(secret.encode()).hexdigest()


class ConnectLinks:
    """Implements `bot.accounts.model.Tickets`."""

    def __init__(self, store: Store, public_url: str, *, clock: Callable[[], float] = time.time) -> None:
        self._table, self._clock = Table(store, TABLE, Ticket), clock
        self._url = f"{public_url.rstrip('/')}/connect"

    async def connect_url(self, person: Person, pending: Pending | None, *, in_teams_window: bool = False) -> str:
        """Return a new link for this person; see `Tickets`."""
        secret = new_secret()
        await self._put(hash_secret(secret), Ticket(person, pending, self._clock(), in_teams_window))
        return f"{self._url}?{urlencode({'ticket': secret})}"

    async def store_pending(self, person: Person, pending: Pending) -> str:
        """Store a pending request in a ticket that cannot be opened by URL; see `Tickets`."""
        name = hash_secret(new_secret())
        await self._put(name, Ticket(person, pending, self._clock()))
        return name

    async def keep_pending(self, ticket: Ticket) -> None:
        """Store the request of a ticket that was taken, so that it waits with the others until it runs."""
        waits_since = max(ticket.made_at, self._clock() - MAX_WAITING_SECONDS / 2)
        await self._put(hash_secret(new_secret()), replace(ticket, made_at=waits_since))

    async def find_pending(self, name: str, person: Person) -> Pending | None:
        """Return a pending request to the person who made it; see `Tickets`."""
        ticket = await self._table.get(name)
        return ticket.pending if ticket and ticket.person == person else None

    async def _put(self, name: str, ticket: Ticket) -> None:
        """Store a ticket in place of the person's oldest beyond `MAX_TICKETS` of its kind."""
        expires_at = ticket.made_at + LIFETIME_SECONDS
        await self._table.put(name, ticket, tags=(ticket.person.key,), expires_at=expires_at)
        entries = await self._table.find(ticket.person.key)
        alike = [entry for entry in entries if entry.value.asks == ticket.asks and entry.key != name]
        alike.sort(key=lambda entry: entry.value.made_at, reverse=True)
        for entry in alike[MAX_TICKETS - 1 :]:
            await self._table.delete(entry.key)

    async def peek(self, secret: str) -> Ticket | None:
        """Return the ticket without consuming it; None if it is no longer valid."""
        ticket = await self._table.get(hash_secret(secret)) if is_secret(secret) else None
        return ticket if ticket and ticket.is_link else None

    async def take(self, secret: str) -> Ticket | None:
        """Consume the ticket: of any number of concurrent callers one gets it."""
        return await self._table.take(hash_secret(secret)) if await self.peek(secret) else None

    async def take_pending(self, name: str, person: Person) -> Pending | None:
        """Consume a pending request of the person who made it; see `Tickets`."""
        if await self.find_pending(name, person) is None:
            return None
        ticket = await self._table.take(name)
        return ticket.pending if ticket else None

    async def waiting(self, person: Person) -> list[WaitingRequest]:
        """Return the requests that wait for the person's link; see `Tickets`."""
        pending = ((entry.key, entry.value.pending) for entry in await self._waiting(person))
        return [WaitingRequest(name, each) for name, each in pending if each]

    async def close_links(self, person: Person) -> None:
        """Make the links of requests that wait useless, and keep the requests."""
        for entry in await self._waiting(person):
            ticket = replace(entry.value, is_link=False)
            expires_at = ticket.made_at + LIFETIME_SECONDS
            # Who changes it meanwhile takes it, or closes it, too.
            await self._table.replace(
                entry.key, ticket, version=entry.version, tags=(person.key,), expires_at=expires_at
            )

    async def _waiting(self, person: Person) -> list[Entry[Ticket]]:
        since = self._clock() - MAX_WAITING_SECONDS
        entries = await self._table.find(person.key)
        waiting = [entry for entry in entries if entry.value.asks and entry.value.made_at >= since]
        return sorted(waiting, key=lambda entry: entry.value.made_at)

    async def burn(self, secret: str) -> None:
        """Make the ticket useless."""
        await self._table.delete(hash_secret(secret))
