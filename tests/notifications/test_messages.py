"""Messages of the outbox: what earlier releases wrote is read, and what this one writes they can read."""

from __future__ import annotations

from dataclasses import asdict

import pytest

from bot.chat.identity import Conversation, Person, Scope
from bot.jira.webhooks.model import Event, EventKind
from bot.notifications.messages import (
    DailyDigest,
    DigestFlush,
    EventMessage,
    OutboxMessage,
    SuspensionNotice,
    dump,
    load,
)

HERE = Conversation("19:general@thread.tacv2", Scope.CHANNEL, "tenant", "https://smba.example/emea/", "28:bot")
EVENT = Event(frozenset({EventKind.CREATED}), "acme.atlassian.net", "10001", "PROJ-1", "PROJ", names=("n",))
PREVIOUS: dict[str, object] = {"subscriptions": [], "event": None, "reason": "", "delivery": "", "received": 0.0}
"""The fields of every message of the release before messages had types of their own."""

MESSAGES: list[tuple[OutboxMessage, dict[str, object]]] = [
    (
        EventMessage(HERE, ("s1", "person:tenant/ann@cloud-1"), EVENT, delivery="d", received=1.5),
        {"form": "event", "subscriptions": ["s1", "person:tenant/ann@cloud-1"], "delivery": "d", "received": 1.5}
        | {"event": {**asdict(EVENT), "kinds": ["created"], "names": ["n"]}},
    ),
    (
        DigestFlush(HERE, delivery="d", received=1.5),
        {"form": "digest", "delivery": "d", "received": 1.5},
    ),
    (
        SuspensionNotice(HERE, ("s1", "s2"), "revoked", received=1.5),
        {"form": "suspended", "subscriptions": ["s1", "s2"], "reason": "revoked", "received": 1.5},
    ),
    (
        DailyDigest(HERE, Person("tenant", "ann"), received=1.5),
        {"form": "daily", "subscriptions": ["tenant/ann"], "received": 1.5},
    ),
]


@pytest.mark.parametrize(("message", "fields"), MESSAGES)
def test_what_the_previous_release_wrote_is_read(message: OutboxMessage, fields: dict[str, object]) -> None:
    counts = {"returns": 2, "tries": 1}
    assert load({"conversation": asdict(HERE), **PREVIOUS, **fields, **counts}) == message


@pytest.mark.parametrize(("message", "fields"), MESSAGES)
def test_what_is_written_has_the_fields_of_the_previous_release(
    message: OutboxMessage, fields: dict[str, object]
) -> None:
    payload = dump(message)
    assert load(payload) == message
    assert payload.keys() <= {"form", "conversation", *PREVIOUS}
    assert payload.items() >= {name: fields[name] for name in fields if name != "event"}.items()


@pytest.mark.parametrize(
    "payload",
    [
        {},
        {"form": "poem"},
        {"form": "daily", "conversation": asdict(HERE), "subscriptions": []},
        {"form": "event", "conversation": asdict(HERE), "subscriptions": ["s1"]},
    ],
)
def test_what_is_no_message_is_refused(payload: dict[str, object]) -> None:
    with pytest.raises(ValueError, match=r"form|subscriptions|person|event"):
        load(payload)
