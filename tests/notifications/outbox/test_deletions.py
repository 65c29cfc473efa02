"""What is told of an issue that was deleted."""

from __future__ import annotations

from bot.chat.messages import DeliveryRefusedError
from tests.support.notifications.bench import END, Bench, the_end
from tests.support.notifications.payloads import (
    HERE,
    delivery,
    issue,
)


async def test_a_deletion_turns_the_card_into_a_line(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.jira.issues.clear()
    await running.deliver(delivery("jira:issue_deleted", at=5))
    await running.teams.until(lambda: running.teams.says(HERE) == ["PROJ-1 Issue 1: Bob deleted this Bug"])


async def test_a_deletion_is_told_although_somebody_deleted_the_card(running: Bench) -> None:
    await running.subscribe(HERE)
    await running.deliver(delivery())
    await running.told(HERE, 1)
    running.jira.issues.clear()
    running.teams.answers[HERE.id].append(DeliveryRefusedError("the message to update is not there any more"))
    await running.deliver(delivery("jira:issue_deleted", at=5))
    assert (await running.told(HERE, 2))[1] == "PROJ-1 Issue 1: Bob deleted this Bug"


async def test_a_digest_turns_the_card_of_a_deleted_issue_into_a_line(bench: Bench) -> None:
    await bench.subscribe(HERE)
    await bench.service.start()
    await bench.deliver(delivery())
    await bench.told(HERE, 1)
    bench.jira.issues.clear()
    for number in range(2, 14):
        bench.jira.put(issue(number))
        await bench.deliver(delivery(number=number, at=number))
    await bench.deliver(delivery("jira:issue_deleted", at=14))
    await bench.elapse(lambda: bench.counted("queued_total") == 14, step=0.0)
    await bench.elapse(lambda: bench.counted("delivered_total", form="digest") == 1)
    assert bench.teams.says(HERE)[0] == "PROJ-1 Issue 1: Bob deleted this Bug"
    assert "PROJ-1(1)" in bench.teams.says(HERE)[-1]


async def test_t25_a_deletion_in_other_words_tells_no_more_than_the_first(running: Bench) -> None:
    running.jira.issues.clear()
    await running.subscribe(HERE)
    for at in (5.0, 5.001):
        await running.deliver(delivery("jira:issue_deleted", at=at, matchedWebhookIds=[round(at)]))
    await the_end(running)
    assert await running.told(HERE, 2) == ["PROJ-1: Bob deleted this Bug", END]
    assert running.counted("queued_total") == 2


async def test_t25_the_deletion_of_a_secured_issue_is_not_told(running: Bench) -> None:
    running.jira.issues.clear()
    await running.subscribe(HERE)
    secured = delivery("jira:issue_deleted")
    secured["issue"] |= {"fields": {"summary": "Layoffs", "security": {"id": "1"}}}  # type: ignore[operator]
    await running.deliver(secured)
    await running.deliver(delivery("jira:issue_deleted", number=2))
    assert await running.told(HERE, 1) == ["PROJ-2: Bob deleted this Bug"]


async def test_t25_nobody_knows_who_could_see_a_deleted_issue_so_only_its_key_is_told(
    bench: Bench,
) -> None:
    await bench.subscribe(HERE)
    for number in range(2, 14):
        await bench.deliver(delivery("jira:issue_deleted", number=number, at=number))
    await bench.service.start()
    await bench.elapse(lambda: len(bench.teams.says(HERE)) == 11)
    assert bench.teams.says(HERE)[9:] == ["PROJ-11: Bob deleted this Bug", "digest PROJ-12(1) PROJ-13(1) +0"]
    assert [line.issue.summary for line in bench.plain_cards.lines] == ["", ""]
