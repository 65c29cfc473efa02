"""The audit log: who linked, lost or handed over what, and when. Ids only: no token, no name, no e-mail address.

Each entry is a line of the log, `audit` with the fields of `AuditEntry`, and a record of the store that expires.
"""

from __future__ import annotations

import secrets
import time
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

import structlog

from bot.chat.identity import Person
from bot.storage.base import Store, StoreError
from bot.storage.table import Table

TABLE = "audit"
EVENT = "audit"
"""What such a line of the log is called: its `event`."""
DEFAULT_RETENTION_SECONDS = 365 * 86400.0

log = structlog.get_logger(__name__)


class AuditAction(StrEnum):
    """What happened to a person's account, or to what depends on it."""

    LINKED = "linked"
    RENEWED = "renewed"
    """Linked again by hand, with the same Jira account."""
    REPLACED = "replaced"
    """Linked to another Jira account in place of the earlier one."""
    DISCONNECTED = "disconnected"
    REVOKED = "revoked"
    """Atlassian has ended the link."""
    MISMATCHED = "mismatched"
    """The link began to speak for another Jira account, and was removed."""
    CLOSED = "closed"
    """Atlassian said that the Jira account is closed: the link was erased."""
    EXPIRED = "expired"
    """The rest of a link that had ended was removed after its time."""
    LINK_MISUSED = "link misused"
    """Somebody else opened the person's connect link."""
    FORGOTTEN = "forgotten"
    SERVICE_SUBSCRIBED = "subscribed as service account"
    """The person made a subscription that a site's service account reads for."""
    TAKEN_OVER = "subscription taken over"
    SUBSCRIPTION_REMOVED = "subscription removed"


class Actor(StrEnum):
    """Who did it, if it was no Teams user."""

    ADMIN = "admin"
    ATLASSIAN = "atlassian"
    BRIDGE = "bridge"


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One entry. `at` is in Unix seconds; `by` is a person's key or an `Actor`; `details` are ids and codes."""

    at: float
    action: str
    person: str
    by: str
    details: Mapping[str, str] = field(default_factory=dict)


class AuditLog:
    """Writes and reads the audit log. `clock` gives Unix seconds; entries are kept for `retention` seconds."""

    def __init__(
        self,
        store: Store,
        *,
        retention: float = DEFAULT_RETENTION_SECONDS,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._table, self._retention, self._clock = Table(store, TABLE, AuditEntry), retention, clock

    async def record(
        self,
        action: AuditAction,
        person: Person,
        *,
        by: Person | Actor | None = None,
        previous: Person | None = None,
        **details: str,
    ) -> None:
        """Note what happened to `person`, done by themselves unless `by` names another.

        `previous` is whose it was before. Never raises: what is noted has happened. An entry that cannot be stored
        is still a line of the log.
        """
        actor = by.value if isinstance(by, Actor) else (by or person).key
        if previous is not None:
            details["previous"] = previous.key
        entry = AuditEntry(self._clock(), action.value, person.key, actor, details)
        log.info(EVENT, action=entry.action, person=entry.person, by=entry.by, **details)
        try:
            await self._table.put(_key(entry.at), entry, tags=_tags(entry), expires_at=entry.at + self._retention)
        except StoreError as error:
            log.warning("audit entry not stored", action=entry.action, person=entry.person, error=str(error))

    async def forget_accounts(self, person: Person) -> None:
        """Remove the Jira account ids from the person's entries. Raises `StoreError`."""
        for found in await self._table.find(person.key):
            entry = found.value
            if entry.person == person.key and "account" in entry.details:
                kept = {name: value for name, value in entry.details.items() if name != "account"}
                without = replace(entry, details=kept)
                expires_at = entry.at + self._retention
                await self._table.put(found.key, without, tags=_tags(without), expires_at=expires_at)

    async def of_person(self, person: Person) -> list[AuditEntry]:
        """Return what a person did, lost or had done to them, the oldest first. Raises `StoreError`."""
        return [entry.value for entry in await self._table.find(person.key)]

    async def since(self, at: float) -> AsyncIterator[AuditEntry]:
        """Yield all entries from `at` (Unix seconds) on, the oldest first. Raises `StoreError`."""
        after = _prefix(at)
        while entries := await self._table.page(after=after):
            for entry in entries:
                yield entry.value
            after = entries[-1].key


def _tags(entry: AuditEntry) -> set[str]:
    return {entry.person, entry.by, entry.details.get("previous", entry.person)}


def _prefix(at: float) -> str:
    """Return a key's beginning, which sorts by time."""
    return f"{int(at * 1000):015d}"


def _key(at: float) -> str:
    return f"{_prefix(at)}-{secrets.token_hex(6)}"
