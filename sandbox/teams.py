"""People, chats, messages and answers of Teams, as the sandbox and its tests see them."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field

from sandbox.people import TENANT, by_email

NOT_IN_ROSTER = '{"error": {"code": "BotNotInConversationRoster"}}'
"""The body of the 403 that a conversation gives to a bot which is not installed there."""

Json = dict[str, object]


@dataclass(frozen=True)
class TeamsUser:
    """A person in Teams."""

    name: str
    oid: str
    email: str
    tenant: str = TENANT

    @property
    def id(self) -> str:
        """Their id for this bot, from which the object id cannot be told."""
        return f"29:1{hashlib.sha256(self.oid.encode()).hexdigest()}"


def _known(email: str) -> TeamsUser:
    person = by_email(email)
    if person is None:
        raise LookupError(email)
    return TeamsUser(person.name, person.oid, person.email)


ALICE, BOB, CAROL = map(_known, ("alice@example.com", "bob@example.com", "c@example.com"))


@dataclass(frozen=True)
class Chat:
    """A conversation: `personal`, `groupChat` or `channel`."""

    id: str
    kind: str
    tenant: str = TENANT
    team: str = ""


def personal(user: TeamsUser) -> Chat:
    """Return the person's own chat with the bot."""
    return Chat(f"a:{user.oid}", "personal", user.tenant)


CHANNEL = Chat("19:releases@thread.tacv2", "channel", team="19:team@thread.tacv2")
GROUP = Chat("19:groupchat@thread.v2", "groupChat")


@dataclass
class Posted:
    """A message of the bot in its present form; `versions` are the earlier ones."""

    id: str
    chat: str
    activity: Json
    reply_to: str = ""
    at: float = 0.0
    versions: list[Json] = field(default_factory=list)

    @property
    def text(self) -> str:
        """Its text."""
        return str(self.activity.get("text") or "")

    @property
    def card(self) -> Json:
        """Its Adaptive Card, or an empty one."""
        attachments = self.activity.get("attachments")
        first = attachments[0] if isinstance(attachments, list) and attachments else {}
        content = first.get("content") if isinstance(first, dict) else None
        return content if isinstance(content, dict) else {}


@dataclass
class Answer:
    """The bot's HTTP response."""

    status: int
    body: Json
    seconds: float

    @property
    def card(self) -> Json:
        """The card of an `adaptiveCard/action` answer, or an empty one."""
        value = self.body.get("value")
        return value if isinstance(value, dict) else {}
