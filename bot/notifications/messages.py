"""The messages of the outbox, as JSON payloads of its jobs, and the names of the queues.

Their JSON is what earlier releases wrote, and what replicas of the previous release can read during an upgrade.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import BeforeValidator, Field, PlainSerializer, TypeAdapter

from bot.chat.identity import Conversation, Person
from bot.jira.webhooks.model import Event
from bot.storage.base import Job

INBOX, OUTBOX = "inbox", "outbox"
DIGESTS = "digests"
"""The table of events that wait to be posted together."""
REMEMBER_SECONDS = 14 * 86400.0
"""How long a finished job is known, so that a delivery cannot be replayed (T13)."""


def _parse_person(keys: object) -> Person:
    if not isinstance(keys, list) or len(keys) != 1:
        raise ValueError("not the key of one person")
    return Person.from_key(str(keys[0]))


_Person = Annotated[
    Person,
    Field(alias="subscriptions"),
    BeforeValidator(_parse_person),
    PlainSerializer(lambda person: [person.key]),
]


@dataclass(frozen=True, slots=True)
class EventMessage:
    """An event for one conversation. `recipients` are the ids of those that wanted it.

    `received` is when the delivery came (Unix seconds), `delivery` its short name in the log.
    """

    conversation: Conversation
    recipients: Annotated[tuple[str, ...], Field(alias="subscriptions")]
    event: Event
    delivery: str = ""
    received: float = 0.0
    form: Literal["event"] = "event"


@dataclass(frozen=True, slots=True)
class DigestFlush:
    """Post the events that were left to a digest. `delivery` and `received` are those of one of them."""

    conversation: Conversation
    delivery: str = ""
    received: float = 0.0
    form: Literal["digest"] = "digest"


@dataclass(frozen=True, slots=True)
class SuspensionNotice:
    """Say that these subscriptions (ids) have stopped; `reason` is a `SuspensionReason`."""

    conversation: Conversation
    subscriptions: tuple[str, ...]
    reason: str
    received: float = 0.0
    form: Literal["suspended"] = "suspended"


@dataclass(frozen=True, slots=True)
class DailyDigest:
    """A person's day. `received` is when the digest was due (Unix seconds)."""

    conversation: Conversation
    person: _Person
    received: float = 0.0
    form: Literal["daily"] = "daily"


OutboxMessage = EventMessage | DigestFlush | SuspensionNotice | DailyDigest

_ADAPTER: TypeAdapter[OutboxMessage] = TypeAdapter(Annotated[OutboxMessage, Field(discriminator="form")])


def dump(message: OutboxMessage) -> dict[str, object]:
    """Return the payload of a message's job."""
    payload: dict[str, object] = _ADAPTER.dump_python(message, mode="json", by_alias=True)
    return payload


def load(payload: Mapping[str, object]) -> OutboxMessage:
    """Return the message of a payload, whose other fields are ignored. Raises `ValueError` if it holds none."""
    return _ADAPTER.validate_python(dict(payload))


def event_job(message: EventMessage, cloud_id: str) -> Job:
    """Return the job that posts an event in a conversation.

    It is named after the event and the conversation, so that the same event in another delivery makes no new job.
    """
    # By cloud id, because the delivery may name the site by its host.
    names = [_digest(cloud_id, name, message.conversation.key) for name in message.event.names]
    return Job(names[0], dump(message), group=message.conversation.key, keys=tuple(names[1:]))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
