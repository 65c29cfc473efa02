"""How many subscriptions a conversation and a person may have. Each costs reads of Jira as its owner (T26)."""

from __future__ import annotations

from dataclasses import dataclass

MAX_PER_CONVERSATION = 50
MAX_PER_PERSON = 200


@dataclass(frozen=True, slots=True)
class SubscriptionLimits:
    """The most that a conversation and a person may have."""

    per_conversation: int = MAX_PER_CONVERSATION
    per_person: int = MAX_PER_PERSON


DEFAULT_LIMITS = SubscriptionLimits()


class ConversationFullError(Exception):
    """A conversation has as many subscriptions as it may have: `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit


class PersonFullError(Exception):
    """A person has as many subscriptions as they may have: `limit`."""

    def __init__(self, limit: int) -> None:
        super().__init__(limit)
        self.limit = limit
