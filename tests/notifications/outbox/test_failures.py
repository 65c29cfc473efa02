"""When Teams, Jira, the bridge itself or a conversation fails (F12, F14, F15, F17, F21)."""

from __future__ import annotations

import asyncio
from collections import deque
from dataclasses import replace

import pytest

from bot.accounts.model import SignInUnavailableError
from bot.chat.messages import ConversationGoneError, DeliveryDelayedError, DeliveryRefusedError
from bot.jira.errors import JiraRateLimitedError, JiraUnavailableError
from bot.notifications.messages import INBOX, OUTBOX
from tests.support.notifications.bench import CARD, Bench
from tests.support.notifications.payloads import (
    BEN,
    HERE,
    THERE,
    commented,
    delivery,
    issue,
    moved,
)


async def test_f15_after_a_403_nothing_more_is_sent_until_the_bot_is_back(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE)
    running.teams.answers[HERE.id].append(ConversationGoneError("not in the roster"))
    for at in range(4):
        await running.deliver(delivery(at=at))
    await running.told(THERE, 4)
    assert running.teams.tries(HERE) == 1
    await running.service.conversation_back(replace(HERE, service_url="https://smba.example/amer/"))
    await running.deliver(delivery(at=99))
    assert await running.told(HERE, 1) == [CARD]
    kept = await running.service.subscriptions.in_conversation(HERE)
    assert kept[0].conversation.service_url.endswith("amer/")


async def test_f14_a_throttled_conversation_waits_alone_and_keeps_its_order(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE)
    running.jira.put(issue(2))
    running.teams.answers[HERE.id].append(DeliveryDelayedError("429", retry_after=30.0))
    await running.deliver(delivery())
    await running.deliver(delivery(number=2))
    await running.told(THERE, 2)
    await running.elapse(lambda: running.counted("retried_total", queue=OUTBOX, reason="Teams") == 1, step=0.0)
    assert running.teams.tries(HERE) == 1
    running.clock.now += 29
    await running.deliver(delivery("comment_deleted", at=1, comment={"id": "1"}))
    await running.told(THERE, 3)
    assert running.teams.tries(HERE) == 1
    running.clock.now += 2
    says = await running.told(HERE, 3)
    assert says[1] == "[PROJ-2 Issue 2] Bob created this Bug"
    assert says[2] == "↳ Bob deleted a comment"


async def test_f14_an_outage_of_more_than_a_day_ends_among_the_dead(running: Bench) -> None:
    await running.subscribe(HERE)
    running.teams.answers[HERE.id].extend([DeliveryDelayedError("503")] * 30)
    await running.deliver(delivery())
    await running.elapse(lambda: bool(running.counted("dead_total", queue=OUTBOX, reason="Teams")), step=900.0)
    assert 9 <= running.teams.tries(HERE) <= 14  # of 20 % jitter
    assert running.teams.says(HERE) == []


async def test_what_an_admin_lets_run_again_is_tried_as_if_it_were_new(running: Bench) -> None:
    await running.subscribe(HERE)
    running.teams.answers[HERE.id].extend([DeliveryDelayedError("503")] * 30)
    await running.deliver(delivery())
    await running.elapse(lambda: bool(running.counted("dead_total", queue=OUTBOX, reason="Teams")), step=900.0)
    running.clock.now += 86400
    running.teams.answers[HERE.id] = deque([DeliveryDelayedError("429", 3.0)])
    [dead] = await running.store.dead(OUTBOX)
    tries, again = running.teams.tries(HERE), running.clock.now
    assert await running.store.revive(OUTBOX, dead.job.id)
    await running.elapse(lambda: running.teams.says(HERE) == [CARD])
    assert running.teams.tries(HERE) == tries + 2
    assert running.clock.now < again + 60


async def test_one_slow_conversation_delays_no_other(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE)
    running.teams.stuck[HERE.id] = asyncio.Event()
    for at in range(4):
        await running.deliver(delivery(at=at))
    await running.told(THERE, 4)
    assert running.teams.says(HERE) == []
    running.teams.stuck[HERE.id].set()
    await running.told(HERE, 4)


async def test_a_message_that_teams_refuses_is_given_up_and_the_next_goes_on(running: Bench) -> None:
    await running.subscribe(HERE)
    running.jira.put(issue(2))
    running.teams.answers[HERE.id].append(DeliveryRefusedError("413"))
    await running.deliver(delivery())
    await running.deliver(delivery(number=2))
    assert await running.told(HERE, 1) == ["[PROJ-2 Issue 2] Bob created this Bug"]
    dead = await running.store.dead(OUTBOX)
    assert [d.reason for d in dead] == ["refused by Teams"]


