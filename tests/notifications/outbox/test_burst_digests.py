"""Bursts of events that become a digest (F22)."""

from __future__ import annotations

from pathlib import Path

import pytest

from bot.chat.identity import Conversation
from bot.chat.messages import DeliveryDelayedError, Message
from bot.jira.models import NamedItem
from bot.notifications.messages import OUTBOX
from bot.storage.embedded import EmbeddedStore
from tests.support.clock import Clock
from tests.support.notifications.bench import Bench
from tests.support.notifications.payloads import (
    HERE,
    commented,
    delivery,
    issue,
    moved,
)


async def test_f22_a_burst_becomes_a_digest(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(40)
    bench.jira.put(issue(11, security_level=NamedItem("1", "Secret")))
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 40, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    says = bench.teams.says(HERE)
    lines = " ".join(f"PROJ-{n}(1)" for n in range(12, 32))
    assert says[10].startswith(f"digest {lines} +")
    # Its lease, of as many seconds, is not to run out while it is still forgetting what it told.
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1, step=0.0)
    bench.clock.now += 60
    await bench.deliver(delivery(at=60))
    assert (await bench.told(HERE, 12))[11] == "↳ Bob created this Bug"
    assert await bench.store.count("digests") == 0


async def test_f22_forgetting_a_mass_change_leaves_the_store_to_others(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(80)
    delete, under_way, most = bench.store.delete, set[str](), 0

    async def watched(table: str, key: str) -> bool:
        nonlocal most
        under_way.add(key)
        most = max(most, len(under_way))
        try:
            return await delete(table, key)
        finally:
            under_way.discard(key)

    monkeypatch.setattr(bench.store, "delete", watched)
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 80, step=0.0)
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    assert await bench.store.count("digests") == 0
    assert most < 10


async def test_f17_a_crash_while_a_told_digest_is_forgotten_tells_nothing_twice(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(15)
    delete, left = bench.store.delete, iter([True, True])

    async def dies(table: str, key: str) -> bool:
        if table == "digests" and not next(left, False) and len(bench.teams.says(HERE)) == 11:
            monkeypatch.undo()
            raise KeyError("the process died here")
        return await delete(table, key)

    monkeypatch.setattr(bench.store, "delete", dies)
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 15, step=0.0)
    await bench.elapse(lambda: bench.counted("retried_total", queue=OUTBOX, reason="crashed") == 1)
    await bench.deliver(commented("the end", at=90))
    await bench.elapse(lambda: len(bench.teams.says(HERE)) > 11)
    await bench.settle()
    says = bench.teams.says(HERE)
    assert sum(text.startswith("digest ") for text in says) == 1
    assert await bench.store.count("digests") == 0


async def test_f22_issues_that_may_not_be_told_do_not_take_the_place_of_others_in_a_digest(
    bench: Bench,
) -> None:
    await bench.subscribe(HERE, jql="priority = High")
    await bench.deliver_created(80)
    bench.jira.found = lambda issue_id, _: int(issue_id) <= 10_010 or int(issue_id) > 10_075
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 80, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    assert bench.teams.says(HERE)[10] == "digest PROJ-76(1) PROJ-77(1) PROJ-78(1) PROJ-79(1) PROJ-80(1) +0"
    await bench.settle()
    assert await bench.store.count("digests") == 0
    assert bench.counted("withheld_total", reason="query") == 65


