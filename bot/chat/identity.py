"""Who is speaking and where: the two names that every part of the bridge shares."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Person:
    """A Teams user, known by their Microsoft Entra identity and by nothing else.

    `tenant` is the directory (`tid`), `oid` the object id in it; both lower-case GUID strings. Neither a
    display name nor an e-mail address identifies anybody: both can be changed by their owner.
    """

    tenant: str
    oid: str

    @property
    def key(self) -> str:
        """The row key under which everything about this person is stored."""
        return f"{self.tenant}/{self.oid}"

    @classmethod
    def from_key(cls, key: str) -> Person:
        """The inverse of `key`."""
        tenant, _, oid = key.partition("/")
        return cls(tenant, oid)


class Scope(StrEnum):
    """The three kinds of Teams conversation (`conversation.conversationType`)."""

    PERSONAL = "personal"
    GROUP = "groupChat"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A place that messages can be sent to, proactively too.

    `id` never carries the `;messageid=` suffix that Teams appends inside a channel thread; `thread` holds
    that root message's id instead. `service_url` is the regional Teams endpoint and may change, so the newest
    one seen is kept. `language` is the tag of what its messages are written in: that of the person whose
    chat it is, or who subscribed; empty where nobody's is known.
    """

    id: str
    scope: Scope
    tenant: str
    service_url: str
    bot_id: str
    thread: str = ""
    team: str = ""
    name: str = ""
    language: str = ""

    @property
    def is_personal(self) -> bool:
        """Whether only one person reads along."""
        return self.scope is Scope.PERSONAL
