"""T28: who may choose the notifications of a conversation, as a table."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat.identity import Conversation, Scope
from bot.commands.permissions import Role, may_subscribe

CHANNEL = Conversation("19:c", Scope.CHANNEL, "tenant", "", "")
GROUP = replace(CHANNEL, scope=Scope.GROUP)


@pytest.mark.parametrize(
    ("role", "place", "needed", "may"),
    [
        (Role.GUEST, CHANNEL, "member", False),
        (Role.GUEST, GROUP, "owner", False),
        (Role.MEMBER, CHANNEL, "member", True),
        (Role.UNLISTED, CHANNEL, "member", True),
        (Role.MEMBER, CHANNEL, "owner", False),
        (Role.UNLISTED, CHANNEL, "owner", False),
        (Role.OWNER, CHANNEL, "owner", True),
        (Role.MEMBER, GROUP, "owner", True),
    ],
)
def test_t28_who_may_subscribe(role: Role, place: Conversation, needed: str, may: bool) -> None:
    assert may_subscribe(role, place, needed) is may
