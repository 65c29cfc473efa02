"""Whom a card names, so that their clients ask for their own view of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat import viewers
from bot.chat.identity import Conversation, Scope
from bot.chat.viewers import Audience

HERE = Conversation("19:a", Scope.CHANNEL, "tenant", "https://smba.example/", "28:bot")


def test_the_newest_come_first_and_the_longest_silent_go() -> None:
    known = Audience()
    for number in range(70):
        known.met(HERE, f"29:{number}")
    known.met(HERE, "29:12")
    assert known.of(HERE)[:3] == ("29:12", "29:69", "29:68")
    assert len(known.of(HERE)) == 60
    assert "29:9" not in known.of(HERE)


@pytest.mark.parametrize(
    ("where", "who"),
    [(replace(HERE, scope=Scope.PERSONAL), "29:1"), (HERE, ""), (HERE, "8:orgid:1"), (HERE, "28:bot")],
    ids=["alone", "unnamed", "another kind of id", "a bot"],
)
def test_who_is_not_noted(where: Conversation, who: str) -> None:
    known = Audience()
    known.met(where, who)
    assert known.of(where) == ()


def test_another_tenants_conversation_is_another() -> None:
    known = Audience()
    known.met(HERE, "29:1")
    assert known.of(replace(HERE, tenant="other")) == ()
    assert known.of(replace(HERE, thread="1")) == ("29:1",)


def test_who_has_no_link_any_more_is_forgotten() -> None:
    known = Audience()
    known.met(HERE, "29:1")
    known.lost(HERE, "29:1")
    known.lost(replace(HERE, id="19:never"), "29:1")
    assert known.of(HERE) == ()


def test_conversations_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "CONVERSATIONS", 3)
    known = Audience()
    for number in (1, 2, 3, 1, 4):
        known.met(replace(HERE, id=str(number)), "29:1")
    assert [n for n in (1, 2, 3, 4) if known.of(replace(HERE, id=str(n)))] == [1, 3, 4]
