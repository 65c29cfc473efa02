"""What lies in the outbox: one message for one conversation, as JSON."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum

from pydantic import TypeAdapter

from bot.chat.identity import Conversation
from bot.jira.webhooks.model import Event
from bot.notifications.subscriptions.repository import Subscription, place
from bot.storage.base import Job

OUTBOX = "outbox"
DIGESTS = "digests"
"""The table of events that wait to be told together."""


class Form(StrEnum):
    """What kind of message it is."""

    EVENT = "event"
    DIGEST = "digest"
    SUSPENDED = "suspended"
    DAILY = "daily"


@dataclass(frozen=True, slots=True)
class Envelope:
    """One message. `subscriptions` are the ids of those that asked for it (or that stopped, with `reason`); of a
    daily digest the key of its person.

    `received` is when the delivery came (Unix seconds), `delivery` its short name in the log.
    """

    form: Form
    conversation: Conversation
    subscriptions: tuple[str, ...] = ()
    event: Event | None = None
    reason: str = ""
    delivery: str = ""
    received: float = 0.0


_ADAPTER = TypeAdapter(Envelope)


def dump(envelope: Envelope) -> dict[str, object]:
    """As a job's payload or a record."""
    dumped: dict[str, object] = _ADAPTER.dump_python(envelope, mode="json")
    return dumped


def load(payload: Mapping[str, object]) -> Envelope:
    """The inverse; further names in `payload` are ignored. Raises `ValueError` if it is none."""
    return _ADAPTER.validate_python(dict(payload))


def event_job(event: Event, subscriptions: Sequence[Subscription], delivery: str, received: float) -> Job:
    """The job that tells `event` in the one conversation of all `subscriptions`.

    Its names are the event's within the conversation, so the same matter from another delivery is no new job.
    """
    # That of the newest: its language is what is spoken.
    conversation = subscriptions[-1].conversation
    # The delivery may name the site by host or by cloud id.
    names = [_digest(subscriptions[0].cloud_id, name, place(conversation)) for name in event.names]
    ids = tuple(s.id for s in subscriptions)
    envelope = Envelope(Form.EVENT, conversation, ids, event, delivery=delivery, received=received)
    return Job(names[0], dump(envelope), group=place(conversation), keys=tuple(names[1:]))


def _digest(*parts: str) -> str:
    return hashlib.sha256("\0".join(parts).encode("utf-8", "surrogatepass")).hexdigest()
