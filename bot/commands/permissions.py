"""Who may subscribe a conversation, by their role in Teams."""

from __future__ import annotations

from enum import StrEnum
from typing import Protocol

from bot.chat.identity import Conversation, Person, Scope


class Role(StrEnum):
    """A person's role in a conversation. Everybody from outside the organisation is a guest.

    Of an `UNLISTED` role Teams says that the person is in the conversation and not as what.
    """

    GUEST = "guest"
    MEMBER = "member"
    OWNER = "owner"
    UNLISTED = "unlisted"


class Roster(Protocol):
    """Teams' list of a conversation's people."""

    async def role(self, person: Person, place: Conversation) -> Role:
        """Return the person's role there. Raises `RoleNotKnownError` if Teams does not answer."""

    async def oid(self, place: Conversation, teams_id: str) -> str:
        """Return the object id of the person with this Teams id; empty if Teams does not say."""

    async def email(self, place: Conversation, teams_id: str) -> str:
        """Return the e-mail address of the person with this Teams id; empty if Teams does not say."""


def may_subscribe(role: Role, place: Conversation, needed: str) -> bool:
    """Return whether this role may choose the notifications of a conversation.

    `needed` is `SUBSCRIBE_ROLE`. Only teams have owners, so in a group chat every member may. An unlisted role
    counts as a member's: notifications only ever contain what their subscriber may see in Jira.
    """
    if role is Role.GUEST:
        return False
    return role is Role.OWNER or needed != "owner" or place.scope is not Scope.CHANNEL
