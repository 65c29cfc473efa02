"""People and conversations, as every part of the bridge names them."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


@dataclass(frozen=True, slots=True)
class Person:
    """A Teams user, identified by their Microsoft Entra account and nothing else.

    `tenant` is the directory (`tid`), `oid` the object id in it; both lower-case GUIDs. A display name or an
    e-mail address identifies nobody: their owner can change both.
    """

    tenant: str
    oid: str

    @property
    def key(self) -> str:
        """The row key under which everything about this person is stored."""
        return f"{self.tenant}/{self.oid}"

    @classmethod
    def from_key(cls, key: str) -> Person:
        """Return the person with this `key`."""
        tenant, _, oid = key.partition("/")
        return cls(tenant, oid)


class Scope(StrEnum):
    """The three kinds of Teams conversation (`conversation.conversationType`)."""

    PERSONAL = "personal"
    GROUP = "groupChat"
    CHANNEL = "channel"


@dataclass(frozen=True, slots=True)
class Conversation:
    """A Teams conversation that messages can be sent to, proactively too.

    `id` has no `;messageid=` suffix, which Teams appends inside a channel thread; `thread` holds the id of the
    thread's first message instead. `service_url` is the regional Teams endpoint; it may change. `language` is the
    tag of the language its messages are written in: that of the chat's owner or of whoever subscribed; empty if
    unknown. `team` is the id of a channel's team, `name` is shown to people.
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
    def key(self) -> str:
        """The key under which everything about this conversation is stored, whatever the thread."""
        return f"{self.tenant}/{self.id}"

    @property
    def is_personal(self) -> bool:
        """Whether this is one person's own chat with the bot."""
        return self.scope is Scope.PERSONAL