async def test_f22_a_digest_goes_on_though_the_stores_clock_is_ahead_of_ours(tmp_path: Path) -> None:
    clock = Clock()
    clock.now = clock.now // 10 * 10 + 10
    store = EmbeddedStore(tmp_path / "store", clock=lambda: clock() + 0.5)
    await store.open()
    bench = Bench(store, clock)
    await bench.subscribe(HERE, jql="priority = High")
    await bench.deliver_created(80)
    bench.jira.found = lambda issue_id, _: int(issue_id) <= 10_010 or int(issue_id) > 10_075
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 80, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 10, step=0.5)
    clock.now = (clock.now // 10 + 1) * 10 - 0.4
    await bench.elapse(lambda: bench.counted("withheld_total", reason="query") >= 60, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    await bench.service.stop(seconds=2)
    await store.close()


async def test_f22_a_digest_of_which_nothing_may_be_told_was_not_delivered(bench: Bench) -> None:
    await bench.subscribe(HERE)
    for number in range(1, 13):
        if number <= 10:
            bench.jira.put(issue(number))
        await bench.deliver(delivery(number=number + 1000 * (number > 10), at=number))
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("withheld_total", reason="not visible") == 2)
    await bench.settle()
    assert len(bench.teams.says(HERE)) == 10
    assert bench.counted("delivered_total", form="digest") == 0


async def test_f22_a_burst_of_internal_comments_does_not_hide_the_issue_from_a_digest(
    bench: Bench,
) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(11)
    for comment in range(4):
        hidden: dict[str, object] = {"jsdPublic": False}
        await bench.deliver(
            commented("psst", number=11, comment=str(comment), comment_more=hidden, at=20 + comment)
        )
    await bench.service.start()
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    assert bench.teams.says(HERE)[10] == "[PROJ-11 Issue 11] Bob created this Bug"


async def test_f22_a_single_change_that_was_left_to_a_digest_is_an_ordinary_card(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(11)
    await bench.service.start()
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    await bench.settle()
    assert bench.teams.says(HERE)[10] == "[PROJ-11 Issue 11] Bob created this Bug"
    assert bench.counted("delivered_total", form="card") == 11
    assert bench.counted("delivered_total", form="digest") == 0
    await bench.deliver(moved("To Do", "Done", number=11, at=90))
    assert (await bench.told(HERE, 12))[10:] == [
        "[PROJ-11 Issue 11] Bob moved To Do → Done",
        "↳ Bob moved To Do → Done",
    ]


async def let_a_digest_wait(bench: Bench) -> None:
    """Let thirteen issues be created: ten are told, three wait."""
    await bench.subscribe(HERE)
    await bench.deliver_created(13)
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 13, step=0.0)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 10, step=0.1)


async def test_f15_what_waited_for_a_digest_is_forgotten_with_its_conversation(bench: Bench) -> None:
    await let_a_digest_wait(bench)
    await bench.service.conversation_gone(HERE)
    await bench.settle()
    await bench.service.conversation_back(HERE)
    assert await bench.store.count("digests") == 0


async def test_speaking_to_the_bot_does_not_cost_a_waiting_digest(bench: Bench) -> None:
    await let_a_digest_wait(bench)
    await bench.service.conversation_back(HERE)
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    assert bench.teams.says(HERE)[10] == "digest PROJ-11(1) PROJ-12(1) PROJ-13(1) +0"


async def test_f22_a_digest_refreshes_the_cards_that_are_there(bench: Bench) -> None:
    await bench.subscribe(HERE)
    for n in range(14):
        await bench.deliver(moved(str(n), str(n + 1), at=n))
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 14, step=0.0)
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    assert len(bench.teams.says(HERE)) == 11
    assert bench.teams.says(HERE)[0] == "[PROJ-1 Issue 1] Bob moved 13 → 14"
    assert bench.teams.says(HERE)[10] == "digest PROJ-1(3) +1"


async def test_f22_a_card_that_teams_does_not_take_at_once_is_refreshed_by_a_digest_too(
    bench: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    update, errors = bench.teams.update, [DeliveryDelayedError("429", 1.0)]

    async def throttled(to: Conversation, activity_id: str, message: Message) -> None:
        if "13 → 14" in message.text and errors:
            raise errors.pop()
        await update(to, activity_id, message)

    monkeypatch.setattr(bench.teams, "update", throttled)
    await bench.subscribe(HERE)
    for n in range(14):
        await bench.deliver(moved(str(n), str(n + 1), at=n))
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("queued_total") == 14, step=0.0)
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    assert bench.teams.says(HERE)[0] == "[PROJ-1 Issue 1] Bob moved 13 → 14"
    assert [said for said in bench.teams.says(HERE) if "digest" in said] == ["digest PROJ-1(3) +1"]


async def test_t25_a_digest_says_of_an_issue_that_left_the_project_nothing_but_that(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.deliver_created(11)
    elsewhere = issue(12, project="OTHER", summary="Layoffs")
    bench.jira.put(elsewhere)
    bench.jira.issues["PROJ-12"] = elsewhere
    await bench.deliver(delivery(number=12, at=12))
    changelog = {"items": [{"field": "Key", "fromString": "PROJ-12", "toString": "OTHER-12"}]}
    await bench.deliver(
        delivery("jira:issue_updated", number=12, project="OTHER", at=13, changelog=changelog, summary="Layoffs")
    )
    await bench.service.start()
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    told = {line.issue.key: (line.issue.summary, line.sentences) for line in bench.plain_cards.lines}
    assert told["PROJ-12"] == ("", ("PROJ-12 moved to OTHER-12",))
    assert "OTHER-12" not in told
