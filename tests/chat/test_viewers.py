"""Whom a card names, so that their clients ask for their own view of it."""

from __future__ import annotations

from dataclasses import replace

import pytest

from bot.chat import viewers
from bot.chat.identity import Conversation, Scope
from bot.chat.viewers import RecentViewers

HERE = Conversation("19:a", Scope.CHANNEL, "tenant", "https://smba.example/", "28:bot")


def test_the_newest_come_first_and_the_longest_silent_go() -> None:
    known = RecentViewers()
    for number in range(70):
        known.add(HERE, f"29:{number}")
    known.add(HERE, "29:12")
    assert known.recent(HERE)[:3] == ("29:12", "29:69", "29:68")
    assert len(known.recent(HERE)) == 60
    assert "29:9" not in known.recent(HERE)


@pytest.mark.parametrize(
    ("where", "who"),
    [(replace(HERE, scope=Scope.PERSONAL), "29:1"), (HERE, ""), (HERE, "8:orgid:1"), (HERE, "28:bot")],
    ids=["alone", "unnamed", "another kind of id", "a bot"],
)
def test_who_is_not_noted(where: Conversation, who: str) -> None:
    known = RecentViewers()
    known.add(where, who)
    assert known.recent(where) == ()


def test_another_tenants_conversation_is_another() -> None:
    known = RecentViewers()
    known.add(HERE, "29:1")
    assert known.recent(replace(HERE, tenant="other")) == ()
    assert known.recent(replace(HERE, thread="1")) == ("29:1",)


def test_who_has_no_link_any_more_is_forgotten() -> None:
    known = RecentViewers()
    known.add(HERE, "29:1")
    known.remove(HERE, "29:1")
    known.remove(replace(HERE, id="19:never"), "29:1")
    assert known.recent(HERE) == ()


def test_conversations_are_not_kept_without_end(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(viewers, "MAX_CONVERSATIONS", 3)
    known = RecentViewers()
    for number in (1, 2, 3, 1, 4):
        known.add(replace(HERE, id=str(number)), "29:1")
    assert [n for n in (1, 2, 3, 4) if known.recent(replace(HERE, id=str(n)))] == [1, 3, 4]
