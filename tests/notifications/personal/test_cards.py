"""The cards of personal notifications: valid, small, inert, and each button what it says."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from datetime import date

import pytest

from bot.chat.identity import Scope
from bot.commands.subscriptions.notify import switches
from bot.notifications.cards import NotificationCards
from bot.notifications.outbox.suspension import SuspensionReason
from bot.notifications.personal.settings import PersonalSettings
from bot.notifications.ports import Day, DigestLine, IssueOnSite
from bot.notifications.subscriptions.model import Subscription
from bot.security.card_signing import Signer, UncheckedData, Validity
from cards.connect import connected_card
from cards.personal_notifications import settings_card
from cards.size import MAX_CARD_BYTES, size
from tests.support.card_schema import assert_valid
from tests.support.json_path import at
from tests.support.notifications.payloads import SITE, channel, issue

CHAT, ROOM = channel("his", Scope.PERSONAL), channel("room")
HOSTILE = "[x](https://evil.example) <at>Everyone</at> **b**\u202e"
SIGNER = Signer([b"k" * 32], clock=lambda: 0.0)


def today(count: int) -> Day:
    rows = tuple(IssueOnSite(SITE, issue(n, summary=HOSTILE, due=date(2026, 1, 2))) for n in range(1, count + 1))
    return Day(rows, rows, rows, rows, more=True)


def suspended(count: int, reason: SuspensionReason) -> Mapping[str, object]:
    stopped = [
        Subscription(f"{n:016x}", ROOM, None, "c", "h", "PROJ", HOSTILE, frozenset())  # type: ignore[arg-type]
        for n in range(count)
    ]
    card = NotificationCards(SIGNER, lambda _: ()).suspended_message(ROOM, stopped, reason).card
    assert card is not None
    return card


def cards() -> Mapping[str, Callable[[], Mapping[str, object]]]:
    sign = SIGNER.bound_to(CHAT.id)
    everything = PersonalSettings(digest=545, quiet=(1080, 480))
    return {
        "settings": lambda: settings_card(switches(PersonalSettings()), sign=sign),
        "all settings": lambda: settings_card(switches(everything), sign=sign, zone="Europe/Berlin"),
        "first": lambda: connected_card("Ann", ["acme"], notified_when="something happens"),
        "day": lambda: NotificationCards(SIGNER, lambda _: ()).daily_message(CHAT, today(1)).card or {},
        "long day": lambda: NotificationCards(SIGNER, lambda _: ()).daily_message(CHAT, today(20)).card or {},
        "suspended": lambda: suspended(1, SuspensionReason.NOT_CONNECTED),
        "many suspended": lambda: suspended(200, SuspensionReason.NO_ACCESS),
        "bad query": lambda: suspended(1, SuspensionReason.QUERY),
    }


@pytest.mark.parametrize("name", cards())
def test_card(name: str) -> None:
    card = cards()[name]()
    assert_valid(card)
    assert size(card) <= MAX_CARD_BYTES
    assert "\u202e" not in json.dumps(card, ensure_ascii=False)


def executes(part: object) -> list[dict[str, object]]:
    if isinstance(part, dict):
        own = [part] if part.get("type") == "Action.Execute" else []
        return own + [found for name, value in part.items() if name != "fallback" for found in executes(value)]
    return [found for one in part for found in executes(one)] if isinstance(part, list) else []


def test_a_row_of_a_digest_opens_the_issue_on_its_own_site() -> None:
    message = NotificationCards(SIGNER, lambda _: ()).digest_message(
        ROOM, [DigestLine(SITE, issue(), ("moved",))], 0
    )
    [button] = executes(message.card)
    assert at(button, "data", "site") == SITE.cloud_id


def test_buttons_are_signed_for_their_conversation_and_named_apart() -> None:
    found = executes(cards()["all settings"]())
    assert len({button["tooltip"] for button in found}) == len(found) == 7
    for button in found:
        data = button["data"]
        assert isinstance(data, dict)
        for pressed, validity in ((data, Validity.GENUINE), (data | {"wish": "all off"}, Validity.ALTERED)):
            assert SIGNER.check("notify.set", UncheckedData(pressed), [CHAT.id]).validity is validity


def test_a_query_that_jira_refuses_is_nothing_to_take_over() -> None:
    assert executes(suspended(1, SuspensionReason.QUERY)) == []
    [button] = executes(suspended(2, SuspensionReason.REVOKED))
    assert button["verb"] == "subscription.takeover"