async def test_f21_a_poison_event_is_parked_and_the_queue_goes_on(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.subscribe(THERE, project="OTHER")
    running.plain_cards.poisoned = frozenset({"PROJ-1"})
    running.jira.put(issue(2))
    running.jira.put(issue(3, project="OTHER"))
    await running.deliver(delivery())
    await running.deliver(delivery(number=2))
    await running.deliver(delivery(number=3, project="OTHER"))
    await running.told(THERE, 1)
    await running.elapse(lambda: bool(running.teams.says(HERE)))
    assert running.counted("retried_total", queue=OUTBOX, reason="crashed") == 5
    assert running.teams.says(HERE) == ["[PROJ-2 Issue 2] Bob created this Bug"]
    assert [d.reason for d in await running.store.dead(OUTBOX)] == ["crashed: KeyError"]


@pytest.mark.parametrize(
    "trouble", [JiraUnavailableError("503"), JiraRateLimitedError(20.0), SignInUnavailableError()]
)
async def test_f12_while_jira_does_not_answer_nothing_is_lost(running: Bench, trouble: Exception) -> None:
    await running.subscribe(HERE)
    running.jira.passing.append(trouble)
    await running.deliver(delivery())
    await running.subscribe(THERE, owner=BEN, project="OTHER")
    running.jira.put(issue(3, project="OTHER"))
    await running.deliver(delivery(number=3, project="OTHER"))
    await running.told(THERE, 1)
    assert running.teams.says(HERE) == []
    await running.elapse(lambda: bool(running.teams.says(HERE)))
    assert running.teams.says(HERE) == [CARD]


async def test_f17_a_crash_after_teams_took_it_is_the_only_way_to_a_second_message(
    running: Bench,
) -> None:
    await running.subscribe(HERE)
    running.teams.after_accepting[HERE.id].append(DeliveryDelayedError("no answer", maybe_sent=True))
    await running.deliver(delivery())
    await running.elapse(lambda: len(running.teams.says(HERE)) > 1)
    assert running.teams.says(HERE) == [CARD, CARD]
    assert running.counted("uncertain_total") == 1
    await running.deliver(moved("a", "b", at=1))
    await running.told(HERE, 3)
    assert running.teams.calls[-1][3] == "activity-2"


async def test_f17_a_crash_before_the_job_was_closed_tells_nothing_twice(
    running: Bench, monkeypatch: pytest.MonkeyPatch
) -> None:
    await running.subscribe(HERE)
    done, failures = running.store.done, iter([True])

    async def lost(queue: str, leased: object, *, remember: float) -> bool:
        if queue == OUTBOX and next(failures, False):
            raise KeyError("the process died here")
        return await done(queue, leased, remember=remember)  # type: ignore[arg-type]

    monkeypatch.setattr(running.store, "done", lost)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    await running.deliver(commented("the end", at=1))
    await running.elapse(lambda: len(running.teams.says(HERE)) > 1)
    says = running.teams.says(HERE)
    assert says[1:] == ["↳ Bob commented: “the end”"]


async def test_what_was_not_done_before_a_stop_is_done_after_the_start(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.service.start()
    bench.teams.stuck[HERE.id] = asyncio.Event()
    await bench.deliver(delivery())
    await bench.teams.until(lambda: bench.teams.tries(HERE) == 1)
    await bench.service.stop(seconds=0.2)
    bench.teams.stuck[HERE.id].set()
    bench.clock.now += 61
    await bench.fresh_service().start()
    assert await bench.told(HERE, 1) == [CARD]
    assert bench.counted("uncertain_total") == 1


async def test_the_gauges_and_the_backlog_follow_the_queues(running: Bench) -> None:
    await running.subscribe(HERE)
    running.teams.stuck[HERE.id] = asyncio.Event()
    for at in range(3):
        await running.deliver(delivery(at=at))
    await running.teams.until(lambda: running.teams.tries(HERE) == 1)
    async with asyncio.timeout(10):
        while running.backlog.waiting != 3:
            await running.store.arrival(INBOX, seconds=0.1)
    assert running.counted("waiting", queue=OUTBOX) == 3
    running.teams.stuck[HERE.id].set()
