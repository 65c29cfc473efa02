"""Who may subscribe a conversation: a question of who somebody is in Teams."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from bot.chat.identity import Conversation, Person, Scope


class Role(StrEnum):
    """What somebody is in a conversation. Guests include everybody from outside the organisation."""

    GUEST = "guest"
    MEMBER = "member"
    OWNER = "owner"
    UNKNOWN = "unknown"


class Roster(Protocol):
    """Teams' own list of a conversation's people."""

    async def role(self, person: Person, place: Conversation) -> Role:
        """What the person is there; `UNKNOWN` if Teams does not say."""

    async def oid(self, place: Conversation, teams_id: str) -> str:
        """The object id of somebody in the conversation whom Teams names by its own id; empty if it cannot say."""

    async def email(self, place: Conversation, teams_id: str) -> str:
        """The e-mail address of somebody in the conversation; empty if Teams does not say."""


def may_subscribe(role: Role, place: Conversation, needed: str) -> bool:
    """Whether somebody may choose what a conversation is told. Pure.

    `needed` is `SUBSCRIBE_ROLE`. Only teams have owners, so in a group chat every member may. Without an answer
    from Teams a person counts as a member: what is told is only ever what they may see in Jira.
    """
    if role is Role.GUEST:
        return False
    return role is Role.OWNER or needed != "owner" or place.scope is not Scope.CHANNEL
